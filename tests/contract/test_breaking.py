"""The comparison itself: each kind of change that breaks a client is seen, and what is free is let through."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.breaking import breaking_changes, may_break

Document = dict[str, Any]


def document() -> Document:
    """A small contract."""
    goal = {"$ref": "#/components/schemas/Goal"}
    said = {"$ref": "#/components/schemas/NewGoal"}
    json_of = "application/json"
    return {
        "paths": {
            "/goals": {
                "get": {
                    "operationId": "listGoals",
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 500}},
                        {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
                    ],
                    "responses": {
                        "200": {
                            "headers": {"ETag": {}},
                            "content": {json_of: {"schema": {"type": "array", "items": goal}}},
                        }
                    },
                },
                "post": {
                    "operationId": "createGoal",
                    "requestBody": {
                        "required": True,
                        "content": {json_of: {"schema": said}, "text/csv": {"schema": {"type": "string"}}},
                    },
                    "responses": {"201": {"content": {json_of: {"schema": goal}}}, "422": {}},
                },
            }
        },
        "components": {
            "schemas": {
                "Goal": {
                    "type": "object",
                    "required": ["id", "title"],
                    "properties": {
                        "id": {"type": "string"},
                        "title": {"type": "string"},
                        "grade": {"type": "string", "enum": ["yes", "no"]},
                        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                        "parents": {"type": "array", "items": {"$ref": "#/components/schemas/Goal"}},
                    },
                },
                "NewGoal": {
                    "type": "object",
                    "required": ["title"],
                    "properties": {
                        "title": {"type": "string", "maxLength": 500},
                        "status": {"type": "string", "enum": ["planned", "ongoing"]},
                        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                },
            }
        },
    }


def goal(d: Document) -> Any:
    return d["components"]["schemas"]["Goal"]


def said(d: Document) -> Any:
    return d["components"]["schemas"]["NewGoal"]


def listing(d: Document) -> Any:
    return d["paths"]["/goals"]["get"]


def creating(d: Document) -> Any:
    return d["paths"]["/goals"]["post"]


BREAKING: dict[str, Callable[[Document], object]] = {
    "GET /goals: the operation is gone": lambda d: d["paths"]["/goals"].pop("get"),
    "GET /goals: operationId listGoals became goals": lambda d: listing(d).update(operationId="goals"),
    "GET /goals: the parameter limit is gone": lambda d: listing(d)["parameters"].pop(0),
    "GET /goals: the parameter if-match is required now": lambda d: listing(d)["parameters"][1].update(required=True),
    "GET /goals: the parameter year is required now": lambda d: listing(d)["parameters"].append(
        {"name": "year", "in": "query", "required": True, "schema": {"type": "integer"}}
    ),
    "GET /goals ?limit: maximum is tighter, 500 became 100": lambda d: listing(d)["parameters"][0]["schema"].update(
        maximum=100
    ),
    "GET /goals ?limit: integer is no longer taken": lambda d: listing(d)["parameters"][0].update(
        schema={"type": "string"}
    ),
    "GET /goals 200: the header ETag is gone": lambda d: listing(d)["responses"]["200"].pop("headers"),
    "GET /goals 200[].title: the property is gone": lambda d: goal(d)["properties"].pop("title"),
    "GET /goals 200[].title: no longer always there": lambda d: goal(d)["required"].remove("title"),
    "GET /goals 200[].title: may be null now": lambda d: goal(d)["properties"]["title"].update(type=["string", "null"]),
    "GET /goals 200[].title: may be integer now": lambda d: goal(d)["properties"]["title"].update(type="integer"),
    "GET /goals 200[].grade: may be anything now": lambda d: goal(d)["properties"]["grade"].pop("enum"),
    "POST /goals: the answer 201 is gone": lambda d: creating(d)["responses"].pop("201"),
    "POST /goals: takes no body any more": lambda d: creating(d).pop("requestBody"),
    "POST /goals body: text/csv is gone": lambda d: creating(d)["requestBody"]["content"].pop("text/csv"),
    "POST /goals body.status: the property is gone": lambda d: said(d)["properties"].pop("status"),
    "POST /goals body.status: required now": lambda d: said(d)["required"].append("status"),
    "POST /goals body.unit: required now": lambda d: (
        said(d)["properties"].update(unit={"type": "string"}),
        said(d)["required"].append("unit"),
    ),
    "POST /goals body.status: ongoing is no longer taken": lambda d: said(d)["properties"]["status"].update(
        enum=["planned"]
    ),
    "POST /goals body.title: maxLength is tighter, 500 became 50": lambda d: said(d)["properties"]["title"].update(
        maxLength=50
    ),
    "POST /goals body.title: minLength is tighter, None became 5": lambda d: said(d)["properties"]["title"].update(
        minLength=5
    ),
    "POST /goals body.title: another pattern, ^[A-Z]": lambda d: said(d)["properties"]["title"].update(
        pattern="^[A-Z]"
    ),
    "POST /goals body.note: null is no longer taken": lambda d: said(d)["properties"].update(note={"type": "string"}),
}
FREE: dict[str, Callable[[Document], object]] = {
    "nothing": lambda _: None,
    "an operation": lambda d: d["paths"].update({"/units": {"get": {"operationId": "listUnits", "responses": {}}}}),
    "a parameter": lambda d: listing(d)["parameters"].append(
        {"name": "q", "in": "query", "schema": {"type": "string"}}
    ),
    "a header's case": lambda d: listing(d)["parameters"][1].update(name="if-match"),
    "a wider limit": lambda d: listing(d)["parameters"][0]["schema"].update(maximum=1000),
    "a property of an answer": lambda d: goal(d)["properties"].update(unit={"type": "string"}),
    "a property that is always there": lambda d: goal(d)["required"].append("grade"),
    "never null": lambda d: goal(d)["properties"].update(note={"type": "string"}),
    "a property of a request": lambda d: said(d)["properties"].update(unit={"type": "string"}),
    "a property no longer asked for": lambda d: said(d)["required"].clear(),
    "a value that is taken": lambda d: said(d)["properties"]["status"]["enum"].append("finished"),
    "an error": lambda d: creating(d)["responses"].update({"409": {}}),
    "an error less": lambda d: creating(d)["responses"].pop("422"),
}


@pytest.mark.parametrize("told", BREAKING)
def test_a_change_that_breaks_is_told(told: str) -> None:
    changed = copy.deepcopy(document())
    BREAKING[told](changed)
    assert told in breaking_changes(document(), changed)


@pytest.mark.parametrize("what", FREE)
def test_a_change_that_is_free_is_not(what: str) -> None:
    changed = copy.deepcopy(document())
    FREE[what](changed)
    assert breaking_changes(document(), changed) == []


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.9.9", "2.0.0", True),
        ("2.0.0", "1.0.0", False),
    ],
)
def test_a_step_of_the_version_allows_it(old: str, new: str, may: bool) -> None:
    assert may_break(old, new) is may
