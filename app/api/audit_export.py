"""The audit log as a file: NDJSON, or CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

import orjson
from pydantic import BaseModel

Format = Literal["ndjson", "csv"]
MEDIA_TYPES: Mapping[Format, str] = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
# A cell that begins so is a formula to a spreadsheet, and subject and client are the callers' own words.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def written(batches: AsyncIterator[Sequence[BaseModel]], form: Format) -> AsyncIterator[bytes]:
    """Models, some at a time -> the bytes of the file, as many at a time."""
    is_first = True
    async for batch in batches:
        rows = [model.model_dump(mode="json") for model in batch]
        if form == "ndjson":
            yield b"".join(orjson.dumps(row) + b"\n" for row in rows)
        else:
            yield _csv(rows, heading=is_first)
        is_first = False


def _csv(rows: Sequence[Mapping[str, Any]], *, heading: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    if heading and rows:
        writer.writerow(rows[0])
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    said = str(value)
    return f"'{said}" if said.startswith(_FORMULA) else said
