"""/keyword-groups: tags that filter views and steer nodes into reports."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response
from pydantic import Field

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import LIST, READ, problems
from app.api.dependencies import Calling
from app.api.nodes import unit_key
from app.api.pagination import PageBody, Paging, page_answer
from app.api.routes import resource_router
from app.api.shapes import Shown
from app.services import keyword_groups as service

router = resource_router("/keyword-groups", "keyword groups")


class Keyword(Shown):
    """A keyword."""

    id: UUID
    text: str


class KeywordGroup(Shown):
    """A keyword group, its keywords in their own order."""

    id: UUID
    name: str
    unit: str | None = Field(description="Code of the unit that the group is local to; null: shared by the region.")
    keywords: list[Keyword]


@router.get("", operation_id="listKeywordGroups", response_model=PageBody[KeywordGroup], responses=problems(*LIST, 404))
async def list_keyword_groups(
    call: Calling,
    page: Paging,
    *,
    module: Annotated[str | None, Query(max_length=16)] = None,
    column: Annotated[str | None, Query(max_length=63)] = None,
    unit: Annotated[
        str | None, Query(max_length=200, description="A unit's code, or its id: the groups that apply there.")
    ] = None,
) -> Response:
    """List keyword groups in Swedish order. Local groups are seen only by those who may see their unit."""
    groups, following = await service.list_keyword_groups(
        await asking(call), page, module=module, column=column, unit=unit_key(unit)
    )
    return page_answer(call.request, [KeywordGroup.model_validate(g) for g in groups], following)


@router.get("/{id}", operation_id="getKeywordGroup", response_model=KeywordGroup, responses=problems(*READ))
async def get_keyword_group(call: Calling, id: Annotated[UUID, Path()]) -> Response:
    """Read one keyword group."""
    return answer(call.request, KeywordGroup.model_validate(await service.read_keyword_group(await asking(call), id)))
