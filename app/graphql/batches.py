"""Series of many indicators, loaded together: fields of a question that ask for the same span share statements."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from app.db.session import UnitOfWork
from app.domain.access import Principal
from app.domain.indicators import IndicatorView
from app.graphql.errors import bad_input
from app.services.series import Asked, SeriesItem, read_series
from app.services.units import find_reachable_unit

MOST_INDICATORS = 100
"""How many indicators' series one question may ask for at a time: each may be summed over the whole region."""

Found = Mapping[UUID, Sequence[SeriesItem]]


class Asking(NamedTuple):
    """Who asks, in which transaction, on which day; and the lock under which a question's fields take turns."""

    uow: UnitOfWork
    principal: Principal
    on: date
    turn: asyncio.Lock


@dataclass(slots=True)
class _Batch:
    indicators: dict[UUID, IndicatorView]
    found: "asyncio.Future[Found]"


@dataclass(slots=True)
class SeriesBatches:
    """What a request has asked for and not yet loaded, by unit and question."""

    waiting: dict[tuple[str | None, Asked], _Batch] = field(default_factory=dict)

    async def load(
        self, asking: Asking, indicator: IndicatorView, asked: Asked, unit: str | None
    ) -> Sequence[SeriesItem]:
        """The indicator's series. `unit`: the code of another unit than `asked` names. Raises NotFound."""
        batch = self.waiting.get((unit, asked))
        if batch is None:
            batch = _Batch({indicator.id: indicator}, asyncio.get_running_loop().create_future())
            self.waiting[unit, asked] = batch
            await self._run(asking, batch, asked, unit)
        else:
            batch.indicators[indicator.id] = indicator
        return (await batch.found)[indicator.id]

    async def _run(self, asking: Asking, batch: _Batch, asked: Asked, unit: str | None) -> None:
        # The fields beside this one begin in the same turn of the loop: they are waited for.
        await asyncio.sleep(0)
        try:
            async with asking.turn:
                del self.waiting[unit, asked]
                batch.found.set_result(await _read(asking, list(batch.indicators.values()), asked, unit))
        except Exception as error:  # whatever it is, the fields that wait are told, too
            batch.found.set_exception(error)
            batch.found.exception()  # told to this field, if no other waits
            raise


async def _read(asking: Asking, indicators: Sequence[IndicatorView], asked: Asked, unit: str | None) -> Found:
    if len(indicators) > MOST_INDICATORS:
        raise bad_input(f"series: of {MOST_INDICATORS} indicators at most in one question")
    uow, principal, on, _ = asking
    found = await find_reachable_unit(uow, principal, on, asked.unit if unit is None else unit)
    return await read_series(uow, principal, on, indicators, replace(asked, unit=found.id))
