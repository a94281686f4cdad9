"""/allocations: which unit has which node from above."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query, Response

from app.api.allocation_shapes import (
    Allocation,
    AllocationImport,
    AllocationPreview,
    AllocationsMade,
    LoadOfUnit,
    import_report,
)
from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.errors import finding_items
from app.api.idempotency import Idempotent
from app.api.node_shapes import Deleted
from app.api.nodes import UnitFilter, unit_key
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.viewer_can import Include, shown_abilities
from app.services.allocation_change import change_allocation, withdraw
from app.services.allocation_commands import AllocationChange, AllocationsToCreate, AllocationTable
from app.services.allocation_import import import_table
from app.services.allocation_reading import AllocationFilter, allocations_by_id, list_allocations, read_allocation
from app.services.allocations import allocate, preview
from app.services.facts import Asked
from app.services.viewer_can_places import allocations_viewer_can

router = resource_router("/allocations", "allocations")
AllocationId = Annotated[UUID, Path(alias="id", description="The allocation's id.")]


@router.get("", operation_id="listAllocations", response_model=PageBody[Allocation], responses=problems(404, *LIST))
async def get_allocations(
    call: Calling,
    page: Paging,
    *,
    node: Annotated[UUID | None, Query()] = None,
    unit: UnitFilter = None,
    under: UnitFilter = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Plan year.")] = None,
    module: Annotated[str | None, Query(max_length=16)] = None,
    column: Annotated[str | None, Query(max_length=63)] = None,
    origin: Annotated[Literal["allocated", "opted_in"] | None, Query()] = None,
    include: Include = None,
) -> Response:
    """List allocations by age. `unit`: to that unit; `under`: to that unit and those below it."""
    wanted = AllocationFilter(
        node=node,
        unit=unit_key(unit),
        under=unit_key(under),
        year=year,
        module=module,
        column=column,
        origin=origin,
    )
    a = await asking(call)
    found = await list_allocations(a, wanted, page)
    shown = [Allocation.model_validate(x) for x in found.allocations]
    if include is not None:
        can = await allocations_viewer_can(a, found.allocations)
        shown = [x.model_copy(update={"viewer_can": shown_abilities(can[x.id], call.language)}) for x in shown]
    return page_answer(call.request, shown, found.next)


@router.post(
    "", operation_id="createAllocations", status_code=201, response_model=AllocationsMade, responses=problems(*CREATE)
)
async def post_allocations(call: Calling, once: Idempotent, body: AllocationsToCreate) -> Response:
    """Allocate nodes to units: all or none. Indicators follow their goals (A3).

    What stands already stays, with the new instruction if one is given.
    """

    async def work() -> Response:
        a = await asking(call)
        done = await allocate(a, body)
        made = AllocationsMade(
            items=await _in_order(a, done.asked),
            followed=await _in_order(a, done.followed),
            warnings=finding_items(done.warnings, call.language),
        )
        headers = {"Location": f"/api/v1/allocations/{done.asked[0]}"} if len(done.asked) == 1 else {}
        return answer(call.request, made, status=201, headers=headers)

    return await once.answer(work)


@router.post(
    "/preview",
    operation_id="previewAllocations",
    response_model=AllocationPreview,
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def post_preview(call: Calling, body: AllocationsToCreate) -> Response:
    """Tell what allocations would add to each unit (A6). Changes nothing."""
    found = await preview(await asking(call), body)
    units = [
        LoadOfUnit(unit=u.unit.code, nodes=u.nodes, duties=u.duties, reports_a_year=u.reports_a_year)
        for u in found.units
    ]
    findings = finding_items(found.findings, call.language)
    return answer(call.request, AllocationPreview(units=units, followed=found.followed, findings=findings))


@router.post("/import", operation_id="importAllocations", response_model=AllocationImport, responses=problems(*CREATE))
async def post_import(
    call: Calling,
    once: Idempotent,
    body: AllocationTable,
    *,
    dry_run: Annotated[bool, Query(description="Tell what would be done; change nothing.")] = False,
) -> Response:
    """Import a whole allocation table in one transaction (A7).

    Where a row breaks a rule nothing is written, and every such row is told; with `dry_run` they come in `conflicts`.
    """

    async def work() -> Response:
        done = await import_table(await asking(call), body, dry_run=dry_run)
        warnings = finding_items(done.warnings, call.language)
        return answer(call.request, import_report(done, warnings, call.language))

    return await once.answer(work)


@router.get("/{id}", operation_id="getAllocation", response_model=Allocation, responses=problems(*READ))
async def get_allocation(call: Calling, allocation_id: AllocationId, include: Include = None) -> Response:
    """Read one allocation."""
    a = await asking(call)
    shown = await read_allocation(a, allocation_id)
    if include is not None:
        can = shown_abilities((await allocations_viewer_can(a, [shown]))[allocation_id], call.language)
        return answer(call.request, Allocation.model_validate(shown).model_copy(update={"viewer_can": can}))
    return answer(call.request, Allocation.model_validate(shown), tag=version_tag(shown.version))


@router.patch("/{id}", operation_id="changeAllocation", response_model=Allocation, responses=problems(*CHANGE))
async def patch_allocation(
    call: Calling, allocation_id: AllocationId, match: Precondition, body: AllocationChange
) -> Response:
    """Change the instruction (JSON merge patch; null takes it away)."""
    shown = await change_allocation(await asking(call), allocation_id, body, match.check)
    return answer(call.request, Allocation.model_validate(shown), tag=version_tag(shown.version))


@router.delete("/{id}", operation_id="deleteAllocation", response_model=Deleted, responses=problems(*CHANGE))
async def delete_allocation(
    call: Calling,
    allocation_id: AllocationId,
    match: Precondition,
    *,
    force: Annotated[bool, Query(description="Also where the unit has built on it; needs an administrator.")] = False,
) -> Response:
    """Withdraw an allocation, with indicators that followed. What stands in the way is listed (A5)."""
    removed = await withdraw(await asking(call), allocation_id, match.check, force=force)
    return answer(call.request, Deleted(id=allocation_id, warnings=finding_items(removed.warnings, call.language)))


async def _in_order(a: Asked, ids: tuple[UUID, ...]) -> list[Allocation]:
    found = {x.id: x for x in await allocations_by_id(a, ids)}
    return [Allocation.model_validate(found[i]) for i in ids if i in found]
