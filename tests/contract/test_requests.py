"""Requests made up from the OpenAPI document, right and wrong: the service keeps its contract, whatever is sent."""

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
from tests.contract.live import Live

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
