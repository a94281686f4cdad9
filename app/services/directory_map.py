"""The mapping from the directory to the region: what a group gives, and which unit a department is.

Data of the region, written by an administrator of the whole of it, who gives nothing that it does not have itself.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import delete, func, insert, select

from app.db.arrays import among
from app.db.locks import hold_directory
from app.db.queries import directory_mapping as queries
from app.db.queries import users as user_queries
from app.db.tables import DirectoryDepartmentRow, DirectoryGroupMappingRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.findings import Finding, settle
from app.domain.identity import new_id
from app.domain.permission_groups import GroupKind
from app.domain.texts import Text
from app.domain.typed_text import GroupName, ShortText
from app.domain.users import is_a_persons_group
from app.services import naming
from app.services.authorisation import require
from app.services.directory_placing import settle_homes, settle_memberships
from app.services.facts import Asked
from app.services.node_commands import Code, Said
from app.services.users import UNKNOWN_GROUP, UNKNOWN_MODULE, MembershipSaid, VersionCheck, require_own

_TWICE = Text("Samma rad står två gånger.", "The same line stands twice.")


class GroupMappingSaid(Said):
    """Members of a directory group (by its name) have a permission group at a unit, for one module or all."""

    directory_group: GroupName
    group: Code
    unit: Code
    module: Code | None = None


class DepartmentSaid(Said):
    """People of a department are at home at a unit. One that is a unit's own code need not be said."""

    department: ShortText
    unit: Code


class MappingSaid(Said):
    """The whole mapping."""

    groups: Annotated[list[GroupMappingSaid], Field(max_length=5_000)]
    departments: Annotated[list[DepartmentSaid], Field(max_length=5_000)]


@dataclass(frozen=True, slots=True)
class DirectoryMapping:
    """The mapping, and what of the directory it says nothing of."""

    groups: Sequence[AnyRow]
    departments: Sequence[AnyRow]
    unmapped_groups: Sequence[AnyRow]
    unknown_departments: Sequence[Mapping[str, Any]]

    @property
    def version(self) -> int:
        """A number that changes when the mapping does."""
        said = [
            [(r.directory_group, r.group, r.unit, r.module) for r in self.groups],
            [(r.department, r.unit) for r in self.departments],
        ]
        return int.from_bytes(hashlib.blake2b(repr(said).encode(), digest_size=6).digest(), "big")


async def read_mapping(a: Asked) -> DirectoryMapping:
    """The region's mapping. Raises Forbidden."""
    require(a.principal, Permission.USERS_READ, whole_region=True)
    run = a.uow.session.execute
    homes = queries.homes(a.principal, None).subquery()
    unknown = (
        select(func.min(homes.c.department).label("department"), func.count().label("people"))
        .where(homes.c.new.is_(None))
        .group_by(func.lower(homes.c.department))
        .order_by(func.lower(homes.c.department))
    )
    return DirectoryMapping(
        (await run(queries.group_mappings(a.principal))).all(),
        (await run(queries.departments(a.principal))).all(),
        (await run(queries.unmapped_groups(a.principal))).all(),
        [dict(row._mapping) for row in (await run(unknown)).all()],  # noqa: SLF001  # a row's documented view
    )


async def put_mapping(a: Asked, said: MappingSaid, check: VersionCheck) -> None:
    """The mapping becomes this; memberships and homes follow at once.

    Raises Forbidden, InvalidInput, RulesBroken (B1: a client's group is for no person), and what `check` raises.
    """
    require(a.principal, Permission.USERS_WRITE, whole_region=True)
    await hold_directory(a.uow)
    before = await read_mapping(a)
    check(before.version)
    groups = {g.code: g for g in (await a.uow.session.execute(user_queries.permission_groups(a.principal))).all()}
    codes = {m.unit for m in said.groups} | {d.unit for d in said.departments}
    units = {code: unit.id for code, unit in (await naming.units_by_code(a, codes)).items()}
    _check(a, said, groups, units)
    known = {(r.group, r.unit, r.module) for r in before.groups}
    for group, unit, module in sorted({(m.group, m.unit, m.module) for m in said.groups} - known, key=repr):
        given = MembershipSaid(group=group, unit=unit, module=module)
        await require_own(a, given, groups[group].rights, units[unit])
    await _replace(a, before, said, units)
    await settle_memberships(a)
    await settle_homes(a)


def _check(a: Asked, said: MappingSaid, groups: Mapping[str, AnyRow], units: Mapping[str, UUID]) -> None:
    errors, findings, seen = naming.Errors(), list[Finding](), set[object]()
    for place, m in enumerate(said.groups):
        where = f"/groups/{place}"
        if m.group not in groups:
            errors.add(f"{where}/group", "unknown_group", UNKNOWN_GROUP, name=m.group)
        else:
            findings += is_a_persons_group(GroupKind(groups[m.group].kind), m.group, f"{where}/group")
        if m.module is not None and m.module not in a.model.module_ids:
            errors.add(f"{where}/module", "unknown_module", UNKNOWN_MODULE, name=m.module)
        if (key := (m.directory_group.lower(), m.group, m.unit, m.module)) in seen:
            errors.add(where, "duplicate", _TWICE)
        seen.add(key)
    for place, d in enumerate(said.departments):
        if (name := d.department.lower()) in seen:
            errors.add(f"/departments/{place}", "duplicate", _TWICE)
        seen.add(name)
    named = [(f"/groups/{place}/unit", m.unit) for place, m in enumerate(said.groups)]
    named += [(f"/departments/{place}/unit", d.unit) for place, d in enumerate(said.departments)]
    for pointer, unit in named:
        if unit not in units:
            errors.add(pointer, "unknown_unit", naming.UNKNOWN_UNIT, name=unit)
    errors.settle()
    settle(findings)


async def _replace(a: Asked, before: DirectoryMapping, said: MappingSaid, units: Mapping[str, UUID]) -> None:
    """What stands in both stays as it is, so that the log of changes tells what was changed."""
    by = {"region_id": a.principal.region_id, "created_by": a.principal.subject, "updated_by": a.principal.subject}
    groups = {(m.directory_group, m.group, m.unit, m.module): m for m in said.groups}
    standing = {(r.directory_group, r.group, r.unit, r.module): r.id for r in before.groups}
    places = {(d.department, d.unit): d for d in said.departments}
    placed = {(r.department, r.unit): r.id for r in before.departments}
    new_groups = [
        {
            **by,
            "id": new_id(),
            "directory_group": m.directory_group,
            "group_code": m.group,
            "unit_id": units[m.unit],
            "module_id": None if m.module is None else a.model.module_ids[m.module],
        }
        for key, m in groups.items()
        if key not in standing
    ]
    new_places = [
        {**by, "id": new_id(), "department": d.department, "unit_id": units[d.unit]}
        for key, d in places.items()
        if key not in placed
    ]
    gone = [row_id for key, row_id in standing.items() if key not in groups]
    left = [row_id for key, row_id in placed.items() if key not in places]
    await _write(a, DirectoryGroupMappingRow, gone, new_groups)
    await _write(a, DirectoryDepartmentRow, left, new_places)


async def _write(
    a: Asked,
    table: type[DirectoryGroupMappingRow | DirectoryDepartmentRow],
    gone: Sequence[UUID],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    if gone:
        await a.uow.session.execute(
            delete(table).where(table.region_id == a.principal.region_id, among(table.id, gone))
        )
    if rows:
        await a.uow.session.execute(insert(table), rows)
