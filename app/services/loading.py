"""Loads a region's own data: the tenant, its tree, its steering model, its keyword groups.

    report = await load_region_data(uow, load_region("vgr"), by="styrkedjan load")

The region need not be there before: the unit of work's region id becomes its key. A second run changes nothing.
Plans (budgets) are loaded by `app.services.plan_loading`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.db.session import UnitOfWork
from app.db.tables import (
    AssessmentScaleRow,
    KeywordGroupRow,
    KeywordRow,
    LicenceRow,
    ModuleColumnRow,
    ModuleLinkRow,
    ModuleRow,
    OrgLevelRow,
    OrgPlacementRow,
    OrgUnitRow,
    PermissionGroupRow,
    RegionRow,
)
from app.domain.steering_model import Column
from app.domain.texts import swedish_sort_key
from app.regions.models import RegionData, Unit
from app.services import small_groups, year_keywords
from app.services.merging import Tally, merge


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did, kind by kind, and what it left as it stood though the data say otherwise."""

    tallies: tuple[Tally, ...]
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> int:
        """Rows written: 0 for a second run over the same data."""
        return sum(t.changed for t in self.tallies)

    def of(self, what: str) -> Tally:
        """The tally of a table. Raises KeyError for one that was not loaded."""
        return {t.what: t for t in self.tallies}[what]


async def load_region_data(uow: UnitOfWork, data: RegionData, *, by: str) -> LoadReport:
    """Bring the region in step with its data; `by` is who it is written down to.

    The data win over what stands in the database, except for where units stand in the tree: that has a history, and
    a unit placed elsewhere is only noted. What the data do not name is left alone.
    """
    tallies = [await _region(uow, data, by)]
    levels = [
        {"code": level.code, "position": i, "name": level.name, "name_en": level.name_en}
        for i, level in enumerate(data.region.levels)
    ]
    tallies.append((await merge(uow, OrgLevelRow, levels, key=("code",), by=by)).tally)
    units = await merge(uow, OrgUnitRow, [_unit(u) for u in data.units], key=("code",), by=by)
    unit_ids = {str(code): unit_id for (code,), unit_id in units.ids.items()}
    placements, notes = await _placements(uow, data, unit_ids, by)
    tallies += [units.tally, placements, *await _model(uow, data, by), *await _keywords(uow, data, unit_ids, by)]
    tallies += await _permissions(uow, data, by)
    return LoadReport(tuple(tallies), tuple(notes))


async def _region(uow: UnitOfWork, data: RegionData, by: str) -> Tally:
    kept = await uow.session.scalar(select(RegionRow.settings).where(RegionRow.region_id == uow.region_id))
    row = {
        "region_id": uow.region_id,
        "code": data.region.code,
        "name": data.region.name,
        "board_level": data.region.board_level,
        "settings": {
            **(kept or {}),
            year_keywords.SETTING: year_keywords.templates(data.keyword_groups),
            small_groups.SETTING: data.region.small_group_threshold,
        },
    }
    return (await merge(uow, RegionRow, [row], key=("region_id",), by=by)).tally


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "name_sort": swedish_sort_key(unit.name),
        "level": unit.level,
        "kind": unit.kind,
        "commissioning": unit.commissioning,
        "provider": unit.provider,
        "monthly_comment_required": unit.monthly_comment_required,
        "budget_goals_allocated": unit.budget_goals_allocated,
    }


