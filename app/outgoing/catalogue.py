"""An indicator catalogue as the service sees it, whatever it speaks: pages of figures by key, unit, period and sex.

The first adapter is `app.outgoing.kolada`. Another catalogue is another class with these two methods.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol


class CatalogueUnitKind(StrEnum):
    """What a catalogue calls the place of a figure: a municipality or region, or a unit of an organisation."""

    MUNICIPALITY = "municipality"
    OU = "ou"


@dataclass(frozen=True, slots=True)
class CatalogueFigure:
    """One figure, in our words but for its unit. `status` is a code of "no value" where `value` is None.

    `value` is whatever number stood there; the import's rules judge it, as they do what a person sends.
    """

    indicator: str
    kind: CatalogueUnitKind
    unit: str
    """The unit's id in the catalogue."""
    period: str
    sex: str
    value: Any
    status: str | None


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """A page of figures, and where the next one is (None: this was the step's last)."""

    figures: Sequence[CatalogueFigure]
    next: str | None


class Catalogue(Protocol):
    """What an adapter does."""

    name: str

    def steps(
        self, keys: Collection[str], units: Mapping[CatalogueUnitKind, Collection[str]], since: date | None
    ) -> list[str]:
        """Addresses (under the base) that together give every figure of these keys and units, changed since then."""
        ...

    async def page(self, address: str) -> CataloguePage:
        """The page at an address that `steps` or an earlier page gave. Raises FetchError, UrlRefusedError."""
        ...
