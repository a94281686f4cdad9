"""/problems/: every `type` of an answer leads to a page in two languages, without script; JSON by Accept."""

import re

import httpx
import pytest

from app.api.problems import KINDS
from app.domain.catalogue import catalogue

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}


async def test_the_index_names_every_rule_and_every_kind(anonymous: httpx.AsyncClient) -> None:
    said = (await anonymous.get("/problems", headers=JSON)).json()["items"]
    assert {p["slug"] for p in said} == {rule.id for rule in catalogue()} | set(KINDS)
    page = await anonymous.get("/problems/", headers=HTML)
    assert page.headers["content-type"].startswith("text/html")
    assert set(re.findall(r'href="(/problems/[^"]+)"', page.text)) == {p["type"] for p in said}


async def test_every_type_has_its_page_in_both_languages(anonymous: httpx.AsyncClient) -> None:
    for kind in (await anonymous.get("/problems", headers=JSON)).json()["items"]:
        page = await anonymous.get(kind["type"], headers=HTML)
        assert page.status_code == 200, kind
        assert 'lang="sv"' in page.text
        assert 'lang="en"' in page.text
        assert "<script" not in page.text
        assert "{" not in page.text
        again = (await anonymous.get(kind["type"], headers=JSON)).json()
        assert again == kind


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("application/problem+json", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("text/html, application/json;q=0.5", "text/html"),
        ("application/json;q=x, text/html;q=0.1", "text/html"),
    ],
)
async def test_the_form_follows_accept(anonymous: httpx.AsyncClient, accept: str | None, media_type: str) -> None:
    anonymous.headers.pop("accept")
    answer = await anonymous.get("/problems/K2", headers={"Accept": accept} if accept else {})
    assert answer.headers["content-type"].startswith(media_type)
    assert "Accept" in answer.headers["vary"]


async def test_the_callers_language_comes_first(anonymous: httpx.AsyncClient) -> None:
    rule = next(rule for rule in catalogue() if rule.id == "K2")
    swedish = (await anonymous.get("/problems/K2", headers=HTML)).text
    english = (await anonymous.get("/problems/K2", headers={**HTML, "Accept-Language": "en"})).text
    assert f'<h1 lang="sv">K2: {rule.title.sv}' in swedish
    assert f'<h1 lang="en">K2: {rule.title.en}' in english
    assert '<html lang="en">' in english


async def test_a_rule_is_found_whatever_its_case_and_others_are_not(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/problems/k2", headers=JSON)).json()["slug"] == "K2"
    for slug in ("K99", "x", "%00", "%ff", "..", "<script>", "x" * 101):
        answer = await anonymous.get(f"/problems/{slug}", headers=HTML)
        assert answer.status_code in {404, 422}
        assert answer.headers["content-type"] == "application/problem+json"
