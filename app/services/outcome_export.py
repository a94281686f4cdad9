"""Outcomes out again, by the million: the same filters and the same reach as a list, small groups masked (L2, B2)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db.queries import indicators as indicator_queries
from app.db.queries import outcome_export as queries
from app.db.queries.units import subtree_ids
from app.db.session import UnitOfWork
from app.db.tables import OrgUnitRow, OutcomeFactRow
from app.db.typing import AnyRow, AnySelect
from app.domain.access import Principal
from app.domain.indicators import OUTCOME_STATUSES, SEXES, Figures, IndicatorView, OutcomeStatus, Sex
from app.domain.periods import Periodicity, period_of
from app.domain.small_groups import masked
from app.exports.outcome_columns import OutcomeRecord
from app.services.outcomes import OutcomeFilter
from app.services.small_groups import masking_threshold
from app.services.units import find_unit

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is exported: the statement, what numbers stand for, from which count on (None: any), and which sexes."""

    region_id: UUID
    statement: AnySelect
    indicators: Mapping[int, IndicatorView]
    units: Mapping[int, str]
    threshold: int | None
    sexes: frozenset[Sex]
    traced: bool


async def plan_export(
    uow: UnitOfWork, principal: Principal, on: date, wanted: OutcomeFilter, *, traced: bool
) -> ExportPlan:
    """Look up everything but the outcomes. `traced`: with who recorded them, when. Raises NotFound."""
    chosen = queries.indicators(principal)
    if wanted.indicator is not None:
        chosen = chosen.where(indicator_queries.named([wanted.indicator]))
    within = queries.units(principal, on)
    if wanted.unit is not None:
        within = within.where(OrgUnitRow.id == (await find_unit(uow, principal, on, wanted.unit)).id)
    if wanted.under is not None:
        top = await find_unit(uow, principal, on, wanted.under)
        within = within.where(OrgUnitRow.id.in_(subtree_ids(principal, top.id, wanted.tree or on)))
    indicators = {
        row.no: IndicatorView(id=row.id, code=row.code, is_ratio=row.is_ratio, scale=row.scale)
        for row in await uow.session.execute(chosen)
    }
    units = {row.no: row.code for row in await uow.session.execute(within)}
    every_unit = principal.whole_region and wanted.unit is None and wanted.under is None
    # With their list the key serves a single unit, too, which stands behind the indicator in it.
    every_indicator = every_unit and not principal.scopes and wanted.indicator is None
    statement = queries.facts(
        principal, None if every_indicator else list(indicators), None if every_unit else list(units), traced=traced
    )
    threshold = await masking_threshold(uow, principal)
    return ExportPlan(
        principal.region_id,
        _within(statement, wanted),
        indicators,
        units,
        threshold,
        frozenset(wanted.sexes or SEXES),
        traced,
    )


async def exported(uow: UnitOfWork, plan: ExportPlan) -> AsyncIterator[list[OutcomeRecord]]:
    """The outcomes in batches, through a cursor of the server's: memory does not grow with their number.

    All sexes of an indicator, unit and period are looked at together, so that a masked one can't be worked out from the
    others; a filter on sex comes after that.
    """
    statement = plan.statement.execution_options(yield_per=_BATCH)
    group: list[AnyRow] = []
    async for rows in (await uow.session.stream(statement)).partitions():
        batch: list[OutcomeRecord] = []
        for row in rows:
            if group and row[:4] != group[0][:4]:
                batch.extend(_records(plan, group))
                group = []
            group.append(row)
        if batch:
            yield batch
    if last := list(_records(plan, group)):
        yield last


def _records(plan: ExportPlan, group: Sequence[AnyRow]) -> Iterator[OutcomeRecord]:
    if not group:
        return
    indicator, unit = plan.indicators.get(group[0].indicator_no), plan.units.get(group[0].unit_no)
    if indicator is None or unit is None:
        return  # made since the names were looked up
    period = str(period_of(group[0].period_start, group[0].months))
    hidden: frozenset[Sex] = frozenset()
    if plan.threshold is not None:
        figures = {SEXES[row.sex]: Figures(row.value, row.numerator, row.denominator) for row in group}
        hidden = masked(indicator, figures, plan.threshold)
    for row in group:
        sex = SEXES[row.sex]
        if sex not in plan.sexes:
            continue
        status = OUTCOME_STATUSES[row.status]
        record = OutcomeRecord(
            indicator.code,
            unit,
            period,
            sex.value,
            row.value,
            row.numerator,
            row.denominator,
            row.comment,
            None if status is OutcomeStatus.NORMAL else status.value,
            *((row.source, row.recorded_at, row.recorded_by) if plan.traced else ()),
        )
        yield _hidden(record) if sex in hidden else record


def _hidden(record: OutcomeRecord) -> OutcomeRecord:
    """Without its figures, and without its comment, which may speak of them."""
    return record._replace(
        value=None, numerator=None, denominator=None, comment=None, status=OutcomeStatus.SUPPRESSED.value
    )


def _within(statement: AnySelect, wanted: OutcomeFilter) -> AnySelect:
    row = OutcomeFactRow
    if wanted.period is not None:
        statement = statement.where(row.period_start == wanted.period.start, row.months == wanted.period.months)
    if wanted.period_from is not None:
        statement = statement.where(row.period_start >= wanted.period_from.start)
    if wanted.period_to is not None:
        # A longer period may begin within the bound and end after it.
        for periodicity in Periodicity:
            latest = wanted.period_to.of(periodicity)
            statement = statement.where((row.months != latest.months) | (row.period_start <= latest.start))
    return statement
