"""Test helpers: outcomes sent in, and what the database keeps of them."""

from typing import Any

import httpx
from sqlalchemy import text

from app.auth import api_keys
from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import Caller, World, add_plan

IMPORTS = "/outcome-imports"
COUNTS = ("received", "imported", "updated", "unchanged", "ignored")
COUNTED, SHARE, CATALOGUED, REGIONAL, SPLIT = "CNT-1", "SHR-1", "CAT-1", "REG-1", "SEX-1"


async def make_indicators(world: World) -> None:
    """A count, a ratio in percent, one that the catalogue delivers, one of the region alone, one split by sex."""
    await add_plan(world.database, world.region, 2025, PlanStatus.ARCHIVED)
    admin = world.caller()
    await admin.indicator("Antal sökande till öppna lediga platser", code=COUNTED)
    await admin.indicator("Andel besök som kommer i rätt tid", code=SHARE, scale=100, numerator="Nådda",
                          denominator="Alla")  # fmt: skip
    await admin.indicator("Medelvårdtid enligt katalogen", code=CATALOGUED, input="catalogue", catalogue_key="los-mean")
    await admin.indicator("Regionens klimatavtryck", code=REGIONAL, region_level_only=True)
    await admin.indicator("Kroppspulsådern, screenade", code=SPLIT, sex_disaggregated=True)


def row(indicator: Any = COUNTED, unit: Any = "SU", period: Any = "2027-08", sex: Any = "T", **more: Any) -> Any:
    """A row; a value of 1 where nothing is said of numbers."""
    numbers = more.keys() & {"value", "numerator", "denominator"}
    place = {"indicator": indicator, "unit": unit, "period": period, "sex": sex}
    return {**place, **({} if numbers else {"value": 1}), **more}


async def send(caller: Caller, body: bytes | str, media_type: str, **params: Any) -> httpx.Response:
    """An import as it comes over the wire."""
    content = body.encode() if isinstance(body, str) else body
    headers = {"Authorization": f"Bearer {caller.token}", "Accept-Language": "en", "Content-Type": media_type}
    return await caller.http.post(f"/api/v1{IMPORTS}", content=content, headers=headers, params=params)


async def integration(world: World, *scopes: str, unit: str = "VGR") -> Caller:
    """The catalogue, with a key of its own."""
    async with world.database.unit_of_work(world.region.id) as uow:
        made = await api_keys.create_api_key(
            uow, world.region.principal(), name=f"catalogue-{unit}", unit=unit, role=Role.REPORTER, scopes=list(scopes)
        )
    return Caller(world.http, made.plaintext)


def counts(answer: Any) -> tuple[int, ...]:
    """(received, imported, updated, unchanged, ignored) of an answer's body."""
    return tuple(answer[name] for name in COUNTS)


def conflicts(answer: Any) -> list[tuple[int, str, str]]:
    """(row, rule, field) of each conflict of an answer's body."""
    return [(c["row"], c["rule"], c["field"]) for c in answer["conflicts"]]


async def history(world: World) -> list[Any]:
    """What corrections replaced, oldest first."""
    async with world.database.unit_of_work(world.region.id) as uow:
        found = await uow.session.execute(
            text(
                "select value, comment, import_id, recorded_by, replaced_by, replaced_by_import, replaced_at"
                " from outcome_history order by no"
            )
        )
        return list(found)
