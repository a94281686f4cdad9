"""/links: which node stands under which."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from app.api.asking import asking
from app.api.conditional import Precondition, answer, version_tag
from app.api.declared import CHANGE, CREATE, LIST, READ, problems
from app.api.dependencies import Calling
from app.api.errors import finding_items
from app.api.idempotency import Idempotent
from app.api.link_shapes import Link, LinksMade
from app.api.node_shapes import Deleted
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.services.link_reading import links_by_id, list_links, read_link
from app.services.links import LINK_VERSION, LinksToCreate, create_links, remove_link

router = resource_router("/links", "links")
LinkId = Annotated[UUID, Path(alias="id", description="The link's id.")]


@router.get("", operation_id="listLinks", response_model=PageBody[Link], responses=problems(*LIST))
async def get_links(
    call: Calling,
    page: Paging,
    *,
    parent: Annotated[UUID | None, Query(description="Links below this node.")] = None,
    child: Annotated[UUID | None, Query(description="Links above this node.")] = None,
    year: Annotated[int | None, Query(ge=1900, le=2999, description="Plan year.")] = None,
) -> Response:
    """List links by age. A link shows to who may see both its ends."""
    found = await list_links(await asking(call), page, parent=parent, child=child, year=year)
    return page_answer(call.request, [Link.model_validate(link) for link in found.links], found.next)


@router.post("", operation_id="createLinks", status_code=201, response_model=LinksMade, responses=problems(*CREATE))
async def post_links(call: Calling, once: Idempotent, body: LinksToCreate) -> Response:
    """Link a child, or several, under a parent: all or none.

    A node of another module brings along what stands below it there (M4); with `chain` the remarks speak of every node
    of that chain.
    """

    async def work() -> Response:
        a = await asking(call)
        done = await create_links(a, body)
        made = LinksMade(
            items=[Link.model_validate(link) for link in await links_by_id(a, done.link_ids)],
            chain=[node.id for node in done.shown],
            followed=done.followed,
            warnings=finding_items(done.warnings, call.language),
        )
        headers = {"Location": f"/api/v1/links/{done.link_ids[0]}"} if len(done.link_ids) == 1 else {}
        return answer(call.request, made, status=201, headers=headers)

    return await once.answer(work)


@router.get("/{id}", operation_id="getLink", response_model=Link, responses=problems(*READ))
async def get_link(call: Calling, link_id: LinkId) -> Response:
    """Read one link."""
    shown = await read_link(await asking(call), link_id)
    return answer(call.request, Link.model_validate(shown), tag=version_tag(LINK_VERSION))


@router.delete("/{id}", operation_id="deleteLink", response_model=Deleted, responses=problems(*CHANGE))
async def delete_link(call: Calling, link_id: LinkId, match: Precondition) -> Response:
    """Take a link away. The last parent of a node that can't be without one stays (K2)."""
    removed = await remove_link(await asking(call), link_id, match.check)
    return answer(call.request, Deleted(id=link_id, warnings=finding_items(removed.warnings, call.language)))
