"""What an import said, told by a digest beside its counts: in its record, and so in the audit log (B6, I8).

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outcome_imports", sa.Column("body_digest", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_outcome_imports_body_digest_sha256"), "outcome_imports", "octet_length(body_digest) = 32"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_outcome_imports_body_digest_sha256"), "outcome_imports")
    op.drop_column("outcome_imports", "body_digest")
