"""The catalogue's figures into the books: what to ask for, of which units, a page at a time (I2, I7, I8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.db.session import UnitOfWork
from app.db.tables import CatalogueSyncRow, CatalogueUnitRow, IndicatorRow, OrgPlacementRow, OrgUnitRow
from app.db.typing import AnyRow
from app.domain.access import Principal, Role
from app.domain.findings import NotFound
from app.domain.identity import new_id
from app.domain.indicators import InputWay
from app.outgoing.catalogue import Catalogue, CatalogueFigure, CataloguePage, CatalogueUnitKind
from app.services.outcome_import import import_outcomes
from app.services.outcome_run import ImportMode

UnitCodes = Mapping[tuple[CatalogueUnitKind, str], str]
"""(kind, id in the catalogue) -> our unit's code."""
# "Changed since" is a date: what was changed on the day of the last pull, after it, comes along with the next.
_OVERLAP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UnitName:
    """What the catalogue calls a unit of ours, by its code."""

    kind: CatalogueUnitKind
    catalogue_id: str
    unit: str


async def catalogue_principal(uow: UnitOfWork, region_code: str, catalogue: str) -> Principal:
    """The integration that speaks for the catalogue: it reports outcomes, in the whole region."""
    top = (
        await uow.session.execute(
            select(OrgUnitRow.id, OrgUnitRow.code)
            .join(
                OrgPlacementRow,
                and_(OrgPlacementRow.region_id == OrgUnitRow.region_id, OrgPlacementRow.unit_id == OrgUnitRow.id),
            )
            .where(
                OrgUnitRow.region_id == uow.region_id,
                OrgPlacementRow.parent_id.is_(None),
                func.upper_inf(OrgPlacementRow.valid),
            )
        )
    ).one_or_none()
    if top is None:
        raise NotFound("organisation of region", region_code)
    return Principal(
        region_id=uow.region_id,
        region_code=region_code,
        subject=f"catalogue:{catalogue}",
        role=Role.REPORTER,
        unit_id=top.id,
        unit_code=top.code,
        whole_region=True,
        is_integration=True,
    )


async def name_units(uow: UnitOfWork, names: Iterable[UnitName], *, by: str) -> int:
    """Keep what the catalogue calls our units. Raises NotFound for a unit that does not exist. Returns how many."""
    wanted = list(names)
    ids = {row.code: row.id for row in await uow.session.execute(_units(uow, {n.unit for n in wanted}))}
    rows = []
    for name in wanted:
        if name.unit not in ids:
            raise NotFound("unit", name.unit)
        place = {"region_id": uow.region_id, "kind": name.kind.value, "catalogue_id": name.catalogue_id}
        rows.append({**place, "unit_id": ids[name.unit], "created_by": by})
    if rows:
        statement = upsert(CatalogueUnitRow)
        await uow.session.execute(
            statement.on_conflict_do_update(
                index_elements=["region_id", "kind", "catalogue_id"],
                set_={"unit_id": statement.excluded.unit_id, "created_by": by, "created_at": func.now()},
            ),
            rows,
        )
    return len(rows)


async def unit_codes(uow: UnitOfWork) -> UnitCodes:
    """What the catalogue calls our units."""
    row = CatalogueUnitRow
    found = await uow.session.execute(
        select(row.kind, row.catalogue_id, OrgUnitRow.code)
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == row.region_id, OrgUnitRow.id == row.unit_id))
        .where(row.region_id == uow.region_id)
    )
    return {(CatalogueUnitKind(kind), catalogue_id): code for kind, catalogue_id, code in found}


async def begin_or_go_on(uow: UnitOfWork, catalogue: Catalogue, *, full: bool, by: str) -> AnyRow:
    """The pull that is under way, or a new one: of what has changed since the last whole one, or of everything.

    With `full` a pull that stopped half way is abandoned for one from the beginning.
    """
    row = CatalogueSyncRow
    under_way = await _under_way(uow)
    if under_way is not None and not full and under_way.catalogue == catalogue.name:
        values = {"status": "running", "error": None, "attempts": row.attempts + 1, "touched_at": func.now()}
        await uow.session.execute(update(row).where(*_this(uow, under_way.id)).values(**values))
        return await read_sync(uow, under_way.id)
    if under_way is not None:
        ended = {"status": "abandoned", "finished_at": func.now()}
        await uow.session.execute(update(row).where(*_this(uow, under_way.id)).values(**ended))
    since = None if full else await _changed_since(uow, catalogue.name)
    made = new_id()
    first = {
        "region_id": uow.region_id,
        "id": made,
        "catalogue": catalogue.name,
        "status": "running",
        "changed_since": since,
        "steps": await _steps(uow, catalogue, since),
        "started_by": by,
    }
    await uow.session.execute(insert(row), first)
    return await read_sync(uow, made)


