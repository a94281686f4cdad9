"""From which count on figures are shown to everybody (L2): the region's threshold, for those whom it holds for."""

from collections.abc import Mapping
from typing import Any

from app.db.queries import regions as queries
from app.db.session import UnitOfWork
from app.domain.access import Permission, Principal
from app.domain.small_groups import DEFAULT_THRESHOLD

SETTING = "small_group_threshold"
"""Where a region's settings keep it."""


async def small_group_threshold(uow: UnitOfWork, principal: Principal) -> int:
    """The region's threshold: counts under it are small. One statement."""
    settings: Mapping[str, Any] | None = await uow.session.scalar(queries.settings(principal))
    return int((settings or {}).get(SETTING, DEFAULT_THRESHOLD))


async def masking_threshold(uow: UnitOfWork, principal: Principal) -> int | None:
    """The threshold under which counts are masked for this principal; None for one who may see small groups.

    `app.domain.small_groups.masked` says what then is masked.
    """
    if principal.may(Permission.OUTCOMES_READ_SMALL_GROUPS):
        return None
    return await small_group_threshold(uow, principal)
