"""POST /nodes: what is made, and what each rule refuses without a trace."""

import asyncio
from typing import Any

import pytest

from app.domain.access import Role
from app.domain.plan_versions import PlanStatus
from tests.api.planning import FOCUS, GOAL, REASON, YEAR, World, add_plan, codes, rules, warned

DATES = {"start_date": "2027-01-11", "end_date": "2027-06-30"}


def body(column: str, unit: str, title: str, *parents: str, **more: Any) -> dict[str, Any]:
    return {
        "module": "VGPU",
        "year": YEAR,
        "column": column,
        "unit": unit,
        "title": title,
        "parents": list(parents),
        **more,
    }


async def test_a_node_is_created_and_told(world: World) -> None:
    region = world.caller()
    goal = await region.node("mal", "VGR", GOAL, description="Ur budgeten.")
    answer = await region.send("POST", "/nodes", body("fokusomrade", "VGR", f"  {FOCUS} ", goal["id"]))
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/nodes/{made['id']}"
    assert made["title"] == FOCUS
    assert made["parents"] == [goal["id"]]
    assert made["warnings"] == []
    assert made["lineage_id"] == made["id"]
    assert made["approved"] is None
    read = await region.send("GET", f"/nodes/{made['id']}")
    assert read.headers["etag"] == answer.headers["etag"]
    assert read.json() == made
    again = await region.send("GET", f"/nodes/{made['id']}", headers={"If-None-Match": read.headers["etag"]})
    assert again.status_code == 304


async def test_everything_unknown_is_told_at_once(world: World) -> None:
    before = await world.counts()
    answer = await world.caller().send("POST", "/nodes", body("ingen", "INGEN", GOAL) | {"year": 2031})
    assert answer.status_code == 422
    assert codes(answer) == {"/column": "unknown_column", "/year": "unknown_year", "/unit": "unknown_unit"}
    other = await world.caller().send("POST", "/nodes", body("mal", "VGR", GOAL) | {"module": "INGEN"})
    assert codes(other) == {"/module": "unknown_module"}
    assert await world.counts() == before


async def test_a_parent_in_another_region_is_no_parent(world: World, other_region: Any) -> None:
    await add_plan(world.database, other_region, YEAR, PlanStatus.LIVE)
    there = world.caller(region=other_region)
    goal = await there.node("mal", "VGR", GOAL)
    before = await world.counts()
    answer = await world.caller().send("POST", "/nodes", body("fokusomrade", "VGR", FOCUS, goal["id"]))
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/K3"
    assert answer.json()["errors"][0]["pointer"] == "/parents/0"
    assert await world.counts() == before


async def test_several_rules_are_told_at_once(world: World) -> None:
    """A sub-activity on a board, without parent, without dates."""
    before = await world.counts()
    answer = await world.caller().send("POST", "/nodes", body("delaktivitet", "SU", "Prova schema med fasta nätter"))
    assert answer.status_code == 422
    assert rules(answer) == {"K2", "K5", "N10"}
    assert await world.counts() == before


async def test_a_sub_activity_needs_its_activity(world: World) -> None:
    region = world.caller()
    activity = await region.node("aktivitet", "SU-F2", "Inför gemensam remissportal", **DATES)
    assert activity["status"] == "planned"
    goal = await region.node("mal", "VGR", GOAL)
    for parents in ([], [goal["id"]]):
        answer = await region.send("POST", "/nodes", body("delaktivitet", "SU-OM", "Anslut området", *parents, **DATES))
        assert answer.status_code in {409, 422}
        assert "K2" in rules(answer)
    late = await region.node(
        "delaktivitet", "SU-OM", "Anslut området", activity["id"], start_date="2027-02-01", end_date="2027-12-31"
    )
    assert warned(late) == {"K6"}


@pytest.mark.parametrize(
    ("dates", "pointers"),
    [
        ({}, {"/start_date", "/end_date"}),
        ({"start_date": "2027-06-01"}, {"/end_date"}),
        ({"start_date": "2027-06-01", "end_date": "2027-05-31"}, {"/end_date"}),
    ],
)
async def test_an_activity_has_dates_in_order(world: World, dates: dict[str, str], pointers: set[str]) -> None:
    answer = await world.caller().send("POST", "/nodes", body("aktivitet", "SU-F2", "Utbilda i videosamtal", **dates))
    assert answer.status_code == 422
    assert rules(answer) == {"K5"}
    assert {e["pointer"] for e in answer.json()["errors"]} == pointers


