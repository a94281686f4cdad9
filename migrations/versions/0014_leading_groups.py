"""Which permission group leads a unit: whom a responsibility without a person is proposed to first (B3).

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Said by the region's data: `styrkedjan load` fills it in.
    op.add_column("permission_groups", sa.Column("leads", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("permission_groups", "leads")
