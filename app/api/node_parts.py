"""/nodes/{id}/...: what hangs on a node."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response

from app.api.allocation_shapes import Allocation
from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, READ, problems
from app.api.dependencies import Call, Calling
from app.api.errors import finding_items
from app.api.link_shapes import Link
from app.api.node_shapes import (
    KeywordIds,
    KeywordOfNode,
    KeywordsOfNode,
    Responsibilities,
    ResponsibilitiesSaid,
    SimilarNode,
    SimilarNodes,
    Wording,
)
from app.api.nodes import NodeId
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.domain.findings import Finding
from app.services.allocation_reading import AllocationFilter, list_allocations
from app.services.keywords_on_nodes import put_keywords
from app.services.link_reading import list_links
from app.services.node_reading import NodeShown, node_row, read_node
from app.services.responsibilities import put_responsibilities, read_responsibilities, version_of
from app.services.similar import similar_to_node, similar_to_wording

router = resource_router("/nodes", "nodes")


@router.get("/{id}/links", operation_id="listLinksOfNode", response_model=PageBody[Link], responses=problems(*READ))
async def get_links(call: Calling, node_id: NodeId, page: Paging) -> Response:
    """List the links above and below a node."""
    a = await asking(call)
    await node_row(a, node_id)
    found = await list_links(a, page, node=node_id)
    return page_answer(call.request, [Link.model_validate(link) for link in found.links], found.next)


@router.get(
    "/{id}/allocations",
    operation_id="listAllocationsOfNode",
    response_model=PageBody[Allocation],
    responses=problems(*READ),
)
async def get_allocations(call: Calling, node_id: NodeId, page: Paging) -> Response:
    """List the units that a node is allocated to, those that you may see."""
    a = await asking(call)
    await node_row(a, node_id)
    found = await list_allocations(a, AllocationFilter(node=node_id), page)
    return page_answer(call.request, [Allocation.model_validate(x) for x in found.allocations], found.next)


@router.get(
    "/{id}/keywords", operation_id="getKeywordsOfNode", response_model=KeywordsOfNode, responses=problems(*READ)
)
async def get_keywords(call: Calling, node_id: NodeId) -> Response:
    """Read a node's keywords."""
    return _keywords_answer(call, await read_node(await asking(call), node_id))


@router.put(
    "/{id}/keywords", operation_id="putKeywordsOfNode", response_model=KeywordsOfNode, responses=problems(*CHANGE)
)
async def put_node_keywords(call: Calling, node_id: NodeId, match: Precondition, body: KeywordIds) -> Response:
    """Replace a node's keywords. If-Match takes the node's ETag."""
    a = await asking(call)
    written = await put_keywords(a, node_id, body.keywords, match.check)
    return _keywords_answer(call, await read_node(a, node_id), list(written.warnings))


@router.get(
    "/{id}/responsibilities",
    operation_id="getResponsibilitiesOfNode",
    response_model=Responsibilities,
    responses=problems(*READ),
)
async def get_responsibilities(call: Calling, node_id: NodeId) -> Response:
    """Read who answers for a node, at the units that you may see."""
    found = await read_responsibilities(await asking(call), node_id)
    items = Responsibilities.model_validate({"items": [asdict(r) for r in found]})
    return answer(call.request, items, tag=version_tag(version_of(found)))


@router.put(
    "/{id}/responsibilities",
    operation_id="putResponsibilitiesOfNode",
    response_model=Responsibilities,
    responses=problems(*CHANGE),
)
async def put_node_responsibilities(
    call: Calling, node_id: NodeId, match: Precondition, body: ResponsibilitiesSaid
) -> Response:
    """Replace who answers for a node at the units that you reach; what stands at other units is left alone."""
    a = await asking(call)
    found = await put_responsibilities(a, node_id, [r.responsible() for r in body.items], match.check)
    items = Responsibilities.model_validate({"items": [asdict(r) for r in found]})
    return answer(call.request, items, tag=version_tag(version_of(found)))


@router.get("/{id}/similar", operation_id="listSimilarNodes", response_model=SimilarNodes, responses=problems(*READ))
async def get_similar(call: Calling, node_id: NodeId, *, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
    """List nodes of the same plan with a title like this node's, the most alike first."""
    found = await similar_to_node(await asking(call), node_id, limit=limit)
    return answer(call.request, SimilarNodes(items=[SimilarNode.of(r) for r in found]))


@router.post("/similar", operation_id="compareWording", response_model=SimilarNodes, responses=problems(401, 422, 503))
async def post_similar(call: Calling, body: Wording) -> Response:
    """Compare a title that is thought of with a year's plan. Changes nothing."""
    found = await similar_to_wording(await asking(call), title=body.title, module=body.module, year=body.year)
    return answer(call.request, SimilarNodes(items=[SimilarNode.of(r) for r in found]))


def _keywords_answer(call: Call, shown: NodeShown, warnings: Sequence[Finding] = ()) -> Response:
    body = KeywordsOfNode(
        items=[KeywordOfNode.model_validate(k) for k in shown.keywords],
        warnings=finding_items(warnings, call.language),
    )
    return answer(call.request, body, tag=version_tag(shown.version))
