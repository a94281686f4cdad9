"""Assessments: a person's judgement of a node at a unit in a period (F1, F2, F3, I1).

An assessment stands in one place and is seen in all (M5): it belongs to the node, whatever the node is linked into.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import func, insert, select, update

from app.db.locks import hold_nodes, hold_plan
from app.db.paging import Page, PageOf, fetch_page
from app.db.queries import assessments as queries
from app.db.queries.units import subtree_ids
from app.db.session import ConstraintBroken, storage_errors
from app.db.tables import AssessmentRow, ModuleColumnRow, ModuleRow
from app.db.typing import AnyRow
from app.domain.access import Permission
from app.domain.assessed_where import answerable_where_assessed
from app.domain.assessments import activity_assessed, grade_on_scale, measures_given
from app.domain.findings import Finding, InputError, InvalidInput, NotFound, settle
from app.domain.identity import new_id
from app.domain.nodes import ActivityStatus, NodeView, UnitView
from app.domain.period_locks import LockedWhat, assessment_unlocked, lock_on
from app.domain.periods import Period, parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.reporting_periods import period_fits, plan_open
from app.domain.texts import Text
from app.domain.typed_text import Prose
from app.services import naming
from app.services.authorisation import require, require_scope, require_units
from app.services.facts import Asked, node_views
from app.services.node_commands import Code, Said
from app.services.period_locks import locks_in_force
from app.services.units import UnitKey, find_unit

VersionCheck = Callable[[int], None]
_PERIOD = Text("Ange perioden som 2027, 2027-T1 eller 2027-04.", "Give the period as 2027, 2027-T1 or 2027-04.")
_NOTHING = Text(
    "Bedömningen säger ingenting: ange bedömning, status eller analys.",
    "The assessment says nothing: give a grade, a status or an analysis.",
)
_TAKEN = Text(
    "Det finns redan en bedömning av noden på {unit} för {period}. Ändra den i stället (PATCH).",
    "There is an assessment of the node at {unit} for {period} already. Change that one instead (PATCH).",
)

_ONE_EACH = "uq_assessments_region_id_node_id_unit_id_period"

GradeCode = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_]*$")]


class AssessmentSaid(Said):
    """What an assessment says; `node`, `unit` and `period` are what it is of."""

    node: UUID
    unit: Code
    period: Annotated[str, Field(max_length=20)]
    grade: GradeCode | None = None
    status: ActivityStatus | None = None
    analysis: Prose | None = None
    measures: Prose | None = None


class AssessmentChange(Said):
    """A merge patch (RFC 7396): a field left out stays, null takes away."""

    grade: GradeCode | None = None
    status: ActivityStatus | None = None
    analysis: Prose | None = None
    measures: Prose | None = None

    def said(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


@dataclass(frozen=True, slots=True)
class AssessmentFilter:
    """Which assessments are asked for. `under`: at this unit and below it."""

    node: UUID | None = None
    unit: UnitKey | None = None
    under: UnitKey | None = None
    period: Period | None = None
    module: str | None = None
    column: str | None = None


class AlreadyAssessedError(Exception):
    """There is one for the same node, unit and period."""

    def __init__(self, assessment_id: UUID, message: Text) -> None:
        self.assessment_id = assessment_id
        self.message = message
        super().__init__(message.en)


@dataclass(frozen=True, slots=True)
class Written:
    """An assessment that was made or changed, and what the rules remark on it."""

    id: UUID
    warnings: tuple[Finding, ...] = field(default=())


async def list_assessments(a: Asked, page: Page, wanted: AssessmentFilter) -> PageOf:
    """Readable assessments by period and id. Raises NotFound for a unit that can't be seen."""
    statement = queries.assessments(a.principal, a.on)
    if wanted.node is not None:
        statement = statement.where(AssessmentRow.node_id == wanted.node)
    if wanted.unit is not None:
        statement = statement.where(
            AssessmentRow.unit_id == (await find_unit(a.uow, a.principal, a.on, wanted.unit)).id
        )
    if wanted.under is not None:
        top = await find_unit(a.uow, a.principal, a.on, wanted.under)
        statement = statement.where(AssessmentRow.unit_id.in_(subtree_ids(a.principal, top.id, a.on)))
    if wanted.period is not None:
        statement = statement.where(AssessmentRow.period == str(wanted.period))
    if wanted.module is not None:
        statement = statement.where(ModuleRow.code == wanted.module)
    if wanted.column is not None:
        statement = statement.where(ModuleColumnRow.code == wanted.column)
    return await fetch_page(a.uow.session, statement, [AssessmentRow.period_end, AssessmentRow.id], page)


async def read_assessment(a: Asked, assessment_id: UUID) -> AnyRow:
    """One assessment. Raises NotFound."""
    statement = queries.assessments(a.principal, a.on).where(AssessmentRow.id == assessment_id)
    row: AnyRow | None = (await a.uow.session.execute(statement)).one_or_none()
    if row is None:
        raise NotFound("assessment", str(assessment_id))
    return row


