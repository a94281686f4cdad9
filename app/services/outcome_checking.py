"""Rows of an import against the rules, a batch at a time: looked up once, the plain ones let through quickly.

The rules in `app.domain` judge. What they say of an indicator in a period is remembered; a row that gives them nothing
more to say (plain numbers, known names, an open period) passes without asking again. Every other row goes to them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.db.queries import outcome_import as queries
from app.db.session import UnitOfWork
from app.domain.access import Principal, out_of_reach
from app.domain.findings import Finding, Severity
from app.domain.indicators import Direction, Figures, IndicatorView, InputWay, OutcomeStatus, Sex
from app.domain.numbers import DIGITS_BEFORE, half_step
from app.domain.outcome_rows import RawOutcome, ReadOutcome, names_known, period_open, read_outcome, shown
from app.domain.outcomes import input_way, on_its_level
from app.domain.periods import Period, Periodicity, parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.ratios import completed, figures_agree, no_value, ratio, status_kept
from app.domain.reporting_periods import period_fits
from app.domain.texts import Text
from app.services.model_cache import steering_model
from app.services.outcome_sent import PLAIN, Row, Rows, SentRow, given

_UNKNOWN_FIELD = Text("Fältet {name} finns inte.", "There is no field {name}.")
_LONGEST_NAME, _LONGEST_COMMENT = 100, 2000
_SEX = {"T": 0, "K": 1, "M": 2}
SEXES: tuple[Sex, ...] = (Sex.TOTAL, Sex.WOMEN, Sex.MEN)
STATUSES = tuple(OutcomeStatus)
_NONE = r"\N"


class UnitFound(NamedTuple):
    """A unit that a row names."""

    id: UUID
    code: str
    no: int
    in_reach: bool
    at_region: bool


class IndicatorFound(NamedTuple):
    """An indicator that a row names."""

    view: IndicatorView
    no: int


class _Place(NamedTuple):
    """An indicator in a period that no rule minds. `when`: the period as it is copied."""

    no: int
    is_ratio: bool
    scale: Decimal
    region_level_only: bool
    when: str


@dataclass(slots=True)
class CheckedBatch:
    """A batch after its rules: lines for the staging table, what is wrong with the other rows, and remarks."""

    lines: list[str] = field(default_factory=list)
    refused: list[tuple[int, Row, list[Finding]]] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


class Checker:
    """Holds rows against the rules. Names are looked up as they come, each once however many rows there are."""

    def __init__(self, uow: UnitOfWork, principal: Principal, on: date) -> None:
        self._uow = uow
        self._principal = principal
        self._on = on
        # Whoever sends it decides which way it comes: an integration speaks for the catalogue, a person by hand (I2).
        self.way = InputWay.CATALOGUE if principal.is_integration else InputWay.MANUAL
        self.indicators: dict[str, IndicatorFound | None] = {}
        self.units: dict[str, UnitFound | None] = {}
        self._plans: dict[int, PlanStatus | None] = {}
        self._followed_up: dict[tuple[UUID, int | None], frozenset[Periodicity]] = {}
        self._places: dict[tuple[str, str], _Place | None] = {}
        self._region_level: str | None = None

    async def check(self, rows: Rows, first: int) -> CheckedBatch:
        """Hold a batch against the rules; its rows count from `first`."""
        await self._look_up(rows)
        checked = CheckedBatch()
        for number, row in enumerate(rows, start=first):
            line = self._quick(number, row) if isinstance(row, SentRow) else None
            if line is not None:
                checked.lines.append(line)
            else:
                self.judge(checked, number, row)
        return checked

    def _quick(self, number: int, row: SentRow) -> str | None:
        """The row's line, where it is plain; None: let the rules look at it."""
        place = self._place(row.indicator, row.period)
        unit = self.units.get(row.unit)
        sex = _SEX.get(row.sex)
        if place is None or unit is None or sex is None or row.status or not unit.in_reach:
            return None
        if place.region_level_only and not unit.at_region:
            return None
        comment = row.comment or _NONE
        if comment is not _NONE and (len(comment) > _LONGEST_COMMENT or not comment.isprintable()):
            return None
        if comment is not _NONE:
            comment = comment.replace("\\", "\\\\")
        if place.is_ratio:
            figures = _quick_ratio(place.scale, row)
        else:
            value = _spelt(row.value)
            alone = _spelt(row.numerator) == "" == _spelt(row.denominator)
            figures = f"0\t{value}\t{_NONE}\t{_NONE}" if value and alone else None
        if figures is None:
            return None
        return f"{number}\t{place.no}\t{unit.no}\t{place.when}\t{sex}\t{figures}\t{comment}\n"

    def _place(self, name: str, notation: str) -> _Place | None:
        key = (name, notation)
        if key in self._places:
            return self._places[key]
        found = self.indicators.get(name)
        place = None
        if found is not None:
            try:
                period = parse_period(notation)
            except ValueError:
                return None
            view = found.view
            if not any(self._of_place(view, period)):
                when = f"{period.start}\t{period.months}"
                place = _Place(found.no, view.is_ratio, view.scale, view.region_level_only, when)
        self._places[key] = place
        return place

    def _of_place(self, indicator: IndicatorView, period: Period) -> Iterator[Finding]:
        yield from period_open(period, self._plans.get(period.year))
        yield from period_fits(period, self._periodicities(indicator, period.year))
        yield from input_way(indicator, self.way)

    def judge(self, checked: CheckedBatch, number: int, row: Row) -> None:
        """Ask every rule about a row whose names have been looked up."""
        said = given(row)
        outcome = _read(said)
        if not isinstance(outcome, ReadOutcome):
            checked.refused.append((number, row, outcome))
            return
        indicator, unit = self.indicators.get(outcome.indicator), self.units.get(outcome.unit)
        if indicator is None or unit is None:
            unknown = names_known(
                outcome.indicator, outcome.unit, indicator_known=indicator is not None, unit_known=unit is not None
            )
            checked.refused.append((number, row, list(unknown)))
            return
        findings = list(self._findings(outcome, indicator.view, unit))
        if refused := [f for f in findings if f.severity is not Severity.WARNING]:
            checked.refused.append((number, row, refused))
            return
        checked.warnings.extend(findings)
        figures = completed(indicator.view, outcome.figures)
        checked.lines.append(_line(number, indicator.no, unit.no, outcome, figures))

    def _findings(self, outcome: ReadOutcome, indicator: IndicatorView, unit: UnitFound) -> Iterator[Finding]:
        if not unit.in_reach:
            yield from out_of_reach(unit.code, "/unit")
        yield from self._of_place(indicator, outcome.period)
        yield from on_its_level(indicator, at_region=unit.at_region)
        if outcome.status is OutcomeStatus.NORMAL:
            yield from figures_agree(indicator, outcome.figures)
        else:
            yield from no_value(outcome.status, outcome.figures)

    def _periodicities(self, indicator: IndicatorView, year: int) -> frozenset[Periodicity]:
        """How the indicator is followed up that year; as in other years where that year's plan lacks it (V4)."""
        return self._followed_up.get((indicator.id, year)) or self._followed_up.get((indicator.id, None), frozenset())

    async def _look_up(self, rows: Rows) -> None:
        """Whatever these rows name and no earlier one did: four statements at most."""
        names = _new(self.indicators, rows, lambda r: r.indicator, "indicator")
        codes = _new(self.units, rows, lambda r: r.unit, "unit")
        years = {
            year
            for notation in _new({}, rows, lambda r: r.period, "period")
            if (year := _year(notation)) is not None and year not in self._plans
        }
        session, principal = self._uow.session, self._principal
        if years:
            self._plans |= dict.fromkeys(years)
            found = await session.execute(queries.plan_states(principal, years))
            self._plans |= {row.year: PlanStatus(row.status) for row in found}
        if names:
            await self._look_up_indicators(names)
        if codes:
            if self._region_level is None:
                self._region_level = (await steering_model(self._uow)).model.region_level
            self.units |= dict.fromkeys(codes)
            for row in await session.execute(queries.units_called(principal, self._on, codes)):
                at_region = row.level == self._region_level
                self.units[row.code] = UnitFound(row.id, row.code, row.no, row.in_reach, at_region)

    async def _look_up_indicators(self, names: Collection[str]) -> None:
        session, principal = self._uow.session, self._principal
        self.indicators |= dict.fromkeys(names)
        found = (await session.execute(queries.indicators_called(principal, names))).all()
        views = {row.code: IndicatorFound(_indicator(row), row.no) for row in found}
        # A code goes before another indicator's catalogue key.
        keys = {row.catalogue_key: views[row.code] for row in found if row.catalogue_key}
        self.indicators |= {name: each for name, each in (keys | views).items() if name in names}
        ids = {each.view.id for each in views.values()}
        for node in await session.execute(queries.periodicities(principal, ids)):
            if node.periodicity is not None:
                for year in (node.year, None):
                    key = (node.indicator_id, year)
                    self._followed_up[key] = self._followed_up.get(key, frozenset()) | {Periodicity(node.periodicity)}


