"""A region with a random plan in it: nodes with several parents, links between modules, and all that hangs on nodes."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from app.db.session import Database, UnitOfWork
from app.db.tables import (
    AllocationRow,
    AssessmentRow,
    IndicatorRow,
    KeywordRow,
    NodeKeywordRow,
    NodeLinkRow,
    NodeRow,
    ResponsibilityRow,
    TargetRow,
)
from app.domain.identity import new_id
from app.domain.periods import parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.steering_model import Column, NodeKind
from app.domain.targets import parse_target
from app.domain.texts import swedish_sort_key
from app.services.model_cache import LoadedModel, steering_model
from tests.api.planning import BELOW_SU, add_plan, add_units
from tests.conftest import TestRegion

YEAR = 2027
UNITS = ("VGR", "SU", "NU", "SU-F2", "SU-OM", "SU-VH", "SU-F1", "NU-F1")
PARENTS = {"SU": "VGR", "NU": "VGR", "SU-F2": "SU", "SU-OM": "SU-F2", "SU-VH": "SU-OM", "SU-F1": "SU", "NU-F1": "NU"}
PERIODS = ("2027", "2027-T1", "2027-T2", "2027-03", "2027-04", "2027-08", "2026-08", "2026-T2", "2025-08")
WORDS = ("vård", "Öppna", "remiss", "ärende", "Å-mål", 'citat"tecken', "rad\nbryt", "snö\u2028", "<b>", "köer")
TARGETS = ("Öka", "Minska", "Öka >1 %", "90 %", "≤10 %", ">0")


IMPORT = """
insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                             conflict_count, created_at, created_by)
values (:region, :id, 'atomic', 'completed', :source, 0, 0, 0, 0, 0, 0, :at, 'test')
"""
OUTCOME = """
insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status, value,
                           numerator, denominator, comment)
select :region, i.no, u.no, :start, o.no, :months, :sex, :status, :value, :numerator, :denominator, :comment
  from indicators i, org_units u, outcome_imports o
 where (i.region_id, i.id) = (:region, :indicator) and (u.region_id, u.id) = (:region, :unit)
   and (o.region_id, o.id) = (:region, :import)
