"""/indicators/{id}/chart.svg and the page that shows one."""

from typing import Any
from xml.etree import ElementTree as ET

import httpx

from app.domain.access import Role
from tests.api.figures import COUNTED, IMPORTS, SPLIT, integration, make_indicators, row
from tests.api.planning import World
from tests.api.problem_answers import assert_problem

SVG = "{http://www.w3.org/2000/svg}"


async def drawn(world: World, code: str, unit: str = "VGR", **params: Any) -> ET.Element:
    answer = await world.caller().send("GET", f"/indicators/code:{code}/chart.svg", unit=f"code:{unit}", **params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    return ET.fromstring(answer.text)


def words(svg: ET.Element) -> list[str]:
    return (svg.findtext(f"{SVG}desc") or "").split("\n")


async def test_the_latest_periods_by_sex_beside_the_target(world: World) -> None:
    await make_indicators(world)
    admin = world.caller()
    await admin.changed("PUT", f"/indicators/code:{SPLIT}/targets", {"items": [{"year": 2027, "printed": "≥9"}]})
    rows = [
        row(SPLIT, "SU", f"2027-{month:02d}", sex, value=month * (2 if sex == "T" else 1))
        for month in range(1, 7)
        for sex in "TKM"
    ]
    await admin.made(IMPORTS, rows)
    said = words(await drawn(world, SPLIT, periods=3))
    assert said[1:] == [
        "2027-04: total 8, women 4, men 4, target ≥9, not reached.",
        "2027-05: total 10, women 5, men 5, target ≥9, reached.",
        "2027-06: total 12, women 6, men 6, target ≥9, reached.",
    ]
    assert "Hollow" in said[0]
    assert "Hollow" not in words(await drawn(world, SPLIT, "SU"))[0]
    until = words(await drawn(world, SPLIT, "SU", periods=2, period_to="2027-T1"))
    assert [line[:7] for line in until[1:]] == ["2027-03", "2027-04"]
    await drawn(world, SPLIT, "NU", periods=60, period_to="1000")


async def test_without_outcomes_in_swedish_and_as_an_unchanged_answer(world: World) -> None:
    await make_indicators(world)
    path = f"/indicators/code:{COUNTED}/chart.svg"
    first = await world.caller().send("GET", path, headers={"Accept-Language": "sv"}, unit="code:SU")
    assert "Inga utfall har lämnats." in first.text
    assert first.headers["content-language"] == "sv"
    headers = {"Accept-Language": "sv", "If-None-Match": first.headers["etag"]}
    assert (await world.caller().send("GET", path, headers=headers, unit="code:SU")).status_code == 304


async def test_refused(world: World) -> None:
    await make_indicators(world)
    path, admin = f"/indicators/code:{COUNTED}/chart.svg", world.caller()
    wrong: tuple[dict[str, Any], ...] = ({"periods": 0}, {"periods": 61}, {"period_to": "x"}, {"tree": "x"})
    for params in wrong:
        assert_problem(await admin.send("GET", path, unit="code:SU", **params), 422, "invalid")
    assert_problem(await world.caller("SU", Role.READER).send("GET", path, unit="code:VGR"), 404, "not-found")
    key = await integration(world, f"indicator:{SPLIT}")
    assert_problem(await key.send("GET", path, unit="code:SU"), 404, "not-found")


async def test_the_documentation_shows_one(anonymous: httpx.AsyncClient) -> None:
    for language, title in (("sv", "Diagram över en indikator"), ("en", "A chart of an indicator")):
        page = await anonymous.get("/docs/charts", headers={"Accept-Language": language})
        assert page.status_code == 200
        assert f"<h1>{title}</h1>" in page.text
        picture = page.text[page.text.index("<svg") : page.text.index("</svg>") + 6]
        assert ET.fromstring(picture).get("role") == "img"
        assert page.text.count("<tr>") == 13
