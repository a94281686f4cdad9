"""When jobs ran, how far a pull from the catalogue has come, and what the catalogue calls our units.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
TABLES = {
    "jobs": "select, insert, update",
    "catalogue_units": "select, insert, update, delete",
    "catalogue_syncs": "select, insert, update",
}
COUNTS = ("step", "pages", "received", "imported", "updated", "unchanged", "held", "ignored", "conflict_count")


def _time(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        _time("started_at", nullable=True),
        _time("finished_at", nullable=True),
        _time("succeeded_at", nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_jobs_region_id")),
        sa.PrimaryKeyConstraint("region_id", "name", name=op.f("pk_jobs")),
    )
    op.create_table(
        "catalogue_units",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("catalogue_id", sa.String(length=100), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        _time("created_at"),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint("kind in ('municipality', 'ou')", name=op.f("ck_catalogue_units_kind_known")),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_catalogue_units_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "kind", "catalogue_id", name=op.f("pk_catalogue_units")),
    )
    op.create_index(op.f("ix_catalogue_units_region_id_unit_id"), "catalogue_units", ["region_id", "unit_id"])
    op.create_table(
        "catalogue_syncs",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("catalogue", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("changed_since", sa.Date(), nullable=True),
        sa.Column("steps", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTS),
        sa.Column("next_page", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        _time("started_at"),
        sa.Column("started_by", sa.String(), nullable=False),
        _time("touched_at"),
        _time("finished_at", nullable=True),
        sa.CheckConstraint(
            "status in ('running', 'failed', 'completed', 'abandoned')", name=op.f("ck_catalogue_syncs_status_known")
        ),
        sa.CheckConstraint(
            "(finished_at is null) = (status in ('running', 'failed'))", name=op.f("ck_catalogue_syncs_finished_when")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["regions.region_id"], name=op.f("fk_catalogue_syncs_region_id")),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_catalogue_syncs")),
    )
    op.create_index(
        "uq_catalogue_syncs_one_under_way",
        "catalogue_syncs",
        ["region_id"],
        unique=True,
        postgresql_where=sa.text("finished_at is null"),
    )
    op.create_index(op.f("ix_catalogue_syncs_region_id_started_at"), "catalogue_syncs", ["region_id", "started_at"])
    for table, rights in TABLES.items():
        op.execute(f"grant {rights} on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
            "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )
        op.execute(f"select watch_table('{table}')")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
