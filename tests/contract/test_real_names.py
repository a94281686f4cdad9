"""Requests of the right form that name what is really there: they get past the form, to the rules and the database."""

from collections.abc import Mapping
from random import Random
from typing import Any

import httpx
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

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS: list[Any] = [
    result.ok()
    for result in schemathesis.openapi.from_dict(openapi_document()).get_all_operations()
    if isinstance(result, Ok) and result.ok().path.startswith("/api/v1")
]
NODES = ("node", "parent", "parents", "child", "children", "indicator_id")
EITHER = {"children": "child", "unit": "units", "items": "node"}
"""Of two that exclude each other the first is left out."""
Names = Mapping[str, list[Any]]


@pytest.fixture(scope="session")
def names(live: Live) -> Names:
    """What the fields of requests may really hold, by field; ids by resource."""
    with httpx.Client(base_url=f"{live.url}/api/v1", headers=live.headers) as client:

        def items(path: str) -> list[Any]:
            found: list[Any] = client.get(path).raise_for_status().json()["items"]
            return found

        nodes = [n["id"] for n in items("/nodes?limit=200")]
        indicators = items("/indicators?limit=20")
        goals = [n["id"] for n in items("/nodes?module=VGPU&column=mal")]
        given = {"items": [{"node": goal, "unit": "SU"} for goal in goals]}
        client.post("/allocations", json=given).raise_for_status()
        for goal in goals:
            said = {"node": goal, "unit": "SU", "period": "2027-T1", "grade": "achieved"}
            client.post("/assessments", json=said).raise_for_status()
        client.post("/outcome-imports", json=[]).raise_for_status()
        return {
            "module": ["VGPU"],
            "column": [c["code"] for c in items("/modules/code:VGPU/columns")],
            "year": [2027, 2026],
            "unit": ["VGR", "SU", "NU"],
            "units": [["SU", "NU"]],
            "period": ["2027-08", "2027-T2", "2027"],
            "grade": ["achieved", "partly", "not_achieved"],
            "indicator": [i["code"] for i in indicators],
            "keywords": [k["id"] for group in items("/keyword-groups?limit=20") for k in group["keywords"]],
            "nodes": nodes,
            "indicators": ["code:" + i["code"] for i in indicators],
            "units of paths": ["code:SU", "code:VGR"],
            "modules": ["code:VGPU"],
            **{
                resource: [found["id"] for found in items(f"/{resource}?limit=20")]
                for resource in (
                    "allocations",
                    "links",
                    "keyword-groups",
                    "plan-versions",
                    "assessments",
                    "outcome-imports",
                )
            },
        }


def real(value: Any, names: Names, random: Random, field: str = "") -> Any:
    """The body with real names in most of the places where names stand."""
    if isinstance(value, dict):
        one_way = {name: one for name, one in value.items() if not (name in EITHER and EITHER[name] in value)}
        return {name: real(one, names, random, name) for name, one in one_way.items()}
    known = names["nodes"] if field in NODES else names.get(field)
    if known and value is not None and random.random() < 0.9:
        picked = random.choice(known)
        return [picked] if isinstance(value, list) and not isinstance(picked, list) else picked
    return [real(one, names, random) for one in value] if isinstance(value, list) else value


def real_path(path: str, names: Names) -> list[Any]:
    """What the `{id}` of a path may be."""
    resource = path.split("/")[3]
    return names["units of paths"] if resource == "units" else names.get(resource, [])


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: str(o.label))
def test_real_names_lead_to_no_fault(operation: Any, live: Live, names: Names) -> None:
    random = Random(operation.label)

    @settings(
        max_examples=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def sent(case: Any) -> None:
        ids = real_path(operation.path, names)
        if ids and "id" in case.path_parameters:
            case.path_parameters["id"] = random.choice(ids)
        if isinstance(case.body, dict | list):
            case.body = real(case.body, names, random)
        # Neither can be made up: a cursor is of a list, a key of a request.
        case.query.pop("cursor", None)
        case.headers.pop("Idempotency-Key", None)
        headers = {"If-Match": "*"} if operation.method in {"put", "patch", "delete"} else {}
        answer = case.call(base_url=live.url, headers={**live.headers, **headers})
        case.validate_response(answer, checks=CHECKS)

    sent()
