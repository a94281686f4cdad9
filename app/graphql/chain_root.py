"""The follow-up of a unit, as a GraphQL type."""

import strawberry
from strawberry import Private

from app.graphql.followup_types import MissingReport, Rollup, rollup_of
from app.graphql.limits import missing_most
from app.graphql.node_types import Node, node_of
from app.graphql.organisation_types import Unit, unit_of
from app.graphql.scalars import PeriodScalar
from app.services.followup import FollowUp as View


@strawberry.type(description="A unit's follow-up of a period: its whole chain (aggregerad uppföljning).")
class FollowUp:
    """A follow-up."""

    view: Private[View]
    unit: Unit
    period: PeriodScalar

    @strawberry.field(description="The chain's top nodes at the unit; `column`, `keyword`: only those.")
    def roots(self, column: str | None = None, keyword: str | None = None) -> list[Node]:
        """The roots."""
        chain, rows = self.view.chain, self.view.rows
        return [
            node_of(self.view, chain.nodes[i].id)
            for i in chain.roots
            if (column is None or chain.nodes[i].column == column)
            and (keyword is None or any(k.text == keyword for k in rows.keywords.get(chain.nodes[i].id, ())))
        ]

    @strawberry.field(description="Everything at and below the unit.")
    def rollup(self) -> Rollup:
        """The rollup."""
        return rollup_of(self.view, self.view.whole())

    @strawberry.field(description="Who has not reported what, in the chain's order; at most 500.")
    def missing(self, first: int | None = None) -> list[MissingReport]:
        """What is missing."""
        most = missing_most(first)
        return [
            MissingReport(
                kind=duty.kind,
                period=PeriodScalar(duty.period),
                unit=unit_of(self.view.rows.units[duty.unit]),
                node=node_of(self.view, duty.node),
            )
            for duty in self.view.missing()[:most]
        ]


def follow_up_of(view: View) -> FollowUp:
    """A follow-up."""
    period = view.period
    assert period is not None  # a follow-up is made for a period
    return FollowUp(view=view, unit=unit_of(view.rows.units[view.chain.unit]), period=PeriodScalar(period))
