"""What the viewer may do, as GraphQL types."""

from collections.abc import Sequence

import strawberry

from app.graphql.context import GraphQLContext
from app.services.viewer_can_chain import Doable


@strawberry.type(description="A reason why something may not be done, and the rule that says so.")
class Hindrance:
    """A hindrance."""

    why: str = strawberry.field(description="role, reach, scope, archived, locked or licence.")
    rule: str
    message: str


@strawberry.type(description="Whether the viewer may do something; every reason why not.")
class Ability:
    """An ability."""

    action: str = strawberry.field(
        description="Of nodes: change, delete. At units: create_nodes, assess, report_outcomes, lock_periods, add_users"
    )
    may: bool
    why_not: list[Hindrance]


def abilities_of(actions: Sequence[Doable], context: GraphQLContext) -> list[Ability]:
    """In the viewer's language."""
    return [
        Ability(
            action=action.action,
            may=action.may,
            why_not=[
                Hindrance(why=h.why.value, rule=h.rule, message=context.say(h.message) or "") for h in action.why_not
            ],
        )
        for action in actions
    ]
