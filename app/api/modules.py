"""/modules: the region's steering model, as data."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app.api.asking import asking
from app.api.conditional import answer
from app.api.declared import LIST, READ, problems
from app.api.dependencies import Calling
from app.api.pagination import PageBody, Paging, page_answer, page_of
from app.api.routes import resource_router
from app.api.shapes import CodeOrId, Shown, key_of
from app.domain.findings import NotFound
from app.domain.steering_model import AssessmentScale
from app.domain.steering_model import Column as DomainColumn
from app.domain.steering_model import Module as DomainModule
from app.services.model_cache import LoadedModel

router = resource_router("/modules", "modules")


class Column(DomainColumn):
    """A level in the chain, with every property that the rules ask about, and its assessment scale whole."""

    id: UUID
    scale: AssessmentScale | None


class Module(Shown):
    """One surface for one kind of planning."""

    id: UUID
    code: str
    name: str
    name_en: str
    columns: list[Column]
    links_from: list[str]
    """Modules whose nodes may appear under nodes of this one (M1)."""
    links_to: list[str]
    """Modules under whose nodes this one's may appear."""


@router.get("", operation_id="listModules", response_model=PageBody[Module], responses=problems(*LIST, 404))
async def list_modules(
    call: Calling, page: Paging, code: Annotated[str | None, Query(max_length=16)] = None
) -> Response:
    """List the region's modules with their columns."""
    loaded = (await asking(call)).model
    found = [_module(loaded, m) for m in loaded.model.modules if code in (None, m.code)]
    return page_answer(call.request, *page_of(found, page))


@router.get("/{id}", operation_id="getModule", response_model=Module, responses=problems(*READ))
async def get_module(call: Calling, id: CodeOrId) -> Response:
    """Read one module with its columns."""
    return answer(call.request, _found((await asking(call)).model, id))


@router.get("/{id}/columns", operation_id="listColumns", response_model=PageBody[Column], responses=problems(*READ))
async def list_columns(call: Calling, page: Paging, id: CodeOrId) -> Response:
    """Read a module's columns, from the left."""
    return page_answer(call.request, *page_of(_found((await asking(call)).model, id).columns, page))


def _found(loaded: LoadedModel, said: str) -> Module:
    key = key_of(said, "module")
    code = key if isinstance(key, str) else None
    module = loaded.model.module(code) if code is not None else loaded.modules_by_id.get(UUID(str(key)))
    if module is None:
        raise NotFound("module", said)
    return _module(loaded, module)


def _module(loaded: LoadedModel, module: DomainModule) -> Module:
    links = loaded.model.module_links
    return Module(
        id=loaded.module_ids[module.code],
        code=module.code,
        name=module.name,
        name_en=module.name_en,
        columns=[
            Column(
                **column.model_dump(),
                id=loaded.column_ids[module.code, column.code],
                scale=loaded.model.scale(column),
            )
            for column in module.columns
        ],
        links_from=[link.source for link in links if link.target == module.code],
        links_to=[link.target for link in links if link.source == module.code],
    )