async def take_page(
    uow: UnitOfWork, principal: Principal, on: date, sync_id: UUID, page: CataloguePage, codes: UnitCodes
) -> AnyRow:
    """Import a page and note where the pull goes on, in one transaction: both or neither. Returns the pull's row."""
    row = CatalogueSyncRow
    values: dict[str, Any] = {"pages": row.pages + 1, "next_page": page.next, "touched_at": func.now()}
    if page.next is None:
        values["step"] = row.step + 1
    rows = [outcome_row(figure, codes) for figure in page.figures]
    if rows:
        done = await import_outcomes(uow, principal, on, rows, mode=ImportMode.BEST_EFFORT, dry_run=False)
        for name in ("received", "imported", "updated", "unchanged", "held", "ignored"):
            values[name] = getattr(row, name) + getattr(done.summary, name)
        values["conflict_count"] = row.conflict_count + done.conflict_count
    await uow.session.execute(update(row).where(*_this(uow, sync_id)).values(**values))
    return await read_sync(uow, sync_id)


async def end(uow: UnitOfWork, sync_id: UUID, *, error: str | None = None) -> None:
    """Note that the pull is whole, or why it stopped: it can go on from there."""
    failed = {"status": "failed", "error": error, "touched_at": func.now()}
    whole = {"status": "completed", "error": None, "finished_at": func.now(), "touched_at": func.now()}
    await uow.session.execute(
        update(CatalogueSyncRow).where(*_this(uow, sync_id)).values(**(whole if error is None else failed))
    )


async def read_sync(uow: UnitOfWork, sync_id: UUID) -> AnyRow:
    """A pull's row."""
    return (await uow.session.execute(_columns().where(*_this(uow, sync_id)))).one()


async def latest_syncs(uow: UnitOfWork, count: int) -> list[AnyRow]:
    """The latest pulls, the last one first."""
    row = CatalogueSyncRow
    statement = _columns().where(row.region_id == uow.region_id).order_by(row.started_at.desc(), row.id.desc())
    return list((await uow.session.execute(statement.limit(count))).all())


def outcome_row(figure: CatalogueFigure, codes: UnitCodes) -> dict[str, Any]:
    """A figure as a row of an import. A unit that has no name in the table becomes a conflict."""
    named = {
        "indicator": figure.indicator,
        "unit": codes.get((figure.kind, figure.unit), figure.unit),
        "period": figure.period,
        "sex": figure.sex,
    }
    return named | ({"value": figure.value} if figure.status is None else {"status": figure.status})


async def _steps(uow: UnitOfWork, catalogue: Catalogue, since: date | None) -> list[str]:
    keys = await uow.session.scalars(
        select(IndicatorRow.catalogue_key).where(
            IndicatorRow.region_id == uow.region_id,
            IndicatorRow.catalogue_key.is_not(None),
            IndicatorRow.input == InputWay.CATALOGUE.value,
        )
    )
    units: dict[CatalogueUnitKind, list[str]] = {}
    for kind, catalogue_id in await unit_codes(uow):
        units.setdefault(kind, []).append(catalogue_id)
    return catalogue.steps([key for key in keys if key is not None], units, since)


async def _changed_since(uow: UnitOfWork, catalogue: str) -> date | None:
    """The day that the last whole pull began, and one before: its figures may have been changed while it ran."""
    row = CatalogueSyncRow
    began = await uow.session.scalar(
        select(func.max(row.started_at)).where(
            row.region_id == uow.region_id, row.catalogue == catalogue, row.status == "completed"
        )
    )
    return None if began is None else began.date() - _OVERLAP


async def _under_way(uow: UnitOfWork) -> AnyRow | None:
    row = CatalogueSyncRow
    found = await uow.session.execute(_columns().where(row.region_id == uow.region_id, row.finished_at.is_(None)))
    under_way: AnyRow | None = found.one_or_none()
    return under_way


def _columns() -> Any:
    return select(*CatalogueSyncRow.__table__.columns)


def _this(uow: UnitOfWork, sync_id: UUID) -> tuple[Any, Any]:
    return (CatalogueSyncRow.region_id == uow.region_id, CatalogueSyncRow.id == sync_id)


def _units(uow: UnitOfWork, codes: set[str]) -> Any:
    return select(OrgUnitRow.id, OrgUnitRow.code).where(
        OrgUnitRow.region_id == uow.region_id, OrgUnitRow.code.in_(codes)
    )
