"""The OpenAPI document: committed, complete, and kept by the service for whatever is sent."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.api.openapi_document import openapi_document
from tests.contract.conftest import Live

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT: dict[str, Any] = openapi_document()
OPERATIONS: list[Any] = [
    result.ok() for result in schemathesis.openapi.from_dict(DOCUMENT).get_all_operations() if isinstance(result, Ok)
]
# Those that take nothing can't be sent anything wrong.
CASES = [
    (operation, mode)
    for operation in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or operation.body or any(operation.iter_parameters())
]
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
METHODS = ("get", "post", "put", "patch", "delete")


def _all() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def test_the_committed_document_is_not_stale() -> None:
    assert json.loads(COMMITTED.read_text("utf-8")) == json.loads(json.dumps(DOCUMENT))


@pytest.mark.parametrize(("name", "operation"), _all(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_operation_reads_well_in_a_generated_client(name: str, operation: dict[str, Any]) -> None:
    assert operation["operationId"], name
    assert operation["tags"], name
    assert operation.get("summary"), name
    assert ("401" in operation["responses"]) == ("/api/v1" in name), name
    problems = [r for code, r in operation["responses"].items() if code[0] in "45"]
    assert all("application/problem+json" in r["content"] for r in problems), name


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for _, operation in _all()]
    assert len(ids) == len(set(ids))


@pytest.mark.slow
@pytest.mark.parametrize(("operation", "mode"), CASES, ids=lambda v: getattr(v, "label", None) or v.value)
def test_no_request_leads_outside_the_contract(operation: Any, mode: GenerationMode, live: Live) -> None:
    """Requests made up from the document, right and wrong: never a 500, never an undocumented answer."""

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def sent(case: Any) -> None:
        answer = case.call(base_url=live.url, headers=live.headers)
        case.validate_response(answer, checks=CHECKS)

    sent()
