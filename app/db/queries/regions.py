"""The region itself and the levels of its tree."""

from sqlalchemy import select

from app.db.tables import OrgLevelRow, RegionRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def region(principal: Principal) -> AnySelect:
    """The principal's own region: there is no other to be seen."""
    return select(
        RegionRow.region_id.label("id"), RegionRow.code, RegionRow.name, RegionRow.board_level, RegionRow.created_at
    ).where(RegionRow.region_id == principal.region_id)


def levels(principal: Principal) -> AnySelect:
    """The levels of the region's tree, from the top."""
    return (
        select(OrgLevelRow.code, OrgLevelRow.position, OrgLevelRow.name, OrgLevelRow.name_en)
        .where(OrgLevelRow.region_id == principal.region_id)
        .order_by(OrgLevelRow.position)
    )


def settings(principal: Principal) -> AnySelect:
    """What the region has set for itself (JSON)."""
    return select(RegionRow.settings).where(RegionRow.region_id == principal.region_id)
