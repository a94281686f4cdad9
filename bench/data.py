"""Makes a region of any size in one database: VGR's real steering model and budget, and a made-up plan below it.

    python -m bench.data --scale 1 --database styrkedjan_bench

The same seed gives the same rows (what the service's own loader writes has fresh ids). Three questions have the same
answer at every scale from 1 up, since what is added lies beside them: the follow-up in 2027-T2 of SU-O1 (one goal,
about 50 nodes), of SU (a board, about 2,000) and of VGR (the region, about 20,000).
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from uuid import UUID

import asyncpg
from asyncpg import Range
from rich.console import Console
from sqlalchemy.engine import make_url

from app.commands import load_budget, load_region_rows, loader
from app.db import migrate
from app.db.provider import open_server
from app.db.session import Database
from app.domain.texts import swedish_sort_key
from app.regions.loader import load_region
from app.services.allocation_commands import AllocationTable
from app.services.allocation_import import import_table
from app.services.calendar_day import today
from app.services.facts import asked
from app.services.plan_loading import PlanLoad, allocation_rows
from app.settings import Settings
from bench.made import outcomes
from bench.made.chains import Made, Plan, Planner
from bench.made.ids import Ids
from bench.made.model import Model, read_model
from bench.made.outcomes import Series
from bench.made.rows import OPEN, Rows
from bench.made.sizes import Sizes
from bench.made.tree import MEDIUM_BOARD, SMALL_AREA, Part, Place, Tree

SEED = 2027
YEAR, LAST_MONTH = 2027, 8
PERIOD = f"{YEAR}-T2"
QUESTIONS = {"S": SMALL_AREA, "M": MEDIUM_BOARD, "L": "VGR"}
"""Question -> the unit whose follow-up it asks for."""
_BESIDE = ((2024, "archived"), (2025, "archived"), (2026, "archived"), (2028, "planning"))
_SERIES_FROM, _OLD_FROM, _OLD_TO = 2025, 2012, 2021
"""The live year's outcomes go back this far; older ones, which no question reads, lie between these years."""
_CORE_TABLES = ("org_units", "org_placements")


async def make(url: str, scale: float, seed: int = SEED) -> UUID:
    """Fill an empty, migrated database. `url` is SQLAlchemy's (`postgresql+asyncpg://...`). Returns the region's id."""
    region_id = await _load(url)
    connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        model = await read_model(connection, region_id, YEAR)
        units = await _units(connection, region_id)
        rng = random.Random(seed)
        ids = Ids(rng)
        maker = _Maker(model, Tree(ids, units), Planner(model, ids, rng, Rows(region_id)), scale)
        series = maker.make()
        await _write(connection, region_id, maker.rows, series, checked=scale <= 0.1)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return region_id


async def _load(url: str) -> UUID:
    """The real region, its budget and that budget's allocations, by the service's own loader."""
    data = load_region("vgr")
    database = Database(url)
    try:
        await load_region_rows(database, data)
        loaded = await load_budget(database, data, YEAR)
        principal = await loader(database, data.region.code)
        async with database.unit_of_work(principal.region_id) as uow:
            a = await asked(uow, principal, today())
            tried = await import_table(a, _table(loaded, frozenset()), dry_run=True)
            await import_table(a, _table(loaded, frozenset(c.row for c in tried.conflicts)), dry_run=False)
        return principal.region_id
    finally:
        await database.aclose()


def _table(loaded: PlanLoad, refused: frozenset[int]) -> AllocationTable:
    rows = [row for number, row in enumerate(allocation_rows(loaded), start=1) if number not in refused]
    return AllocationTable.model_validate({"year": YEAR, "rows": rows})


async def _units(connection: asyncpg.Connection, region_id: UUID) -> list[tuple[UUID, str, str, str | None]]:
    rows = await connection.fetch(
        "select u.id, u.code, u.level, above.code as above from org_units u"
        " join org_placements p on p.region_id = u.region_id and p.unit_id = u.id"
        " join org_levels l on l.region_id = u.region_id and l.code = u.level"
        " left join org_units above on above.region_id = p.region_id and above.id = p.parent_id"
        " where u.region_id = $1 order by l.position, u.code",
        region_id,
    )
    return [tuple(row) for row in rows]


