"""What a followUp tells of a board's chain."""

from typing import Any

from sqlalchemy import text

from app.domain.access import Role
from tests.api.planning import FOCUS, GOAL
from tests.graphql.conftest import PERIOD, Chain, ask, data_of

FOLLOW_UP = """
query($unit: String!, $period: Period!) {
  followUp(unit: $unit, period: $period) {
    unit { code } period
    rollup { nodes activities { planned ongoing paused finished late }
             indicators { reached notReached noTarget noOutcome } units { total reported }
             columns { column { code } total achieved partly notAchieved missing } }
    roots { ...N children { ...N children { ...N children { ...N children { ...N } } } } }
    missing { kind period unit { code } node { id } }
  }
}
fragment N on Node {
  __typename id title origin instruction column { code } owner { code } parents { id }
  assessment { grade symbol wording status measures }
  assessmentsBelow { unit { code } grade status }
  suggestedGrade { grade rule figures { name count } }
  rollup { nodes columns { column { code } total missing } }
  ... on Indicator { code outcome { value period sex } outcomes(periods: 2) { value period } target { printed kind }
                     attainment { status reason comparison }
                     aggregated { value numerator denominator contributing reason } }
  ... on Activity { startDate endDate status }
}"""


async def _follow(chain: Chain, unit: str = "SU", period: str = PERIOD) -> dict[str, Any]:
    answer = await data_of(chain.admin, FOLLOW_UP, unit=unit, period=period)
    found: dict[str, Any] = answer["followUp"]
    return found


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(n for child in node.get("children", ()) for n in _nodes(child))]


async def test_the_whole_chain(chain: Chain) -> None:
    found = await _follow(chain)
    [goal] = found["roots"]
    assert (goal["title"], goal["origin"], goal["instruction"]) == (GOAL, "ALLOCATED", "Bryt ner")
    [focus] = goal["children"]
    assert [c["column"]["code"] for c in focus["children"]] == ["verksamhetsmal", "verksamhetsmal", "indikator"]
    assert {c["owner"]["code"] for c in focus["children"]} == {"SU-F2", "VGR"}
    activity = focus["children"][0]["children"][0]
    assert (activity["__typename"], activity["endDate"], activity["origin"]) == ("Activity", "2027-06-30", "OWN")
    assert activity["children"][0]["id"] == chain.part


async def test_a_node_with_two_parents_stands_under_both_and_counts_once(chain: Chain) -> None:
    [goal] = (await _follow(chain))["roots"]
    everywhere = [n["id"] for n in _nodes(goal)]
    assert everywhere.count(chain.activity) == 2
    assert goal["rollup"]["nodes"] == len(set(everywhere)) - 1 == 6
    activity = next(n for n in _nodes(goal) if n["id"] == chain.activity)
    assert {p["id"] for p in activity["parents"]} == {chain.target, chain.shared}


async def test_what_has_its_outcome_on_region_level_only_is_seen_there_only(chain: Chain) -> None:
    below = {n["id"] for root in (await _follow(chain))["roots"] for n in _nodes(root)}
    region = {n["id"] for root in (await _follow(chain, "VGR"))["roots"] for n in _nodes(root)}
    assert chain.ratio in below
    assert chain.hidden not in below
    assert chain.hidden in region


async def test_assessments_of_the_period(chain: Chain) -> None:
    [goal] = (await _follow(chain))["roots"]
    assert goal["assessment"]["grade"] == "partly"
    assert goal["assessment"]["wording"] == "Målet kommer delvis att uppnås"
    assert goal["assessment"]["symbol"]
    by_id = {n["id"]: n for n in _nodes(goal)}
    assert by_id[chain.target]["assessment"] is None
    assert by_id[chain.target]["assessmentsBelow"] == [{"unit": {"code": "SU-F2"}, "grade": "achieved", "status": None}]
    # A monthly column in a tertial: the latest month within it.
    [latest] = by_id[chain.activity]["assessmentsBelow"]
    assert latest == {"unit": {"code": "SU-OM"}, "grade": "deviation", "status": "PAUSED"}


