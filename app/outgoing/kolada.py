"""The Kolada API's shape, version 2: `{count, values: [{kpi, municipality|ou, period, values}], next_page}`.

    data/kpi/<keys>/municipality/<ids>?from_date=2027-01-31&per_page=5000
    oudata/kpi/<keys>/ou/<ids>?from_date=2027-01-31&per_page=5000

Each of the inner values is `{gender: T|K|M, count, status, value}`. Kolada itself knows years; a catalogue of a
region's own may say months, as `2027-08` or `2027M08`. A figure that was taken away comes with `isdeleted`, or without
a value.
Written after the documentation at github.com/Hypergene/kolada.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from app.outgoing.catalogue import CatalogueFigure, CataloguePage, CatalogueUnitKind
from app.outgoing.fetching import BadAnswerError, NotFetchedError, fetch
from app.outgoing.retrying import Patience, patiently
from app.outgoing.url_guard import UrlRefusedError

_MOST_BYTES = 64 * 1024 * 1024
_PER_PAGE = 5000
# A URL is kept under 2,000 characters, which every server and proxy takes.
_KEYS_AT_ONCE = 25
_UNITS_AT_ONCE = 50
_ROUTES = {CatalogueUnitKind.MUNICIPALITY: "data", CatalogueUnitKind.OU: "oudata"}
_SEXES = {"T": "T", "K": "K", "M": "M", "F": "K"}
"""Documents say F where the data say K."""
_MISSING = "missing"
_STATUSES = {
    "missing": _MISSING,
    "privacy": "suppressed",
    "private": "suppressed",
    "suppressed": "suppressed",
    "not applicable": "not_applicable",
    "na": "not_applicable",
}
_MONTH = re.compile(r"([12][0-9]{3})M(0[1-9]|1[0-2])")


class KoladaCatalogue:
    """A catalogue that speaks Kolada's version 2. `client`: a guarded one; `within`: seconds for a whole page."""

    name = "kolada"

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str,
        *,
        token: str | None = None,
        within: float = 60.0,
        per_page: int = _PER_PAGE,
        patience: Patience | None = None,
    ) -> None:
        self._client = client
        self._base = httpx.URL(base_url if base_url.endswith("/") else f"{base_url}/")
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._within = within
        self._per_page = per_page
        self._patience = patience or Patience()

    def steps(
        self, keys: Collection[str], units: Mapping[CatalogueUnitKind, Collection[str]], since: date | None
    ) -> list[str]:
        """Addresses under the base: keys and units in portions, in an order that stays."""
        query = f"per_page={self._per_page}" + (f"&from_date={since.isoformat()}" if since else "")
        return [
            f"{_ROUTES[kind]}/kpi/{_joined(some_keys)}/{kind}/{_joined(some_units)}?{query}"
            for kind in CatalogueUnitKind
            for some_keys in _portions(keys, _KEYS_AT_ONCE)
            for some_units in _portions(units.get(kind, ()), _UNITS_AT_ONCE)
        ]

    async def page(self, address: str) -> CataloguePage:
        """The page, tried again where the catalogue is busy or the line breaks. Raises FetchError, UrlRefusedError."""
        url = self._base.join(address)
        body = await patiently(lambda: self._read(url), self._patience)
        values, following = body.get("values"), body.get("next_page")
        if not isinstance(values, list) or not isinstance(following, str | None):
            raise BadAnswerError("an answer that is no page of values")
        return CataloguePage(list(_figures(values)), self._address(following) if following else None)

    async def _read(self, url: httpx.URL) -> dict[str, Any]:
        answer = await fetch(self._client, str(url), most_bytes=_MOST_BYTES, within=self._within, headers=self._headers)
        try:
            body = json.loads(answer.content, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            # Cut off half way by something in between that did not say so: worth another try.
            raise NotFetchedError("an answer that is no JSON") from error
        if not isinstance(body, dict):
            raise BadAnswerError("an answer that is no page of values")
        return body

    def _address(self, following: str) -> str:
        """A `next_page` as an address under the base. Whatever scheme and port it says, ours are used.

        Raises UrlRefusedError where it leads to another host, or out of the base's path: a catalogue decides what comes
        next, not where our request (and its token) goes.
        """
        try:
            target = self._base.join(following)
        except httpx.InvalidURL as error:
            raise UrlRefusedError("next_page is not a URL") from error
        if target.host != self._base.host or target.userinfo:
            raise UrlRefusedError("next_page leads to another host")
        path, base = target.raw_path.decode("ascii"), self._base.raw_path.decode("ascii")
        if not path.startswith(base):
            raise UrlRefusedError("next_page leads out of the catalogue")
        return path.removeprefix(base)


def _portions(ids: Collection[str], size: int) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _joined(ids: Collection[str]) -> str:
    return ",".join(quote(each, safe="") for each in ids)


def _figures(values: list[Any]) -> Iterator[CatalogueFigure]:
    for said in values:
        if not isinstance(said, dict) or not isinstance(said.get("values"), list):
            raise BadAnswerError("a value that is no object")
        kind = CatalogueUnitKind.OU if "ou" in said else CatalogueUnitKind.MUNICIPALITY
        place = (str(said.get("kpi", "")), kind, str(said.get(kind.value, "")), _period(said.get("period")))
        for inner in said["values"]:
            if not isinstance(inner, dict):
                raise BadAnswerError("a value that is no object")
            yield CatalogueFigure(*place, _sex(inner.get("gender")), *_value(said, inner))


def _value(said: Mapping[str, Any], inner: Mapping[str, Any]) -> tuple[Any, str | None]:
    """(value, status): a figure that was taken away, or never was, is "no value" of a kind."""
    taken_away = any(part.get(name) for part in (said, inner) for name in ("isdeleted", "is_deleted"))
    status = _STATUSES.get(str(inner.get("status") or "").strip().lower())
    value = inner.get("value")
    if taken_away:
        return None, _MISSING
    if value is None or status in {"suppressed", "not_applicable"}:
        return None, status or _MISSING
    return value, None


def _sex(said: object) -> str:
    """Unknown ones are passed on as they are, for the import to name them."""
    return _SEXES.get(str(said), str(said))


def _period(said: object) -> str:
    text = str(said)
    month = _MONTH.fullmatch(text)
    return f"{month[1]}-{month[2]}" if month else text
