"""The indicator behind a measure node: one row whatever the year, so that outcomes outlive goals (V4, M5).

A new measure node makes its indicator, or carries a standing one on: the same code or catalogue key in another year's
plan. An indicator of the shared modules is linked, never pointed at a second time (M2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, insert, or_, select, update

from app.db import access
from app.db.tables import IndicatorRow, NodeRow, OutcomeRow, TargetRow
from app.domain.access import ANY_MODULE, Permission
from app.domain.findings import Finding
from app.domain.identity import new_id
from app.domain.indicators import InputWay
from app.domain.phrases import say, short
from app.domain.texts import Text
from app.services.facts import Asked
from app.services.model_cache import LoadedColumn
from app.services.naming import Errors
from app.services.node_commands import MeasureChange, MeasureToCreate

_TAKEN = Text(
    "Koden eller katalognyckeln hör till en indikator i en annan del av organisationen.",
    "The code or catalogue key belongs to an indicator in another part of the organisation.",
)
_TWO = Text(
    "Koden och katalognyckeln hör till olika indikatorer.", "The code and the catalogue key name different indicators."
)
_DIFFERS = Text(
    "Indikatorn {name} finns redan och har ett annat värde här.",
    "The indicator {name} stands already, with another value here.",
)
_FIELDS = (
    "unit_of_measure",
    "direction",
    "scale",
    "sex_disaggregated",
    "region_level_only",
    "input",
    "catalogue_key",
    "numerator",
    "denominator",
)


@dataclass(frozen=True, slots=True)
class MeasureFound:
    """What a new measure node is to point at: a standing indicator, or (None) a new one of these values."""

    standing: UUID | None
    values: Mapping[str, Any]


async def find_measure(
    a: Asked, errors: Errors, said: MeasureToCreate, *, column: LoadedColumn, plan_version_id: UUID, unit_code: str
) -> tuple[MeasureFound, tuple[Finding, ...]]:
    """What the node is to measure, and what M2 says about it. Two statements where a code or key is said."""
    values = _values(said, unit_code)
    rows = await _called(a, said)
    if not rows:
        return MeasureFound(None, values), ()
    if len(rows) > 1:
        errors.add("/measure/code", "two_indicators", _TWO)
        return MeasureFound(None, values), ()
    row = rows[0]
    uses = (await a.uow.session.execute(_uses(a, row.id))).all()
    copied = _copied(a, row, uses, column, plan_version_id)
    if not copied and not all(use.in_reach for use in uses):
        errors.add("/measure/code", "indicator_taken", _TAKEN)
    _note_differences(errors, said, row)
    return MeasureFound(row.id, values), tuple(copied)


async def make_indicator(a: Asked, found: MeasureFound, title: str) -> UUID:
    """The id of the node's indicator; a new one is written."""
    if found.standing is not None:
        return found.standing
    indicator_id = new_id()
    await a.uow.session.execute(
        insert(IndicatorRow),
        {
            "region_id": a.principal.region_id,
            "id": indicator_id,
            "title": title,
            **found.values,
            "created_by": a.principal.subject,
            "updated_by": a.principal.subject,
        },
    )
    return indicator_id


async def change_indicator(a: Asked, errors: Errors, indicator_id: UUID, change: MeasureChange) -> None:
    """Write what a patch says about the indicator. Once there are outcomes, what they are figured by stays (I3)."""
    said = change.said()
    if not said:
        return
    row = (
        await a.uow.session.execute(
            select(*(getattr(IndicatorRow, name) for name in (*_FIELDS, "is_ratio", "code")))
            .where(IndicatorRow.region_id == a.principal.region_id, IndicatorRow.id == indicator_id)
            .with_for_update()
        )
    ).one()
    after = {name: said.get(name, getattr(row, name)) for name in (*_FIELDS, "is_ratio")}
    if after["input"] == InputWay.CATALOGUE and after["catalogue_key"] is None:
        words = Text(
            "Utfall ur katalogen kräver en catalogue_key.", "Outcomes from the catalogue need a catalogue_key."
        )
        errors.add("/measure/catalogue_key", "catalogue_key_missing", words)
    if (after["numerator"] is None) != (after["denominator"] is None):
        words = Text("Täljare och nämnare anges tillsammans.", "Numerator and denominator are told together.")
        errors.add("/measure/numerator", "half_a_ratio", words)
    refigured = [n for n in ("scale", "is_ratio") if after[n] != getattr(row, n)]
    if refigured and await _has_outcomes(a, indicator_id):
        words = Text(
            "Det finns utfall: skala och kvot kan inte ändras under dem.",
            "There are outcomes: scale and ratio can't be changed under them.",
        )
        errors.add(f"/measure/{refigured[0]}", "outcomes_stand", words)
    errors.settle()
    await _write(a, indicator_id, {n: getattr(v, "value", v) for n, v in said.items()})


