"""Test helpers: the application over a real database, callers with one credential each, a year's plan to work in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import insert, text

from app.auth.tokens import development_token
from app.db.session import Database
from app.db.tables import OrgPlacementRow, OrgUnitRow, PlanVersionRow
from app.domain.access import Role
from app.domain.identity import new_id
from app.domain.plan_versions import PlanStatus
from app.domain.texts import swedish_sort_key
from app.services.calendar_day import now
from app.settings import Settings
from tests.conftest import TestRegion

YEAR = 2027
GOAL = "Vård ska ges jämlikt i Västra Götalandsregionen"
REASON = "Inget av budgetens mål rör detta, och det motsäger inget av dem."
FOCUS = "En jämlik och tillgänglig kvinnosjukvård"
BELOW_SU = (("SU-F2", "SU", "administration"), ("SU-OM", "SU-F2", "area"), ("SU-VH", "SU-OM", "operation"))


@dataclass(slots=True)
class Caller:
    """One credential at the API. Answers are httpx responses; `made` and `found` insist on success."""

    http: httpx.AsyncClient
    token: str

    async def send(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        """Any request under /api/v1."""
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", **(headers or {})}
        return await self.http.request(method, f"/api/v1{path}", json=body, headers=sent, params=params)

    async def made(self, path: str, body: Any, **params: Any) -> Any:
        """POST that must succeed."""
        answer = await self.send("POST", path, body, **params)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def found(self, path: str, **params: Any) -> Any:
        """GET that must succeed."""
        answer = await self.send("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def tag(self, path: str) -> str:
        """The resource's ETag."""
        answer = await self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.headers["etag"]

    async def changed(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """PATCH, PUT or DELETE with the current ETag."""
        return await self.send(method, path, body, headers={"If-Match": await self.tag(path)}, **params)

    async def indicator(self, title: str, *, approved: bool = True, **measure: Any) -> Any:
        """An indicator in VGI, approved."""
        body = {"module": "VGI", "year": YEAR, "column": "indikator", "unit": "VGR", "title": title}
        made = await self.made("/nodes", {**body, "measure": measure})
        if approved:
            await self.made(f"/indicators/{made['measure']['indicator']}/approve", None)
        return made

    async def node(self, column: str, unit: str, title: str, *parents: str, **more: Any) -> Any:
        """A node of VGPU, created."""
        body = {"module": "VGPU", "year": YEAR, "column": column, "unit": unit, "title": title, "parents": parents}
        return await self.made("/nodes", {**body, **more})


@dataclass(slots=True)
class World:
    """A region with an open plan for 2027, and whoever calls."""

    settings: Settings
    database: Database
    region: TestRegion
    http: httpx.AsyncClient
    tokens: dict[tuple[str, str, Role], str] = field(default_factory=dict)

    def caller(self, unit: str = "VGR", role: Role = Role.ADMINISTRATOR, *, region: TestRegion | None = None) -> Caller:
        """A credential on this unit, with its own subject."""
        whose = ((region or self.region).code, unit, role)
        if whose not in self.tokens:  # one for the whole test: a token of the next second is another credential
            self.tokens[whose] = development_token(
                self.settings,
                region=whose[0],
                unit=unit,
                role=role,
                subject=f"{unit}-{role}",
                lifetime=timedelta(hours=1),
                now=now(),
            )
        return Caller(self.http, self.tokens[whose])

    async def count(self, table: str) -> int:
        """Rows of the region in a table."""
        async with self.database.unit_of_work(self.region.id) as uow:
            return int(await uow.session.scalar(text(f"select count(*) from {table}")) or 0)

    async def keyword(self, group: str) -> UUID:
        """The id of a keyword of the group."""
        async with self.database.unit_of_work(self.region.id) as uow:
            wanted = (
                "select k.id from keywords k join keyword_groups g on g.id = k.group_id"
                " where g.name = :g order by k.position limit 1"
            )
            found: UUID = (await uow.session.execute(text(wanted), {"g": group})).scalar_one()
            return found

    async def counts(self) -> dict[str, int]:
        """Everything that a refused request must leave as it was."""
        tables = ("nodes", "node_links", "allocations", "node_keywords", "indicators", "idempotency_keys")
        return {table: await self.count(table) for table in tables}


async def add_units(database: Database, region: TestRegion, units: tuple[tuple[str, str, str], ...]) -> None:
    """Units (code, parent, level) below those that stand; known to the region from then on."""
    traced = {"region_id": region.id, "created_by": "test", "updated_by": "test"}
    async with database.unit_of_work(region.id) as uow:
        for code, parent, level in units:
            unit_id = new_id()
            row = {**traced, "id": unit_id, "code": code, "name": code, "name_sort": swedish_sort_key(code)}
            await uow.session.execute(insert(OrgUnitRow), {**row, "level": level})
            valid = await uow.session.scalar(text("select daterange('2023-01-01', null)"))
            place = {"unit_id": unit_id, "parent_id": region.unit_ids[parent], "valid": valid}
            await uow.session.execute(insert(OrgPlacementRow), {**traced, "id": new_id(), **place})
            region.unit_ids[code] = unit_id


async def add_plan(database: Database, region: TestRegion, year: int, status: PlanStatus) -> UUID:
    """A plan version."""
    version_id = new_id()
    row = {"region_id": region.id, "id": version_id, "year": year, "status": status.value}
    async with database.unit_of_work(region.id) as uow:
        await uow.session.execute(insert(PlanVersionRow), {**row, "created_by": "test", "updated_by": "test"})
    return version_id


async def make_world(settings: Settings, database: Database, region: TestRegion, http: httpx.AsyncClient) -> World:
    """A region with a live plan for 2027, and units below one of its boards."""
    await add_units(database, region, BELOW_SU)
    await add_plan(database, region, YEAR, PlanStatus.LIVE)
    return World(settings, database, region, http)


def rules(answer: httpx.Response) -> set[str]:
    """Ids of the rules that a problem names as refusing."""
    return {e["rule"] for e in answer.json()["errors"] if e.get("rule") and e.get("severity") != "warning"}


def codes(answer: httpx.Response) -> dict[str, str]:
    """Pointer (or parameter) -> code of a problem's errors of form."""
    return {e["parameter"] if "parameter" in e else e["pointer"]: e["code"] for e in answer.json()["errors"]}


def warned(body: Any) -> set[str]:
    """Ids of the rules that an answer's warnings name."""
    return {w["rule"] for w in body["warnings"]}
