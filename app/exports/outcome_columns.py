"""An outcome as it leaves the service: its fields, and which of them stand in which column.

| columns | for |
|---|---|
| `import` | what an import takes: what was exported can be imported again |
| `all` | that, and who recorded it, when, by which way |
| `sdmx` | the names and codes of SDMX-CSV 2.0, for statistical tools |
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

Cell = str | Decimal | datetime | None


class OutcomeRecord(NamedTuple):
    """An outcome with everything by its name. `status` is None for a value, else the kind of "no value"."""

    indicator: str
    unit: str
    period: str
    sex: str
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    comment: str | None
    status: str | None
    source: str | None = None
    recorded_at: datetime | None = None
    recorded_by: str | None = None


class ColumnKind(StrEnum):
    """What stands in a column, for formats that have types."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


class ColumnSet(StrEnum):
    """Which columns are asked for."""

    IMPORT = "import"
    ALL = "all"
    SDMX = "sdmx"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column: its heading, what stands in it, and how it is read off a record."""

    name: str
    kind: ColumnKind
    cell: Callable[[OutcomeRecord], Cell]


_NUMBERS = {"value", "numerator", "denominator"}
_IMPORTED = OutcomeRecord._fields[: OutcomeRecord._fields.index("status") + 1]
STRUCTURE_ID = "STYRKEDJAN:OUTCOMES(1.0.0)"
# Codes of SDMX's lists CL_SEX(2.1), CL_OBS_STATUS(2.2) and CL_FREQ(2.1). A tertial is a trimester of four months there.
_SEX = {"T": "_T", "K": "F", "M": "M"}
_STATUS = {None: "A", "missing": "O", "suppressed": "Q", "not_applicable": "M"}


def columns_of(wanted: ColumnSet) -> tuple[ExportColumn, ...]:
    """The columns of a set, in their order."""
    return _SETS[wanted]


@lru_cache(maxsize=1024)
def _frequency(period: str) -> str:
    if len(period) == len("2027"):
        return "A"
    return "T" if "T" in period else "M"


def _field(name: str) -> ExportColumn:
    kind = ColumnKind.NUMBER if name in _NUMBERS else ColumnKind.TIME if name == "recorded_at" else ColumnKind.TEXT
    place = OutcomeRecord._fields.index(name)
    return ExportColumn(name, kind, lambda record: record[place])


def _sdmx(name: str, cell: Callable[[OutcomeRecord], Cell], kind: ColumnKind = ColumnKind.TEXT) -> ExportColumn:
    return ExportColumn(name, kind, cell)


_SETS: Mapping[ColumnSet, tuple[ExportColumn, ...]] = {
    ColumnSet.IMPORT: tuple(_field(name) for name in _IMPORTED),
    ColumnSet.ALL: tuple(_field(name) for name in OutcomeRecord._fields),
    ColumnSet.SDMX: (
        _sdmx("STRUCTURE", lambda _: "dataflow"),
        _sdmx("STRUCTURE_ID", lambda _: STRUCTURE_ID),
        _sdmx("ACTION", lambda _: "I"),
        _sdmx("FREQ", lambda r: _frequency(r.period)),
        _sdmx("INDICATOR", lambda r: r.indicator),
        _sdmx("REF_AREA", lambda r: r.unit),
        _sdmx("SEX", lambda r: _SEX[r.sex]),
        _sdmx("TIME_PERIOD", lambda r: r.period),
        _sdmx("OBS_VALUE", lambda r: r.value, ColumnKind.NUMBER),
        _sdmx("NUMERATOR", lambda r: r.numerator, ColumnKind.NUMBER),
        _sdmx("DENOMINATOR", lambda r: r.denominator, ColumnKind.NUMBER),
        _sdmx("OBS_STATUS", lambda r: _STATUS[r.status]),
        _sdmx("COMMENT_OBS", lambda r: r.comment),
    ),
}
