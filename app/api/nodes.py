"""/nodes: the boxes of the chain."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path, Query, Response

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.errors import finding_items
from app.api.idempotency import Idempotent
from app.api.node_shapes import Deleted, Node, with_warnings
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.viewer_can import Include, shown_abilities
from app.services.node_change import change_node
from app.services.node_commands import NodeChange, NodeToCreate
from app.services.node_creation import create_node
from app.services.node_reading import NodeFilter, Sort, list_nodes, read_node
from app.services.node_removal import remove_node
from app.services.units import UnitKey
from app.services.viewer_can import nodes_viewer_can

router = resource_router("/nodes", "nodes")
NodeId = Annotated[UUID, Path(alias="id", description="The node's id.")]
UnitFilter = Annotated[str | None, Query(max_length=100, description="A unit's code, or its id.")]
_SORTS: dict[str, tuple[Sort, bool]] = {
    "title": ("title", False),
    "-title": ("title", True),
    "created_at": ("created_at", False),
    "-created_at": ("created_at", True),
}


def unit_key(said: str | None) -> UnitKey | None:
    """A unit as a filter names it: by id, by code, or as `code:X`."""
    if said is None:
        return None
    try:
        return UUID(said)
    except ValueError:
        return said.removeprefix("code:")


def id_or_text(said: str | None) -> UUID | str | None:
    """A keyword as a filter names it: by id or by its text."""
    try:
        return None if said is None else UUID(said)
    except ValueError:
        return said


@router.get("", operation_id="listNodes", response_model=PageBody[Node], responses=problems(404, *LIST))
async def get_nodes(
    call: Calling,
    page: Paging,
    *,
    module: Annotated[str | None, Query(max_length=16)] = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Plan year.")] = None,
    unit: UnitFilter = None,
    owner: UnitFilter = None,
    column: Annotated[str | None, Query(max_length=63)] = None,
    keyword: Annotated[str | None, Query(max_length=300, description="A keyword's text, or its id.")] = None,
    search: Annotated[str | None, Query(max_length=200, description="Words that the title holds.")] = None,
    parent: Annotated[UUID | None, Query(description="Nodes linked right under this one.")] = None,
    indicator: Annotated[UUID | None, Query(description="Nodes that show this indicator.")] = None,
    approved: Annotated[bool | None, Query(description="Of nodes that need approval.")] = None,
    sort: Annotated[Literal["title", "-title", "created_at", "-created_at"], Query()] = "title",
    include: Include = None,
) -> Response:
    """List nodes. `unit`: owned by it or allocated to it; `owner`: owned by it."""
    by, descending = _SORTS[sort]
    wanted = NodeFilter(
        module=module,
        year=year,
        unit=unit_key(unit),
        owner=unit_key(owner),
        column=column,
        keyword=id_or_text(keyword),
        search=search,
        parent=parent,
        indicator=indicator,
        approved=approved,
    )
    a = await asking(call)
    found = await list_nodes(a, wanted, replace(page, descending=descending), sort=by)
    nodes = [Node.model_validate(n) for n in found.nodes]
    if include is not None:
        can = await nodes_viewer_can(a, found.nodes)
        nodes = [n.model_copy(update={"viewer_can": shown_abilities(can[n.id], call.language)}) for n in nodes]
    return page_answer(call.request, nodes, found.next)


@router.post("", operation_id="createNode", status_code=201, response_model=Node, responses=problems(*CREATE))
async def post_node(call: Calling, once: Idempotent, body: NodeToCreate) -> Response:
    """Create a node, linked under its parents. Every rule that refuses is listed at once.

    A title near a budget node's is refused until it is confirmed (`confirm_similar`), or refused outright: N2, N6.
    """

    async def work() -> Response:
        a = await asking(call)
        written = await create_node(a, body)
        shown = await read_node(a, written.node_id)
        node = with_warnings(shown, finding_items(written.warnings, call.language))
        headers = {"Location": f"/api/v1/nodes/{node.id}"}
        return answer(call.request, node, status=201, tag=version_tag(shown.version), headers=headers)

    return await once.answer(work)


@router.get("/{id}", operation_id="getNode", response_model=Node, responses=problems(*READ))
async def get_node(call: Calling, node_id: NodeId, include: Include = None) -> Response:
    """Read one node."""
    a = await asking(call)
    shown = await read_node(a, node_id)
    if include is not None:
        can = shown_abilities((await nodes_viewer_can(a, [shown]))[node_id], call.language)
        return answer(call.request, Node.model_validate(shown).model_copy(update={"viewer_can": can}))
    return answer(call.request, Node.model_validate(shown), tag=version_tag(shown.version))


@router.patch("/{id}", operation_id="changeNode", response_model=Node, responses=problems(*CHANGE))
async def patch_node(call: Calling, node_id: NodeId, match: Precondition, body: NodeChange) -> Response:
    """Change a node (JSON merge patch): what is left out stays, null takes away. Parents are changed by `/links`."""
    a = await asking(call)
    written = await change_node(a, node_id, body, match.check)
    shown = await read_node(a, node_id)
    node = with_warnings(shown, finding_items(written.warnings, call.language))
    return answer(call.request, node, tag=version_tag(shown.version))


@router.delete("/{id}", operation_id="deleteNode", response_model=Deleted, responses=problems(*CHANGE))
async def delete_node(
    call: Calling,
    node_id: NodeId,
    match: Precondition,
    *,
    force: Annotated[
        bool, Query(description="Also where other units have built on it; needs an administrator.")
    ] = False,
) -> Response:
    """Remove a node with its links and allocations. Nodes of other modules under it stand on (M5)."""
    removed = await remove_node(await asking(call), node_id, match.check, force=force)
    return answer(call.request, Deleted(id=node_id, warnings=finding_items(removed.warnings, call.language)))
