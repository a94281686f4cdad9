"""Nodes of the chain, as GraphQL types: a text, an indicator, an activity, all of them a Node."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Private

from app.db.typing import AnyRow
from app.domain.indicators import Direction, Sex
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.steering_model import NodeKind
from app.graphql.context import Info, context_of
from app.graphql.errors import bad_input
from app.graphql.followup_types import (
    AggregatedOutcome,
    Assessment,
    Attainment,
    Outcome,
    Rollup,
    SuggestedGrade,
    Target,
    aggregated_of,
    assessment_of,
    attainment_of,
    outcome_of,
    rollup_of,
    suggestion_of,
    target_of,
)
from app.graphql.limits import MOST_EXPLAINED, outcome_periods
from app.graphql.measure_types import (
    REPORTED,
    Explanation,
    SeriesFigure,
    explained,
    series_figure_of,
    tree_of,
)
from app.graphql.model_types import Column, Keyword, column_of
from app.graphql.organisation_types import PageInfo, Unit, unit_of
from app.graphql.scalars import PeriodScalar
from app.graphql.viewer_types import Ability, abilities_of
from app.services.followup import FollowUp
from app.services.series import Asked, Figuring, Span

Nodes = list[Annotated["Node", strawberry.lazy("app.graphql.node_types")]]


@strawberry.type(description="Who answers for a node at a unit, in a role (ansvarsroll).")
class Responsibility:
    """A responsibility."""

    role: str
    subject: str
    unit: Unit


@strawberry.interface(description="A box in a column: a goal, an indicator, an activity (nod).")
class Node:
    """A node, as a chain shows it."""

    view: Private[FollowUp]
    row: Private[AnyRow]
    id: strawberry.ID
    lineage_id: strawberry.ID = strawberry.field(description="Stays the same from year to year.")
    title: str
    description: str | None
    module: str

    @strawberry.field(description="The column that the node stands in.")
    def column(self) -> Column:
        """The column."""
        loaded = self.view.model.columns_by_id[self.row.column_id]
        return column_of(loaded.module.code, loaded.column, self.view.model.model)

    @strawberry.field(description="The unit that created the node.")
    def owner(self) -> Unit:
        """The owner."""
        return unit_of(self.view.rows.units[self.row.owner_unit_id])

    @strawberry.field(description="How the node came to the unit.")
    def origin(self) -> AllocationOrigin:
        """The origin."""
        place = self.view.chain.position.get(self.row.id)
        return AllocationOrigin.OWN if place is None else self.view.chain.origin(place)

    @strawberry.field(description="What was said when the node was allocated to the unit (anvisning).")
    def instruction(self) -> str | None:
        """The instruction."""
        return self.view.rows.instructions.get((self.row.id, self.view.chain.unit))

    @strawberry.field(description="The node's keywords.")
    def keywords(self) -> list[Keyword]:
        """The keywords."""
        found = self.view.rows.keywords.get(self.row.id, [])
        return [Keyword(id=strawberry.ID(str(k.id)), text=k.text, group=k.group) for k in found]

    @strawberry.field(description="Who answers for the node, at the unit and below it.")
    def responsible(self) -> list[Responsibility]:
        """The responsibilities."""
        units = self.view.rows.units
        found = self.view.rows.responsible.get(self.row.id, [])
        return [Responsibility(role=r.role, subject=r.subject, unit=unit_of(units[r.unit_id])) for r in found]

    @strawberry.field(description="What the viewer may do with the node, and why not.")
    async def viewer_can(self, info: Info) -> list[Ability]:
        """The abilities."""
        context = context_of(info)
        found = await context.abilities()
        return abilities_of(found.of(self.view.rows.place.year, self.row), context)

    @strawberry.field(description="The nodes of the chain that this one stands right under.")
    def parents(self) -> Nodes:
        """The parents."""
        chain = self.view.chain
        place = chain.position.get(self.row.id)
        return [] if place is None else [node_of(self.view, chain.nodes[i].id) for i in chain.parents[place]]

    @strawberry.field(
        description="The next steps of the chain, at the unit and below it, module links included. `here`: only those"
        " that the unit itself owns or has been allocated."
    )
    def children(self, columns: list[str] | None = None, here: bool = False) -> Nodes:
        """The children."""
        chain = self.view.chain
        place = chain.position.get(self.row.id)
        if place is None:
            return []
        return [
            node_of(self.view, chain.nodes[i].id)
            for i in chain.children[place]
            if (columns is None or chain.nodes[i].column in columns) and (not here or chain.is_here(i))
        ]

    @strawberry.field(description="The assessment at the unit and in the period of the enclosing followUp.")
    def assessment(self, info: Info) -> Assessment | None:
        """The assessment."""
        told = self.view.assessments.get(self.row.id)
        return None if told is None else assessment_of(self.view, told, context_of(info))

    @strawberry.field(description="The same node's assessments at the units below.")
    def assessments_below(self, info: Info) -> list[Assessment]:
        """The assessments below."""
        context = context_of(info)
        return [assessment_of(self.view, told, context) for told in self.view.assessments_below.get(self.row.id, ())]

    @strawberry.field(description="A grade that the figures speak for; never set by the system (F6).")
    def suggested_grade(self, info: Info) -> SuggestedGrade | None:
        """The suggestion."""
        return suggestion_of(self.view.suggested(self.row.id), context_of(info))

    @strawberry.field(description="Everything below in the chain, at and below the unit (F5).")
    def rollup(self) -> Rollup:
        """The rollup."""
        return rollup_of(self.view, self.view.rollup(self.row.id))


@strawberry.type(description="A node of text: mål, fokusområde, uppdrag, verksamhetsmål.")
class TextNode(Node):
    """A text."""


@strawberry.type(description="A node that measures: an indicator (måttnod).")
class Indicator(Node):
    """An indicator."""

    code: str
    unit_of_measure: str | None
    sex_disaggregated: bool
    region_level_only: bool
    direction: Direction

    @strawberry.field(description="What this year's outcomes are held against at the unit.")
    def target(self) -> Target | None:
        """The target."""
        return target_of(self.view.target(self.row))

    @strawberry.field(description="The unit's own latest outcome in the period.")
    def outcome(self, sex: Sex = Sex.TOTAL) -> Outcome | None:
        """The outcome."""
        found = self.view.outcome(self.row, sex)
        return None if found is None else outcome_of(self.view, found)

    @strawberry.field(description="The unit's own outcomes of the latest periods (at most 60), latest first.")
    def outcomes(self, periods: int = 3, sex: Sex | None = None) -> list[Outcome]:
        """The outcomes."""
        most = outcome_periods(periods)
        return [outcome_of(self.view, found) for found in self.view.outcomes(self.row, sex, most)]

    @strawberry.field(description="Whether the indicator reaches its target (I6).")
    def attainment(self, info: Info) -> Attainment:
        """The attainment."""
        return attainment_of(self.view.attainment(self.row), context_of(info))

    @strawberry.field(description="The outcomes of the units below, put together (I5); null where none has reported.")
    def aggregated(self, info: Info, sex: Sex = Sex.TOTAL) -> AggregatedOutcome | None:
        """The aggregate."""
        return aggregated_of(self.view, self.row, sex, context_of(info))

    @strawberry.field(
        description="The figures over time at a unit (its code; the chain's own where none is said), by period and sex:"
        " own ones, or put together from below. Unsaid periods: from two years before this one up to the next. `tree`:"
        " the organisation as `reported`, or of a date."
    )
    async def series(
        self,
        info: Info,
        unit: str | None = None,
        period_from: PeriodScalar | None = None,
        period_to: PeriodScalar | None = None,
        sexes: list[Sex] | None = None,
        figures: Figuring = Figuring.OWN_FIRST,
        tree: str = REPORTED,
    ) -> list[SeriesFigure]:
        """The series, loaded together with those of the indicators beside this one."""
        context = context_of(info)
        asked = Asked(
            unit=self.view.chain.unit,
            span=Span.of(period_from, period_to, context.today),
            sexes=tuple(dict.fromkeys(sexes or Sex)),
            tree=tree_of(tree),
            figuring=figures,
        )
        items = await context.series.load(context.asking, self.view.indicator(self.row), asked, unit)
        return [series_figure_of(item, context) for item in items]

    @strawberry.field(
        description="What the number of a period is made of, at a unit (the chain's own where none is said). Of one"
        " indicator at a time: it is asked under `indicator`."
    )
    async def explain(
        self,
        info: Info,
        period: PeriodScalar,
        unit: str | None = None,
        sex: Sex = Sex.TOTAL,
        tree: str = REPORTED,
    ) -> Explanation:
        """The explanation."""
        context = context_of(info)
        context.explained += 1
        if context.explained > MOST_EXPLAINED:
            raise bad_input(f"explain: of {MOST_EXPLAINED} numbers at most in one question")
        return await explained(
            context,
            self.view.indicator(self.row),
            unit=self.view.chain.unit if unit is None else unit,
            period=period,
            sex=sex,
            tree=tree_of(tree),
        )


@strawberry.type(description="A node that is done: an activity or sub-activity (aktivitet, delaktivitet).")
class Activity(Node):
    """An activity."""

    start_date: date
    end_date: date
    status: ActivityStatus = strawberry.field(description="As planned; what was reported is in the assessment.")


def node_of(view: FollowUp, node_id: UUID) -> Node:
    """A node of a view, as the type that its column's kind asks for."""
    row = view.rows.nodes[node_id]
    loaded = view.model.columns_by_id[row.column_id]
    common = {
        "view": view,
        "row": row,
        "id": strawberry.ID(str(row.id)),
        "lineage_id": strawberry.ID(str(row.lineage_id)),
        "title": row.title,
        "description": row.description,
        "module": loaded.module.code,
    }
    if loaded.column.node_kind is NodeKind.MEASURE:
        return Indicator(
            **common,
            code=row.indicator_code,
            unit_of_measure=row.unit_of_measure,
            sex_disaggregated=row.sex_disaggregated,
            region_level_only=row.region_level_only,
            direction=Direction(row.direction),
        )
    if loaded.column.node_kind is NodeKind.ACTIVITY:
        dates = {"start_date": row.start_date, "end_date": row.end_date, "status": ActivityStatus(row.status)}
        return Activity(**common, **dates)
    return TextNode(**common)


@strawberry.type(description="A node in a list.")
class NodeEdge:
    """A node in a list."""

    cursor: str
    node: Node


@strawberry.type(description="A page of nodes.")
class NodeConnection:
    """A page of nodes."""

    edges: list[NodeEdge]
    page_info: PageInfo
    total_count: int = strawberry.field(description="How many there are on all pages.")
