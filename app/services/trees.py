"""The tree below a unit in which outcomes are put together: as it was when they were reported, or of a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from app.db.queries import aggregates as queries
from app.db.queries.aggregates import Numbered
from app.db.session import UnitOfWork
from app.domain.access import Principal
from app.domain.periods import Period, Periodicity
from app.domain.tree_states import Standing, TreeState, tree_states


@dataclass(frozen=True, slots=True)
class TreeBelow:
    """The states of the tree below `top`. Several only for a tree as reported that was changed on the way."""

    top: UUID
    states: tuple[TreeState, ...]

    @property
    def units(self) -> set[UUID]:
        """Every unit that stood below the top in one of the states."""
        return {unit for state in self.states for unit in state.parent_of}

    def numbered(self, reporting: Mapping[UUID, int]) -> list[Numbered]:
        """The reporting units (id -> no) of each state with their places."""
        return [
            Numbered(reporting[unit], state.since, state.until, first, last)
            for state in self.states
            for unit, (first, last) in state.intervals(self.top).items()
            if unit in reporting
        ]


async def tree_below(
    uow: UnitOfWork, principal: Principal, on: date, top: UUID, span: tuple[date, date], tree: date | None
) -> TreeBelow:
    """The tree below `top` for periods that end within `span`: each as of its end (or today, if that is earlier),
    or, where `tree` is said, as it was on that day. Only units within reach. One statement.
    """  # noqa: D205  # one sentence, longer than a line
    days = [tree] if tree is not None else _ends_of_months(*span, on)
    statement = queries.standings(principal, top, min(days), max(days), on)
    rows = await uow.session.execute(statement)
    standings = [Standing(row.unit_id, row.parent_id, row.since, row.until) for row in rows]
    states = tree_states(top, standings, days)
    return TreeBelow(top, tuple(states))


def in_line(units: list[Numbered]) -> bool:
    """Whether one of the units stands below another in some state."""
    last: dict[date, int] = {}
    for unit in sorted(units, key=lambda u: (u.since, u.first)):
        if unit.first <= last.get(unit.since, -1):
            return True
        last[unit.since] = unit.last
    return False


def _ends_of_months(first: date, last: date, today: date) -> list[date]:
    """Every period ends with a month."""
    period, found = Period(first.year, Periodicity.MONTH, first.month), []
    while (end := period.end) <= last:
        found.append(min(end, today))
        after = end + timedelta(days=1)
        period = Period(after.year, Periodicity.MONTH, after.month)
    return sorted(set(found)) or [min(last, today)]
