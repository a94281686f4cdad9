"""Rows of an outcome import out of a JSON array, NDJSON or CSV, a batch at a time. What a row means is not asked here.

Each batch is decoded at once into rows of the quick form (`SentRow`); a batch that holds anything else is read again by
the standard library, which tells what is wrong. CSV comes as Excel in Swedish writes it (semicolon, decimal comma, a
byte order mark) or as everybody else does (comma, decimal point): the separator is read off the header line.
"""

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import chain
from typing import IO, Any, NoReturn

import msgspec

from app.domain.findings import InputError, InvalidInput
from app.domain.texts import Text
from app.services.outcome_sent import PLAIN, Row, SentRow

FIELDS = SentRow.__struct_fields__
_NUMBERS = frozenset({"value", "numerator", "denominator"})
_NEEDED = FIELDS[:4]
# What a row that need not say it says then.
_UNSAID = dict(zip(FIELDS[4:], SentRow.__struct_defaults__, strict=True))
MEDIA_TYPES = ("application/json", "application/x-ndjson", "text/csv")

_PIECE = 256 * 1024
_LONGEST_ROW = 8 * 1024 * 1024
_LONGEST_LINE = 1024 * 1024
_CSV_BATCH = 2_000
_BOM = b"\xef\xbb\xbf"
_SPACE = b" \t\r\n"
_UNREADABLE = Text("Kroppen kan inte läsas som {form}: {why}", "The body can't be read as {form}: {why}")


def row_batches(media_type: str, file: IO[bytes]) -> Iterator[list[Row]]:
    """The body's rows in batches, nothing checked but that each is a row.

    Raises InvalidInput where the body as a whole can't be read; pointers name the line or the row.
    """
    reader = {"application/json": _json_array, "application/x-ndjson": _ndjson, "text/csv": _csv}[media_type]
    yield from reader(file)


def _json_array(file: IO[bytes]) -> Iterator[list[Row]]:
    buffer = file.read(_PIECE).removeprefix(_BOM).lstrip(_SPACE)
    if buffer[:1] != b"[":
        _not_an_array(buffer + file.read(_LONGEST_LINE))
    buffer, wanted, row = buffer[1:], _PIECE, 0
    while True:
        while len(buffer) < wanted and (more := file.read(_PIECE)):
            buffer += more
        if len(buffer) < wanted:
            yield from _last_rows(buffer, row)
            return
        cut = buffer.rfind(b"}") + 1
        rows = _whole_objects(buffer[:cut], row)
        if rows is not None:
            yield rows
            row, wanted = row + len(rows), _PIECE
            buffer = _after_comma(buffer[cut:].lstrip(_SPACE) or file.read(_PIECE).lstrip(_SPACE), file)
            if not buffer:
                return
        elif wanted > _LONGEST_ROW:
            _slow_array(buffer, row)
            raise InvalidInput([_said("", "malformed_json", "JSON", "[...]")])
        else:
            # The last brace stands inside a text, or a row is longer than the buffer: look at more of it.
            wanted *= 2


def _after_comma(rest: bytes, file: IO[bytes]) -> bytes:
    """What follows the comma after a row; nothing where the array ends there."""
    if rest[:1] == b"]" and not (rest[1:] + file.read(_LONGEST_LINE)).strip(_SPACE):
        return b""
    if rest[:1] != b"," or not (following := (rest[1:] + file.read(_PIECE)).lstrip(_SPACE)) or following[:1] == b"]":
        raise InvalidInput([_said("", "malformed_json", "JSON", "',' or ']' is missing")])
    return following


def _last_rows(buffer: bytes, row: int) -> Iterator[list[Row]]:
    text = buffer.rstrip(_SPACE)
    if (
        text[-1:] == b"]"
        and (row == 0 or text[:-1].strip(_SPACE))
        and (rows := _whole_objects(text[:-1], row)) is not None
    ):
        yield rows
        return
    yield _slow_array(buffer, row)


def _whole_objects(text: bytes, row: int) -> list[Row] | None:
    """Objects with commas between them; None where the text is no such thing (it may be cut off inside a text)."""
    array = b"[" + text + b"]"
    quick = _quick(array, text)
    if quick is not None:
        return quick
    try:
        rows = _decoded(array)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return [_object(each, f"/{row + number}") for number, each in enumerate(rows)]


def _quick(array: bytes, text: bytes) -> list[Row] | None:
    try:
        rows = _QUICK.decode(array)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return list(rows) if _named_once(text, rows) else None


def _named_once(text: bytes, rows: list[SentRow]) -> bool:
    """Whether no key can stand twice in a row: the names are counted. When in doubt, no."""
    if b"\\u" in text or any(text.count(f'"{name}"'.encode()) != len(rows) for name in _NEEDED):
        return False
    for name, unsaid in _UNSAID.items():
        named = text.count(f'"{name}"'.encode())
        if named and named != len(rows) - [getattr(row, name) for row in rows].count(unsaid):
            return False
    return True


