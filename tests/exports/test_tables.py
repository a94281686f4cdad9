"""Rows as CSV, XLSX and Parquet: what stands in the cells, whatever the number of batches."""

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from arro3.io import read_parquet

from app.api.exports import while_taken
from app.exports.csv_table import CsvForm, csv_table
from app.exports.outcome_columns import ColumnSet, OutcomeRecord, columns_of
from app.exports.parquet_table import parquet_table
from app.exports.xlsx_table import xlsx_table

AT = datetime(2027, 9, 2, 12, 30, tzinfo=UTC)
NORMAL = OutcomeRecord(
    *("IND-008", "SU", "2027-T2", "K"),
    *(Decimal("46.200000001"), Decimal(462), Decimal(1000)),
    "=1+1",
    None,
    *("manual", AT, "x"),
)
NONE = OutcomeRecord("IND-008", "SU", "2027", "T", None, None, None, None, "missing", "catalogue", AT, "y")
HEADER = ["indicator", "unit", "period", "sex", "value", "numerator", "denominator", "comment", "status"]


async def _batches(*batches: Sequence[OutcomeRecord]) -> AsyncIterator[Sequence[OutcomeRecord]]:
    for batch in batches:
        yield batch


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in body])


async def _csv(form: CsvForm, columns: ColumnSet = ColumnSet.IMPORT) -> str:
    return (await _whole(csv_table(columns_of(columns), _batches([NORMAL], [NONE]), form))).decode()


async def test_csv_as_everybody_writes_it() -> None:
    text = await _csv(CsvForm())
    assert text.split("\r\n") == [
        ",".join(HEADER),
        "IND-008,SU,2027-T2,K,46.200000001,462,1000,'=1+1,",
        "IND-008,SU,2027,T,,,,,missing",
        "",
    ]


async def test_csv_as_excel_in_swedish_reads_it() -> None:
    text = await _csv(CsvForm(swedish=True))
    assert text.startswith("\ufeffindicator;unit;")
    assert ";46,200000001;462;1000;'=1+1;\r\n" in text


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
async def test_no_text_becomes_a_formula_unless_it_is_asked_for_as_it_is(text: str) -> None:
    record = NORMAL._replace(comment=text)
    for guarded, said in ((True, f"'{text}"), (False, text)):
        body = csv_table(columns_of(ColumnSet.IMPORT), _batches([record]), CsvForm(guarded=guarded))
        rows = list(csv.reader(io.StringIO((await _whole(body)).decode(), newline="")))
        assert rows[1][-2] == said


async def test_numbers_below_zero_are_numbers() -> None:
    body = csv_table(columns_of(ColumnSet.IMPORT), _batches([NORMAL._replace(value=Decimal("-1E-9"))]), CsvForm())
    assert ",-0.000000001," in (await _whole(body)).decode()


async def test_sdmx_has_its_columns_and_its_codes() -> None:
    rows = list(csv.DictReader(io.StringIO(await _csv(CsvForm(), ColumnSet.SDMX))))
    assert list(rows[0])[:3] == ["STRUCTURE", "STRUCTURE_ID", "ACTION"]
    shown = ["STRUCTURE_ID", "FREQ", "SEX", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"]
    assert [[row[name] for name in shown] for row in rows] == [
        ["STYRKEDJAN:OUTCOMES(1.0.0)", "T", "F", "2027-T2", "46.200000001", "A"],
        ["STYRKEDJAN:OUTCOMES(1.0.0)", "A", "_T", "2027", "", "O"],
    ]


def _sheets(file: bytes) -> list[list[list[str | None]]]:
    """The cells of every sheet, row by row."""
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = []
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        for sheet in sorted(n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")):
            root = ET.fromstring(archive.read(sheet))
            assert root.find(f".//{name}f") is None  # no formula
            found.append(
                [
                    [cell.findtext(f".//{name}t") or cell.findtext(f"{name}v") for cell in row]
                    for row in root.iter(f"{name}row")
                ]
            )
    return found


async def test_xlsx_has_numbers_texts_and_times_and_no_formula() -> None:
    [rows] = _sheets(await _whole(xlsx_table(columns_of(ColumnSet.ALL), _batches([NORMAL], [NONE]))))
    assert rows[0] == [*HEADER, "source", "recorded_at", "recorded_by"]
    assert rows[1][:7] == ["IND-008", "SU", "2027-T2", "K", "46.200000001", "462", "1000"]
    assert rows[1][7] == "=1+1"
    assert "missing" in rows[2]


async def test_xlsx_goes_on_in_another_sheet() -> None:
    body = xlsx_table(columns_of(ColumnSet.IMPORT), _batches([NORMAL] * 3, [NONE] * 2), most_rows=3)
    assert [len(rows) for rows in _sheets(await _whole(body))] == [3, 3, 2]


async def test_parquet_keeps_types_and_every_digit() -> None:
    file = await _whole(parquet_table(columns_of(ColumnSet.ALL), _batches([NORMAL], [NONE, NORMAL])))
    table = read_parquet(io.BytesIO(file)).read_all()
    assert table.column_names == [*HEADER, "source", "recorded_at", "recorded_by"]
    cells: dict[str, list[Any]] = {name: table.column(name).to_pylist() for name in table.column_names}
    assert [None if v is None else Decimal(str(v)) for v in cells["value"]] == [NORMAL.value, None, NORMAL.value]
    assert cells["status"] == [None, "missing", None]
    assert cells["comment"] == ["=1+1", None, "=1+1"]
    assert str(cells["recorded_at"][0]).startswith("2027-09-02 12:30:00")


async def test_nothing_is_a_file_too() -> None:
    assert await _csv(CsvForm()) != ""
    assert len(_sheets(await _whole(xlsx_table(columns_of(ColumnSet.IMPORT), _batches())))[0]) == 1
    empty = await _whole(parquet_table(columns_of(ColumnSet.IMPORT), _batches()))
    assert read_parquet(io.BytesIO(empty)).read_all().num_rows == 0


@pytest.mark.parametrize("table", [xlsx_table, parquet_table])
async def test_what_fails_half_way_fails(table: Any) -> None:
    async def broken() -> AsyncIterator[Sequence[OutcomeRecord]]:
        yield [NORMAL]
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(_whole(table(columns_of(ColumnSet.IMPORT), broken())), 10)


async def test_a_reader_that_stops_reading_is_let_go() -> None:
    ended = asyncio.Event()

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"x"
        finally:
            ended.set()

    async def send() -> None:
        source = body()
        try:
            async for _ in while_taken(source, 0.02):
                await asyncio.sleep(30)
        finally:
            await source.aclose()

    sending = asyncio.create_task(send())
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(sending, 10)
    assert ended.is_set()
