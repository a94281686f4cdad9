"""Each row of an import against the rules, with everything looked up once for all rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from app.db.queries import outcome_import as queries
from app.db.session import UnitOfWork
from app.domain.access import Principal, out_of_reach
from app.domain.findings import Finding, Severity
from app.domain.indicators import Direction, IndicatorView, InputWay, Sex
from app.domain.outcome_imports import Recorded
from app.domain.outcome_rows import RawOutcome, ReadOutcome, names_known, period_open, read_outcome, shown
from app.domain.outcomes import input_way, on_its_level
from app.domain.periods import Period, Periodicity
from app.domain.plan_versions import PlanStatus
from app.domain.ratios import completed, figures_agree
from app.domain.reporting_periods import period_fits
from app.domain.texts import Text
from app.services.model_cache import steering_model

Key = tuple[UUID, UUID, str, str]
"""(indicator, unit, period, sex)."""
_UNKNOWN_FIELD = Text("Fältet {name} finns inte.", "There is no field {name}.")


@dataclass(frozen=True, slots=True)
class UnitFound:
    """A unit that a row names."""

    id: UUID
    code: str
    in_reach: bool
    at_region: bool


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that no rule refuses. `number` counts from 1."""

    number: int
    indicator: IndicatorView
    unit: UnitFound
    period: Period
    sex: Sex
    recorded: Recorded

    @property
    def key(self) -> Key:
        """What the outcome is stored under."""
        return (self.indicator.id, self.unit.id, str(self.period), self.sex.value)


@dataclass(slots=True)
class CheckedRows:
    """An import after its rules: the good rows, what is wrong with the others, and remarks."""

    good: list[GoodRow] = field(default_factory=list)
    refused: dict[int, list[Finding]] = field(default_factory=dict)
    warnings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lookups:
    indicators: Mapping[str, IndicatorView]
    units: Mapping[str, UnitFound]
    plans: Mapping[int, PlanStatus]
    followed_up: Mapping[tuple[UUID, int | None], frozenset[Periodicity]]
    way: InputWay

    def periodicities(self, indicator: IndicatorView, year: int) -> frozenset[Periodicity]:
        """How the indicator is followed up that year; as in other years where that year's plan lacks it (V4)."""
        return self.followed_up.get((indicator.id, year)) or self.followed_up.get((indicator.id, None), frozenset())


async def check_rows(uow: UnitOfWork, principal: Principal, on: date, rows: Sequence[Mapping[str, Any]]) -> CheckedRows:
    """Hold every row against the rules: five statements, however many rows."""
    checked = CheckedRows()
    read: list[tuple[int, ReadOutcome]] = []
    for number, row in enumerate(rows, start=1):
        outcome = _read(row)
        if isinstance(outcome, ReadOutcome):
            read.append((number, outcome))
        else:
            checked.refused[number] = outcome
    lookups = await _look_up(uow, principal, on, [outcome for _, outcome in read])
    for number, outcome in read:
        _check(checked, lookups, number, outcome)
    return checked


def _read(row: Mapping[str, Any]) -> ReadOutcome | list[Finding]:
    unknown = [name for name in row if name not in RawOutcome._fields]
    outcome = read_outcome(RawOutcome(**{name: row.get(name) for name in RawOutcome._fields}))
    if not unknown:
        return outcome
    remarks = [
        Finding("I9", _UNKNOWN_FIELD.fill(name=shown(name)), f"/{shown(name)}", facts={"code": "unknown_field"})
        for name in unknown
    ]
    return remarks if isinstance(outcome, ReadOutcome) else [*remarks, *outcome]


def _check(checked: CheckedRows, lookups: _Lookups, number: int, outcome: ReadOutcome) -> None:
    indicator = lookups.indicators.get(outcome.indicator)
    unit = lookups.units.get(outcome.unit)
    if indicator is None or unit is None:
        unknown = names_known(
            outcome.indicator, outcome.unit, indicator_known=indicator is not None, unit_known=unit is not None
        )
        checked.refused[number] = list(unknown)
        return
    findings = list(_findings(lookups, outcome, indicator, unit))
    if refused := [f for f in findings if f.severity is not Severity.WARNING]:
        checked.refused[number] = refused
        return
    checked.warnings.extend(findings)
    recorded = Recorded(completed(indicator, outcome.figures), outcome.comment)
    checked.good.append(GoodRow(number, indicator, unit, outcome.period, outcome.sex, recorded))


def _findings(lookups: _Lookups, outcome: ReadOutcome, indicator: IndicatorView, unit: UnitFound) -> Iterator[Finding]:
    if not unit.in_reach:
        yield from out_of_reach(unit.code, "/unit")
    yield from period_open(outcome.period, lookups.plans.get(outcome.period.year))
    yield from period_fits(outcome.period, lookups.periodicities(indicator, outcome.period.year))
    yield from input_way(indicator, lookups.way)
    yield from on_its_level(indicator, at_region=unit.at_region)
    yield from figures_agree(indicator, outcome.figures)


async def _look_up(uow: UnitOfWork, principal: Principal, on: date, rows: Iterable[ReadOutcome]) -> _Lookups:
    names: set[str] = set()
    codes: set[str] = set()
    years: set[int] = set()
    for row in rows:
        names.add(row.indicator)
        codes.add(row.unit)
        years.add(row.period.year)
    session = uow.session
    region_level = (await steering_model(uow)).model.region_level
    found = (await session.execute(queries.indicators_called(principal, names))).all()
    # A code goes before another indicator's catalogue key.
    indicators = {row.catalogue_key: _indicator(row) for row in found if row.catalogue_key}
    indicators |= {row.code: _indicator(row) for row in found}
    units = {
        row.code: UnitFound(row.id, row.code, row.in_reach, row.level == region_level)
        for row in await session.execute(queries.units_called(principal, on, codes))
    }
    plans = {row.year: PlanStatus(row.status) for row in await session.execute(queries.plan_states(principal, years))}
    followed_up: dict[tuple[UUID, int | None], frozenset[Periodicity]] = {}
    for node in await session.execute(queries.periodicities(principal, {i.id for i in indicators.values()})):
        if node.periodicity is not None:
            for year in (node.year, None):
                key = (node.indicator_id, year)
                followed_up[key] = followed_up.get(key, frozenset()) | {Periodicity(node.periodicity)}
    # Whoever sends it decides which way it comes: an integration speaks for the catalogue, a person by hand (I2).
    way = InputWay.CATALOGUE if principal.is_integration else InputWay.MANUAL
    return _Lookups(indicators, units, plans, followed_up, way)


def _indicator(row: Any) -> IndicatorView:
    return IndicatorView(
        id=row.id,
        code=row.code,
        is_ratio=row.is_ratio,
        scale=row.scale,
        direction=Direction(row.direction),
        sex_disaggregated=row.sex_disaggregated,
        region_level_only=row.region_level_only,
        input=InputWay(row.input),
    )
