"""Indicators in VGI: read them, approve them (M2), say what they are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, select, update

from app.db import access
from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import indicators as queries
from app.db.session import UnitOfWork
from app.db.tables import IndicatorRow, ModuleRow, NodeRow, OrgUnitRow, TargetRow
from app.db.typing import AnyRow
from app.domain.access import Permission, Principal
from app.domain.findings import InputError, InvalidInput, NotFound
from app.domain.identity import new_id
from app.domain.targets import Target
from app.domain.texts import Text
from app.services.authorisation import require, require_scope
from app.services.calendar_day import today

IndicatorKey = UUID | str
"""An id, or a code (or a key in the catalogue) as text."""


@dataclass(frozen=True, slots=True)
class TargetSaid:
    """A target as somebody states it: for a year, for a unit and what is below it or (None) for all."""

    year: int
    target: Target
    unit: str | None = None


async def list_indicators(
    uow: UnitOfWork,
    principal: Principal,
    page: Page,
    *,
    code: str | None = None,
    input_way: str | None = None,
    approved: bool | None = None,
) -> PageOf:
    """Readable indicators by code."""
    statement = queries.indicators(principal)
    if code is not None:
        statement = statement.where(IndicatorRow.code == code)
    if input_way is not None:
        statement = statement.where(IndicatorRow.input == input_way)
    if approved is not None:
        is_approved = IndicatorRow.id.in_(
            select(NodeRow.indicator_id).where(
                NodeRow.region_id == principal.region_id, NodeRow.approved_at.is_not(None)
            )
        )
        statement = statement.where(is_approved if approved else ~is_approved)
    return await fetch_page(uow.session, statement, [IndicatorRow.code, IndicatorRow.id], page)


async def read_indicator(uow: UnitOfWork, principal: Principal, key: IndicatorKey) -> AnyRow:
    """One indicator. Raises NotFound."""
    called = queries.named([key]) if isinstance(key, str) else IndicatorRow.id == key
    row: AnyRow | None = (await uow.session.execute(queries.indicators(principal).where(called))).one_or_none()
    if row is None:
        raise NotFound("indicator", str(key))
    return row


async def claim_indicator(uow: UnitOfWork, principal: Principal, key: IndicatorKey) -> AnyRow:
    """The same, kept from being changed by others until the transaction ends. Raises Forbidden, NotFound."""
    indicator = await _to_approve(uow, principal, key)
    locked = select(IndicatorRow.id).where(
        IndicatorRow.region_id == principal.region_id, IndicatorRow.id == indicator.id
    )
    await uow.session.execute(locked.with_for_update())
    return await read_indicator(uow, principal, indicator.id)


async def _to_approve(uow: UnitOfWork, principal: Principal, key: IndicatorKey) -> AnyRow:
    """An indicator that the caller may approve: the right must count for every module that it stands in (B1, M2).

    Raises Forbidden, NotFound.
    """
    require(principal, Permission.INDICATORS_APPROVE)
    indicator = await read_indicator(uow, principal, key)
    stands_in = (
        select(ModuleRow.code)
        .distinct()
        .join(NodeRow, and_(NodeRow.region_id == ModuleRow.region_id, NodeRow.module_id == ModuleRow.id))
        .where(NodeRow.region_id == principal.region_id, NodeRow.indicator_id == indicator.id)
        .order_by(ModuleRow.code)
    )
    modules = (await uow.session.scalars(stands_in)).all()
    for module in (*modules,) or (None,):
        require(principal, Permission.INDICATORS_APPROVE, whole_region=True, module=module)
    return indicator


async def approve(uow: UnitOfWork, principal: Principal, key: IndicatorKey, at: datetime) -> AnyRow:
    """Approve the indicator's nodes, so that they can be linked (M2). Approved ones stay as they are."""
    indicator = await _to_approve(uow, principal, key)
    require_scope(principal, indicator=indicator.code)
    changed = await uow.session.execute(
        update(NodeRow)
        .where(
            NodeRow.region_id == principal.region_id,
            NodeRow.indicator_id == indicator.id,
            NodeRow.approved_at.is_(None),
        )
        .values(approved_at=at, approved_by=principal.subject, version=NodeRow.version + 1)
        .returning(NodeRow.id)
    )
    if changed.all():
        await _touch(uow, principal, indicator.id)
    return await read_indicator(uow, principal, indicator.id)


