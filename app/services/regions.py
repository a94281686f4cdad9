"""The region that a credential belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db.queries import regions as queries
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal


@dataclass(frozen=True, slots=True)
class RegionFound:
    """A region and the levels of its tree, from the top."""

    region: AnyRow
    levels: Sequence[AnyRow]


async def read_own_region(uow: UnitOfWork, principal: Principal) -> RegionFound:
    """The principal's own region."""
    region = (await uow.session.execute(queries.region(principal))).one()
    levels = (await uow.session.execute(queries.levels(principal))).all()
    return RegionFound(region, levels)