async def create_assessment(a: Asked, said: AssessmentSaid) -> Written:
    """Assess a node at a unit for a period.

    Raises InvalidInput, Forbidden, RulesBroken, and AlreadyAssessedError where there is one already.
    """
    require(a.principal, Permission.ASSESSMENTS_WRITE)
    node, unit, period = await _named(a, said)
    await require_units(a.uow, a.principal, Permission.ASSESSMENTS_WRITE, [unit.id], a.on, module=node.module)
    require_scope(a.principal, module=node.module)
    content = {"grade": said.grade, "status": said.status, "analysis": said.analysis, "measures": said.measures}
    warnings = settle(
        [
            *answerable_where_assessed(node, unit),
            *await _period_findings(a, node, period),
            *await _lock_findings(a, unit.id, unit.name, period),
            *_said(a, node, content),
        ]
    )
    _says_something(content)
    made = new_id()
    row = {
        "region_id": a.principal.region_id,
        "id": made,
        "node_id": node.id,
        "unit_id": unit.id,
        "period": str(period),
        "period_start": period.start,
        "period_end": period.end,
        **content,
        "assessed_by": a.principal.subject,
        "created_by": a.principal.subject,
        "updated_by": a.principal.subject,
    }
    try:
        with storage_errors():
            async with a.uow.session.begin_nested():
                await a.uow.session.execute(insert(AssessmentRow), row)
    except ConstraintBroken as broken:
        if broken.constraint != _ONE_EACH:
            raise
        raise AlreadyAssessedError(
            await _standing(a, node.id, unit.id, period), _TAKEN.fill(unit=unit.name, period=period)
        ) from broken
    return Written(made, warnings)


async def change_assessment(a: Asked, assessment_id: UUID, change: AssessmentChange, check: VersionCheck) -> Written:
    """Change an assessment. Raises NotFound, Forbidden, InvalidInput, RulesBroken, and what `check` raises."""
    require(a.principal, Permission.ASSESSMENTS_WRITE)
    locked = select(AssessmentRow.id).where(
        AssessmentRow.region_id == a.principal.region_id, AssessmentRow.id == assessment_id
    )
    await a.uow.session.execute(locked.with_for_update())
    row = await read_assessment(a, assessment_id)
    await require_units(a.uow, a.principal, Permission.ASSESSMENTS_WRITE, [row.unit_id], a.on, module=row.module)
    check(row.version)
    node = (await node_views(a, [row.node_id])).views.get(row.node_id)
    if node is None:  # its owner has left the tree: history, which nobody changes
        raise NotFound("assessment", str(assessment_id))
    require_scope(a.principal, module=node.module)
    before = {
        "grade": row.grade,
        "status": ActivityStatus(row.status) if row.status else None,
        "analysis": row.analysis,
        "measures": row.measures,
    }
    after = before | change.said()
    period = parse_period(row.period)
    warnings = settle(
        [
            *await _period_findings(a, node, period),
            *await _lock_findings(a, row.unit_id, row.unit, period),
            *_said(a, node, after),
        ]
    )
    _says_something(after)
    await a.uow.session.execute(
        update(AssessmentRow)
        .where(AssessmentRow.region_id == a.principal.region_id, AssessmentRow.id == assessment_id)
        .values(
            **after,
            version=AssessmentRow.version + 1,
            assessed_by=a.principal.subject,
            assessed_at=func.now(),
            updated_at=func.now(),
            updated_by=a.principal.subject,
        )
    )
    return Written(assessment_id, warnings)


async def _named(a: Asked, said: AssessmentSaid) -> tuple[NodeView, UnitView, Period]:
    """What the request names, everything that is not there told at once."""
    errors = naming.Errors()
    await hold_nodes(a.uow, [said.node])
    readable = await naming.readable_nodes(a, [said.node])
    node = (await node_views(a, readable)).views.get(said.node)
    if node is None:
        errors.add("/node", "unknown_node", naming.UNKNOWN_NODE, name=said.node)
    unit = (await naming.units_by_code(a, [said.unit])).get(said.unit)
    if unit is None:
        errors.add("/unit", "unknown_unit", naming.UNKNOWN_UNIT, name=said.unit)
    try:
        period = parse_period(said.period)
    except ValueError:
        errors.add("/period", "period_format", _PERIOD)
    errors.settle()
    assert node is not None
    assert unit is not None
    return node, unit, period


async def _period_findings(a: Asked, node: NodeView, period: Period) -> list[Finding]:
    """I1: a period of the node's periodicity, in its own plan version, which must be open."""
    plan = await hold_plan(a.uow, node.year)
    status = None if plan is None or period.year != node.year else PlanStatus(plan.status)
    followed_up = {node.followed_up} if node.followed_up is not None else set()
    return [*period_fits(period, followed_up), *plan_open(period, status)]


async def _lock_findings(a: Asked, unit_id: UUID, unit: str, period: Period) -> list[Finding]:
    """R6: the unit's period is not locked, and won't be until the assessment is committed."""
    locks = await locks_in_force(a.uow, a.principal, [unit_id])
    return list(assessment_unlocked(unit, period, lock_on(locks, LockedWhat.ASSESSMENTS, unit_id, period)))


def _said(a: Asked, node: NodeView, content: dict[str, Any]) -> Iterator[Finding]:
    scale = a.model.model.scale(node.column)
    yield from grade_on_scale(node.column, scale, content["grade"])
    yield from activity_assessed(node.column, scale, content["grade"], content["status"])
    yield from measures_given(scale, content["grade"], content["measures"])


def _says_something(content: dict[str, Any]) -> None:
    if not any(content[name] for name in ("grade", "status", "analysis")):
        raise InvalidInput([InputError("", "says_nothing", _NOTHING)])


async def _standing(a: Asked, node: UUID, unit: UUID, period: Period) -> UUID:
    found = await a.uow.session.scalar(
        select(AssessmentRow.id).where(
            AssessmentRow.region_id == a.principal.region_id,
            AssessmentRow.node_id == node,
            AssessmentRow.unit_id == unit,
            AssessmentRow.period == str(period),
        )
    )
    assert found is not None  # the constraint has just named it
    return found
