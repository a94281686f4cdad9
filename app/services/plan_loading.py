"""Loads what a region has decided for a year (a budget, a strategy's goals) into the year's plan version.

    loaded = await load_budget(uow, principal, load_region("vgr"), 2027)
    rows = allocation_rows(loaded)          # -> the allocation import, which reports what breaks a rule

Nodes stand at the region's top unit; indicators stand in their own module, approved, and are linked under their goals.
Everything goes in by set, after the same rules as a request of its own. A second run changes nothing: nodes are known
by column and title, indicators by code; what people have changed since is left as it stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.db.locks import hold_plan
from app.db.session import UnitOfWork
from app.db.tables import IndicatorRow, OrgUnitRow, PlanVersionRow, TargetRow
from app.domain.access import Permission, Principal
from app.domain.findings import Finding, InputError, InvalidInput, NotFound, settle
from app.domain.nodes import UnitView
from app.domain.plan_versions import PlanStatus
from app.domain.targets import parse_target
from app.domain.texts import Text
from app.regions.models import Indicator, PlanFile, PlanNode, RegionData
from app.services import plan_rules, plan_writing
from app.services.authorisation import require
from app.services.loading import LoadReport
from app.services.merging import Key, Merged, Tally, merge
from app.services.model_cache import LoadedColumn, LoadedModel, steering_model
from app.services.plan_versions import create_plan_version
from app.services.plan_writing import NodeKey, Place, Wanted
from app.services.year_keywords import ensure_year_keywords

ARCHIVED_YEAR = Text(
    "Planversionen för {year} är arkiverad: historik läses, men skrivs inte.",
    "The plan version of {year} is archived: history is read, never written.",
)


@dataclass(frozen=True, slots=True)
class PlanLoad:
    """What a load did, and where everything of the plan stands now."""

    plan: PlanFile
    plan_version_id: UUID
    node_ids: Mapping[tuple[str, str], UUID]
    """(column code, title) -> node, for the plan's own columns."""
    report: LoadReport
    warnings: tuple[Finding, ...] = ()


async def load_budget(
    uow: UnitOfWork,
    principal: Principal,
    data: RegionData,
    year: int,
    *,
    module: str | None = None,
    status: PlanStatus | None = None,
) -> PlanLoad:
    """Load the year's plan in `module`, or in the region's first module: its budget.

    Raises NotFound where the data have no such plan, and what `load_plan` raises.
    """
    plan = data.plan(year, module)
    if plan is None:
        raise NotFound("plan", f"{module or data.model.modules[0].code} {year}")
    return await load_plan(uow, principal, data, plan, status=status)


async def load_plan(
    uow: UnitOfWork, principal: Principal, data: RegionData, plan: PlanFile, *, status: PlanStatus | None = None
) -> PlanLoad:
    """Load a plan: its version, nodes, indicators, links, keywords and printed targets, but not its allocations.

    `status` is for a plan version that is not there yet; left out, it becomes live where no version is, else planning.
    Raises Forbidden without an administrator's rights to the whole region, NotFound where the region's own data are
    not loaded, InvalidInput where the year is archived, RulesBroken where the plan breaks a rule.
    """
    for permission in (Permission.PLAN_VERSIONS_WRITE, Permission.INDICATORS_APPROVE, Permission.NODES_WRITE):
        require(principal, permission, whole_region=True)
    by = principal.subject
    model = await steering_model(uow)
    top = await _top_unit(uow, data)
    version_id, version_tally = await _plan_version(uow, principal, plan.year, status)
    year_words = await ensure_year_keywords(uow, plan.year, by=by)
    indicators = await _indicators(uow, data, plan, by)
    targets = await _targets(uow, data, indicators.ids, by)
    wanted = _wanted(plan, model, {str(code): found for (code,), found in indicators.ids.items()})
    at = Place(uow, version_id, top.id, by)
    standing = await plan_writing.standing_nodes(at, wanted)
    ids = plan_writing.node_ids(wanted, standing)
    planned = plan_rules.Planned(model.model, uow.region_id, plan.year, top, wanted, ids)
    warnings = settle(plan_rules.findings(planned))
    nodes = await plan_writing.write_nodes(at, wanted, standing, ids)
    links = await plan_writing.write_links(at, wanted, ids)
    words = await plan_writing.write_keyword(at, plan.keyword, wanted, ids)
    return PlanLoad(
        plan=plan,
        plan_version_id=version_id,
        node_ids={(w.column.column.code, w.title): ids[w.key] for w in wanted if w.indicator_id is None},
        report=LoadReport((version_tally, year_words, indicators.tally, targets, nodes, links, words)),
        warnings=warnings,
    )


def allocation_rows(loaded: PlanLoad) -> list[dict[str, str]]:
    """The plan's allocations as rows of the allocation import, parents first: `{"node": id, "unit": code}`."""
    return [
        {"node": str(loaded.node_ids[column, node.title]), "unit": unit}
        for column, node, _ in _walk(loaded.plan)
        for unit in node.units
    ]