def _new(known: Mapping[str, Any], rows: Rows, of: Callable[[SentRow], str], name: str) -> set[str]:
    """Names in the rows that are not known yet, and that a database can be asked about."""
    named = {of(row) for row in rows if isinstance(row, SentRow)}
    named |= {each for row in rows if isinstance(row, dict) and isinstance(each := row.get(name), str)}
    return {each for each in named - known.keys() if 0 < len(each) <= _LONGEST_NAME and each.isprintable()}


def _year(notation: str) -> int | None:
    try:
        return parse_period(notation).year
    except ValueError:
        return None


def _spelt(raw: msgspec.Raw) -> str | None:
    """A number's spelling, where it is in bounds by its form; "": there is none; None: it must be looked at."""
    spelt = bytes(raw)
    if not spelt or spelt == b"null":
        return ""
    match = PLAIN.fullmatch(spelt.decode("utf-8", "replace"))
    return match[1] if match else None


def _quick_ratio(scale: Decimal, row: SentRow) -> str | None:
    """(status, value, numerator, denominator) of a ratio that agrees; None: let the rules look at it."""
    value, above, below = _spelt(row.value), _spelt(row.numerator), _spelt(row.denominator)
    if value is None or above is None or below is None:
        return None
    if not above or not below:
        return f"0\t{value}\t{_NONE}\t{_NONE}" if value and not above and not below else None
    computed = ratio(scale, Decimal(above), Decimal(below))
    if computed is None or (computed and computed.adjusted() >= DIGITS_BEFORE):
        return None
    if value and abs(computed - Decimal(value)) > half_step(Decimal(value)):
        return None
    return f"0\t{value or format(computed, 'f')}\t{above}\t{below}"


def _line(number: int, indicator: int, unit: int, outcome: ReadOutcome, figures: Figures) -> str:
    period = outcome.period
    numbers = "\t".join(_NONE if each is None else f"{each:f}" for each in figures)
    status = STATUSES.index(status_kept(outcome.status, figures))
    comment = _NONE
    if outcome.comment is not None:
        comment = outcome.comment.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    sex = SEXES.index(outcome.sex)
    return f"{number}\t{indicator}\t{unit}\t{period.start}\t{period.months}\t{sex}\t{status}\t{numbers}\t{comment}\n"


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
