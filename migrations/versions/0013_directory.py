"""The region's directory: what SCIM says of people and groups, and the mapping that makes memberships of it (B3).

Revision ID: 0013
Revises: 0012
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
AUDITED: dict[str, dict[str, object]] = {
    "directory_departments": {"unit": "unit_id"},
    "directory_group_mappings": {"unit": "unit_id"},
    "directory_group_members": {"key": ["group_id", "user_id"], "row": "group_id"},
    "directory_groups": {"unsaid": ["version", "updated_at", "updated_by"]},
    "directory_users": {"key": ["user_id"], "row": "user_id"},
}
NO_MODULE = "coalesce(module_id, '00000000-0000-0000-0000-000000000000'::uuid)"


def upgrade() -> None:
    _users()
    _groups()
    _mapping()
    for table, spec in AUDITED.items():
        op.execute(f"select watch_table('{table}')")
        op.execute(f"grant select, insert, update, delete on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
            "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )
        op.execute(
            sa.text("select audit_table(:wanted, cast(:said as jsonb))").bindparams(wanted=table, said=json.dumps(spec))
        )


def downgrade() -> None:
    for table in (
        "directory_group_members",
        "directory_groups",
        "directory_group_mappings",
        "directory_departments",
        "directory_users",
    ):
        op.drop_table(table)
        op.execute(f"drop function audit_rows_{table}()")


def _traced() -> list[sa.Column[object]]:
    return [
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
    ]


def _key(table: str, column: str, target: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["region_id", column],
        [f"{target}.region_id", f"{target}.id"],
        name=op.f(f"fk_{table}_region_id_{column}"),
        ondelete="CASCADE" if cascade else None,
    )


def _users() -> None:
    op.create_table(
        "directory_users",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=True),
        sa.Column("formatted_name", sa.String(length=200), nullable=True),
        sa.Column("emails", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("active_unsaid", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        _key("directory_users", "user_id", "users", cascade=True),
        sa.PrimaryKeyConstraint("region_id", "user_id", name=op.f("pk_directory_users")),
    )


def _groups() -> None:
    op.create_table(
        "directory_groups",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(length=256), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        *_traced(),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_directory_groups_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_directory_groups")),
        sa.UniqueConstraint("region_id", "external_id", name=op.f("uq_directory_groups_region_id_external_id")),
    )
    op.create_index(
        "uq_directory_groups_region_id_display_name",
        "directory_groups",
        ["region_id", sa.literal_column("lower(display_name)")],
        unique=True,
    )
    op.create_table(
        "directory_group_members",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _key("directory_group_members", "group_id", "directory_groups", cascade=True),
        _key("directory_group_members", "user_id", "users", cascade=True),
        sa.PrimaryKeyConstraint("region_id", "group_id", "user_id", name=op.f("pk_directory_group_members")),
    )
    op.create_index(
        op.f("ix_directory_group_members_region_id_user_id"), "directory_group_members", ["region_id", "user_id"]
    )


def _mapping() -> None:
    op.create_table(
        "directory_group_mappings",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("directory_group", sa.String(length=256), nullable=False),
        sa.Column("group_code", sa.String(length=63), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=True),
        *_traced(),
        sa.ForeignKeyConstraint(
            ["region_id", "group_code"],
            ["permission_groups.region_id", "permission_groups.code"],
            name=op.f("fk_directory_group_mappings_region_id_group_code"),
        ),
        _key("directory_group_mappings", "unit_id", "org_units"),
        _key("directory_group_mappings", "module_id", "modules"),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_directory_group_mappings")),
    )
    op.create_index(
        "uq_directory_group_mappings_said_once",
        "directory_group_mappings",
        [
            "region_id",
            sa.literal_column("lower(directory_group)"),
            "group_code",
            "unit_id",
            sa.literal_column(NO_MODULE),
        ],
        unique=True,
    )
    op.create_table(
        "directory_departments",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        *_traced(),
        _key("directory_departments", "unit_id", "org_units"),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_directory_departments")),
    )
    op.create_index(
        "uq_directory_departments_region_id_department",
        "directory_departments",
        ["region_id", sa.literal_column("lower(department)")],
        unique=True,
    )
