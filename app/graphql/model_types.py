"""The steering model as GraphQL types: modules, columns, keywords."""

import strawberry

from app.domain.periods import Periodicity
from app.domain.steering_model import Column as DomainColumn
from app.domain.steering_model import Grade as DomainGrade
from app.domain.steering_model import Module as DomainModule
from app.domain.steering_model import NodeKind, SteeringModel

strawberry.enum(NodeKind, name="NodeKind", description="What a node is: a text, a measure, an activity.")
strawberry.enum(Periodicity, name="Periodicity", description="How often something is followed up.")


@strawberry.type(description="A step of an assessment scale: symbol (readable without colour) and wording.")
class Grade:
    """A step of a scale."""

    code: str
    symbol: str
    forecast: str = strawberry.field(description="Wording during the year (prognos), in Swedish.")
    outcome: str = strawberry.field(description="Wording in the annual report (utfall), in Swedish.")


@strawberry.type(description="A level in the chain (kolumn).")
class Column:
    """A column."""

    module: str
    no: int
    code: str
    name: str
    name_en: str
    node_kind: NodeKind
    parents: list[str] = strawberry.field(description="Codes of the columns that a node here may stand under (K1).")
    standard_periodicity: Periodicity | None
    keyword_groups: list[str]
    responsibility_roles: list[str]
    grades: list[Grade] = strawberry.field(description="The scale that nodes here are assessed on; empty: none.")


@strawberry.type(description="One surface for one kind of planning, e.g. VGPU.")
class Module:
    """A module."""

    code: str
    name: str
    name_en: str
    columns: list[Column]


@strawberry.type(description="A tag on a node (nyckelord).")
class Keyword:
    """A keyword."""

    id: strawberry.ID
    text: str
    group: str


def _grade(step: DomainGrade) -> Grade:
    return Grade(code=step.code, symbol=step.symbol, forecast=step.forecast_sv, outcome=step.outcome_sv)


def column_of(module: str, column: DomainColumn, model: SteeringModel) -> Column:
    """A column."""
    scale = model.scale(column)
    return Column(
        module=module,
        no=column.no,
        code=column.code,
        name=column.name,
        name_en=column.name_en,
        node_kind=column.node_kind,
        parents=list(column.parents),
        standard_periodicity=column.standard_periodicity,
        keyword_groups=[*column.keyword_groups, *column.local_keyword_groups],
        responsibility_roles=list(column.responsibility_roles),
        grades=[_grade(g) for g in scale.grades] if scale else [],
    )


def module_of(module: DomainModule, model: SteeringModel) -> Module:
    """A module."""
    columns = [column_of(module.code, c, model) for c in module.columns]
    return Module(code=module.code, name=module.name, name_en=module.name_en, columns=columns)
