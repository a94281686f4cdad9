"""XLSX, row by row on disk (xlsxwriter in constant memory). Texts are texts: no cell is taken for a formula."""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import UTC
from decimal import Decimal

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from app.exports.files import pieces
from app.exports.outcome_columns import Cell, ExportColumn, OutcomeRecord

MOST_ROWS = 1_048_576
"""Rows that fit a sheet, the headings included; the next ones go into another sheet."""


class _Sheets:
    """The workbook under way, with the sheet that is written to."""

    def __init__(self, workbook: Workbook, columns: Sequence[ExportColumn], most_rows: int) -> None:
        self._workbook = workbook
        self._columns = columns
        self._most_rows = most_rows
        self._heading: Format = workbook.add_format({"bold": True})
        self._time: Format = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._next()

    def _next(self) -> None:
        self._sheet: Worksheet = self._workbook.add_worksheet()
        for place, column in enumerate(self._columns):
            self._sheet.write_string(0, place, column.name, self._heading)
        self._sheet.freeze_panes(1, 0)
        self._row = 1

    def write(self, batch: Sequence[OutcomeRecord]) -> None:
        for record in batch:
            if self._row == self._most_rows:
                self._next()
            for place, column in enumerate(self._columns):
                self._cell(place, column.cell(record))
            self._row += 1

    def _cell(self, place: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, Decimal):
            self._sheet.write_number(self._row, place, float(cell))
        elif isinstance(cell, str):
            self._sheet.write_string(self._row, place, cell)
        else:
            self._sheet.write_datetime(self._row, place, cell.astimezone(UTC).replace(tzinfo=None), self._time)


async def xlsx_table(
    columns: Sequence[ExportColumn],
    batches: AsyncIterable[Sequence[OutcomeRecord]],
    *,
    most_rows: int = MOST_ROWS,
) -> AsyncIterator[bytes]:
    """The file in pieces, once it is written. Numbers are Excel's: 15 digits. Times are UTC."""
    with tempfile.TemporaryFile() as file:
        workbook = Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
        try:
            sheets = _Sheets(workbook, columns, most_rows)
            async for batch in batches:
                await asyncio.to_thread(sheets.write, batch)
        finally:
            # However it ends: the sheets under way are files on disk, which closing takes away.
            await asyncio.to_thread(workbook.close)
        async for piece in pieces(file):
            yield piece
