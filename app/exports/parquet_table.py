"""Parquet (arro3, the Rust implementation of Arrow in 12 MB): a row group at a time, compressed with zstd.

Numbers are exact, as decimal(24, 9): 15 digits before the point and 9 after it, which is what an outcome can hold.
"""

import asyncio
import queue
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from app.exports.files import pieces
from app.exports.outcome_columns import Cell, ColumnKind, ExportColumn, OutcomeRecord

ROW_GROUP = 100_000
_TYPES = {
    ColumnKind.TEXT: DataType.utf8(),
    ColumnKind.NUMBER: DataType.decimal128(24, 9),
    ColumnKind.TIME: DataType.timestamp("us", tz="UTC"),
}
_Batches = queue.Queue[Sequence[OutcomeRecord] | None]


async def parquet_table(
    columns: Sequence[ExportColumn], batches: AsyncIterable[Sequence[OutcomeRecord]]
) -> AsyncIterator[bytes]:
    """The file in pieces, once it is written."""
    with tempfile.TemporaryFile() as file:
        waiting: _Batches = queue.Queue(maxsize=2)
        writer = asyncio.create_task(asyncio.to_thread(_write, file, columns, waiting))
        try:
            async for batch in batches:
                await _hand_over(waiting, batch, writer)
        finally:
            # However it ends, the thread must: it waits for the end of the rows.
            await _hand_over(waiting, None, writer)
            await writer
        async for piece in pieces(file):
            yield piece


async def _hand_over(waiting: _Batches, batch: Sequence[OutcomeRecord] | None, writer: asyncio.Task[None]) -> None:
    """Give the thread a batch; wait while it has two already. A thread that failed takes no more."""
    while not writer.done():
        try:
            waiting.put_nowait(batch)
        except queue.Full:
            await asyncio.sleep(0.005)
        else:
            return


def _write(file: Any, columns: Sequence[ExportColumn], waiting: _Batches) -> None:
    schema = Schema([Field(column.name, _TYPES[column.kind], nullable=True) for column in columns])
    reader = RecordBatchReader.from_batches(schema, _record_batches(schema, columns, waiting))
    write_parquet(reader, file, compression="zstd(3)", max_row_group_size=ROW_GROUP)


def _record_batches(schema: Schema, columns: Sequence[ExportColumn], waiting: _Batches) -> Iterator[RecordBatch]:
    while (batch := waiting.get()) is not None:
        arrays = [_array(column.kind, [column.cell(record) for record in batch]) for column in columns]
        yield RecordBatch.from_arrays(arrays, schema=schema)


def _array(kind: ColumnKind, cells: Sequence[Cell]) -> Array:
    # From their texts: the library makes no decimals or times of Python's, but casts them exactly.
    texts = [None if cell is None else cell if isinstance(cell, str) else _text(cell) for cell in cells]
    array = Array(texts, type=DataType.utf8())
    return array if kind is ColumnKind.TEXT else array.cast(_TYPES[kind])


def _text(cell: Any) -> str:
    return str(cell.isoformat()) if hasattr(cell, "isoformat") else f"{cell:f}"
