"""Rows of an outcome import out of a JSON array, NDJSON or CSV. Form only: what a row means is the service's matter.

CSV comes as Excel in Swedish writes it (semicolon, decimal comma, a byte order mark) or as everybody else does
(comma, decimal point): the separator is read off the header line.
"""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NoReturn

from app.domain.findings import InputError, InvalidInput
from app.domain.texts import Text

FIELDS = ("indicator", "unit", "period", "sex", "value", "numerator", "denominator", "comment")
_NUMBERS = frozenset({"value", "numerator", "denominator"})
MEDIA_TYPES = ("application/json", "application/x-ndjson", "text/csv")
MOST_ROWS = 100_000

_UNREADABLE = Text("Kroppen kan inte läsas som {form}: {why}", "The body can't be read as {form}: {why}")
_TOO_MANY = Text(
    "Högst {most} rader tas emot på en gång; dela upp importen.",
    "At most {most} rows are taken at once; split the import.",
)


def read_rows(media_type: str, body: bytes) -> list[dict[str, Any]]:
    """The body's rows, each a dict of what it says (nothing checked but that it is a row).

    Raises InvalidInput where the body as a whole can't be read; pointers name the line or the row.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput([_said("", "invalid_utf8", "UTF-8", f"byte {error.start}")]) from error
    reader = {"application/json": _json_array, "application/x-ndjson": _ndjson, "text/csv": _csv}[media_type]
    rows: list[dict[str, Any]] = []
    for row in reader(text):
        if len(rows) == MOST_ROWS:
            raise InvalidInput([InputError("", "too_many_rows", _TOO_MANY.fill(most=MOST_ROWS))])
        rows.append(row)
    return rows


def _json_array(text: str) -> Iterator[dict[str, Any]]:
    rows = _parsed(text, "")
    if not isinstance(rows, list):
        raise InvalidInput([_said("", "not_an_array", "JSON", "[...]")])
    for number, row in enumerate(rows):
        yield _object(row, f"/{number}")


def _ndjson(text: str) -> Iterator[dict[str, Any]]:
    # Not splitlines(): a text may hold line separators of Unicode as they are.
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            yield _object(_parsed(line, f"/{number}"), f"/{number}")


def _csv(text: str) -> Iterator[dict[str, Any]]:
    header = text.partition("\n")[0]
    separator = ";" if header.count(";") >= header.count(",") and ";" in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        if unknown := [name for name in names if name not in FIELDS] or (not names and ["?"]):
            raise InvalidInput([_said("", "unknown_field", "CSV", ", ".join(unknown)[:200])])
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidInput([_said("", "repeated_field", "CSV", ", ".join(twice))])
        for number, cells in enumerate(reader):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise InvalidInput([_said(f"/{number}", "wrong_cell_count", "CSV", f"{len(cells)} != {len(names)}")])
            yield {
                name: _number(cell, separator) if name in _NUMBERS else cell.strip()
                for name, cell in zip(names, cells, strict=True)
                if cell.strip()
            }
    except csv.Error as error:
        raise InvalidInput([_said("", "unreadable", "CSV", str(error))]) from error


def _number(cell: str, separator: str) -> str:
    """`12,5` and `1 234,5` of a Swedish Excel become `12.5` and `1234.5`; left alone where the comma separates."""
    bare = cell.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("\u2212", "-")
    return bare.replace(",", ".") if separator == ";" and bare.count(",") == 1 and "." not in bare else bare


def _object(row: object, pointer: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidInput([_said(pointer, "not_an_object", "JSON", "{...}")])
    return row


def _parsed(text: str, pointer: str) -> Any:
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InvalidInput([_said(pointer, "malformed_json", "JSON", str(error)[:200])]) from error


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


# Made once: json.loads makes one for every line.
_DECODER = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_float=Decimal, parse_constant=_refuse)


def _said(pointer: str, code: str, form: str, why: str) -> InputError:
    return InputError(pointer, code, _UNREADABLE.fill(form=form, why=why))
