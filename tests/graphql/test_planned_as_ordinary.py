"""The planned answer is the ordinary executor's answer, byte for byte, whoever asks whatever of whichever data."""

import os
from typing import Any

import orjson
import pytest
from graphql import GraphQLInterfaceType, get_named_type
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from app.db.session import Database
from app.domain.access import Role
from app.graphql import answering
from app.graphql.bounds import Bounds
from app.graphql.context import GraphQLContext
from app.graphql.documents import Prepared, Question, RefusedError, prepare
from app.graphql.planner.fields import Ordinary
from app.graphql.planner.table import TABLE
from app.graphql.schema import core
from app.services.calendar_day import today
from tests.conftest import make_region
from tests.graphql.made_questions import questions
from tests.graphql.made_up import PARENTS, UNITS, MadeUp, make_up

WIDE = Bounds(depth=60, aliases=500, tokens=20_000, cost=10_000_000)
EXAMPLES = int(os.environ.get("STYRKEDJAN_TEST_QUESTIONS", "15"))
_worlds: dict[int, MadeUp] = {}


async def world_of(database: Database, seed: int) -> MadeUp:
    """A region with a random plan; made once."""
    if seed not in _worlds:
        _worlds[seed] = await make_up(database, await make_region(database), seed=seed)
    return _worlds[seed]


async def answers(
    database: Database, made: MadeUp, prepared: Prepared, role: Role, unit: str
) -> tuple[bytes | None, bytes]:
    """The planned answer (None where there is none) and the ordinary one, each in a transaction of its own."""
    principal = made.region.principal(role, unit)

    async def by(way: str) -> bytes | None:
        async with database.unit_of_work(made.region.id, read_only=True) as uow:
            context = GraphQLContext(principal=principal, uow=uow, today=today(), language="sv")
            answered = await getattr(answering, way)(prepared, context)
            # A text that PostgreSQL can't hold breaks the transaction: nothing more is asked of it.
            return None if answered is None else answered.body

    ordinary = await by("ordinary")
    assert ordinary is not None
    return await by("planned"), ordinary


def prepared_or_none(question: Question) -> Prepared | None:
    """The question, if it is valid: fields that would be merged and differ are left to chance."""
    try:
        return prepare(question, WIDE)
    except RefusedError:
        return None


@pytest.mark.parametrize("seed", [1, 2, 3])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # a question is read as it stands; making it smaller takes minutes
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_random_questions(database: Database, seed: int, data: st.DataObject) -> None:
    made = await world_of(database, seed)
    question = data.draw(questions(made))
    role, unit = data.draw(st.sampled_from(list(Role))), data.draw(st.sampled_from(UNITS))
    prepared = prepared_or_none(question)
    if prepared is None:
        event("refused")
        return
    planned, ordinary = await answers(database, made, prepared, role, unit)
    has_errors = "errors" in orjson.loads(ordinary)
    event(f"{'planned' if planned else 'left'}, {'errors' if has_errors else 'whole'}")
    # Only an error within an answer is left to the executor.
    assert planned == ordinary or (planned is None and has_errors)


async def test_an_error_within_one_field_goes_before_a_later_field_that_fails(database: Database) -> None:
    made = await world_of(database, 1)
    within = (
        'a: nodes(module: "VGI", year: 2027) { edges { node { ... on Indicator { outcomes(periods: 0) { sex } } } } }'
    )
    question = Question(f'{{ {within} b: nodes(module: "NOPE", year: 2027) {{ totalCount }} }}', {})
    planned, ordinary = await answers(database, made, prepare(question, WIDE), Role.READER, "VGR")
    assert planned is None
    assert [e["path"][0] for e in orjson.loads(ordinary)["errors"]] == ["a"]


def everything(kind: Any, levels: int) -> str:
    """Every field of a type and of what it points at, `levels` down."""
    if isinstance(kind, GraphQLInterfaceType):
        return "".join(f" ... on {each.name} {{{everything(each, levels)} }}" for each in core.get_possible_types(kind))
    written = " __typename"
    for name, field in kind.fields.items():
        below: Any = get_named_type(field.type)
        if isinstance(TABLE[kind.name][name], Ordinary):
            continue
        if not hasattr(below, "fields"):
            written += f" {name}"
        elif below.name == "Unit" and kind.name == "Unit":
            written += f" {name} {{ code }}"
        elif isinstance(below, GraphQLInterfaceType) and kind.name != "FollowUp":
            written += f" {name} {{ id assessment {{{everything(core.type_map['Assessment'], 1)} }} }}"
        elif levels and (inner := everything(below, levels - 1)):
            written += f" {name} {{{inner} }}"
    return written


