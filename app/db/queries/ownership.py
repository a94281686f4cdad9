"""Responsibilities left without a person, and the people who could take them over (B3)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, any_, case, exists, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from app.db import access
from app.db.arrays import among
from app.db.tables import (
    MembershipRow,
    ModuleRow,
    NodeRow,
    OrgAncestorRow,
    OrgUnitRow,
    PermissionGroupRow,
    PlanVersionRow,
    ResponsibilityRow,
    UserRow,
)
from app.db.typing import AnySelect
from app.domain.access import Permission, Principal
from app.domain.permission_groups import ALL_RIGHTS, GroupKind
from app.domain.plan_versions import PlanStatus

Owner = aliased(OrgUnitRow)


def orphaned(principal: Principal, on: date) -> AnySelect:
    """Responsibilities at units within reach, for readable nodes of plans that are not archived, without a person.

    `reason`: `unknown` (nobody has that `sub`), `left` (not active), `no_access` (no permission that reads there).
    """
    reason = case(
        (UserRow.id.is_(None), literal("unknown")), (not_(UserRow.active), literal("left")), else_=literal("no_access")
    )
    return (
        select(
            ResponsibilityRow.node_id,
            ResponsibilityRow.unit_id,
            OrgUnitRow.code.label("unit"),
            ResponsibilityRow.role,
            ResponsibilityRow.subject,
            NodeRow.title,
            NodeRow.title_sort,
            Owner.code.label("owner"),
            ModuleRow.code.label("module"),
            PlanVersionRow.year,
            reason.label("reason"),
        )
        .join(NodeRow, and_(NodeRow.region_id == ResponsibilityRow.region_id, NodeRow.id == ResponsibilityRow.node_id))
        .join(
            PlanVersionRow,
            and_(PlanVersionRow.region_id == NodeRow.region_id, PlanVersionRow.id == NodeRow.plan_version_id),
        )
        .join(ModuleRow, and_(ModuleRow.region_id == NodeRow.region_id, ModuleRow.id == NodeRow.module_id))
        .join(Owner, and_(Owner.region_id == NodeRow.region_id, Owner.id == NodeRow.owner_unit_id))
        .join(
            OrgUnitRow,
            and_(OrgUnitRow.region_id == ResponsibilityRow.region_id, OrgUnitRow.id == ResponsibilityRow.unit_id),
        )
        .outerjoin(
            UserRow,
            and_(UserRow.region_id == ResponsibilityRow.region_id, UserRow.subject == ResponsibilityRow.subject),
        )
        .where(
            ResponsibilityRow.region_id == principal.region_id,
            PlanVersionRow.status != PlanStatus.ARCHIVED.value,
            access.in_reach(ResponsibilityRow.unit_id, principal, on),
            access.node_readable(principal, on),
            or_(UserRow.id.is_(None), not_(UserRow.active), not_(_reads_there(on))),
        )
    )


def reason_is(reason: str) -> ColumnElement[bool]:
    """Of `orphaned`: only those for this reason."""
    by = {"unknown": UserRow.id.is_(None), "left": not_(UserRow.active)}
    return by.get(reason, and_(UserRow.id.isnot(None), UserRow.active))


def _reads_there(on: date) -> ColumnElement[bool]:
    """Whether the person reads at the unit, in the node's module: as app.domain.permission_groups grants it.

    A membership reaches its unit and what is below; as many units right above as its group says, but never the top.
    """
    below = exists().where(
        OrgAncestorRow.region_id == MembershipRow.region_id,
        OrgAncestorRow.unit_id == ResponsibilityRow.unit_id,
        OrgAncestorRow.ancestor_id == MembershipRow.unit_id,
        OrgAncestorRow.valid.contains(on),
    )
    over, higher = aliased(OrgAncestorRow), aliased(OrgAncestorRow)
    not_top = exists().where(
        higher.region_id == over.region_id,
        higher.unit_id == over.ancestor_id,
        higher.depth > 0,
        higher.valid.contains(on),
    )
    above = exists().where(
        over.region_id == MembershipRow.region_id,
        over.unit_id == MembershipRow.unit_id,
        over.ancestor_id == ResponsibilityRow.unit_id,
        over.depth > 0,
        over.depth <= PermissionGroupRow.levels_up,
        over.valid.contains(on),
        not_top.correlate(over),
    )
    reads = or_(
        literal(Permission.READ.value) == any_(PermissionGroupRow.rights),
        literal(ALL_RIGHTS) == any_(PermissionGroupRow.rights),
    )
    member = (
        select(MembershipRow.id)
        .join(
            PermissionGroupRow,
            and_(
                PermissionGroupRow.region_id == MembershipRow.region_id,
                PermissionGroupRow.code == MembershipRow.group_code,
            ),
        )
        .where(
            MembershipRow.region_id == UserRow.region_id,
            MembershipRow.user_id == UserRow.id,
            MembershipRow.valid.contains(on),
            PermissionGroupRow.kind != GroupKind.ADDITION.value,
            reads,
            or_(MembershipRow.module_id.is_(None), MembershipRow.module_id == NodeRow.module_id),
            or_(
                below.correlate(MembershipRow, ResponsibilityRow),
                above.correlate(MembershipRow, ResponsibilityRow, PermissionGroupRow),
            ),
        )
    )
    return exists(member.correlate(UserRow, ResponsibilityRow, NodeRow))


def held_at(principal: Principal, on: date, units: Collection[UUID]) -> AnySelect:
    """Memberships of a base group that active people have right at these units, on the day."""
    return (
        select(
            UserRow.subject,
            UserRow.name,
            MembershipRow.group_code.label("group"),
            MembershipRow.unit_id.label("unit"),
            ModuleRow.code.label("module"),
            PermissionGroupRow.leads,
        )
        .join(UserRow, and_(UserRow.region_id == MembershipRow.region_id, UserRow.id == MembershipRow.user_id))
        .join(
            PermissionGroupRow,
            and_(
                PermissionGroupRow.region_id == MembershipRow.region_id,
                PermissionGroupRow.code == MembershipRow.group_code,
            ),
        )
        .outerjoin(
            ModuleRow, and_(ModuleRow.region_id == MembershipRow.region_id, ModuleRow.id == MembershipRow.module_id)
        )
        .where(
            MembershipRow.region_id == principal.region_id,
            among(MembershipRow.unit_id, units),
            MembershipRow.valid.contains(on),
            UserRow.active,
            PermissionGroupRow.kind == GroupKind.BASE.value,
        )
    )


def groups_of_subjects(principal: Principal, subjects: Collection[str]) -> AnySelect:
    """(subject, unit_id, group): every membership that these people have or had, whether they are active or not."""
    return (
        select(UserRow.subject, MembershipRow.unit_id, MembershipRow.group_code.label("group"))
        .join(UserRow, and_(UserRow.region_id == MembershipRow.region_id, UserRow.id == MembershipRow.user_id))
        .where(
            MembershipRow.region_id == principal.region_id,
            UserRow.subject == any_(literal(list(subjects), ARRAY(String))),
        )
    )


def unit_codes(principal: Principal, units: Collection[UUID]) -> AnySelect:
    """(id, code) of these units: they stand on the line above what was found."""
    return select(OrgUnitRow.id, OrgUnitRow.code).where(
        OrgUnitRow.region_id == principal.region_id, among(OrgUnitRow.id, units)
    )
