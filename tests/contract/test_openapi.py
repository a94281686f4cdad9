"""The committed contract is the application's, and breaks nobody who builds on the last released one."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, find_breaking_changes

from app.api.openapi_document import openapi_document
from app.api.request_examples import EXAMPLES
from app.commands import schema_files
from app.version import VERSION
from tests.api.planning import World
from tests.contract.breaking import breaking_changes, may_break

FOLDER = Path(__file__).parents[2] / "openapi"
RELEASED = FOLDER / "released"
DOCUMENT = openapi_document()


def test_the_committed_files_are_not_stale() -> None:
    for path, said in schema_files(FOLDER).items():
        assert path.read_text("utf-8") == said, f"{path.name} is stale: run `styrkedjan export-schema`"


def test_it_is_made_the_same_every_time() -> None:
    assert json.dumps(openapi_document()) == json.dumps(DOCUMENT)


async def test_it_is_what_the_service_serves(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/openapi.json")).json() == DOCUMENT


def _released() -> Any:
    return json.loads((RELEASED / "openapi.json").read_text("utf-8"))


def test_rest_breaks_no_client_of_the_released_contract_without_a_version_step() -> None:
    released = _released()
    broken = breaking_changes(released, DOCUMENT)
    assert broken == [] or may_break(released["info"]["version"], VERSION), broken


def test_graphql_breaks_no_client_of_the_released_contract_without_a_version_step() -> None:
    old, new = (build_schema((folder / "schema.graphql").read_text("utf-8")) for folder in (RELEASED, FOLDER))
    broken = [change.description for change in find_breaking_changes(old, new)]
    assert broken == [] or may_break(_released()["info"]["version"], VERSION), broken


def test_a_removed_operation_of_ours_would_be_seen() -> None:
    changed = openapi_document()
    del changed["paths"]["/api/v1/nodes"]["post"]
    del changed["components"]["schemas"]["Unit"]["properties"]["level"]
    broken = breaking_changes(DOCUMENT, changed)
    assert "POST /api/v1/nodes: the operation is gone" in broken
    assert "GET /api/v1/units/{id} 200.level: the property is gone" in broken


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_every_request_has_an_example(method: str) -> None:
    bare = [
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in [item.get(method, {})]
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if not content.get("examples")
    ]
    assert bare == []


@pytest.mark.parametrize("name", sorted(EXAMPLES))
async def test_an_example_is_of_the_form_that_is_asked_for(name: str, world: World) -> None:
    """Sent as it stands: what the rules or the data say against it is another matter."""
    [(path, method)] = [
        (path, method)
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if operation["operationId"] == name
    ]
    headers = {"If-Match": "*", "Authorization": f"Bearer {world.caller().token}"}
    for media_type, example in EXAMPLES[name].items():
        content = example if isinstance(example, str) else json.dumps(example)
        answer = await world.http.request(
            method,
            path.replace("{id}", str(world.region.id)),
            content=content.encode(),
            headers={**headers, "Content-Type": media_type},
        )
        assert answer.status_code != 415
        told = {e.get("code") for e in answer.json().get("errors", [])}
        assert told <= {None, "unknown_node", "unknown_indicator", "unknown_unit", "unknown_correction"}, answer.text
