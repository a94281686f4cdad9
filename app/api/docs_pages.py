"""/docs, /redoc and GraphiQL: the documentation, offline, with examples that run."""

import ipaddress
from dataclasses import asdict

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.api.dependencies import database_of, settings_of
from app.api.pages import base_of, page
from app.api.problems import NOT_FOUND, ProblemError
from app.auth.development import example
from app.services.calendar_day import now, today

router = APIRouter(include_in_schema=False)

EXAMPLE = "/docs/example"
SCHEME = "HTTPBearer"
"""Name of the security scheme in the OpenAPI document."""
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_SCRIPT_MISSING = "<noscript><main><p>{words}</p></main></noscript>"


@router.get("/docs")
async def swagger_ui(request: Request) -> Response:
    """Swagger UI over the OpenAPI document."""
    return page(
        "Styrkedjan: REST",
        '<div id="page"></div>' + _no_script("/openapi.json"),
        styles=["swagger-ui/swagger-ui.css"],
        scripts=["swagger-ui/swagger-ui-bundle.js", "pages/credential.js", "pages/swagger.js"],
        data={"openapi": f"{base_of(request)}/openapi.json", "scheme": SCHEME, **_example_place(request)},
        base=base_of(request),
    )


@router.get("/redoc")
async def redoc(request: Request) -> Response:
    """Redoc over the OpenAPI document."""
    return page(
        "Styrkedjan: REST",
        '<div id="page"></div>' + _no_script("/openapi.json"),
        scripts=["redoc/redoc.standalone.js", "pages/redoc.js"],
        data={"openapi": f"{base_of(request)}/openapi.json"},
        base=base_of(request),
    )


@router.get(EXAMPLE)
async def docs_example(request: Request) -> Response:
    """A token, a unit and a period for the pages' examples; 404 but for a developer on this machine."""
    if not _is_developer(request):
        raise ProblemError(NOT_FOUND)
    found = await example(settings_of(request), database_of(request), now(), today())
    if found is None:
        raise ProblemError(NOT_FOUND)
    return JSONResponse(asdict(found), headers={"Cache-Control": "no-store"})


def graphiql_page(request: Request) -> Response:
    """GraphiQL, for a browser that opens /graphql."""
    return page(
        "Styrkedjan: GraphQL",
        '<div id="page"></div>' + _no_script("/graphql"),
        styles=["graphiql/graphiql.min.css"],
        scripts=[
            "graphiql/react.production.min.js",
            "graphiql/react-dom.production.min.js",
            "graphiql/graphiql.min.js",
            "pages/credential.js",
            "pages/graphiql.js",
        ],
        data={"graphql": f"{base_of(request)}/graphql", **_example_place(request)},
        whole=True,
        base=base_of(request),
    )


def _no_script(instead: str) -> str:
    return _SCRIPT_MISSING.format(words=f'This page needs JavaScript; <a href="{instead}">{instead}</a> does not.')


def _example_place(request: Request) -> dict[str, str]:
    return {"example": base_of(request) + EXAMPLE} if _is_developer(request) else {}


def _is_developer(request: Request) -> bool:
    """Whether this is a development installation, and the browser runs on the same machine.

    The Host header is looked at too: a page of another site whose name points at 127.0.0.1 gets nothing. And nothing
    is given through a proxy, to which all callers look local.
    """
    if not settings_of(request).development_tokens_allowed or request.client is None:
        return False
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.client.host) and _is_loopback(request.url.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
