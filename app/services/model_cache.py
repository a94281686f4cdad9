"""A region's steering model in memory: read once, and again when its rows have changed.

Every use case asks for the model. Its rows are few (some twenty columns) and seldom change, so each process keeps the
parsed model per region together with the versions of the tables it was made from (app.db.versions): whoever changes a
column, a scale or a level need not tell anybody. A version is never used twice, so that what a transaction saw of its
own changes, and then took back, is never mistaken for what stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select

from app.db.session import UnitOfWork, versions_now
from app.db.tables import AssessmentScaleRow, ModuleColumnRow, ModuleLinkRow, ModuleRow, OrgLevelRow, RegionRow
from app.domain.findings import NotFound
from app.domain.steering_model import AssessmentScale, Column, Module, ModuleLink, SteeringModel


@dataclass(frozen=True, slots=True)
class LoadedColumn:
    """A column with its row's id and the module it stands in."""

    id: UUID
    module_id: UUID
    module: Module
    column: Column


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The steering model and the ids of its rows, both ways."""

    model: SteeringModel
    module_ids: Mapping[str, UUID]
    """Module code -> id."""
    column_ids: Mapping[tuple[str, str], UUID]
    """(module code, column code) -> id."""
    modules_by_id: Mapping[UUID, Module]
    columns_by_id: Mapping[UUID, LoadedColumn]

    def column(self, module: str, column: str) -> LoadedColumn | None:
        """The column with this code in the module with that code, or None."""
        found = self.column_ids.get((module, column))
        return None if found is None else self.columns_by_id[found]


_RESTS_ON = ("assessment_scales", "module_columns", "module_links", "modules", "org_levels", "regions")
Seen = tuple[tuple[str, int], ...]
_known: dict[UUID, tuple[Seen, LoadedModel]] = {}


async def steering_model(uow: UnitOfWork) -> LoadedModel:
    """The steering model of the unit of work's region, as its transaction sees it.

    No statement in a unit of work that only reads, where this process has read the same rows before; one in a unit of
    work that may have changed them itself; seven otherwise.
    Raises NotFound where the region has no modules yet (`styrkedjan load` has not been run).
    """
    seen = (uow.versions if uow.read_only else await versions_now(uow)).only(_RESTS_ON)
    known = _known.get(uow.region_id)
    if known is not None and known[0] == seen:
        return known[1]
    loaded = await _read(uow)
    _known[uow.region_id] = (seen, loaded)
    return loaded


async def _read(uow: UnitOfWork) -> LoadedModel:
    region = uow.region_id
    modules = (await uow.session.execute(_modules(region))).all()
    board_level = await uow.session.scalar(select(RegionRow.board_level).where(RegionRow.region_id == region))
    if board_level is None or not modules:
        raise NotFound("steering model of region", str(region))
    columns = (await uow.session.execute(_columns(region))).all()
    levels = (await uow.session.execute(_levels(region))).all()
    links = (await uow.session.execute(_links(region))).all()
    scales = (await uow.session.execute(_scales(region))).all()

    parsed = [(row.id, row.module_id, Column.model_validate(row.definition)) for row in columns]
    by_id = {
        row.id: Module(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            columns=tuple(column for _, module_id, column in parsed if module_id == row.id),
        )
        for row in modules
    }
    model = SteeringModel(
        levels=tuple(row.code for row in levels),
        level_names={row.code: (row.name, row.name_en) for row in levels},
        board_level=board_level,
        modules=tuple(by_id.values()),
        module_links=tuple(
            ModuleLink(source=by_id[row.source_id].code, target=by_id[row.target_id].code) for row in links
        ),
        scales=tuple(AssessmentScale.model_validate({"name": row.name, "grades": row.grades}) for row in scales),
    )
    return LoadedModel(
        model=model,
        module_ids={module.code: module_id for module_id, module in by_id.items()},
        column_ids={(by_id[module_id].code, column.code): column_id for column_id, module_id, column in parsed},
        modules_by_id=by_id,
        columns_by_id={
            column_id: LoadedColumn(column_id, module_id, by_id[module_id], column)
            for column_id, module_id, column in parsed
        },
    )


def _modules(region: UUID) -> Select[UUID, str, str, str]:
    wanted = select(ModuleRow.id, ModuleRow.code, ModuleRow.name, ModuleRow.name_en)
    return wanted.where(ModuleRow.region_id == region).order_by(ModuleRow.position, ModuleRow.code)


def _columns(region: UUID) -> Select[UUID, UUID, dict[str, object]]:
    wanted = select(ModuleColumnRow.id, ModuleColumnRow.module_id, ModuleColumnRow.definition)
    return wanted.where(ModuleColumnRow.region_id == region).order_by(ModuleColumnRow.module_id, ModuleColumnRow.no)


def _levels(region: UUID) -> Select[str, str, str]:
    wanted = select(OrgLevelRow.code, OrgLevelRow.name, OrgLevelRow.name_en)
    return wanted.where(OrgLevelRow.region_id == region).order_by(OrgLevelRow.position)


def _links(region: UUID) -> Select[UUID, UUID]:
    return select(ModuleLinkRow.source_id, ModuleLinkRow.target_id).where(ModuleLinkRow.region_id == region)


def _scales(region: UUID) -> Select[str, list[dict[str, object]]]:
    wanted = select(AssessmentScaleRow.name, AssessmentScaleRow.grades)
    return wanted.where(AssessmentScaleRow.region_id == region).order_by(AssessmentScaleRow.name)