def _slow_array(rest: bytes, row: int) -> list[Row]:
    """Everything that is left, read by the standard library: the rows, or what is wrong with them."""
    rows = _parsed(b"[" + rest, "")
    return [_object(each, f"/{row + number}") for number, each in enumerate(rows)]


def _not_an_array(body: bytes) -> NoReturn:
    _parsed(body, "")
    raise InvalidInput([_said("", "not_an_array", "JSON", "[...]")])


def _ndjson(file: IO[bytes]) -> Iterator[list[Row]]:
    number, buffer = 0, file.read(_PIECE).removeprefix(_BOM)
    while buffer:
        # Not splitlines(): a text may hold line separators of Unicode as they are.
        if not buffer.endswith(b"\n"):
            buffer += file.readline(_LONGEST_ROW)
        lines = buffer.split(b"\n")
        try:
            rows = _QUICK_LINES.decode_lines(buffer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            rows = []
        if len(rows) == sum(1 for line in lines if line.strip()) and _named_once(buffer, rows):
            yield list(rows)
        else:
            yield [
                _object(_parsed(line, f"/{number + i}"), f"/{number + i}")
                for i, line in enumerate(lines)
                if line.strip()
            ]
        number += len(lines) - 1
        buffer = file.read(_PIECE)


def _csv(file: IO[bytes]) -> Iterator[list[Row]]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="")
    try:
        header = text.readline(_LONGEST_LINE)
        separator = ";" if header.count(";") >= header.count(",") and ";" in header else ","
        reader = csv.reader(chain([header], _lines(text)), delimiter=separator, strict=True)
        yield from _csv_rows(reader, separator)
    except csv.Error as error:
        raise InvalidInput([_said("", "unreadable", "CSV", str(error))]) from error
    except UnicodeDecodeError as error:
        raise InvalidInput([_said("", "invalid_utf8", "UTF-8", f"byte {error.start}")]) from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error("a line is too long")
        yield line


def _csv_rows(reader: Iterator[list[str]], separator: str) -> Iterator[list[Row]]:
    names = [name.strip().lower() for name in next(reader, [])]
    if unknown := [name for name in names if name not in FIELDS] or (not names and ["?"]):
        raise InvalidInput([_said("", "unknown_field", "CSV", ", ".join(unknown)[:200])])
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput([_said("", "repeated_field", "CSV", ", ".join(twice))])
    rows: list[Row] = []
    for number, cells in enumerate(reader):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(names):
            raise InvalidInput([_said(f"/{number}", "wrong_cell_count", "CSV", f"{len(cells)} != {len(names)}")])
        said = {name: _number(cell, separator) if name in _NUMBERS else cell.strip()
                for name, cell in zip(names, cells, strict=True) if cell.strip()}  # fmt: skip
        rows.append(_quick_cells(said))
        if len(rows) == _CSV_BATCH:
            yield rows
            rows = []
    yield rows


def _quick_cells(said: dict[str, Any]) -> Row:
    """The row in its quick form, where its numbers are plain and no name is missing."""
    numbers = said.keys() & _NUMBERS
    if not all(name in said for name in _NEEDED) or not all(PLAIN.fullmatch(said[name]) for name in numbers):
        return said
    return SentRow(**(said | {name: msgspec.Raw(said[name]) for name in numbers}))


def _number(cell: str, separator: str) -> str:
    """`12,5` and `1 234,5` of a Swedish Excel become `12.5` and `1234.5`; left alone where the comma separates."""
    bare = cell.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "").replace("\u2212", "-")
    return bare.replace(",", ".") if separator == ";" and bare.count(",") == 1 and "." not in bare else bare


def _object(row: object, pointer: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise InvalidInput([_said(pointer, "not_an_object", "JSON", "{...}")])
    return row


def _parsed(body: bytes, pointer: str) -> Any:
    try:
        return _decoded(body)
    except UnicodeDecodeError as error:
        raise InvalidInput([_said("", "invalid_utf8", "UTF-8", f"byte {error.start}")]) from error
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise InvalidInput([_said(pointer, "malformed_json", "JSON", str(error)[:200])]) from error


def _decoded(body: bytes) -> Any:
    """On a stack of its own: how deep a body may nest does not depend on how deep its reader stands."""
    return _APART.submit(_DECODER.decode, body.decode("utf-8")).result()


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a key stands twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


# Made once: json.loads makes one for every line.
_DECODER = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_float=Decimal, parse_constant=_refuse)
_APART = ThreadPoolExecutor(1, "slow-json")
_QUICK = msgspec.json.Decoder(list[SentRow])
_QUICK_LINES = msgspec.json.Decoder(SentRow)


def _said(pointer: str, code: str, form: str, why: str) -> InputError:
    return InputError(pointer, code, _UNREADABLE.fill(form=form, why=why))
