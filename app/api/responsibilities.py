"""/responsibilities: who answers for what, over all nodes."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.declared import LIST, problems
from app.api.dependencies import Call, Calling
from app.api.nodes import unit_key
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.domain.access import Permission
from app.domain.successors import Because
from app.services import ownership as service
from app.services.ownership import Orphaned

router = resource_router("/responsibilities", "directory")
Reason = Literal["unknown", "left", "no_access"]


class Proposal(Shown):
    """Somebody who could take over, and why: a proposal for a person to decide on."""

    subject: str
    name: str | None = Field(description="For those who may see users.")
    because: Because
    unit: str
    group: str
    message: str


class OrphanedResponsibility(Shown):
    """A responsibility without a person."""

    node: UUID
    title: str
    module: str
    year: int
    owner: str = Field(description="Code of the unit that owns the node.")
    unit: str = Field(description="Code of the unit at which the node is without a person.")
    role: str
    subject: str = Field(description="The `sub` of whoever answered for it.")
    reason: Reason = Field(
        description="`unknown`: no user has that `sub`; `left`: not active; `no_access`: no permission there any more."
    )
    successors: list[Proposal] = Field(description="At most three, the first choice first.")


def shown(found: Orphaned, call: Call) -> OrphanedResponsibility:
    """In the viewer's language, with names where it may see users."""
    named = call.principal.may(Permission.USERS_READ)
    return OrphanedResponsibility(
        node=found.node_id,
        title=found.title,
        module=found.module,
        year=found.year,
        owner=found.owner,
        unit=found.unit,
        role=found.role,
        subject=found.subject,
        reason=found.reason,
        successors=[
            Proposal(
                subject=s.subject,
                name=s.name if named else None,
                because=s.because,
                unit=s.unit,
                group=s.group,
                message=s.message.in_language(call.language),
            )
            for s in found.successors
        ],
    )


@router.get(
    "/orphaned",
    operation_id="listOrphanedResponsibilities",
    response_model=PageBody[OrphanedResponsibility],
    responses=problems(403, *LIST),
)
async def list_orphaned(
    call: Calling,
    page: Paging,
    *,
    unit: Annotated[str | None, Query(max_length=200, description="A unit's code, or its id.")] = None,
    under: Annotated[str | None, Query(max_length=200, description="This unit and what is below it.")] = None,
    module: Annotated[str | None, Query(max_length=63)] = None,
    year: Annotated[int | None, Query(ge=1900, le=2999)] = None,
    reason: Annotated[Reason | None, Query()] = None,
    subject: Annotated[str | None, Query(max_length=255)] = None,
) -> Response:
    """List responsibilities without a person, in plans that are not archived, with successors proposed (B3)."""
    wanted = service.Wanted(
        unit=unit_key(unit), under=unit_key(under), module=module, year=year, reason=reason, subject=subject
    )
    found, following = await service.list_orphaned(await asking(call), page, wanted)
    return page_answer(call.request, [shown(each, call) for each in found], following)
