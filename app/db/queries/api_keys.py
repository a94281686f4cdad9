"""Keys of integrations, without anything secret."""

from datetime import date

from sqlalchemy import and_, select

from app.db import access
from app.db.tables import ApiKeyRow, OrgUnitRow
from app.db.typing import AnySelect
from app.domain.access import Permission, Principal


def api_keys(principal: Principal, on: date) -> AnySelect:
    """Every key at the units whose keys the principal looks after."""
    return (
        select(
            ApiKeyRow.id,
            ApiKeyRow.name,
            ApiKeyRow.role,
            ApiKeyRow.group_code.label("group"),
            ApiKeyRow.unit_id,
            OrgUnitRow.code.label("unit"),
            ApiKeyRow.scopes,
            ApiKeyRow.created_at,
            ApiKeyRow.created_by,
            ApiKeyRow.expires_at,
            ApiKeyRow.revoked_at,
            ApiKeyRow.rotated_at,
            ApiKeyRow.previous_until,
            ApiKeyRow.last_used_at,
        )
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == ApiKeyRow.region_id, OrgUnitRow.id == ApiKeyRow.unit_id))
        .where(
            ApiKeyRow.region_id == principal.region_id,
            access.in_reach(ApiKeyRow.unit_id, principal, on, Permission.API_KEYS_WRITE),
        )
    )