async def rename_indicator(a: Asked, indicator_id: UUID, title: str) -> None:
    """An indicator is called what its node is called."""
    await _write(a, indicator_id, {"title": title})


async def _write(a: Asked, indicator_id: UUID, values: Mapping[str, Any]) -> None:
    await a.uow.session.execute(
        update(IndicatorRow)
        .where(IndicatorRow.region_id == a.principal.region_id, IndicatorRow.id == indicator_id)
        .values(
            **values,
            version=IndicatorRow.version + 1,
            updated_at=func.now(),
            updated_by=a.principal.subject,
        )
    )


async def drop_unused_indicator(a: Asked, indicator_id: UUID) -> None:
    """Remove an indicator that no node, outcome or target needs any more: its code is free again."""
    needed = [
        exists().where(table.region_id == IndicatorRow.region_id, table.indicator_id == IndicatorRow.id)
        for table in (NodeRow, OutcomeRow, TargetRow)
    ]
    await a.uow.session.execute(
        delete(IndicatorRow)
        .where(IndicatorRow.region_id == a.principal.region_id, IndicatorRow.id == indicator_id)
        .where(*(~n for n in needed))
    )


def _values(said: MeasureToCreate, unit_code: str) -> dict[str, Any]:
    values = {name: getattr(said, name) for name in _FIELDS}
    is_ratio = said.numerator is not None if said.is_ratio is None else said.is_ratio
    code = said.code or f"{unit_code}-{new_id().hex[-10:].upper()}"
    return {**values, "direction": said.direction.value, "input": said.input.value, "is_ratio": is_ratio, "code": code}


async def _called(a: Asked, said: MeasureToCreate) -> Sequence[Row[Any]]:
    keys = [
        column == value
        for column, value in ((IndicatorRow.code, said.code), (IndicatorRow.catalogue_key, said.catalogue_key))
        if value is not None
    ]
    if not keys:
        return []
    wanted = select(
        IndicatorRow.id, IndicatorRow.code, IndicatorRow.title, *(getattr(IndicatorRow, name) for name in _FIELDS)
    )
    return (
        await a.uow.session.execute(wanted.where(IndicatorRow.region_id == a.principal.region_id, or_(*keys)))
    ).all()


def _uses(a: Asked, indicator_id: UUID) -> Any:
    """The nodes that point at the indicator, and whether their owner lies within the caller's reach."""
    return select(
        NodeRow.id,
        NodeRow.column_id,
        NodeRow.plan_version_id,
        access.in_reach(NodeRow.owner_unit_id, a.principal, a.on, Permission.NODES_WRITE, module=ANY_MODULE).label(
            "in_reach"
        ),
    ).where(NodeRow.region_id == a.principal.region_id, NodeRow.indicator_id == indicator_id)


def _note_differences(errors: Errors, said: MeasureToCreate, row: Any) -> None:
    for name in said.model_fields_set & set(_FIELDS):
        if getattr(said, name) != getattr(row, name):
            errors.add(f"/measure/{name}", "indicator_differs", _DIFFERS, name=row.code)


def _copied(a: Asked, row: Any, uses: Sequence[Row[Any]], column: LoadedColumn, plan_version_id: UUID) -> list[Finding]:
    """M2: the indicator stands in this plan already, here or in a shared module: link it, don't copy it."""
    for use in uses:
        home = a.model.columns_by_id[use.column_id]
        shared = home.column.approval is not None and column.column.approval is None
        if not shared and (use.plan_version_id != plan_version_id or not use.in_reach):
            continue  # another year's plan, or a node that is not for this caller to hear of
        return [
            Finding(
                "M2",
                say(
                    "Indikatorn {code} (”{title}”) finns i {module}. Koppla den i stället för att skapa en kopia.",
                    "The indicator {code} (“{title}”) stands in {module}. Link it instead of making a copy.",
                    code=row.code,
                    title=short(row.title),
                    module=home.module.code,
                ),
                "/measure/code",
                facts={"node": str(use.id), "indicator": row.code},
            )
        ]
    return []


async def _has_outcomes(a: Asked, indicator_id: UUID) -> bool:
    found = select(OutcomeRow.indicator_id).where(
        OutcomeRow.region_id == a.principal.region_id, OutcomeRow.indicator_id == indicator_id
    )
    return await a.uow.session.scalar(found.limit(1)) is not None