async def read_targets(uow: UnitOfWork, principal: Principal, indicator_id: UUID) -> Sequence[AnyRow]:
    """The indicator's targets by year."""
    return (await uow.session.execute(queries.targets(principal, [indicator_id]))).all()


async def replace_targets(
    uow: UnitOfWork, principal: Principal, key: IndicatorKey, said: Sequence[TargetSaid]
) -> Sequence[AnyRow]:
    """The indicator's targets become these, whole. Raises InvalidInput for unknown units or a year said twice."""
    indicator = await _to_approve(uow, principal, key)
    require_scope(principal, indicator=indicator.code)
    _check_twice(said)
    units = await _target_units(uow, principal, said)
    rows = [_target_row(principal, indicator.id, target, units) for target in said]
    await uow.session.execute(
        delete(TargetRow).where(TargetRow.region_id == principal.region_id, TargetRow.indicator_id == indicator.id)
    )
    if rows:
        await uow.session.execute(insert(TargetRow), rows)
    await _touch(uow, principal, indicator.id)
    return await read_targets(uow, principal, indicator.id)


def _check_twice(said: Sequence[TargetSaid]) -> None:
    seen: set[tuple[int, str | None]] = set()
    errors = []
    for i, target in enumerate(said):
        place = (target.year, target.unit)
        if place in seen:
            words = Text("Samma år och enhet står två gånger.", "The same year and unit stand twice.")
            errors.append(InputError(f"/items/{i}", "duplicate", words))
        seen.add(place)
    if errors:
        raise InvalidInput(errors)


async def _target_units(uow: UnitOfWork, principal: Principal, said: Sequence[TargetSaid]) -> Mapping[str, UUID]:
    """Code -> id of the units that targets name. One statement. Raises InvalidInput for all that are unknown."""
    named = {target.unit for target in said if target.unit is not None}
    if not named:
        return {}
    statement = select(OrgUnitRow.code, OrgUnitRow.id).where(
        OrgUnitRow.region_id == principal.region_id,
        OrgUnitRow.code.in_(named),
        access.unit_readable(OrgUnitRow.id, principal, today()),
    )
    found = {row.code: row.id for row in await uow.session.execute(statement)}
    words = Text("Enheten {unit} finns inte.", "There is no unit {unit}.")
    errors = [
        InputError(f"/items/{i}/unit", "unknown_unit", words.fill(unit=target.unit))
        for i, target in enumerate(said)
        if target.unit is not None and target.unit not in found
    ]
    if errors:
        raise InvalidInput(errors)
    return found


def _target_row(
    principal: Principal, indicator_id: UUID, said: TargetSaid, units: Mapping[str, UUID]
) -> dict[str, object]:
    return {
        "region_id": principal.region_id,
        "id": new_id(),
        "indicator_id": indicator_id,
        "unit_id": None if said.unit is None else units[said.unit],
        "year": said.year,
        "kind": said.target.kind.value,
        "bound": said.target.bound,
        "printed": said.target.printed,
        "created_by": principal.subject,
        "updated_by": principal.subject,
    }


async def _touch(uow: UnitOfWork, principal: Principal, indicator_id: UUID) -> None:
    """A change of what the indicator's representation holds is a new version of it (its ETag)."""
    await uow.session.execute(
        update(IndicatorRow)
        .where(IndicatorRow.region_id == principal.region_id, IndicatorRow.id == indicator_id)
        .values(version=IndicatorRow.version + 1, updated_at=func.now(), updated_by=principal.subject)
    )