async def test_a_board_has_one_own_goal(world: World) -> None:
    board = world.caller("SU", Role.REPORTER)
    unjustified = await board.send("POST", "/nodes", body("mal", "SU", "Patienter är medskapare i vårdens utformning"))
    assert unjustified.status_code == 422
    assert unjustified.json()["errors"][0]["pointer"] == "/justification"
    await board.node("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    before = await world.counts()
    second = await board.send("POST", "/nodes", body("mal", "SU", "Forskningen når vardagen", justification=REASON))
    assert second.status_code == 409
    assert rules(second) == {"N1"}
    assert await world.counts() == before
    await world.caller("NU", Role.REPORTER).node("mal", "NU", "Forskningen når vardagen", justification=REASON)


async def test_two_own_goals_racing(world: World) -> None:
    board = world.caller("SU", Role.REPORTER)
    wishes = [
        body("mal", "SU", title, justification=REASON)
        for title in ("Patienter är medskapare i vårdens utformning", "Forskningen når vardagen")
    ]
    answers = await asyncio.gather(*(board.send("POST", "/nodes", wish) for wish in wishes))
    assert sorted(a.status_code for a in answers) == [201, 409]
    assert rules(max(answers, key=lambda a: a.status_code)) == {"N1"}
    assert await world.count("nodes") == 1


async def test_a_near_identical_goal_is_refused_with_its_score(world: World) -> None:
    goal = await world.caller().node("mal", "VGR", GOAL)
    before = await world.counts()
    answer = await world.caller("SU").send(
        "POST", "/nodes", body("mal", "SU", "Jämlik vård ges i Västra Götalandsregionen", justification=REASON)
    )
    assert answer.status_code == 409
    [error] = [e for e in answer.json()["errors"] if e["rule"] == "N2"]
    assert error["severity"] == "refused"
    assert error["facts"]["score"] >= 88
    assert error["facts"]["node"]["id"] == goal["id"]
    assert await world.counts() == before


async def test_a_near_goal_is_confirmed_and_the_confirmation_kept(world: World) -> None:
    region, board = world.caller(), world.caller("SU")
    goal = await region.node("mal", "VGR", "Sjukvårdens köer ska kortas och tillgängligheten ska öka")
    near = body("mal", "SU", "Köerna till operation ska kortas och tillgängligheten öka", justification=REASON)
    asked = await board.send("POST", "/nodes", near)
    assert asked.status_code == 409
    assert [e["severity"] for e in asked.json()["errors"]] == ["confirm"]
    made = await board.made("/nodes", near | {"confirm_similar": True})
    [kept] = made["confirmed_similar"]
    assert kept["node"]["id"] == goal["id"]
    assert 75 <= kept["score"] < 88
    assert kept["confirmed_by"] == f"SU-{Role.ADMINISTRATOR}"
    assert kept["confirmed_at"].startswith("20")


async def test_levels_are_kept(world: World) -> None:
    region = world.caller()
    refused = await region.send("POST", "/nodes", body("aktivitet", "VGR", "Följ upp köpta timmar", **DATES))
    assert refused.status_code == 422
    assert rules(refused) == {"N9"}
    on_board = await region.node("aktivitet", "SU", "Följ upp köpta timmar", **DATES)
    assert warned(on_board) == {"N9"}


async def test_an_archived_plan_is_not_written_to(world: World) -> None:
    await add_plan(world.database, world.region, 2025, PlanStatus.ARCHIVED)
    answer = await world.caller().send("POST", "/nodes", body("mal", "VGR", GOAL) | {"year": 2025})
    assert answer.status_code == 409
    assert rules(answer) == {"V3"}


async def test_keywords_belong_to_the_column(world: World) -> None:
    region = world.caller()
    decided = await world.keyword("Beslutat i")
    assignment = await world.keyword("Uppdrag")
    place = await world.keyword("Integration mot indikatorkatalogen")
    made = await region.node("mal", "VGR", GOAL, keywords=[str(decided)])
    assert [k["group"] for k in made["keywords"]] == ["Beslutat i"]
    barred = await region.send("POST", "/nodes", body("fokusomrade", "VGR", FOCUS, keywords=[str(assignment)]))
    assert barred.status_code == 422
    assert rules(barred) == {"N6"}
    wrong = body("mal", "VGR", "Arbetsmiljön ska bli bättre", keywords=[str(place), made["id"]])
    foreign = await region.send("POST", "/nodes", wrong)
    assert foreign.status_code == 422
    assert codes(foreign) == {"/keywords/0": "keyword_group_not_of_column", "/keywords/1": "unknown_keyword"}


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("x" * 501, "string_too_long"),
        (" \u00a0\t ", "blank"),
        ("\u200b", "blank"),
        ("noll\u0000byte", "control_character"),
        ("två\nrader", "control_character"),
        (None, "string_type"),
        (17, "string_type"),
    ],
)
async def test_titles_that_are_none(world: World, title: Any, code: str) -> None:
    answer = await world.caller().send("POST", "/nodes", body("mal", "VGR", title))
    assert answer.status_code == 422
    assert codes(answer) == {"/title": code}


