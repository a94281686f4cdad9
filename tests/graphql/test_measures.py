"""An indicator's series, explanations and findings in GraphQL, without a statement per node."""

from typing import Any

import pytest

from app.domain.access import Role
from app.graphql import batches
from tests.api.figures import COUNTED, IMPORTS, SHARE, SPLIT, make_indicators, row
from tests.api.planning import World
from tests.graphql.conftest import Chain, ask, data_of

SERIES = """query($code: String!, $unit: String, $from: Period, $to: Period) { indicator(code: $code) {
  code
  series(unit: $unit, periodFrom: $from, periodTo: $to, sexes: [T]) {
    period sex value numerator denominator origin contributing reason status
    attainment { status target { printed } comparison } }
} }"""
EXPLAIN = """query($unit: String) { indicator(code: "SHR-1") { explain(period: "2027-04", unit: $unit) {
  origin value numerator denominator formula reason below own { value status source }
  coverage { contributing noValue missing answeredFor share }
  units(first: 1) {
    edges { cursor node { code part answeredBy expectedBecause outcome { value status importId recordedBy } } }
    pageInfo { hasNextPage endCursor }
  }
} } }"""


async def reported(world: World) -> None:
    await make_indicators(world)
    rows = [
        row(SHARE, unit, "2027-04", numerator=part, denominator=8)
        for unit, part in (("SU", 3), ("SU-OM", 1), ("NU", 5))
    ]
    await world.caller().made(IMPORTS, rows)


async def test_a_series_says_what_rest_says(world: World) -> None:
    await reported(world)
    said = {"items": [{"year": 2027, "printed": "≥60 %"}]}
    await world.caller().changed("PUT", f"/indicators/code:{SHARE}/targets", said)
    for unit in ("VGR", "SU", "SU-F2"):
        data = await data_of(world.caller(), SERIES, code=SHARE, unit=unit, **{"from": "2027"})
        rest = await world.caller().found(
            f"/indicators/code:{SHARE}/series", unit=f"code:{unit}", period_from="2027", sex="T"
        )
        [figure] = data["indicator"]["series"]
        [item] = rest["items"]
        held = figure.pop("attainment")
        assert held["status"].lower() == item["attainment"]["status"]
        assert held["target"]["printed"] == "≥60 %"
        assert figure == {
            **{k: v for k, v in item.items() if k in figure},
            "origin": item["origin"].upper(),
            "status": item["status"] and item["status"].upper(),
        }


async def test_an_explanation_with_its_units_in_pages(world: World) -> None:
    await reported(world)
    told = (await data_of(world.caller(), EXPLAIN))["indicator"]["explain"]
    assert (told["origin"], told["value"], told["numerator"], told["denominator"]) == ("BELOW", 50, 8, 16)
    assert told["coverage"] == {"contributing": 2, "noValue": 0, "missing": 0, "answeredFor": 1, "share": 1}
    [edge] = told["units"]["edges"]
    assert (edge["node"]["code"], edge["node"]["part"]) == ("NU", "CONTRIBUTING")
    assert edge["node"]["outcome"]["importId"]
    assert told["units"]["pageInfo"] == {"hasNextPage": True, "endCursor": edge["cursor"]}
    following = EXPLAIN.replace("units(first: 1)", f'units(first: 5, after: "{edge["cursor"]}")')
    rest = (await data_of(world.caller(), following))["indicator"]["explain"]["units"]
    assert [(e["node"]["code"], e["node"]["answeredBy"]) for e in rest["edges"]] == [("SU", None), ("SU-OM", "SU")]
    own = (await data_of(world.caller(), EXPLAIN, unit="SU"))["indicator"]["explain"]
    assert (own["origin"], own["own"]["value"], own["below"]) == ("OWN", 37.5, 12.5)


@pytest.mark.parametrize("status", ["missing", "suppressed", "not_applicable"])
async def test_kinds_of_no_value_are_told_apart(world: World, status: str) -> None:
    await make_indicators(world)
    admin, told = world.caller(), status.upper()
    silent = {"indicator": SHARE, "unit": "SU", "period": "2027-04", "sex": "T", "status": status}
    await admin.made(IMPORTS, [silent, row(SHARE, "NU", "2027-04", numerator=5, denominator=8)])
    where = {"unit": "code:SU", "period_from": "2027", "sex": "T"}
    [item] = (await admin.found(f"/indicators/code:{SHARE}/series", **where))["items"]
    assert (item["status"], item["value"], item["origin"]) == (status, None, "own")
    [above] = (await admin.found(f"/indicators/code:{SHARE}/series", **where | {"unit": "code:VGR"}))["items"]
    assert (above["status"], above["value"], above["origin"]) == (None, 62.5, "below")
    number = await admin.found(f"/indicators/code:{SHARE}/explain", unit="code:VGR", period="2027-04")
    assert {u["code"]: (u["part"], u["outcome"]["status"]) for u in number["items"]} == {
        "NU": ("contributing", "normal"),
        "SU": ("no_value", status),
    }
    series = await data_of(admin, SERIES, code=SHARE, unit="SU", **{"from": "2027"})
    assert [figure["status"] for figure in series["indicator"]["series"]] == [told]
    asked = EXPLAIN.replace("units(first: 1)", "units(first: 5)")
    found = (await data_of(admin, asked, unit="SU"))["indicator"]["explain"]
    assert (found["own"]["value"], found["own"]["status"]) == (None, told)
    edges = (await data_of(admin, asked, unit="VGR"))["indicator"]["explain"]["units"]["edges"]
    assert [edge["node"]["outcome"]["status"] for edge in edges] == ["NORMAL", told]


