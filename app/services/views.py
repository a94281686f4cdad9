"""Views: set a standard filter, and find the one that a viewer begins with (B5)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, func, insert, select, update

from app.db import access
from app.db.paging import Page, fetch_page
from app.db.queries import views as queries
from app.db.session import ConstraintBroken, storage_errors
from app.db.tables import KeywordGroupRow, KeywordRow, PermissionGroupRow, ViewRow, ViewUnitRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import Forbidden, NotFound, RulesBroken
from app.domain.identity import new_id
from app.domain.nodes import ActivityStatus
from app.domain.phrases import named
from app.domain.typed_text import ShortText
from app.domain.views import StandardView, Viewer, ViewFor, set_once, view_of
from app.services import naming
from app.services.authorisation import OUT_OF_REACH, require, require_units
from app.services.facts import Asked, unit_views
from app.services.node_commands import Code, Said
from app.services.users import UNKNOWN_GROUP

VersionCheck = Callable[[int], None]
_TAKEN = frozenset({"uq_views_general", "uq_view_units_one_view"})


class ViewFilter(Said):
    """What a front end begins with: columns by code, keywords by id, activities by status. Nothing said: everything."""

    columns: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)
    keywords: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    statuses: Annotated[list[ActivityStatus], Field(max_length=10)] = Field(default_factory=list)


class ViewSaid(Said):
    """A view of a module: for a permission group, a unit or a group of units; for everybody where none is said."""

    module: Code
    name: ShortText
    permission_group: Code | None = None
    unit: Code | None = None
    units: Annotated[list[Code], Field(min_length=1, max_length=500)] | None = None
    filter: ViewFilter

    @model_validator(mode="after")
    def _for_one(self) -> Self:
        if sum(said is not None for said in (self.permission_group, self.unit, self.units)) > 1:
            raise PydanticCustomError("view_for_several", "Say one of permission_group, unit, units")
        return self

    @property
    def kind(self) -> ViewFor:
        """For whom it is."""
        if self.units is not None:
            return ViewFor.UNIT_GROUP
        if self.unit is not None:
            return ViewFor.UNIT
        return ViewFor.EVERYBODY if self.permission_group is None else ViewFor.PERMISSION_GROUP

    @property
    def unit_codes(self) -> list[str]:
        """The units it is for, each once."""
        return list(dict.fromkeys(self.units or ([] if self.unit is None else [self.unit])))


class ViewChange(Said):
    """A merge patch (RFC 7396). For whom a view is does not change: make another one."""

    name: ShortText = ""
    filter: ViewFilter = ViewFilter()


@dataclass(frozen=True, slots=True)
class ViewShown:
    """A view with the units that may be seen."""

    row: AnyRow
    units: Sequence[AnyRow]

    def __getattr__(self, name: str) -> Any:
        """What the row says."""
        return getattr(self.row, name)


async def list_views(
    a: Asked, page: Page, *, module: str | None = None, kind: ViewFor | None = None
) -> tuple[list[ViewShown], tuple[Any, ...] | None]:
    """Readable views, oldest first."""
    statement = queries.views(a.principal, a.on)
    if module is not None:
        statement = statement.where(ViewRow.module_id == a.model.module_ids.get(module))
    if kind is not None:
        statement = statement.where(ViewRow.kind == kind.value)
    found = await fetch_page(a.uow.session, statement, [ViewRow.id], page)
    return await _shown(a, found.rows), found.next


async def read_view(a: Asked, view_id: UUID) -> ViewShown:
    """One view. Raises NotFound."""
    row = (await a.uow.session.execute(queries.views(a.principal, a.on).where(ViewRow.id == view_id))).one_or_none()
    if row is None:
        raise NotFound("view", str(view_id))
    return (await _shown(a, [row]))[0]


async def effective_view(a: Asked, module: str) -> ViewShown | None:
    """The view that the caller begins with in a module (B5). Raises NotFound for a module that is none."""
    module_id = a.model.module_ids.get(module)
    if module_id is None:
        raise NotFound("module", module)
    statement = queries.views(a.principal, a.on).where(ViewRow.module_id == module_id)
    shown = {view.row.id: view for view in await _shown(a, (await a.uow.session.execute(statement)).all())}
    home = (await unit_views(a, [a.principal.unit_id])).get(a.principal.unit_id)
    viewer = Viewer(await _groups(a), () if home is None else home.line)
    found = view_of(
        viewer,
        [
            StandardView(
                view.row.id,
                ViewFor(view.row.kind),
                view.row.permission_group,
                frozenset(unit.unit_id for unit in view.units),
            )
            for view in shown.values()
        ],
    )
    return None if found is None else shown[found.id]


async def create_view(a: Asked, said: ViewSaid) -> UUID:
    """Set a view. Raises Forbidden, InvalidInput, RulesBroken (B5: there is one for the same)."""
    whole = said.kind in {ViewFor.EVERYBODY, ViewFor.PERMISSION_GROUP}
    require(a.principal, Permission.VIEWS_WRITE, whole_region=whole, module=said.module)
    errors = naming.Errors()
    module_id = a.model.module_ids.get(said.module)
    if module_id is None:
        known = named(module.code for module in a.model.model.modules)
        errors.add("/module", "unknown_module", naming.UNKNOWN_MODULE, name=said.module, known=known)
    if said.permission_group is not None and not await _is_group(a, said.permission_group):
        errors.add("/permission_group", "unknown_group", UNKNOWN_GROUP, name=said.permission_group)
    units = await naming.units_by_code(a, said.unit_codes)
    for place, code in enumerate(said.unit_codes):
        if code not in units:
            pointer = "/unit" if said.units is None else f"/units/{place}"
            errors.add(pointer, "unknown_unit", naming.UNKNOWN_UNIT, name=code)
    await _check_filter(a, errors, said.module, said.filter)
    errors.settle()
    ids = [units[code].id for code in said.unit_codes]
    await require_units(a.uow, a.principal, Permission.VIEWS_WRITE, ids, a.on, module=said.module)
    view_id, by = new_id(), a.principal.subject
    key = {"region_id": a.principal.region_id, "module_id": module_id, "kind": said.kind.value}
    row = {
        **key,
        "id": view_id,
        "name": said.name,
        "group_code": said.permission_group,
        "filter": said.filter.model_dump(mode="json"),
        "created_by": by,
        "updated_by": by,
    }
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                await a.uow.session.execute(insert(ViewRow), row)
                if ids:
                    rows = [{**key, "view_id": view_id, "unit_id": unit_id} for unit_id in ids]
                    await a.uow.session.execute(insert(ViewUnitRow), rows)
    except ConstraintBroken as broken:
        if broken.constraint not in _TAKEN:
            raise
        raise RulesBroken(set_once(taken=True, pointer="")) from broken
    return view_id


async def change_view(a: Asked, view_id: UUID, change: ViewChange, check: VersionCheck) -> None:
    """Rename a view, or change its filter. Raises NotFound, Forbidden, InvalidInput, and what `check` raises."""
    view = await _claim(a, view_id, check)
    errors = naming.Errors()
    await _check_filter(a, errors, view.row.module, change.filter)
    errors.settle()
    values: dict[str, Any] = {}
    if "name" in change.model_fields_set:
        values["name"] = change.name
    if "filter" in change.model_fields_set:
        values["filter"] = {**view.row.filter, **change.filter.model_dump(mode="json", exclude_unset=True)}
    await a.uow.session.execute(
        update(ViewRow)
        .where(ViewRow.region_id == a.principal.region_id, ViewRow.id == view_id)
        .values(**values, version=ViewRow.version + 1, updated_by=a.principal.subject, updated_at=func.now())
    )


async def delete_view(a: Asked, view_id: UUID, check: VersionCheck) -> None:
    """Take a view away. Raises NotFound, Forbidden, and what `check` raises."""
    await _claim(a, view_id, check)
    await a.uow.session.execute(
        delete(ViewRow).where(ViewRow.region_id == a.principal.region_id, ViewRow.id == view_id)
    )


async def _claim(a: Asked, view_id: UUID, check: VersionCheck) -> ViewShown:
    """The view, locked, where the caller may set it: at every unit that it is for, seen or not."""
    require(a.principal, Permission.VIEWS_WRITE)
    locked = select(ViewRow.id).where(ViewRow.region_id == a.principal.region_id, ViewRow.id == view_id)
    await a.uow.session.execute(locked.with_for_update())
    view = await read_view(a, view_id)
    whole = view.row.kind in {ViewFor.EVERYBODY.value, ViewFor.PERMISSION_GROUP.value}
    require(a.principal, Permission.VIEWS_WRITE, whole_region=whole, module=view.row.module)
    await require_units(
        a.uow, a.principal, Permission.VIEWS_WRITE, [unit.unit_id for unit in view.units], a.on, module=view.row.module
    )
    if (await a.uow.session.scalars(queries.out_of_sight(a.principal, a.on, view_id).limit(1))).first() is not None:
        raise Forbidden(OUT_OF_REACH, rule="B1")
    check(view.row.version)
    return view


async def _check_filter(a: Asked, errors: naming.Errors, module: str, said: ViewFilter) -> None:
    for place, column in enumerate(said.columns):
        if module in a.model.module_ids and a.model.column(module, column) is None:
            known = named(c.code for c in a.model.modules_by_id[a.model.module_ids[module]].columns)
            pointer = f"/filter/columns/{place}"
            errors.add(pointer, "unknown_column", naming.UNKNOWN_COLUMN, module=module, name=column, known=known)
    if not said.keywords:
        return
    wanted = (
        select(KeywordRow.id)
        .join(
            KeywordGroupRow,
            (KeywordGroupRow.region_id == KeywordRow.region_id) & (KeywordGroupRow.id == KeywordRow.group_id),
        )
        .where(
            KeywordRow.region_id == a.principal.region_id,
            KeywordRow.id.in_(set(said.keywords)),
            access.keyword_group_readable(a.principal, a.on),
        )
    )
    there = set((await a.uow.session.scalars(wanted)).all())
    for place, keyword in enumerate(said.keywords):
        if keyword not in there:
            errors.add(f"/filter/keywords/{place}", "unknown_keyword", naming.UNKNOWN_KEYWORD, name=keyword)


async def _groups(a: Asked) -> list[str]:
    """The caller's permission groups, as the region orders them."""
    wanted = (
        select(PermissionGroupRow.code)
        .where(PermissionGroupRow.region_id == a.principal.region_id, PermissionGroupRow.code.in_(a.principal.groups))
        .order_by(PermissionGroupRow.position, PermissionGroupRow.code)
    )
    return list((await a.uow.session.scalars(wanted)).all())


async def _is_group(a: Asked, code: str) -> bool:
    wanted = select(PermissionGroupRow.id).where(
        PermissionGroupRow.region_id == a.principal.region_id, PermissionGroupRow.code == code
    )
    return (await a.uow.session.scalars(wanted)).first() is not None


async def _shown(a: Asked, rows: Sequence[AnyRow]) -> list[ViewShown]:
    of: dict[UUID, list[AnyRow]] = defaultdict(list)
    if rows:
        for row in await a.uow.session.execute(queries.view_units(a.principal, a.on, [r.id for r in rows])):
            of[row.view_id].append(row)
    return [ViewShown(row, of[row.id]) for row in rows]
