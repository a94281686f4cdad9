"""Views: standard filters in general, for a permission group, a unit, a group of units (B5).

Revision ID: 0016
Revises: 0015
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
AUDITED: dict[str, dict[str, object]] = {
    "view_units": {"key": ["view_id", "unit_id"], "row": "view_id", "unit": "unit_id"},
    "views": {},
}


def upgrade() -> None:
    op.create_table(
        "views",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("group_code", sa.String(length=63), nullable=True),
        sa.Column("filter", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "kind in ('everybody', 'permission_group', 'unit', 'unit_group')", name=op.f("ck_views_kind_known")
        ),
        sa.CheckConstraint(
            "(kind = 'permission_group') = (group_code is not null)", name=op.f("ck_views_group_of_its_kind")
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "group_code"],
            ["permission_groups.region_id", "permission_groups.code"],
            name=op.f("fk_views_region_id_group_code"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "module_id"], ["modules.region_id", "modules.id"], name=op.f("fk_views_region_id_module_id")
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_views")),
        sa.UniqueConstraint("region_id", "module_id", "id", "kind", name=op.f("uq_views_region_id_module_id_id_kind")),
    )
    op.create_index(
        "uq_views_general",
        "views",
        ["region_id", "module_id", "kind", sa.literal_column("coalesce(group_code, '')")],
        unique=True,
        postgresql_where=sa.text("kind in ('everybody', 'permission_group')"),
    )
    op.create_table(
        "view_units",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.CheckConstraint("kind in ('unit', 'unit_group')", name=op.f("ck_view_units_kind_known")),
        sa.ForeignKeyConstraint(
            ["region_id", "module_id", "view_id", "kind"],
            ["views.region_id", "views.module_id", "views.id", "views.kind"],
            name="fk_view_units_view",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_view_units_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "view_id", "unit_id", name=op.f("pk_view_units")),
        sa.UniqueConstraint("region_id", "module_id", "kind", "unit_id", name="uq_view_units_one_view"),
    )
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
    for table in ("view_units", "views"):
        op.drop_table(table)
        op.execute(f"drop function audit_rows_{table}()")
