"""New secrets for keys, and kept answers bound to the rights they were given under.

Revision ID: 0015
Revises: 0014
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _audit(*masked: str) -> None:
    """The log's triggers of the keys anew: they hold which columns are secrets."""
    for action in ("insert", "update", "delete"):
        op.execute(f"drop trigger audited_{action} on api_keys")
    op.execute("drop function audit_rows_api_keys()")
    spec = json.dumps({"unit": "unit_id", "unsaid": ["last_used_at"], "masked": list(masked)})
    op.execute(f"select audit_table('api_keys', '{spec}')")


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("api_keys", sa.Column("previous_hash", sa.LargeBinary(), nullable=True))
    op.add_column("api_keys", sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_api_keys_previous_hash_sha256"), "api_keys", "octet_length(previous_hash) = 32")
    op.create_check_constraint(
        op.f("ck_api_keys_previous_ends"), "api_keys", "(previous_hash is null) = (previous_until is null)"
    )
    op.add_column("idempotency_keys", sa.Column("grants_hash", sa.LargeBinary(), nullable=True))
    _audit("secret_hash", "previous_hash")


def downgrade() -> None:
    _audit("secret_hash")
    op.drop_column("idempotency_keys", "grants_hash")
    op.drop_constraint(op.f("ck_api_keys_previous_ends"), "api_keys")
    op.drop_constraint(op.f("ck_api_keys_previous_hash_sha256"), "api_keys")
    for column in ("previous_until", "previous_hash", "rotated_at"):
        op.drop_column("api_keys", column)
