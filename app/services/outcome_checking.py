"""Rows of an import against the rules, a batch at a time: looked up once, the plain ones let through quickly.

The rules in `app.domain` judge. What they say of an indicator in a period is remembered; a row that gives them nothing
more to say (plain numbers, known names, an open period) passes without asking again. Every other row goes to them.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from operator import ne
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from app.db.queries import outcome_import as queries
from app.db.session import UnitOfWork
from app.domain.access import Principal, out_of_reach
from app.domain.findings import Finding, Severity
from app.domain.indicators import OUTCOME_STATUSES, SEXES, Figures, IndicatorView, OutcomeStatus
from app.domain.outcome_rows import LONGEST_NAME, RawOutcome, ReadOutcome, names_known, period_open, read_outcome, shown
from app.domain.outcomes import input_way, on_its_level
from app.domain.periods import Period, Periodicity, parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.ratios import completed, figures_agree, no_value, status_kept
from app.domain.reporting_periods import period_fits
from app.domain.texts import Text
from app.services.model_cache import steering_model
from app.services.outcome_quick import NONE, Place, UnitFound, quick_lines
from app.services.outcome_records import way_of
from app.services.outcome_sent import Row, Rows, SentRow, given
from app.services.series import view_of

T = TypeVar("T")
_UNKNOWN_FIELD = Text("Fältet {name} finns inte.", "There is no field {name}.")
_UNSENT = SentRow("", "", "", "")


class IndicatorFound(NamedTuple):
    """An indicator that a row names."""

    view: IndicatorView
    no: int


class _Places(dict[tuple[str, str], Place | None]):
    """By an indicator's name and a period's notation; asked for as they come, and kept where no rule minds."""

    def __init__(self, ask: Callable[[str, str], Place | None]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, key: tuple[str, str]) -> Place | None:
        place = self._ask(*key)
        if place is not None:
            self[key] = place
        return place


@dataclass(slots=True)
class CheckedBatch:
    """A batch after its rules: lines for the staging table, what is wrong with the other rows, and remarks."""

    received: int = 0
    jumps: int = 0
    """How often a row names another indicator than the one before it."""
    lines: list[str] = field(default_factory=list)
    refused: list[tuple[int, Row, list[Finding]]] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


class Checker:
    """Holds rows against the rules. Names are looked up as they come, each once however many rows there are."""

    def __init__(self, uow: UnitOfWork, principal: Principal, on: date) -> None:
        self._uow = uow
        self._principal = principal
        self._on = on
        self.way = way_of(principal)
        self.indicators: dict[str, IndicatorFound | None] = {}
        self.units: dict[str, UnitFound | None] = {}
        self._plans: dict[int, PlanStatus | None] = {}
        self._followed_up: dict[tuple[UUID, int | None], frozenset[Periodicity]] = {}
        self.places = _Places(self.place)
        self._region_level: str | None = None

    async def check(self, rows: Rows, first: int) -> CheckedBatch:
        """Hold a batch against the rules; its rows count from `first`."""
        sent = [row if isinstance(row, SentRow) else _UNSENT for row in rows]
        await self._look_up(rows)
        names = [row.indicator for row in sent]
        checked = CheckedBatch(len(rows), sum(map(ne, names, names[1:])))
        lines = quick_lines(sent, first, self.places, self.units)
        for number, row, line in zip(count(first), rows, lines, strict=False):
            if line is None:
                self.judge(checked, number, row)
            else:
                checked.lines.append(line)
        return checked

    def place(self, name: str, notation: str) -> Place | None:
        """An indicator in a period, where no rule minds the two."""
        found = self.indicators.get(name)
        period = _period(notation)
        if found is None or period is None:
            return None
        view = found.view
        if any(self._of_place(view, period)):
            return None
        return Place(found.no, view.is_ratio, view.scale, view.region_level_only, f"{period.start}\t{period.months}")

    def _of_place(self, indicator: IndicatorView, period: Period) -> Iterator[Finding]:
        yield from period_open(period, self._plans.get(period.year))
        yield from period_fits(period, self._periodicities(indicator, period.year))
        yield from input_way(indicator, self.way)

    def judge(self, checked: CheckedBatch, number: int, row: Row) -> None:
        """Ask every rule about a row whose names have been looked up: all that is wrong with it is told together."""
        said = given(row)
        outcome = _read(said)
        indicator, unit = _named(self.indicators, said.get("indicator")), _named(self.units, said.get("unit"))
        if not isinstance(outcome, ReadOutcome):
            checked.refused.append((number, row, [*outcome, *self._partly(said, outcome, indicator, unit)]))
            return
        if indicator is None or unit is None:
            checked.refused.append((number, row, list(self._partly(said, [], indicator, unit))))
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

    def _partly(
        self, said: Mapping[str, Any], wrong: list[Finding], indicator: IndicatorFound | None, unit: UnitFound | None
    ) -> Iterator[Finding]:
        """What the rules say of those parts of a row that could be read, when other parts could not."""
        unread = {finding.pointer for finding in wrong}
        yield from names_known(
            said.get("indicator", ""),
            said.get("unit", ""),
            indicator_known=indicator is not None or "/indicator" in unread,
            unit_known=unit is not None or "/unit" in unread,
        )
        if unit is not None and not unit.in_reach:
            yield from out_of_reach(unit.code, "/unit")
        period = _period(said.get("period"))
        if indicator is not None and period is not None:
            yield from self._of_place(indicator.view, period)
        elif period is not None:
            yield from period_open(period, self._plans.get(period.year))
        elif indicator is not None:
            yield from input_way(indicator.view, self.way)
        if indicator is not None and unit is not None:
            yield from on_its_level(indicator.view, at_region=unit.at_region)

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
            if (period := _period(notation)) is not None and (year := period.year) not in self._plans
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
        views = {row.code: IndicatorFound(view_of(row), row.no) for row in found}
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
    return {each for each in named - known.keys() if 0 < len(each) <= LONGEST_NAME and each.isprintable()}


def _named(found: Mapping[str, T | None], name: object) -> T | None:
    return found.get(name) if isinstance(name, str) else None


def _period(notation: object) -> Period | None:
    try:
        return parse_period(notation) if isinstance(notation, str) else None
    except ValueError:
        return None


def _line(number: int, indicator: int, unit: int, outcome: ReadOutcome, figures: Figures) -> str:
    period = outcome.period
    numbers = "\t".join(NONE if each is None else f"{each:f}" for each in figures)
    status = OUTCOME_STATUSES.index(status_kept(outcome.status, figures))
    comment = NONE
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
