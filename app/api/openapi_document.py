"""The OpenAPI document: what FastAPI makes of the routes, and what holds for all of them said once.

- every error is a Problem; FastAPI's own shape of a validation error never occurs
- reads carry an ETag and answer If-None-Match with 304
- a PATCH takes a JSON merge patch, under its own media type or as plain JSON
- every answer carries a request id, and says how many requests are left (429 where none is)
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from app.api.declared import problems
from app.api.problems import Problem
from app.api.rate_limits import EXEMPT
from app.api.request_examples import EXAMPLES
from app.api.router import PREFIX, api_router, service_routers
from app.version import VERSION

Operation = dict[str, Any]

TITLE = "Styrkedjan"
SUMMARY = "Planning and follow-up in Swedish regions: plans, allocations, indicators, outcomes and assessments."
_REFS = "#/components/schemas/{model}"
_METHODS = ("get", "put", "post", "delete", "patch")
_ETAG = {"description": "Tag of what was read (RFC 9110).", "schema": {"type": "string"}}
_REQUEST_ID = {"description": "Id of the request, also in the log.", "schema": {"type": "string"}}
_RATE_HEADERS = {
    "RateLimit": {
        "description": "Where the caller stands (draft-ietf-httpapi-ratelimit-headers): requests left, and in how many"
        ' seconds the window ends, as `"credential";r=5999;t=42`.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The limits that apply: requests in a window of seconds, as `"credential";q=6000;w=60`.',
        "schema": {"type": "string"},
    },
}
_RATE_REFS = {name: {"$ref": f"#/components/headers/{name}"} for name in _RATE_HEADERS}
_RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "ETag of what the client has: 304 where it still holds.",
    "schema": {"type": "string"},
}
_TAGS = {
    "regions": "The region that the credential belongs to.",
    "units": "The organisation's tree, today or on a day.",
    "modules": "The steering model: modules, columns and their properties.",
    "plan versions": "A year's plan for the whole region.",
    "nodes": "Goals, indicators and activities.",
    "links": "Which node stands under which.",
    "allocations": "Nodes made visible and answerable at units below.",
    "keyword groups": "Tags that filter views and steer nodes into reports.",
    "assessments": "Judgements of nodes at units, by period.",
    "indicators": "What is measured, over the years.",
    "outcomes": "What was measured.",
    "period locks": "A unit's period that stays as it is.",
    "corrections": "Changed outcomes of locked periods, which wait for the indicator's owner.",
    "users": "People, their permission groups at units, and the region's licences.",
    "directory": "What the region makes of its directory (SCIM under /scim/v2 brings it).",
    "api keys": "Credentials of integrations.",
    "views": "Standard filters that front ends begin with.",
    "exports": "Tables of any length, as files.",
    "audit": "Who changed what, when, and by which request.",
    "problems": "What an error's `type` leads to.",
    "service": "Whether the service lives and can work.",
}


def bare_app() -> FastAPI:
    """The routes without database or settings: what the document is made of, and what `create_app` builds on."""
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        # A redirect would send a POST's body twice; the path is either right or not there.
        redirect_slashes=False,
    )
    app.include_router(api_router())
    for router in service_routers():
        app.include_router(router)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def openapi_document() -> dict[str, Any]:
    """The document as a dict of plain JSON values."""
    document: dict[str, Any] = bare_app().openapi()
    return document


def _described(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    document: dict[str, Any] = get_openapi(
        title=TITLE,
        version=VERSION,
        summary=SUMMARY,
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        routes=app.routes,
    )
    document.setdefault("components", {})["headers"] = _RATE_HEADERS
    schemas = document["components"].setdefault("schemas", {})
    _, made = models_json_schema([(Problem, "serialization")], ref_template=_REFS)
    schemas |= made["$defs"]
    # RFC 9457 lets a problem have members of its own; an import's refusal carries the whole report.
    del schemas[Problem.__name__]["additionalProperties"]
    used = set()
    for path, operation in _operations(document):
        used |= set(operation.get("tags", ()))
        _describe(path, operation)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document["tags"] = [{"name": name, "description": said} for name, said in _TAGS.items() if name in used]
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                methods[method]["x-method"] = method
                yield path, methods[method]


def _describe(path: str, operation: Operation) -> None:
    method = operation.pop("x-method")
    responses = operation["responses"]
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
    always = (422, 429, 503) if path.startswith(PREFIX) else (422,)
    for status in (*always, 413, 415) if "requestBody" in operation else always:
        responses.setdefault(str(status), problems(status)[status])
    if method == "get" and path.startswith(PREFIX):
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        responses["304"] = {"description": "What the client has still holds."}
        for status in ("200", "304"):
            responses[status].setdefault("headers", {})["ETag"] = _ETAG
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "header":
            parameter["name"] = parameter["name"].title()  # as the RFCs and everybody else write them
        parameter["schema"] = _without_null(parameter["schema"])
    _describe_body(method, operation)
    _describe_headers(path, responses)


def _describe_headers(path: str, responses: dict[str, Any]) -> None:
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        headers["X-Request-ID"] = _REQUEST_ID
        if path not in EXEMPT and (status == "429" or status.startswith("2")):
            headers |= _RATE_REFS
        if status == "429":
            headers["Retry-After"] = _RETRY_AFTER


def _describe_body(method: str, operation: Operation) -> None:
    """A request's body with an example; a patch's under its own media type too (RFC 7396)."""
    content = operation.get("requestBody", {}).get("content", {})
    if method == "patch" and content:
        content["application/merge-patch+json"] = dict(content["application/json"])
    for media_type, body in content.items():
        if (example := EXAMPLES.get(operation["operationId"], {}).get(media_type)) is not None:
            body["examples"] = {"example": {"value": example}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is either sent or not: it can't be null, as Python's `str | None` would have it."""
    options: list[dict[str, Any]] = [option for option in schema.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | options[0]
