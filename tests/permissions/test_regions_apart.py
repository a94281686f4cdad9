"""Row-level security behind the permission filter: with the filter taken away, other regions' rows are still absent."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import true

from app.db import access
from app.db.queries import allocations, assessments, indicators, keyword_groups, links, nodes, outcomes, units, users
from app.db.session import Database
from app.domain.access import Principal
from app.domain.plan_versions import PlanStatus
from tests.api.planning import YEAR, add_plan
from tests.conftest import TestRegion
from tests.people import make_user

ON = date(YEAR, 3, 1)
FILTERS = (
    "in_reach",
    "indicator_readable",
    "keyword_group_readable",
    "node_readable",
    "unit_readable",
    "user_readable",
)
STATEMENTS: dict[str, Callable[[Principal], Any]] = {
    "allocations": lambda p: allocations.allocations(p, ON),
    "assessments": lambda p: assessments.assessments(p, ON),
    "indicators": indicators.indicators,
    "keyword groups": lambda p: keyword_groups.keyword_groups(p, ON),
    "links": lambda p: links.links(p, ON),
    "nodes": lambda p: nodes.nodes(p, ON),
    "outcomes": lambda p: outcomes.outcomes(p, ON),
    "units": lambda p: units.units(p, ON),
    "users": lambda p: users.users(p, ON),
}


def test_every_filter_is_taken_away() -> None:
    public = {name for name in vars(access) if name.endswith(("_readable", "in_reach")) and not name.startswith("_")}
    assert public - {"units_readable", "units_in_reach"} == set(FILTERS)


@pytest.mark.parametrize("name", STATEMENTS)
async def test_without_the_filter_other_regions_are_still_absent(
    database: Database, region: TestRegion, other_region: TestRegion, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for name_of_filter in FILTERS:
        monkeypatch.setattr(access, name_of_filter, lambda *_, **__: true())
    await make_user(database, other_region, "theirs", "titta@SU")
    await add_plan(database, other_region, YEAR, PlanStatus.LIVE)
    theirs = other_region.principal()
    async with database.unit_of_work(other_region.id, read_only=True) as uow:
        own = len((await uow.session.execute(STATEMENTS[name](theirs))).all())
    assert own > 0 or name not in {"keyword groups", "units", "users"}
    async with database.unit_of_work(region.id, read_only=True) as uow:
        assert (await uow.session.execute(STATEMENTS[name](theirs))).all() == []
