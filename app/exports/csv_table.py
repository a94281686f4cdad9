"""CSV (RFC 4180) as it is written, batch by batch; or as Excel in Swedish reads it.

A text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return is a formula to a spreadsheet, which may run it:
an apostrophe is put in front, unless the reader is a program and asks for texts as they are.
"""

import csv
import io
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.exports.outcome_columns import Cell, ExportColumn, OutcomeRecord

_BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How the file is written. `swedish`: semicolons, decimal commas and a byte order mark; `guarded`: no formulas."""

    swedish: bool = False
    guarded: bool = True


async def csv_table(
    columns: Sequence[ExportColumn], batches: AsyncIterable[Sequence[OutcomeRecord]], form: CsvForm
) -> AsyncIterator[bytes]:
    """The file in pieces: the headings at once, then one piece per batch."""
    separator = ";" if form.swedish else ","
    headings = separator.join(column.name for column in columns) + "\r\n"
    yield (_BYTE_ORDER_MARK + headings if form.swedish else headings).encode()
    cells = [column.cell for column in columns]
    async for batch in batches:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
        writer.writerows([_written(cell(record), form) for cell in cells] for record in batch)
        yield text.getvalue().encode()


def _written(cell: Cell, form: CsvForm) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        plain = f"{cell:f}"
        return plain.replace(".", ",") if form.swedish else plain
    if isinstance(cell, datetime):
        return cell.isoformat()
    return f"'{cell}" if form.guarded and cell.startswith(_FORMULA) else cell
