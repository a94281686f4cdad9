"""Allocations say which plan version their node stands in: a chain reads its year's, and no other's.

A unit has as many allocations as there were years. Found by the node they were looked up one by one, ten times as many
after ten years.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("allocations", sa.Column("plan_version_id", sa.Uuid(), nullable=True))
    # What is filled in is no change that anybody made: no version moves, and the log stays as it is.
    op.execute("alter table allocations disable trigger user")
    op.execute(
        "update allocations a set plan_version_id = n.plan_version_id from nodes n"
        " where n.region_id = a.region_id and n.id = a.node_id"
    )
    op.execute("alter table allocations enable trigger user")
    op.alter_column("allocations", "plan_version_id", nullable=False)
    op.drop_constraint("fk_allocations_region_id_node_id", "allocations", type_="foreignkey")
    op.create_foreign_key(
        "fk_allocations_node",
        "allocations",
        "nodes",
        ["region_id", "plan_version_id", "node_id"],
        ["region_id", "plan_version_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index(
        "ix_allocations_region_id_unit_id_plan_version_id_node_id",
        "allocations",
        ["region_id", "unit_id", "plan_version_id", "node_id"],
    )
    op.drop_index("ix_allocations_region_id_unit_id_node_id", "allocations")


def downgrade() -> None:
    op.create_index("ix_allocations_region_id_unit_id_node_id", "allocations", ["region_id", "unit_id", "node_id"])
    op.drop_index("ix_allocations_region_id_unit_id_plan_version_id_node_id", "allocations")
    op.drop_constraint("fk_allocations_node", "allocations", type_="foreignkey")
    op.create_foreign_key(
        "fk_allocations_region_id_node_id",
        "allocations",
        "nodes",
        ["region_id", "node_id"],
        ["region_id", "id"],
        ondelete="CASCADE",
    )
    op.drop_column("allocations", "plan_version_id")