class _Maker:
    """Puts the region together, in memory."""

    def __init__(self, model: Model, tree: Tree, planner: Planner, scale: float) -> None:
        self.model, self.tree, self.planner = model, tree, planner
        self.core, self.sizes = Sizes.at(min(scale, 1.0)), Sizes.at(scale)
        self.rng, self.rows = planner.rng, planner.rows

    def make(self) -> list[Series]:
        """Fill `rows`. Returns the series of outcomes."""
        self.tree.grow_core()
        if self.sizes.units == self.core.units:
            self.tree.grow_beside(self.sizes.units)
            live = self._live()
        else:
            # First what is the same at every scale, drawn in the same order; then what lies beside it.
            self.tree.grow_beside(self.core.units)
            live = self._live()
            self.tree.grow_beside(self.sizes.units)
        series = self.planner.series(live, _SERIES_FROM, LAST_MONTH)
        beside = self._beside()
        self._units()
        return _cut(series, self._more_series(live, beside), self.sizes.outcomes)

    def _units(self) -> None:
        for place in self.tree.made:
            name = f"{place.level.capitalize()} {place.code}"
            self.rows.add("org_units", place.id, place.code, name, swedish_sort_key(name), place.level)
            above = place.parent.id if place.parent else None
            self.rows.add("org_placements", self.planner.ids.new(), place.id, above, Range(OPEN, None))

    # The live year

    def _live(self) -> Plan:
        """The plan of the year that is asked about."""
        plan, column = Plan(self.model.plan_version_id, YEAR), self.model.column
        budget = [Made(node, column(code), self.tree.top) for node, code, _ in self.model.goals]
        plan.nodes += budget
        plan.placed |= {node: set(boards) for node, _, boards in self.model.goals}
        shared = self._shared(plan)
        strategies = self._strategies(plan)
        goals = {b.code: [n for n, _, boards in self.model.goals if b.code in boards] for b in self.tree.boards}
        medium = self.tree.places[MEDIUM_BOARD]
        self._board(plan, medium, goals[medium.code], shared, self.core.board)
        others = [b for b in self.tree.boards if b is not medium and goals[b.code]]
        large = [b for b in others if b.children]
        for board in others:
            if board not in large:
                self._board(plan, board, goals[board.code], shared, max(2, self.core.core // 500))
        for i, board in enumerate(large):
            left = self.core.core - len(plan.nodes)
            self._board(plan, board, goals[board.code], shared, max(2, left // (len(large) - i)))
        self._link_strategies(plan, strategies)
        self.planner.assess(plan, self.tree.places, budget, self.core.assessments)
        return plan

    def _shared(self, plan: Plan) -> list[Made]:
        """The region's approved indicators (VGI): the budget's, and made-up ones."""
        column, top = self.model.column("indikator", "VGI"), self.tree.top
        made = [self.planner.measure(plan, column, top) for _ in range(max(3, self.core.core * 3 // 200))]
        for measured in plan.measured.values():
            measured.units.append(top)
        return made + [Made(node, column, top, indicator) for node, indicator, _, _ in self.model.indicators]

    def _strategies(self, plan: Plan) -> list[Made]:
        """Strategies, and what the boards have below them (VGSP): about 2 % of the nodes."""
        planner, rng, top = self.planner, self.rng, [self.tree.top]
        boards = [b for b in self.tree.boards if b.children]

        def row(code: str, owners: list[Place], above: list[Made], share: int) -> list[Made]:
            column, made = self.model.column(code, "VGSP"), []
            for i in range(max(len(owners), self.core.core // share)):
                owner = owners[i % len(owners)]
                near = [m for m in above if m.owner.holds(owner)]
                made.append(planner.node(plan, column, owner, *[rng.choice(near).id for _ in near[:1]]))
            return made

        strategies = row("strategi", top, [], 4000)
        aims = row("overgripande_mal", top, strategies, 1000)
        parts = row("delmal", boards, aims, 400)
        return parts + row("aktivitet", boards, parts, 100)

    def _link_strategies(self, plan: Plan, strategies: list[Made]) -> None:
        """Nodes of VGSP under operational goals of VGPU, at the board that has both (M1)."""
        goals = [m for m in plan.nodes if m.column.code == "verksamhetsmal" and m.owner.level != "area"]
        for strategy in strategies:
            near = [g for g in goals if strategy.owner.holds(g.owner)]
            if near:
                self.planner.link(plan, self.rng.choice(near).id, strategy.id)

    def _board(self, plan: Plan, board: Place, goals: list[UUID], shared: list[Made], count: int) -> None:
        """A board's plan, and the small area's within the medium board's."""
        planner, until = self.planner, self.rows.count("allocations")
        small = self.tree.places[SMALL_AREA] if board.code == MEDIUM_BOARD else None
        part = Part(board, without=small)
        made: list[Made] = []
        if small is not None:
            planner.allocate(plan, goals[0], small)
            planner.break_down(plan, Part(small), goals[:1], shared, self.core.goal)
            count -= self.core.goal
        for administration in board.children:
            for goal in goals:
                planner.allocate(plan, goal, administration)
        made = planner.break_down(plan, part, goals, shared, count)
        budget = sum(len(boards) for _, _, boards in self.model.goals)
        planner.hand_on(plan, part, made, until + round((self.core.allocations - budget) * count / self.core.core))

    # What lies beside

    def _beside(self) -> list[Plan]:
        """Other years' plans, over all units, until there are as many rows as there are to be."""
        plans, left = [], self.sizes.nodes - self.core.core
        if left <= 0:
            return []
        hosts = [b for b in self.tree.boards if b.children]
        for number, (year, status) in enumerate(_BESIDE, start=1):
            plan = Plan(self.planner.ids.new(), year)
            self.rows.add("plan_versions", plan.id, year, status)
            goals = [self.planner.node(plan, self.model.column("mal"), self.tree.top) for _ in range(12)]
            goals += [
                self.planner.node(plan, self.model.column("fokusomrade"), self.tree.top, self.rng.choice(goals[:12]).id)
                for _ in range(30)
            ]
            for board in hosts:
                for goal in goals:
                    self.planner.allocate(plan, goal.id, board)
            handed = self._share(self.core.allocations, self.sizes.allocations, number)
            for i, board in enumerate(hosts):
                count = (left // len(_BESIDE) - len(plan.nodes)) // (len(hosts) - i)
                part = Part(board)
                made = self.planner.break_down(plan, part, [g.id for g in goals], [], count)
                until = self.rows.count("allocations")
                self.planner.hand_on(plan, part, made, until + max(0, handed - until) // (len(hosts) - i))
            self.planner.assess(
                plan, self.tree.places, goals, self._share(self.core.assessments, self.sizes.assessments, number)
            )
            plans.append(plan)
        return plans

    @staticmethod
    def _share(core: int, whole: int, number: int) -> int:
        """How many rows there are to be after the `number`th of the plans that lie beside."""
        return core + (whole - core) * number // len(_BESIDE)

    def _more_series(self, live: Plan, beside: list[Plan]) -> Iterator[Series]:
        """Other plans' outcomes, and older ones of the live plan, in turns."""
        other = iter([s for plan in beside for s in self.planner.series(plan, 2016)])
        old = [
            replace(s, first=s.first.replace(year=_OLD_FROM), periods=(_OLD_TO - _OLD_FROM + 1) * 12 // s.months)
            for s in self.planner.series(live, _SERIES_FROM, LAST_MONTH)
        ]
        older = iter(old)
        for kind in cycle((other, other, other, older)):
            found = next(kind, None)
            if found is None:
                yield from other
                yield from older
                return
            yield found


def _cut(series: list[Series], more: Iterator[Series], rows: int) -> list[Series]:
    """The series with as many others as make `rows` outcomes."""
    left = rows - sum(s.rows for s in series)
    for found in more:
        if left <= 0:
            break
        # The last one is shortened, and may lose its split by sex, so that the number is met exactly.
        fits = found if left >= found.rows // found.periods else replace(found, by_sex=False)
        fits = replace(fits, periods=min(fits.periods, left // (fits.rows // fits.periods)))
        left -= fits.rows
        series.append(fits)
    return series


async def _write(
    connection: asyncpg.Connection, region_id: UUID, rows: Rows, series: list[Series], *, checked: bool
) -> None:
    """Write everything in two transactions: the units, whose closure a trigger makes; then the rest.

    Checked, the database's own triggers watch every row. Not checked (large data, as a superuser), foreign keys are
    taken on trust: the same generator has held them at a smaller scale.
    """
    async with connection.transaction():
        await rows.write(connection, *_CORE_TABLES)
    async with connection.transaction():
        if not checked and await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            await connection.execute("set local session_replication_role = 'replica'")
        await rows.write(connection)
        await outcomes.write(connection, region_id, series)


async def fill(settings: Settings, scale: float, database: str | None, seed: int = SEED) -> None:
    """Make the database anew on the settings' server, migrate and fill it."""
    with open_server(settings) as server:
        url = server.url_for(database) if database else server.default_url
        if database:
            await recreate(server.default_url, database)
        await migrate.upgrade(url)
        await make(url, scale, seed)


async def recreate(admin_url: str, name: str) -> None:
    """Drop the database, if it is there, and create it."""
    connection = await asyncpg.connect(
        make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        quoted = '"' + name.replace('"', '""') + '"'
        await connection.execute(f"drop database if exists {quoted} with (force)")
        await connection.execute(f"create database {quoted}")
    finally:
        await connection.close()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="10 is a large region: 120,000 nodes (default 1)")
    parser.add_argument("--database", default="styrkedjan_bench", help="made anew, whatever it held")
    parser.add_argument("--url", help="the server (postgresql://...); else DATABASE_URL, else the embedded one")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    settings = Settings().with_changes(**({"database_url": given.url} if given.url else {}))
    began = time.monotonic()
    asyncio.run(fill(settings, given.scale, given.database, given.seed))
    Console().print(f"scale {given.scale}: {given.database} made in {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