async def test_a_title_of_five_hundred_wide_letters_is_stored(world: World) -> None:
    made = await world.caller().node("mal", "VGR", "ﬃ" * 500)
    assert len(made["title"]) == 500


@pytest.mark.parametrize("field", ["description", "justification"])
async def test_prose_takes_line_breaks_but_no_nul(world: World, field: str) -> None:
    region = world.caller()
    made = await region.node("mal", "VGR", GOAL, **{field: "Första raden.\nAndra raden."})
    assert made[field] == "Första raden.\nAndra raden."
    answer = await region.send("POST", "/nodes", body("mal", "VGR", "Annat", **{field: "a\u0000b"}))
    assert codes(answer) == {f"/{field}": "control_character"}


async def test_days_and_years_out_of_bounds(world: World) -> None:
    answer = await world.caller().send(
        "POST",
        "/nodes",
        body("aktivitet", "SU-F2", "Prova", start_date="0001-01-01", end_date="9999-12-31") | {"year": 99},
    )
    assert answer.status_code == 422
    assert set(codes(answer)) == {"/year", "/start_date", "/end_date"}


async def test_unknown_fields_are_refused(world: World) -> None:
    answer = await world.caller().send("POST", "/nodes", body("mal", "VGR", GOAL, titel="?"))
    assert codes(answer) == {"/titel": "extra_forbidden"}


async def test_who_may_create_where(world: World) -> None:
    before = await world.counts()
    goal = body("mal", "SU", "Patienter är medskapare i vårdens utformning", justification=REASON)
    assert (await world.caller("SU", Role.READER).send("POST", "/nodes", goal)).status_code == 403
    at_region = await world.caller("SU", Role.REPORTER).send("POST", "/nodes", goal | {"unit": "VGR"})
    assert at_region.status_code == 403
    assert at_region.json()["rule"] == "B1"
    unseen = await world.caller("SU", Role.REPORTER).send("POST", "/nodes", goal | {"unit": "NU"})
    assert unseen.status_code == 422
    assert codes(unseen) == {"/unit": "unknown_unit"}
    assert await world.counts() == before


async def test_the_same_key_gives_the_first_answer_again(world: World) -> None:
    region = world.caller()
    key = {"Idempotency-Key": "en-gang"}
    first = await region.send("POST", "/nodes", body("mal", "VGR", GOAL), headers=key)
    again = await region.send("POST", "/nodes", body("mal", "VGR", GOAL), headers=key)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await region.send("POST", "/nodes", body("mal", "VGR", "Något helt annat"), headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-key-reused"
    assert await world.count("nodes") == 1


async def test_twins_with_one_key_make_one_node(world: World) -> None:
    region = world.caller()
    wish = body("mal", "VGR", GOAL)
    key = {"Idempotency-Key": "tvilling"}
    answers = await asyncio.gather(*(region.send("POST", "/nodes", wish, headers=key) for _ in range(4)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["id"] for a in answers}) == 1
    assert await world.count("nodes") == 1


async def test_a_title_of_ten_megabytes_is_not_read_to_the_end(world: World) -> None:
    before = await world.counts()
    answer = await world.caller().send("POST", "/nodes", body("mal", "VGR", "x" * 10_000_000))
    assert answer.status_code in {413, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert await world.counts() == before