SERIES_TOO = ' indicator(code: "CODE") { series(periodFrom: "2027-06", periodTo: "2027-06") { status } }'


@pytest.mark.parametrize("too", ["", SERIES_TOO])  # with a series the ordinary executor answers, else the planned code
@pytest.mark.parametrize("status", ["missing", "suppressed", "not_applicable"])
async def test_kinds_of_no_value_are_told_apart_in_a_chain(chain: Chain, status: str, too: str) -> None:
    code = (await chain.admin.found(f"/nodes/{chain.ratio}"))["measure"]["code"]
    silent = {"indicator": code, "unit": "SU", "period": "2027-06", "sex": "T", "status": status}
    await chain.admin.made(IMPORTS, [silent])
    ratio = "{ ... on Indicator { id outcome { status } outcomes(periods: 3) { period value status } } }"
    at = 'followUp(unit: "SU", period: "2027-T2")'
    asked = f"{{ {at} {{ roots {{ children {{ children {ratio} }} }} }} {too.replace('CODE', code)} }}"
    [goal] = (await data_of(chain.admin, asked))["followUp"]["roots"]
    [found] = [n for focus in goal["children"] for n in focus["children"] if n.get("id") == chain.ratio]
    assert found["outcome"] == {"status": "NORMAL"}
    assert [(each["period"], each["value"], each["status"]) for each in found["outcomes"]] == [
        ("2027-08", 50, "NORMAL"),
        ("2027-07", 45, "NORMAL"),
        ("2027-06", None, status.upper()),
    ]


async def test_findings(world: World) -> None:
    await make_indicators(world)
    rows = [row(SPLIT, "NU", "2027-03", sex, value=v) for sex, v in (("T", 50), ("K", 20), ("M", 31))]
    await world.caller().made(IMPORTS, [*rows, row(COUNTED, "SU", "2027-03", value=2)])
    question = """query($after: String, $checks: [String!]) { numberFindings(first: 1, after: $after, checks: $checks) {
      nodes { rule message indicatorCode unitCode period sex } pageInfo { hasNextPage endCursor } } }"""
    found: list[Any] = []
    after = None
    while True:
        page = (await data_of(world.caller(), question, after=after))["numberFindings"]
        found += [(f["rule"], f["indicatorCode"], f["unitCode"], f["period"], f["sex"]) for f in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if after is None:
            break
    assert sorted(found) == [("I4", SPLIT, "NU", "2027-03", None), ("L2", COUNTED, "SU", "2027-03", "T")]
    wrong: tuple[dict[str, Any], ...] = ({"checks": ["K1"]}, {"after": "nonsense"})
    for variables in wrong:
        errors = (await ask(world.caller(), question, **variables))["errors"]
        assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_what_is_out_of_reach_is_not_there(world: World) -> None:
    await reported(world)
    reader = world.caller("SU", Role.READER)
    for unit in ("NU", "VGR", "NOWHERE"):
        asked: tuple[tuple[str, dict[str, Any]], ...] = ((SERIES, {"code": SHARE}), (EXPLAIN, {}))
        for question, variables in asked:
            errors = (await ask(reader, question, unit=unit, **variables))["errors"]
            assert [e["extensions"]["code"] for e in errors] == ["NOT_FOUND"]
    wrong = SERIES.replace("sexes: [T]", 'sexes: [T], tree: "x"')
    assert (await ask(reader, wrong, code=SHARE))["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    backwards: dict[str, Any] = {"from": "2027-02", "to": "2027-01"}
    errors = (await ask(reader, SERIES, code=SHARE, **backwards))["errors"]
    assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


LISTED = """{ nodes(module: "VGI", year: 2027, first: 50) { edges { node { ... on Indicator {
  code series(periodFrom: "2027") { period value }
  before: series(periodFrom: "2026", periodTo: "2026") { period value } } } } } }"""


async def test_series_of_many_indicators_share_their_statements(chain: Chain, count_queries: Any) -> None:
    admin, counted = chain.admin, []
    for made in (range(1), range(1, 6)):
        for i in made:
            title = f"En annan indikator nummer {i} om något helt eget {'abcdef'[i] * 5}"
            await admin.indicator(title, code=f"MORE-{i}")
        await admin.made(IMPORTS, [row(f"MORE-{i}", "SU", "2027-03", value=i) for i in made])
        with count_queries() as counter:
            data = await data_of(admin, LISTED)
        # Not those about who asks: that is remembered, or not.
        counted.append(len([s for s in counter.statements if "outcome" in s or "targets" in s]))
    assert counted[0] == counted[1]
    found = {e["node"]["code"]: e["node"] for e in data["nodes"]["edges"]}
    assert found["MORE-3"]["series"] == [{"period": "2027-03", "value": 3}]
    assert found["MORE-3"]["before"] == []


async def test_too_many_at_once_are_refused(chain: Chain, monkeypatch: Any) -> None:
    monkeypatch.setattr(batches, "MOST_INDICATORS", 1)
    codes = [e["extensions"]["code"] for e in (await ask(chain.admin, LISTED))["errors"]]
    assert set(codes) == {"BAD_USER_INPUT"}
    made = await chain.admin.indicator("En indikator att fråga om", code="ASKED-1")
    asked = " ".join(
        f'a{month}: indicator(code: "{made["measure"]["code"]}") {{ explain(period: "2027-{month:02d}") {{ value }} }}'
        for month in range(1, 12)
    )
    errors = (await ask(chain.admin, f"{{ {asked} }}"))["errors"]
    assert "10 numbers at most" in errors[0]["message"]
