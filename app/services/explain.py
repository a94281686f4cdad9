"""Asks a number what it is made of: units, their figures, coverage, formula, imports and times (I5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from app.db.queries import aggregates as queries
from app.db.queries.aggregates import Wanted
from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Principal
from app.domain.aggregation import aggregate
from app.domain.explanation import Expectation, Part, UnitPart, formula, own_formula, parts
from app.domain.indicators import Figures, IndicatorView, Sex
from app.domain.organisation import tree_date
from app.domain.periods import Period
from app.domain.texts import Text
from app.services.series import OWN_NO_VALUE, REGION_ONLY, Origin
from app.services.trees import tree_below

NOT_REPORTED = Text("Enheten har inte lämnat utfall.", "The unit has not reported an outcome.")
_ORDER = list(UnitPart)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number is asked about. `tree` None: the tree as the number was reported in."""

    indicator: IndicatorView
    unit: UUID
    period: Period
    sex: Sex
    tree: date | None = None


@dataclass(frozen=True, slots=True)
class UnitTold:
    """A unit below, its part in the number, and its outcome (None: it has reported none)."""

    id: UUID
    code: str
    name: str
    part: UnitPart
    outcome: AnyRow | None
    answered_by: str | None = None
    expected_because: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How whole the number is: units whose figures are in it, of all that have reported by themselves or should have.

    `share` is None where none was expected.
    """

    contributing: int
    no_value: int
    missing: int
    answered_for: int

    @property
    def share(self) -> float | None:
        """0 to 1: contributing units of contributing, no-value and missing ones."""
        whole = self.contributing + self.no_value + self.missing
        return self.contributing / whole if whole else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number, how it came about, and every unit that has a part in it, in order of part and name.

    `own` is the unit's own outcome, which goes before what is put together; `below` are the figures put together,
    whether they are shown or not. `tree_day`: the day whose tree was summed in.
    """

    origin: Origin | None
    figures: Figures
    own: AnyRow | None
    below: Figures
    formula: Text
    reason: Text | None
    coverage: Coverage
    tree_day: date
    units: Sequence[UnitTold] = field(default=())


async def explain(uow: UnitOfWork, principal: Principal, on: date, asked: Asked) -> Explanation:
    """The explanation. Five statements at most. The unit must lie within reach: the caller has seen to that."""
    day = asked.tree or tree_date(asked.period, on)
    span = (asked.period.start, asked.period.end)
    tree = await tree_below(uow, principal, on, asked.unit, span, day)
    parent_of: Mapping[UUID, UUID] = tree.states[-1].parent_of if tree.states else {}
    rows = await _outcomes(uow, principal, on, asked, [asked.unit, *parent_of])
    own, below = rows.get(asked.unit), {unit: row for unit, row in rows.items() if unit != asked.unit}
    if asked.indicator.region_level_only:
        parent_of, below = {}, {}
    figures = {unit: figures_of(row) for unit, row in below.items()}
    expected = await _expected(uow, principal, on, asked, parent_of)
    found = parts(asked.indicator, asked.unit, parent_of, figures, expected)
    number = aggregate(asked.indicator, asked.unit, parent_of, figures, expected)
    put = Figures(number.value, number.numerator, number.denominator)
    units = await _told(uow, principal, on, found, below, expected)
    coverage = Coverage(
        **{
            part.value: sum(p.part is part for p in found)
            for part in (UnitPart.CONTRIBUTING, UnitPart.NO_VALUE, UnitPart.MISSING, UnitPart.ANSWERED_FOR)
        }
    )
    if own is not None:
        shown = figures_of(own)
        reason = OWN_NO_VALUE if shown.value is None else None
        words = own_formula(asked.indicator, shown)
        return Explanation(Origin.OWN, shown, own, put, words, reason, coverage, day, units)
    if asked.indicator.region_level_only:
        only = Text(f"{NOT_REPORTED.sv} {REGION_ONLY.sv}", f"{NOT_REPORTED.en} {REGION_ONLY.en}")
        return Explanation(None, Figures(), None, put, formula(asked.indicator, put, 0), only, coverage, day)
    words = formula(asked.indicator, put, len(number.contributing))
    origin = Origin.BELOW if figures else None
    return Explanation(origin, put, None, put, words, number.reason, coverage, day, units)


def figures_of(row: AnyRow) -> Figures:
    """An outcome's numbers."""
    return Figures(row.value, row.numerator, row.denominator)


async def _outcomes(
    uow: UnitOfWork, principal: Principal, on: date, asked: Asked, units: Sequence[UUID], period: Period | None = None
) -> dict[UUID, AnyRow]:
    when = period or asked.period
    wanted = Wanted([asked.indicator.id], when.start, when.end, [asked.sex])
    found = await uow.session.execute(queries.at_units(principal, wanted, units, on))
    return {row.unit_id: row for row in found if row.period == str(when)}


async def _expected(
    uow: UnitOfWork, principal: Principal, on: date, asked: Asked, parent_of: Mapping[UUID, UUID]
) -> dict[UUID, Expectation]:
    """Units below that should report: by the plan of the year, or as they did the period before."""
    if not parent_of:
        return {}
    before = await _outcomes(uow, principal, on, asked, list(parent_of), asked.period.previous())
    found = dict.fromkeys(before, Expectation.REPORTED_BEFORE)
    statement = queries.expected_units(principal, asked.indicator.id, asked.period.year, on)
    planned = {row.unit_id for row in await uow.session.execute(statement)}
    return found | dict.fromkeys(planned & parent_of.keys(), Expectation.ALLOCATED)


async def _told(
    uow: UnitOfWork,
    principal: Principal,
    on: date,
    found: Sequence[Part],
    outcomes: Mapping[UUID, AnyRow],
    expected: Mapping[UUID, Expectation],
) -> list[UnitTold]:
    """The units with their names; those that may not be seen have none, and are left out."""
    if not found:
        return []
    named = {
        row.id: row for row in await uow.session.execute(queries.unit_names(principal, [p.unit for p in found], on))
    }
    told = [
        UnitTold(
            id=part.unit,
            code=named[part.unit].code,
            name=named[part.unit].name,
            part=part.part,
            outcome=outcomes.get(part.unit),
            answered_by=named[part.answered_by].code if part.answered_by in named else None,
            expected_because=expected.get(part.unit) if part.part is UnitPart.MISSING else None,
        )
        for part in found
        if part.unit in named
    ]
    return sorted(told, key=lambda unit: (_ORDER.index(unit.part), named[unit.id].name_sort, unit.code))
