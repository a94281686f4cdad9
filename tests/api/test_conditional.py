"""ETags: a read that has not changed is not sent again, and HEAD is GET without the body."""

import httpx
import pytest

from app.api.conditional import IfMatch, version_tag
from app.api.problems import ProblemError

UNITS = "/api/v1/units"
UNIT = "/api/v1/units/code:SU"


@pytest.mark.parametrize("path", [UNITS, UNIT, f"{UNIT}/subtree", "/api/v1/plan-versions", "/api/v1/regions/self"])
async def test_a_read_carries_an_etag_and_answers_304(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert first.status_code == 200
    etag = first.headers["etag"]
    assert etag.startswith('"')
    second = await client.get(path, headers={"If-None-Match": etag})
    assert second.status_code == 304
    assert second.content == b""
    assert second.headers["etag"] == etag
    assert second.headers["x-request-id"]


@pytest.mark.parametrize("said", ["*", "W/{etag}", '"other", {etag}', '"other" , W/{etag}'])
async def test_if_none_match_takes_lists_stars_and_weak_tags(client: httpx.AsyncClient, said: str) -> None:
    etag = (await client.get(UNIT)).headers["etag"]
    answer = await client.get(UNIT, headers={"If-None-Match": said.format(etag=etag)})
    assert answer.status_code == 304


@pytest.mark.parametrize("said", ['"other"', "nonsense", "", '"'])
async def test_another_tag_gets_the_whole_answer(client: httpx.AsyncClient, said: str) -> None:
    assert (await client.get(UNIT, headers={"If-None-Match": said})).status_code == 200


async def test_a_list_has_another_tag_when_it_has_changed(client: httpx.AsyncClient) -> None:
    before = (await client.get("/api/v1/plan-versions")).headers["etag"]
    assert (await client.post("/api/v1/plan-versions", json={"year": 2027, "status": "live"})).status_code == 201
    answer = await client.get("/api/v1/plan-versions", headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer.headers["etag"] != before


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    got, head = await client.get(UNIT), await client.head(UNIT)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == got.headers["content-length"]


async def test_answers_to_one_credential_are_not_kept_for_another(client: httpx.AsyncClient) -> None:
    answer = await client.get(UNIT)
    assert "private" in answer.headers["cache-control"]
    assert "Authorization" in answer.headers["vary"]


@pytest.mark.parametrize("said", ["*", version_tag(3), f'"9", {version_tag(3)}'])
def test_if_match_lets_the_read_version_through(said: str) -> None:
    IfMatch(said).check(3)


@pytest.mark.parametrize("said", [version_tag(2), f"W/{version_tag(3)}", "3", "", '""'])
def test_if_match_stops_what_is_stale_weak_or_no_tag(said: str) -> None:
    with pytest.raises(ProblemError) as stopped:
        IfMatch(said).check(3)
    assert stopped.value.status_code == 412
