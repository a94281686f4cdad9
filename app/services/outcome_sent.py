"""Rows of outcomes as a body's reader hands them on: in a form that is quick to make, nothing checked but the form."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.domain.outcome_rows import RawOutcome

_NOTHING = msgspec.Raw(b"")
# Numbers that are in bounds by their form, as JSON has them or as a text.
PLAIN = re.compile(r'"?(-?[0-9]{1,15}(?:\.[0-9]{1,9})?)"?', re.ASCII)


class SentRow(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A row whose names are texts. Numbers are kept as they were spelt in JSON."""

    indicator: str
    unit: str
    period: str
    sex: str
    value: msgspec.Raw = _NOTHING
    numerator: msgspec.Raw = _NOTHING
    denominator: msgspec.Raw = _NOTHING
    comment: str | None = None
    status: str | None = None


Row = SentRow | dict[str, Any]
"""A row of the quick form, or whatever else an object may hold."""
Rows = Sequence[Row]


def given(row: Row) -> dict[str, Any]:
    """What the row says, by field."""
    if isinstance(row, dict):
        return row
    said = {name: getattr(row, name) for name in RawOutcome._fields}
    plain = {name: _plain(value) if isinstance(value, msgspec.Raw) else value for name, value in said.items()}
    return {name: value for name, value in plain.items() if value is not None}


_NUMBER = msgspec.json.Decoder(float_hook=Decimal)


def _plain(raw: msgspec.Raw) -> Any:
    spelt = bytes(raw)
    if not spelt:
        return None
    try:
        return _NUMBER.decode(spelt)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return spelt.decode("utf-8", "replace")