def _walk(plan: PlanFile) -> Iterator[tuple[str, PlanNode, PlanNode | None]]:
    """(column code, node, the node above it), everything on one depth before what is below it."""
    depth: list[tuple[PlanNode, PlanNode | None]] = [(node, None) for node in plan.nodes]
    for column in plan.columns:
        yield from ((column, node, above) for node, above in depth)
        depth = [(child, node) for node, _ in depth for child in node.children]


def _wanted(plan: PlanFile, model: LoadedModel, indicator_ids: Mapping[str, UUID]) -> list[Wanted]:
    """The plan's nodes, parents before children; then its indicators, under their goals."""
    texts: list[Wanted] = []
    measures: list[Wanted] = []
    keys: dict[int, NodeKey] = {}
    for code, node, above in _walk(plan):
        parents = () if above is None else (keys[id(above)],)
        made = Wanted(_column(model, plan.module, code), node.title, parents)
        keys[id(node)] = made.key
        texts.append(made)
        if node.indicators and plan.indicator_column is not None:
            column = _column(model, plan.indicator_column.module, plan.indicator_column.column)
            measures += [
                Wanted(column, i.title, (made.key,), indicator_ids[i.code], node.region_level_only)
                for i in node.indicators
            ]
    return texts + measures


def _column(model: LoadedModel, module: str, code: str) -> LoadedColumn:
    found = model.column(module, code)
    if found is None:
        raise NotFound("column", f"{module}.{code}")
    return found


async def _top_unit(uow: UnitOfWork, data: RegionData) -> UnitView:
    wanted = select(OrgUnitRow.id, OrgUnitRow.code, OrgUnitRow.name, OrgUnitRow.level)
    row = (
        await uow.session.execute(wanted.where(OrgUnitRow.region_id == uow.region_id, OrgUnitRow.code == data.top.code))
    ).one_or_none()
    if row is None:
        raise NotFound("unit", data.top.code)
    return UnitView(id=row.id, code=row.code, name=row.name, level=row.level)


async def _plan_version(
    uow: UnitOfWork, principal: Principal, year: int, status: PlanStatus | None
) -> tuple[UUID, Tally]:
    """The year's plan version, made where it is missing. One that stands keeps its status, and must be open."""
    what = PlanVersionRow.__tablename__
    there = await hold_plan(uow, year)
    if there is not None:
        if not PlanStatus(there.status).is_open:
            raise InvalidInput([InputError("/year", "archived_year", ARCHIVED_YEAR.fill(year=year))])
        return there.id, Tally(what, unchanged=1)
    if status is None:
        live = select(PlanVersionRow.id).where(
            PlanVersionRow.region_id == uow.region_id, PlanVersionRow.status == PlanStatus.LIVE
        )
        status = PlanStatus.PLANNING if await uow.session.scalar(live) else PlanStatus.LIVE
    made = await create_plan_version(uow, principal, year=year, status=status)
    return made.id, Tally(what, inserted=1)


async def _indicators(uow: UnitOfWork, data: RegionData, plan: PlanFile, by: str) -> Merged:
    """The indicators that the plan names; one that stands is left as it stands, whatever the data say by now."""
    named = {i.code for _, node, _ in _walk(plan) for i in node.indicators}
    rows = [_indicator(i) for i in data.indicators if i.code in named]
    return await merge(uow, IndicatorRow, rows, key=("code",), by=by, overwrite=False)


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "catalogue_key": indicator.catalogue_key,
        "title": indicator.title,
        "unit_of_measure": indicator.unit_of_measure,
        "direction": indicator.direction.value,
        "scale": indicator.scale,
        "is_ratio": indicator.is_ratio,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
        "sex_disaggregated": indicator.sex_disaggregated,
        "region_level_only": indicator.region_level_only,
        "input": indicator.input.value,
    }


async def _targets(uow: UnitOfWork, data: RegionData, ids: Mapping[Key, UUID], by: str) -> Tally:
    """Printed targets of the plan's indicators, for every year that some plan prints one for; the latest plan wins."""
    printed: dict[tuple[UUID, int], str] = {}
    for plan in sorted(data.plans, key=lambda p: p.year):
        for _, node, _ in _walk(plan):
            for listed in node.indicators:
                found = ids.get((listed.code,))
                printed |= {(found, year): words for year, words in listed.targets.items() if found is not None}
    rows = [_target(indicator, year, words) for (indicator, year), words in printed.items()]
    return (await merge(uow, TargetRow, rows, key=("indicator_id", "year", "unit_id"), by=by, overwrite=False)).tally


def _target(indicator_id: UUID, year: int, printed: str) -> dict[str, Any]:
    target = parse_target(printed)
    return {
        "indicator_id": indicator_id,
        "unit_id": None,
        "year": year,
        "kind": target.kind.value,
        "bound": target.bound,
        "printed": printed,
    }