async def _placements(
    uow: UnitOfWork, data: RegionData, ids: Mapping[str, UUID], by: str
) -> tuple[Tally, Iterable[str]]:
    """Place the units that have never stood anywhere; note those that the data place elsewhere."""
    placed = (
        await uow.session.execute(
            select(OrgPlacementRow.unit_id, OrgPlacementRow.parent_id, OrgPlacementRow.valid).where(
                OrgPlacementRow.region_id == uow.region_id
            )
        )
    ).all()
    stood = {row.unit_id for row in placed}
    now_under = {row.unit_id: row.parent_id for row in placed if row.valid.upper is None}
    parents = {u.code: None if u.parent is None else ids[u.parent] for u in data.units}
    fresh = [
        {"unit_id": ids[code], "parent_id": parent, "valid": Range(data.region.tree_from, None)}
        for code, parent in parents.items()
        if ids[code] not in stood
    ]
    elsewhere = [
        code for code, parent in parents.items() if ids[code] in stood and now_under.get(ids[code], parent) != parent
    ]
    tally = (await merge(uow, OrgPlacementRow, fresh, key=("unit_id",), by=by)).tally
    kept = len(elsewhere)
    whole = Tally(tally.what, tally.inserted, 0, kept, len(parents) - len(fresh) - kept)
    return whole, [
        f"unit {code} stands elsewhere in the tree than in the data; left as it stands" for code in elsewhere
    ]


async def _model(uow: UnitOfWork, data: RegionData, by: str) -> list[Tally]:
    model = data.model
    rows = [{"code": m.code, "name": m.name, "name_en": m.name_en, "position": i} for i, m in enumerate(model.modules)]
    modules = await merge(uow, ModuleRow, rows, key=("code",), by=by)
    ids = {str(code): module_id for (code,), module_id in modules.ids.items()}
    columns = [_column(ids[m.code], c) for m in model.modules for c in m.columns]
    links = [{"source_id": ids[link.source], "target_id": ids[link.target]} for link in model.module_links]
    scales = [{"name": s.name, "grades": s.model_dump(mode="json")["grades"]} for s in model.scales]
    return [
        modules.tally,
        (await merge(uow, ModuleColumnRow, columns, key=("module_id", "code"), by=by)).tally,
        (await merge(uow, ModuleLinkRow, links, key=("source_id", "target_id"), by=by)).tally,
        (await merge(uow, AssessmentScaleRow, scales, key=("name",), by=by)).tally,
    ]


def _column(module_id: UUID, column: Column) -> dict[str, Any]:
    return {
        "module_id": module_id,
        "no": column.no,
        "code": column.code,
        "name": column.name,
        "name_en": column.name_en,
        "node_kind": column.node_kind.value,
        "standard_periodicity": column.standard_periodicity.value if column.standard_periodicity else None,
        "parent_required": column.parent_required,
        "definition": column.model_dump(mode="json"),
    }


async def _keywords(uow: UnitOfWork, data: RegionData, units: Mapping[str, UUID], by: str) -> list[Tally]:
    rows = [
        {"name": g.name, "name_sort": swedish_sort_key(g.name), "unit_id": units[g.unit] if g.unit else None}
        for g in data.keyword_groups
    ]
    groups = await merge(uow, KeywordGroupRow, rows, key=("name",), by=by)
    words = [
        {"group_id": groups.ids[(g.name,)], "text": text, "position": position}
        for g in data.keyword_groups
        for position, text in g.standing()
    ]
    return [groups.tally, (await merge(uow, KeywordRow, words, key=("group_id", "text"), by=by)).tally]


async def _permissions(uow: UnitOfWork, data: RegionData, by: str) -> list[Tally]:
    rows = [
        {
            "code": g.code,
            "name": g.name,
            "name_en": g.name_en,
            "kind": g.kind.value,
            "rights": list(g.rights),
            "levels_up": g.levels_up,
            "leads": g.leads,
            "position": position,
        }
        for position, g in enumerate(data.permission_groups)
    ]
    # How many licences there are is agreed on elsewhere, and changed by administrators: the data only begin it.
    licences = [{"region_id": uow.region_id, "total": data.region.licences}]
    return [
        (await merge(uow, PermissionGroupRow, rows, key=("code",), by=by)).tally,
        (await merge(uow, LicenceRow, licences, key=("region_id",), by=by, overwrite=False)).tally,
    ]
