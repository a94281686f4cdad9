"""Pages: each item once, in order, whatever the limit; a cursor belongs to its list and can't be made by hand."""

import base64
import json

import httpx
import pytest

UNITS = "/api/v1/units"


async def pages(client: httpx.AsyncClient, path: str) -> list[list[str]]:
    """The codes of each page, by following `Link: rel="next"`."""
    found: list[list[str]] = []
    following: str | None = path
    while following is not None:
        answer = await client.get(following)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found.append([item["code"] for item in body["items"]])
        following = answer.links["next"]["url"] if "next" in answer.links else None
        assert (body["next"] is None) == (following is None)
    return found


@pytest.mark.parametrize("limit", [1, 7, 41, 42, 500])
async def test_pages_hold_every_item_once_and_in_the_same_order(client: httpx.AsyncClient, limit: int) -> None:
    whole = [item["code"] for item in (await client.get(f"{UNITS}?limit=500")).json()["items"]]
    found = await pages(client, f"{UNITS}?limit={limit}")
    assert [code for page in found for code in page] == whole
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1]


async def test_the_usual_page_holds_fifty(client: httpx.AsyncClient) -> None:
    body = (await client.get(UNITS)).json()
    assert len(body["items"]) == min(50, len((await client.get(f"{UNITS}?limit=500")).json()["items"]))


async def test_filters_go_with_the_link(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{UNITS}?level=board&limit=5")
    assert "level=board" in answer.links["next"]["url"]
    found = await pages(client, f"{UNITS}?level=board&limit=5")
    assert sum(len(page) for page in found) == 32


async def test_names_come_in_swedish_order(client: httpx.AsyncClient) -> None:
    names = [u["name"] for u in (await client.get(f"{UNITS}?level=board&limit=500")).json()["items"]]
    alphabet = "abcdefghijklmnopqrstuvwxyzåäö"
    firsts = [alphabet.index(name[0].lower()) for name in names]
    assert firsts == sorted(firsts)


async def test_a_cursor_of_another_list_is_refused(client: httpx.AsyncClient) -> None:
    cursor = (await client.get(f"{UNITS}?limit=1")).json()["next"]
    other = await client.get(f"{UNITS}?limit=1&level=board&cursor={cursor}")
    assert other.status_code == 422
    assert other.json()["errors"][0]["code"] == "bad_cursor"


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "abc",
        "å",
        "=",
        "%00",
        "A" * 4001,
        _packed(None),
        _packed([1, 2]),
        _packed(["x", [["s", "a"]]]),
        _packed(["x", "y", "z"]),
        _packed([[], [["q", 1]]]),
    ],
)
async def test_a_cursor_that_nobody_gave_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get(f"{UNITS}?cursor={cursor}")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid"


@pytest.mark.parametrize("values", [[], [["s", "a"]], [["i", 1], ["i", 2]], [["s", "a"], ["s", "b"], ["s", "c"]]])
async def test_a_cursor_with_the_right_digest_and_other_values_is_refused(
    client: httpx.AsyncClient, values: list[list[object]]
) -> None:
    given = (await client.get(f"{UNITS}?limit=1")).json()["next"]
    digest = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))[0]
    answer = await client.get(f"{UNITS}?limit=1&cursor={_packed([digest, values])}")
    assert answer.status_code == 422