async def test_the_wording_is_a_forecast_until_the_year_ends(chain: Chain) -> None:
    [goal] = (await _follow(chain, period="2027-T3"))["roots"]
    assert goal["assessment"]["wording"] == "Målet är uppnått"


async def test_outcome_target_attainment_and_aggregate(chain: Chain) -> None:
    [goal] = (await _follow(chain))["roots"]
    indicator = next(n for n in _nodes(goal) if n["id"] == chain.ratio)
    assert indicator["outcome"] == {"value": 50.0, "period": "2027-08", "sex": "T"}
    assert [o["period"] for o in indicator["outcomes"]] == ["2027-08", "2027-07"]
    assert indicator["target"] == {"printed": "Öka", "kind": "INCREASE"}
    assert indicator["attainment"]["status"] == "REACHED"
    assert indicator["attainment"]["comparison"] == 40.0
    # SU-VH stands below SU-OM, whose own figures go first: counted once.
    below = {"value": 30.0, "numerator": 30.0, "denominator": 100.0, "contributing": 1, "reason": None}
    assert indicator["aggregated"] == below


async def test_rollup_of_all_and_what_is_missing(chain: Chain) -> None:
    found = await _follow(chain)
    rollup = found["rollup"]
    assert rollup["nodes"] == 7
    assert rollup["activities"] == {"planned": 0, "ongoing": 1, "paused": 1, "finished": 0, "late": 2}
    assert rollup["indicators"] == {"reached": 1, "notReached": 0, "noTarget": 0, "noOutcome": 0}
    columns = {c["column"]["code"]: c for c in rollup["columns"]}
    assert (columns["mal"]["partly"], columns["fokusomrade"]["missing"]) == (1, 1)
    assert (columns["verksamhetsmal"]["achieved"], columns["verksamhetsmal"]["missing"]) == (1, 1)
    missing = {(m["kind"], m["unit"]["code"], m["node"]["id"]) for m in found["missing"]}
    assert missing == {
        ("ASSESSMENT", "SU", chain.focus),
        ("ASSESSMENT", "SU-F2", chain.shared),
        ("ASSESSMENT", "SU-VH", chain.part),
    }
    assert rollup["units"] == {"total": 4, "reported": 3}


async def test_a_grade_is_suggested_and_never_set(chain: Chain) -> None:
    before = await chain.world.count("assessments")
    [goal] = (await _follow(chain))["roots"]
    focus = goal["children"][0]
    assert focus["suggestedGrade"]["grade"] == "achieved"
    assert {f["name"]: f["count"] for f in focus["suggestedGrade"]["figures"]}["achieved"] == 2
    assert focus["assessment"] is None
    assert await chain.world.count("assessments") == before


async def test_two_follow_ups_in_one_question_keep_apart(chain: Chain) -> None:
    found = await data_of(
        chain.admin,
        """{ a: followUp(unit: "SU", period: "2027-T2") { roots { assessment { grade } } }
             b: followUp(unit: "SU", period: "2027-T3") { roots { assessment { grade } } }
             c: followUp(unit: "SU-F2", period: "2027-T2") { roots { id } } }""",
    )
    assert found["a"]["roots"] == [{"assessment": {"grade": "partly"}}]
    assert found["b"]["roots"] == [{"assessment": {"grade": "achieved"}}]
    assert {r["id"] for r in found["c"]["roots"]} == {chain.target, chain.shared}


async def test_children_of_some_columns_or_here_only(chain: Chain) -> None:
    found = await data_of(
        chain.admin,
        """{ followUp(unit: "SU", period: "2027-T2") { roots(column: "mal") { children {
             some: children(columns: ["indikator"]) { id } here: children(here: true) { id } } }
             none: roots(column: "uppdrag") { id } } }""",
    )
    [focus] = found["followUp"]["roots"][0]["children"]
    assert [c["id"] for c in focus["some"]] == [chain.ratio]
    assert [c["id"] for c in focus["here"]] == [chain.ratio]
    assert found["followUp"]["none"] == []


