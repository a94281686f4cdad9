"""Kolada's words in ours, and addresses short enough to be asked."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.outgoing.catalogue import CatalogueFigure, CatalogueUnitKind
from app.outgoing.fetching import BadAnswerError
from app.outgoing.kolada import KoladaCatalogue
from app.outgoing.url_guard import UrlRefusedError

OU = CatalogueUnitKind.OU


def _catalogue(body: Any, seen: list[httpx.Request] | None = None) -> KoladaCatalogue:
    """A catalogue that answers everything with `body`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(200, content=body if isinstance(body, bytes) else json.dumps(body).encode())

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return KoladaCatalogue(client, "https://katalog.example/v2", token="hemligt")


async def _figures(**said: Any) -> list[tuple[str, str, Any, str | None]]:
    values = [{"kpi": "U1", "ou": "V1", "period": 2027, **said}]
    page = await _catalogue({"values": values}).page("x")
    return [(f.period, f.sex, f.value, f.status) for f in page.figures]


async def test_a_figure_keeps_every_digit_and_its_place() -> None:
    body = b'{"values": [{"kpi": "U1", "ou": "V1", "period": "2027", "values": [{"gender": "T", "value": 0.1}]}]}'
    page = await _catalogue(body).page("x")
    assert page.next is None
    assert list(page.figures) == [CatalogueFigure("U1", OU, "V1", "2027", "T", Decimal("0.1"), None)]


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ({"gender": "T", "value": 1, "status": ""}, (1, None)),
        ({"gender": "T", "value": 1, "status": "Preliminary"}, (1, None)),
        ({"gender": "T", "value": None, "status": ""}, (None, "missing")),
        ({"gender": "T", "value": None, "status": "Missing"}, (None, "missing")),
        ({"gender": "T", "value": 3, "status": "Privacy"}, (None, "suppressed")),
        ({"gender": "T", "value": None, "status": "NA"}, (None, "not_applicable")),
        ({"gender": "T", "value": 1, "isdeleted": True}, (None, "missing")),
    ],
)
async def test_no_value_has_a_kind(inner: dict[str, Any], expected: tuple[Any, str | None]) -> None:
    [(_, _, value, status)] = await _figures(values=[inner])
    assert (value, status) == expected


async def test_a_deleted_row_takes_its_figures_along() -> None:
    assert await _figures(isdeleted=True, values=[{"gender": "K", "value": 1}]) == [("2027", "K", None, "missing")]


async def test_months_and_sexes_in_our_words_and_the_unknown_as_it_is() -> None:
    sexes = [{"gender": sex, "value": 1} for sex in ("T", "F", "M", "X", None)]
    assert [f[1] for f in await _figures(values=sexes)] == ["T", "K", "M", "X", "None"]
    for said, period in (("2027M08", "2027-08"), ("2027-08", "2027-08"), ("2027-T2", "2027-T2"), (None, "None")):
        assert (await _figures(period=said, values=sexes[:1]))[0][0] == period


@pytest.mark.parametrize(
    "body",
    [[], {}, {"values": None}, {"values": [1]}, {"values": [{"values": 1}]}, {"values": [{"values": [1]}]},
     {"values": [], "next_page": 7}],
)  # fmt: skip
async def test_what_is_no_page_is_refused(body: Any) -> None:
    with pytest.raises(BadAnswerError):
        await _catalogue(body).page("x")


async def test_the_next_page_is_asked_of_the_same_catalogue_with_its_token() -> None:
    seen: list[httpx.Request] = []
    catalogue = _catalogue({"values": [], "next_page": "http://katalog.example/v2/data/x?page=2"}, seen)
    page = await catalogue.page("data/x?per_page=1")
    assert page.next == "data/x?page=2"
    await catalogue.page(page.next)
    assert [str(r.url) for r in seen] == [
        "https://katalog.example/v2/data/x?per_page=1",
        "https://katalog.example/v2/data/x?page=2",
    ]
    assert {r.headers["authorization"] for r in seen} == {"Bearer hemligt"}


@pytest.mark.parametrize(
    "elsewhere",
    ["https://annan.example/v2/x", "https://katalog.example/v3/x", "https://a:b@katalog.example/v2/x", "//x/v2/"],
)
async def test_a_next_page_elsewhere_is_refused(elsewhere: str) -> None:
    with pytest.raises(UrlRefusedError):
        await _catalogue({"values": [], "next_page": elsewhere}).page("x")


def test_keys_and_units_are_asked_for_in_portions() -> None:
    units = {OU: [f"V{n}" for n in range(60)], CatalogueUnitKind.MUNICIPALITY: ["0014"]}
    steps = _catalogue({}).steps([f"U{n:02d}" for n in range(30)], units, date(2027, 1, 31))
    assert len(steps) == 2 + 4
    assert steps[0].startswith("data/kpi/U00,U01,")
    assert steps[0].endswith("/municipality/0014?per_page=5000&from_date=2027-01-31")
    assert max(map(len, steps)) < 1000
    assert _catalogue({}).steps(["U/1"], {OU: ["å"]}, None) == ["oudata/kpi/U%2F1/ou/%C3%A5?per_page=5000"]
    assert _catalogue({}).steps([], units, None) == []