@pytest.mark.parametrize("period", ["2027", "2027-T2", "2027-08"])
async def test_every_field_of_a_follow_up(database: Database, period: str) -> None:
    """Random questions come seldom to a field that few nodes have a value in; this one comes to all of them."""
    made = await world_of(database, 1)
    fields = everything(core.type_map["FollowUp"], 3)
    question = Question(f'{{ followUp(unit: "VGR", period: "{period}") {{{fields} }} }}', {})
    planned, ordinary = await answers(database, made, prepare(question, WIDE), Role.READER, "VGR")
    assert "errors" not in orjson.loads(ordinary)
    assert planned == ordinary


SEEN = """query($unit: String!) {
  followUp(unit: $unit, period: "2027") { roots { ...N } missing { unit { code } node { id } } }
  a: nodes(module: "VGPU", year: 2027, first: 500) { totalCount edges { node { id } } }
  b: nodes(module: "VGSP", year: 2027, first: 500) { totalCount edges { node { id } } }
  c: nodes(module: "VGI", year: 2027, first: 500) { totalCount edges { node { id } } }
}
fragment N on Node { ...M children { ...M children { ...M parents { ...M } children { ...M } } } }
fragment M on Node {
  id rollup { nodes }
  assessmentsBelow { unit { reported: code } } assessment { unit { reported: code } }
  ... on Indicator { outcomes(periods: 60) { unit { reported: code } } }
}"""


def below(unit: str) -> set[str]:
    """A unit and those under it, by how the tests built the tree."""
    return {u for u in UNITS if unit in above(u)}


def above(unit: str) -> set[str]:
    """A unit and those over it."""
    return {unit} | (above(PARENTS[unit]) if unit in PARENTS else set())


def may_see(made: MadeUp, unit: str) -> set[str]:
    """Ids of the nodes that someone at this unit may see, worked out from what was put in, without the service."""
    sight = set(UNITS) if unit == "VGR" else below(unit) | above(unit)
    return {
        str(node) for node, owner in made.owner.items() if owner in sight or made.allocated.get(node, set()) & sight
    }


def found_of(answer: object, key: str) -> set[str]:
    """Every value under this key, however deep."""
    if isinstance(answer, dict):
        own = {answer[key]} if isinstance(answer.get(key), str) else set()
        return own.union(*(found_of(each, key) for each in answer.values()))
    return set().union(*(found_of(each, key) for each in answer)) if isinstance(answer, list) else set()


@pytest.mark.parametrize("unit", UNITS)
async def test_both_show_what_may_be_seen_and_nothing_else(database: Database, unit: str) -> None:
    made = await world_of(database, 1)
    asked: list[str] = [unit] if unit == "VGR" else [unit, *sorted(below(unit) - {unit})]
    for at in asked:
        prepared = prepare(Question(SEEN, {"unit": at}), WIDE)
        planned, ordinary = await answers(database, made, prepared, Role.READER, unit)
        assert planned == ordinary
        data = orjson.loads(ordinary)["data"]
        assert found_of(data, "id") <= may_see(made, unit)
        assert found_of([data["a"], data["b"], data["c"]], "id") == may_see(made, unit)
        assert sum(data[each]["totalCount"] for each in "abc") == len(may_see(made, unit))
        assert found_of(data, "reported") <= below(at)


@pytest.mark.parametrize(("unit", "at"), [("NU", "SU"), ("SU-F1", "SU"), ("SU-F2", "VGR"), ("NU-F1", "SU-VH")])
async def test_neither_shows_the_chain_of_a_unit_out_of_reach(database: Database, unit: str, at: str) -> None:
    made = await world_of(database, 1)
    prepared = prepare(Question(SEEN, {"unit": at}), WIDE)
    planned, ordinary = await answers(database, made, prepared, Role.ADMINISTRATOR, unit)
    assert planned == ordinary
    assert orjson.loads(ordinary)["data"] is None
