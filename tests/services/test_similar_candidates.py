"""The trigram search finds every node that the rules would call near: what it misses, no rule ever sees."""

from datetime import date

from app.db.session import Database
from app.db.tables import NodeRow
from app.domain.similarity import Verdict, similarity
from app.regions.loader import load_region
from app.services.facts import Asked, asked
from app.services.plan_loading import load_budget
from app.services.similar import alike
from tests.conftest import TestRegion

PADDING = "Tillsammans med patienter, närstående och kommuner i hela länet ser vi till att {} under de kommande åren"


def variants(title: str) -> list[str]:
    """The title as others might put it."""
    words = title.split()
    half = len(words) // 2
    return [
        " ".join(reversed(words)),
        " ".join(w for i, w in enumerate(words) if i % 4 != 3),
        " ".join([*words[half:], "inom hälso- och sjukvården", *words[:half]]),
        PADDING.format(title[0].lower() + title[1:]),
        f"{PADDING.format(title)}, och {PADDING.format('ingen lämnas utanför')}",
        " ".join(f"{w} med kraft" if i % 3 == 1 else w for i, w in enumerate(words)),
    ]


async def missed(a: Asked, plan_version_id: object, columns: list[object]) -> list[tuple[str, str, float]]:
    rows = (await a.uow.session.execute(NodeRow.__table__.select())).all()
    budget = [row for row in rows if row.plan_version_id == plan_version_id and row.column_id in columns]
    lost = []
    for row in budget[::3]:
        for variant in variants(row.title):
            found = {r.node.id for r in await alike(a, variant, columns, plan_version_id)}  # type: ignore[arg-type]
            for other in budget:
                likeness = similarity(variant, other.title)
                if likeness.verdict is not Verdict.UNLIKE and other.id not in found:
                    lost.append((variant, other.title, likeness.score))
    return lost


async def test_no_near_title_is_missed(database: Database, region: TestRegion) -> None:
    async with database.unit_of_work(region.id) as uow:
        loaded = await load_budget(uow, region.principal(), load_region("vgr"), 2027)
        a = await asked(uow, region.principal(), date(2027, 1, 11))
        columns: list[object] = [a.model.column_ids["VGPU", code] for code in ("mal", "fokusomrade")]
        assert await missed(a, loaded.plan_version_id, columns) == []