async def test_roots_are_chosen_by_a_keyword_that_nobody_asks_to_see(chain: Chain) -> None:
    async with chain.world.database.unit_of_work(chain.world.region.id) as uow:
        word = await uow.session.scalar(text("select text from keywords order by text limit 1"))
        tag = "insert into node_keywords select region_id, :node, id from keywords where text = :word limit 1"
        await uow.session.execute(text(tag), {"node": chain.goal, "word": word})
    question = 'query($k: String) { followUp(unit: "SU", period: "2027-T2") { roots(keyword: $k) { id } } }'
    chosen = await data_of(chain.admin, question, k=word)
    none = await data_of(chain.admin, question, k="none")
    assert chosen["followUp"]["roots"] == [{"id": chain.goal}]
    assert none["followUp"]["roots"] == []


async def test_lists_search_and_single_nodes(chain: Chain) -> None:
    found = await data_of(
        chain.admin,
        """query($id: ID!) {
             search: nodes(module: "VGPU", year: 2027, search: "JÄMLIK kvinno") { totalCount edges { node { title } } }
             page: nodes(module: "VGPU", year: 2027, first: 2) { totalCount pageInfo { hasNextPage endCursor } }
             node(id: $id) { title children { id } assessment { grade } }
             indicator(code: "NOPE") { id }
             none: node(id: "nonsense") { id } }""",
        id=chain.focus,
    )
    assert [e["node"]["title"] for e in found["search"]["edges"]] == [FOCUS]
    assert found["page"]["totalCount"] == 6
    assert found["node"]["title"] == FOCUS
    assert chain.target in {c["id"] for c in found["node"]["children"]}
    assert found["node"]["assessment"] is None
    assert found["indicator"] is None
    assert found["none"] is None
    seen: list[str] = []
    after = None
    while True:
        page = await data_of(
            chain.admin,
            """query($after: String) { nodes(module: "VGPU", year: 2027, first: 2, after: $after) {
                 pageInfo { hasNextPage endCursor } edges { node { id } } } }""",
            after=after,
        )
        seen += [e["node"]["id"] for e in page["nodes"]["edges"]]
        after = page["nodes"]["pageInfo"]["endCursor"]
        if not page["nodes"]["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 6


async def test_one_may_not_see_another_boards_chain_nor_count_it(chain: Chain) -> None:
    stranger = chain.world.caller("NU", Role.READER)
    asked = await ask(stranger, '{ followUp(unit: "SU", period: "2027-T2") { rollup { nodes } } }')
    assert asked["data"] is None
    assert asked["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    seen = await data_of(
        stranger,
        """query($own: ID!) { nodes(module: "VGPU", year: 2027) { totalCount edges { node { id rollup { nodes } } } }
             node(id: $own) { id } unit(code: "SU") { code } }""",
        own=chain.target,
    )
    assert {e["node"]["id"] for e in seen["nodes"]["edges"]} == {chain.goal, chain.focus}
    assert seen["nodes"]["totalCount"] == 2
    assert all(e["node"]["rollup"]["nodes"] == 0 for e in seen["nodes"]["edges"])
    assert seen["node"] is None
    assert seen["unit"] is None


async def test_words_come_in_the_callers_language(chain: Chain) -> None:
    english = await ask(chain.admin, FOLLOW_UP, headers={"Accept-Language": "en"}, unit="SU", period=PERIOD)
    [goal] = english["data"]["followUp"]["roots"]
    assert goal["suggestedGrade"] is None or "Suggested" in goal["suggestedGrade"]["rule"]
    focus = goal["children"][0]
    assert focus["suggestedGrade"]["rule"].startswith("Suggested")


async def test_who_is_asking(chain: Chain) -> None:
    found = await data_of(
        chain.world.caller("SU-F2", Role.REPORTER),
        "{ me { subject role unit { code parent { code } } wholeRegion } region { code levels boardLevel } }",
    )
    assert found["me"]["role"] == "REPORTER"
    assert found["me"]["unit"] == {"code": "SU-F2", "parent": {"code": "SU"}}
    assert found["me"]["wholeRegion"] is False
    assert found["region"]["levels"][0] == "region"
