"""Every GraphQL field x every permission group x inside and outside its reach, from the schema (B1, B2)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from app.db.session import Database
from app.domain.access import Permission
from app.graphql.schema import export_schema
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of, group_token
from tests.api.planning import make_world
from tests.conftest import make_region
from tests.permissions.decisions import FIELDS
from tests.permissions.estate import ABOVE, INSIDE, MARK, OUTSIDE, Estate, make_estate
from tests.permissions.test_endpoints import GROUPS

SCHEMA: GraphQLSchema = build_schema(export_schema())
# What the fields of the root are asked about; `{unit}`, `{node}` and the like by side.
ROOTS = {
    "me": "me",
    "region": "region",
    "module": 'module(code: "VGPU")',
    "unit": 'unit(code: "{unit}")',
    "units": "units(first: 100)",
    "node": 'node(id: "{node}")',
    "nodes": 'nodes(module: "VGPU", year: 2027)',
    "followUp": 'followUp(unit: "{unit}", period: "2027-T1", module: "VGPU")',
    "numberFindings": "numberFindings(first: 100)",
    "orphanedResponsibilities": "orphanedResponsibilities(first: 100)",
    "indicator": 'indicator(code: "{indicator_code}")',
}
# Fields below the root that must be asked something.
ASKED = {"Indicator.explain": 'explain(period: "2027-01")'}


def declared() -> dict[str, set[str]]:
    return {name: set(" ".join(fields.values()).split()) for name, fields in FIELDS.items()}


def there() -> dict[str, set[str]]:
    return {
        name: set(kind.fields)
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
    }


def test_every_field_has_a_decision_and_no_decision_is_left_over() -> None:
    """A new field: say in `decisions.py` what lets it be seen."""
    assert there() == declared()


def test_every_root_is_asked() -> None:
    assert set(ROOTS) == there()["Query"]


def selection(kind: GraphQLObjectType | GraphQLInterfaceType, deep: int, asked: set[str]) -> str:
    """Everything of a type, `deep` steps down; notes in `asked` which fields that is."""
    if isinstance(kind, GraphQLInterfaceType):
        parts = [f"... on {t.name} {{ {selection(t, deep, asked)} }}" for t in SCHEMA.get_possible_types(kind)]
        return " ".join(["__typename", *parts])
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            asked.add(f"{kind.name}.{name}")
            parts.append(name)
        elif deep > 0 and (is_object_type(inner) or isinstance(inner, GraphQLInterfaceType)):
            asked.add(f"{kind.name}.{name}")
            # A node's nodes with their plain fields: the question doubles with every step between nodes.
            within = (
                0 if isinstance(inner, GraphQLInterfaceType) and kind in SCHEMA.get_possible_types(inner) else deep - 1
            )
            call = ASKED.get(f"{kind.name}.{name}", name)
            parts.append(f"{call} {{ {selection(inner, within, asked)} }}")
    return " ".join(parts)


def questions() -> Iterator[tuple[str, str, set[str]]]:
    query = SCHEMA.type_map["Query"]
    assert isinstance(query, GraphQLObjectType)
    for root, call in ROOTS.items():
        asked = {f"Query.{root}"}
        inner = get_named_type(query.fields[root].type)
        assert isinstance(inner, GraphQLObjectType | GraphQLInterfaceType)
        told = selection(inner, 5 if root == "indicator" else 2, asked)
        if root == "followUp":
            told += " rollup { columns { column { code } } }"
            asked.add("ColumnRollup.column")
        yield root, f"{call} {{ {told} }}", asked


@pytest.fixture(scope="module")
async def estate(unbound: FastAPI, settings: Settings, database: Database) -> Any:
    async with client_of(unbound) as http:
        yield await make_estate(await make_world(settings, database, await make_region(database), http))


@pytest.fixture(scope="module")
def unbound(settings: Settings, database: Database) -> FastAPI:
    """The service without bounds on questions: here all is asked for at once."""
    most = {"graphql_max_cost": 10**9, "graphql_max_depth": 100, "graphql_max_tokens": 10**6}
    return create_app(settings.with_changes(**most), database)


async def test_every_field_for_every_group_inside_and_outside(
    unbound: FastAPI, settings: Settings, estate: Estate, record_property: Any
) -> None:
    everything: set[str] = set()
    cases = 0
    async with client_of(unbound) as http:
        for group, held in GROUPS.items():
            for place, side in ((ABOVE, OUTSIDE), (INSIDE, INSIDE), (INSIDE, OUTSIDE)):
                token = group_token(settings, estate.world.region, group, place, subject=f"{group}-{place}")
                values = {**estate.shared, **estate.things[side]}
                for root, question, asked in questions():
                    text = question
                    for name, value in values.items():
                        text = text.replace(f'"{{{name}}}"', json.dumps(value))
                    sent = {"Authorization": f"Bearer {token}"}
                    answer = await http.post("/graphql", json={"query": f"{{ {text} }}"}, headers=sent)
                    told = f"{root} as {group}@{place} on {side}: {answer.status_code} {answer.text[:300]}"
                    cases += len(asked)
                    everything |= asked
                    if Permission.READ not in held:
                        assert answer.status_code == 403, told
                        continue
                    assert answer.status_code == 200, told
                    body = answer.json()
                    if place == INSIDE:
                        assert MARK not in answer.text, told
                    if side == OUTSIDE and place == INSIDE and root in {"unit", "node", "followUp"}:
                        assert not (body.get("data") or {}).get(root), told
                    else:
                        assert "errors" not in body, told
                        assert body["data"][root] is not None, told
                    if place == ABOVE and root in {"node", "nodes", "followUp"}:
                        assert MARK in answer.text, told
    record_property("cases", cases)
    assert everything == {f"{kind}.{name}" for kind, fields in declared().items() for name in fields}
    assert cases > 5_000
