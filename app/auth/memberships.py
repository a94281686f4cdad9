"""From a person's subject to a principal: the memberships of its permission groups, as they hold on a day (B1, B3)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.db.session import UnitOfWork
from app.db.typing import AnyRow
from app.domain.access import Grant, Permission, Principal, role_of
from app.domain.permission_groups import GroupKind, PermissionGroup, Placed, grant_of, grants_of, rights_of, scopes_of

# One statement each, by unique keys throughout. The units above come nearest first, as far up as the top: an empty list
# is the top itself. A unit that does not stand in the tree on the day grants nothing.
_MEMBERSHIPS = text("""
select u.subject, u.active, u.unit_id as home, unit.id as unit_id, unit.code as unit, g.code as group_code, g.kind,
       g.rights, g.levels_up, module.code as module,
       array(select a.ancestor_id
               from org_ancestors a
              where a.region_id = unit.region_id and a.unit_id = unit.id and a.valid @> cast(:on_day as date)
                and a.depth > 0
              order by a.depth) as above
  from users u
  left join memberships m
    on m.region_id = u.region_id and m.user_id = u.id and m.valid @> cast(:on_day as date)
  left join permission_groups g on g.region_id = m.region_id and g.code = m.group_code
  left join org_units unit
    on unit.region_id = m.region_id and unit.id = m.unit_id
   and exists (select from org_ancestors a
                where a.region_id = unit.region_id and a.unit_id = unit.id and a.ancestor_id = unit.id
                  and a.valid @> cast(:on_day as date))
  left join modules module on module.region_id = m.region_id and module.id = m.module_id
 where u.region_id = :region_id and u.subject = :subject
 order by unit.code, g.position
""")
_GROUP_AT = text("""
select unit.id as unit_id, unit.code as unit, g.code as group_code, g.kind, g.rights, g.levels_up, null as module,
       array(select a.ancestor_id
               from org_ancestors a
              where a.region_id = unit.region_id and a.unit_id = unit.id and a.valid @> cast(:on_day as date)
                and a.depth > 0
              order by a.depth) as above
  from permission_groups g
  join org_units unit on unit.region_id = g.region_id and unit.id = :unit_id
   and exists (select from org_ancestors a
                where a.region_id = unit.region_id and a.unit_id = unit.id and a.ancestor_id = unit.id
                  and a.valid @> cast(:on_day as date))
 where g.region_id = :region_id and g.code = :group_code
""")


async def principal_of_user(uow: UnitOfWork, subject: str, on: date, *, region_code: str) -> Principal | None:
    """The principal of the user with this subject (the `sub` of its credential), with what its memberships grant.

    None for a subject that is no user, for an inactive one, and for one without any base group on the day: there is
    nothing for it to see. One statement.
    """
    parameters = {"region_id": uow.region_id, "subject": subject, "on_day": on}
    rows = (await uow.session.execute(_MEMBERSHIPS, parameters)).all()
    if not rows or not rows[0].active:
        return None
    held = [row for row in rows if row.unit_id is not None and row.kind is not None]
    grants = grants_of([_placed(row) for row in held])
    own = _own_place(held, grants, rows[0].home)
    if own is None:
        return None
    return Principal(
        region_id=uow.region_id,
        region_code=region_code,
        subject=subject,
        role=role_of(frozenset(right for grant in grants for right in grant.rights)),
        unit_id=own.unit_id,
        unit_code=own.unit,
        whole_region=any(grant.reach.everything for grant in grants if Permission.READ in grant.rights),
        scopes=scopes_of(grants),
        grants=grants,
    )


async def grant_of_group(uow: UnitOfWork, group: str, unit_id: UUID, on: date) -> Grant | None:
    """What a permission group grants at a unit, for a credential that names one; None where there is none such."""
    parameters = {"region_id": uow.region_id, "group_code": group, "unit_id": unit_id, "on_day": on}
    row = (await uow.session.execute(_GROUP_AT, parameters)).one_or_none()
    return None if row is None else grant_of(_placed(row))


def _placed(row: AnyRow) -> Placed:
    kind = GroupKind(row.kind)
    group = PermissionGroup(row.group_code, kind, rights_of(row.rights), row.levels_up)
    return Placed(group=group, unit=row.unit_id, above=tuple(row.above), module=row.module)


def _own_place(held: Sequence[AnyRow], grants: Sequence[Grant], home: UUID | None) -> AnyRow | None:
    """Where the person is at home: of the units that it may read at, the highest; its own unit before others."""
    if not grants:
        return None
    reading = [row for row, grant in zip(held, grants, strict=True) if Permission.READ in grant.rights]
    return min(reading, key=lambda row: (len(row.above), row.unit_id != home, row.unit), default=None)