"""


@dataclass(slots=True)
class MadeUp:
    """What was made, by what the tests need to know of it."""

    region: TestRegion
    owner: dict[UUID, str] = field(default_factory=dict)
    """Node -> code of its owner."""
    allocated: dict[UUID, set[str]] = field(default_factory=dict)
    """Node -> codes of the units that it is allocated to."""
    indicators: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)

    @property
    def nodes(self) -> list[UUID]:
        """Ids of the nodes."""
        return list(self.owner)


async def make_up(database: Database, region: TestRegion, *, seed: int, nodes: int = 60) -> MadeUp:
    """Fill a fresh region. The same seed makes the same plan, but for ids."""
    await add_units(database, region, (*BELOW_SU, ("SU-F1", "SU", "administration"), ("NU-F1", "NU", "administration")))
    plan = await add_plan(database, region, YEAR, PlanStatus.LIVE)
    made = MadeUp(region)
    async with database.unit_of_work(region.id) as uow:
        await _Maker(uow, random.Random(seed), made, await steering_model(uow), plan).make(nodes)
    return made


class _Maker:
    def __init__(self, uow: UnitOfWork, rng: random.Random, made: MadeUp, model: LoadedModel, plan: UUID) -> None:
        self.uow, self.rng, self.made, self.model, self.plan = uow, rng, made, model, plan
        self.columns = [(m.code, c) for m in model.model.modules for c in m.columns]
        self.by_column: dict[tuple[str, str], list[UUID]] = {}
        self.under: list[tuple[UUID, UUID]] = []
        made.columns = sorted({c.code for _, c in self.columns})

    async def put(self, table: type[Any], rows: list[dict[str, Any]], *, traced: bool = True) -> None:
        """Insert rows."""
        by = {"created_by": "test", "updated_by": "test"} if traced else {}
        if rows:
            await self.uow.session.execute(
                insert(table), [{"region_id": self.made.region.id, **by, **row} for row in rows]
            )

    async def make(self, count: int) -> None:
        """Everything."""
        await self.put(IndicatorRow, self._indicators())
        rows = [self._node() for _ in range(count)]
        await self.put(NodeRow, rows)
        links = [
            {"plan_version_id": self.plan, "parent_id": above, "child_id": below, "id": new_id(), "created_by": "test"}
            for above, below in dict.fromkeys(self.under)
        ]
        await self.put(NodeLinkRow, links, traced=False)
        await self.put(AllocationRow, self._allocations())
        await self.put(AssessmentRow, self._assessments(rows))
        await self._put_outcomes()
        await self.put(TargetRow, self._targets())
        await self.put(ResponsibilityRow, self._responsibilities(), traced=False)
        await self._tag()

    def _text(self) -> str:
        return " ".join(self.rng.sample(WORDS, self.rng.randint(1, 4)))

    def _unit(self) -> UUID:
        return self.made.region.unit_ids[self.rng.choice(UNITS)]

    def _indicators(self) -> list[dict[str, Any]]:
        self.indicator_ids = [new_id() for _ in range(6)]
        self.made.indicators = [f"IND-{i}" for i in range(6)]
        return [
            {
                "id": id_, "code": code, "title": code, "direction": self.rng.choice(("up", "down", "none")),
                "scale": Decimal(self.rng.choice((1, 100))), "is_ratio": self.rng.random() < 0.5,
                "unit_of_measure": self.rng.choice((None, "%")), "sex_disaggregated": self.rng.random() < 0.5,
                "region_level_only": self.rng.random() < 0.2, "input": "manual",
            }
            for id_, code in zip(self.indicator_ids, self.made.indicators, strict=True)
        ]  # fmt: skip

    def _node(self) -> dict[str, Any]:
        """A node in a column that has room for it, under parents where there are any."""
        module, column = self.rng.choice(self.columns)
        above = self._parents_for(module, column)
        while column.parent_required and not above:
            module, column = self.rng.choice(self.columns)
            above = self._parents_for(module, column)
        id_, unit = new_id(), self.rng.choice(UNITS)
        chosen = self.rng.sample(above, min(len(above), self.rng.choice((1, 1, 1, 2, 3))))
        self.under += [(parent, id_) for parent in chosen]
        self.by_column.setdefault((module, column.code), []).append(id_)
        self.made.owner[id_] = unit
        start = date(YEAR, self.rng.randint(1, 6), 1)
        acts = column.node_kind is NodeKind.ACTIVITY
        title = self._text()
        return {
            "id": id_, "lineage_id": new_id(), "plan_version_id": self.plan,
            "module_id": self.model.module_ids[module], "column_id": self.model.column_ids[module, column.code],
            "node_kind": column.node_kind.value, "owner_unit_id": self.made.region.unit_ids[unit],
            "title": title, "title_sort": swedish_sort_key(title), "title_key": "x",
            "description": self.rng.choice((None, self._text())),
            "periodicity": self.rng.choice((None, None, "month", "tertial")),
            "start_date": start if acts else None,
            "end_date": start + timedelta(days=self.rng.randint(0, 300)) if acts else None,
            "status": self.rng.choice(("planned", "ongoing", "paused", "finished")) if acts else None,
            "indicator_id": self.rng.choice(self.indicator_ids) if column.node_kind is NodeKind.MEASURE else None,
        }  # fmt: skip

    def _parents_for(self, module: str, column: Column) -> list[UUID]:
        found = [n for code in column.parents for n in self.by_column.get((module, code), ())]
        for link in self.model.model.module_links:
            if link.source == module and self.rng.random() < 0.5:
                found += [n for (code, _), several in self.by_column.items() if code == link.target for n in several]
        return found

    def _allocations(self) -> list[dict[str, Any]]:
        rows = []
        for node in self.made.nodes:
            for unit in self.rng.sample(UNITS, self.rng.choice((0, 0, 1, 2))):
                self.made.allocated.setdefault(node, set()).add(unit)
                rows.append({
                    "id": new_id(), "plan_version_id": self.plan, "node_id": node,
                    "unit_id": self.made.region.unit_ids[unit],
                    "origin": self.rng.choice(("allocated", "opted_in")),
                    "instruction": self.rng.choice((None, self._text())),
                })  # fmt: skip
        return rows

    def _assessments(self, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows: dict[tuple[UUID, UUID, str], dict[str, Any]] = {}
        for row in nodes:
            loaded = self.model.columns_by_id[row["column_id"]]
            scale = self.model.model.scale(loaded.column)
            for _ in range(self.rng.choice((0, 1, 3))):
                said, unit = self.rng.choice(PERIODS), self._unit()
                period = parse_period(said)
                grade = self.rng.choice(scale.grades).code if scale and self.rng.random() < 0.8 else None
                rows[row["id"], unit, said] = {
                    "id": new_id(), "node_id": row["id"], "unit_id": unit, "period": said,
                    "period_start": period.start, "period_end": period.end, "grade": grade,
                    "status": self.rng.choice((None, "ongoing", "finished")) if row["status"] else None,
                    "analysis": self._text(), "measures": self.rng.choice((None, self._text())),
                    "assessed_by": "någon", "assessed_at": self._moment(),
                }  # fmt: skip
        return list(rows.values())

    def _moment(self) -> datetime:
        return datetime(YEAR, self.rng.randint(1, 12), 3, 4, 5, 6, self.rng.choice((0, 120, 123456)), tzinfo=UTC)

    async def _put_outcomes(self) -> None:
        """Outcomes, brought by two imports."""
        region, imports = self.made.region, [new_id(), new_id()]
        for import_id, source in zip(imports, ("manual", "catalogue"), strict=True):
            said = {"region": region.id, "id": import_id, "source": source, "at": self._moment()}
            await self.uow.session.execute(text(IMPORT), said)
        rows: dict[tuple[UUID, UUID, str, int], dict[str, Any]] = {}
        for _ in range(120):
            said_for, unit, sex = self.rng.choice(PERIODS), self._unit(), self.rng.choice((0, 0, 1, 2))
            indicator, period = self.rng.choice(self.indicator_ids), parse_period(said_for)
            value = self.rng.choice((None, Decimal("12.30"), Decimal("1e-7"), Decimal(41), Decimal("0.1")))
            parts = self.rng.random() < 0.6
            rows[indicator, unit, said_for, sex] = {
                "region": region.id, "indicator": indicator, "unit": unit, "import": self.rng.choice(imports),
                "start": period.start, "months": period.months, "sex": sex, "value": value,
                "status": 0 if value is not None else self.rng.choice((1, 2, 3)),
                "numerator": Decimal(self.rng.randint(0, 90)) if parts else None,
                "denominator": Decimal(self.rng.choice((0, 50, 90))) if parts else None,
                "comment": self.rng.choice((None, self._text())),
            }  # fmt: skip
        for row in rows.values():
            await self.uow.session.execute(text(OUTCOME), row)

    def _targets(self) -> list[dict[str, Any]]:
        rows = []
        for indicator in self.indicator_ids:
            for unit in self.rng.sample((None, "VGR", "SU", "SU-F2"), 2):
                said = parse_target(self.rng.choice(TARGETS))
                rows.append({
                    "id": new_id(), "indicator_id": indicator, "year": YEAR, "kind": said.kind.value,
                    "unit_id": None if unit is None else self.made.region.unit_ids[unit],
                    "bound": said.bound, "printed": said.printed,
                })  # fmt: skip
        return rows

    def _responsibilities(self) -> list[dict[str, Any]]:
        return [
            {"node_id": node, "unit_id": self._unit(), "role": "Ansvarig", "subject": f"person-{i}"}
            for node in self.made.nodes
            for i in range(self.rng.choice((0, 0, 1, 2)))
        ]

    async def _tag(self) -> None:
        found = (await self.uow.session.execute(select(KeywordRow.id, KeywordRow.text).limit(40))).all()
        used = {(node, row) for node in self.made.nodes for row in self.rng.sample(found, self.rng.choice((0, 1, 3)))}
        self.made.keywords = sorted({row.text for _, row in used})[:10]
        rows = [{"node_id": node, "keyword_id": id_} for node, id_ in {(node, row.id) for node, row in used}]
        await self.put(NodeKeywordRow, rows, traced=False)
