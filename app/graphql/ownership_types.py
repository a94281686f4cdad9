"""Responsibilities without a person, as GraphQL types."""

import strawberry

from app.domain.access import Permission
from app.domain.successors import Successor
from app.graphql import cursors
from app.graphql.context import GraphQLContext
from app.graphql.loads import OrphanedFound
from app.graphql.organisation_types import PageInfo
from app.services.ownership import Orphaned


@strawberry.type(description="Somebody who could take over, and why: a proposal for a person to decide on.")
class SuccessorProposal:
    """A proposal."""

    subject: str
    name: str | None = strawberry.field(description="For those who may see users.")
    because: str = strawberry.field(description="leads_unit, leads_above or same_group.")
    unit_code: str
    group: str
    message: str


@strawberry.type(description="A responsibility without a person (B3).")
class OrphanedResponsibility:
    """An orphaned responsibility."""

    node_id: strawberry.ID
    title: str
    module: str
    year: int
    owner_code: str
    unit_code: str
    role: str
    subject: str
    reason: str = strawberry.field(description="unknown, left or no_access.")
    successors: list[SuccessorProposal]


@strawberry.type(description="A page of responsibilities without a person.")
class OrphanedResponsibilityConnection:
    """A page of them."""

    nodes: list[OrphanedResponsibility]
    page_info: PageInfo


def orphaned_of(found: OrphanedFound, context: GraphQLContext) -> OrphanedResponsibilityConnection:
    """A page of them."""
    end = None if found.next is None else cursors.encode(found.next)
    return OrphanedResponsibilityConnection(
        nodes=[_orphaned(each, context) for each in found.items],
        page_info=PageInfo(has_next_page=end is not None, end_cursor=end),
    )


def _orphaned(found: Orphaned, context: GraphQLContext) -> OrphanedResponsibility:
    row = found.row
    return OrphanedResponsibility(
        node_id=strawberry.ID(str(row.node_id)),
        title=row.title,
        module=row.module,
        year=row.year,
        owner_code=row.owner,
        unit_code=row.unit,
        role=row.role,
        subject=row.subject,
        reason=row.reason,
        successors=[_proposal(each, context) for each in found.successors],
    )


def _proposal(found: Successor, context: GraphQLContext) -> SuccessorProposal:
    return SuccessorProposal(
        subject=found.subject,
        name=found.name if context.principal.may(Permission.USERS_READ) else None,
        because=found.because.value,
        unit_code=found.unit,
        group=found.group,
        message=found.message.in_language(context.language),
    )
