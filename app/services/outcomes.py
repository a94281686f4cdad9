"""Outcomes: read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import indicators as indicator_queries
from app.db.queries import outcomes as queries
from app.db.queries.units import subtree_ids
from app.db.session import UnitOfWork
from app.db.tables import IndicatorRow, OrgUnitRow, OutcomeRow
from app.domain.access import Principal
from app.domain.indicators import Sex
from app.domain.periods import Period
from app.services.units import UnitKey, find_unit


@dataclass(frozen=True, slots=True)
class OutcomeFilter:
    """Which outcomes are asked for. Periods from/to compare the days that the periods span, both ends included.

    What is below `under` is read in the tree of the day `tree`, or (`as_reported`) of each period's end.
    """

    indicator: str | None = None
    indicator_id: UUID | None = None
    unit: UnitKey | None = None
    under: UnitKey | None = None
    tree: date | None = None
    as_reported: bool = False
    period: Period | None = None
    period_from: Period | None = None
    period_to: Period | None = None
    sexes: Sequence[Sex] = ()


async def list_outcomes(uow: UnitOfWork, principal: Principal, on: date, page: Page, wanted: OutcomeFilter) -> PageOf:
    """Outcomes within reach, by indicator, unit, time and sex. Raises NotFound for a unit that can't be seen."""
    statement = queries.outcomes(principal, on)
    one = wanted.indicator_id is not None
    if wanted.indicator is not None:
        nos = (await uow.session.scalars(indicator_queries.numbers_of(principal, [wanted.indicator]))).all()
        statement = statement.where(OutcomeRow.indicator_no.in_(nos))
        one = one or len(nos) == 1
    if wanted.indicator_id is not None:
        statement = statement.where(IndicatorRow.id == wanted.indicator_id)
    if wanted.unit is not None:
        unit = await find_unit(uow, principal, on, wanted.unit)
        statement = statement.where(OrgUnitRow.id == unit.id)
    if wanted.under is not None:
        top = await find_unit(uow, principal, on, wanted.under)
        statement = statement.where(
            queries.stood_below(principal, top.id, on)
            if wanted.as_reported
            else OrgUnitRow.id.in_(subtree_ids(principal, top.id, wanted.tree or on))
        )
    if wanted.period is not None:
        # The start is what the partitions and the key know of; the notation is worked out of it.
        start = wanted.period.start
        statement = statement.where(OutcomeRow.period_start == start, OutcomeRow.period == str(wanted.period))
    if wanted.period_from is not None:
        statement = statement.where(OutcomeRow.period_start >= wanted.period_from.start)
    if wanted.period_to is not None:
        last = wanted.period_to.end
        statement = statement.where(OutcomeRow.period_end <= last, OutcomeRow.period_start <= last)
    if wanted.sexes:
        statement = statement.where(OutcomeRow.sex.in_([sex.value for sex in wanted.sexes]))
    keys = [OrgUnitRow.code, OutcomeRow.period_end, OutcomeRow.period, OutcomeRow.sex]
    # Ordered by units alone, a page of one indicator is read unit by unit, and not sorted out of all its outcomes.
    return await fetch_page(uow.session, statement, keys if one else [IndicatorRow.code, *keys], page)
