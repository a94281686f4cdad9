"""Rows on their way into the tables: gathered here, written by COPY."""

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg

BY = "bench"
AT = datetime(2027, 1, 4, 8, tzinfo=UTC)
_TRACED = ("created_at", "created_by", "updated_at", "updated_by")

COLUMNS: dict[str, tuple[str, ...]] = {
    "org_units": ("id", "code", "name", "name_sort", "level", *_TRACED),
    "org_placements": ("id", "unit_id", "parent_id", "valid", *_TRACED),
    "plan_versions": ("id", "year", "status", *_TRACED),
    "indicators": (
        *("id", "code", "catalogue_key", "title", "unit_of_measure", "direction", "scale", "is_ratio"),
        *("sex_disaggregated", "input", *_TRACED),
    ),
    "nodes": (
        *("id", "lineage_id", "plan_version_id", "module_id", "column_id", "node_kind", "owner_unit_id"),
        *("title", "title_sort", "title_key", "start_date", "end_date", "status", "indicator_id", "approved_at"),
        *_TRACED,
    ),
    "node_links": ("id", "plan_version_id", "parent_id", "child_id", "created_at", "created_by"),
    "allocations": ("id", "plan_version_id", "node_id", "unit_id", "origin", "instruction", *_TRACED),
    "node_keywords": ("node_id", "keyword_id"),
    "responsibilities": ("node_id", "unit_id", "role", "subject"),
    "targets": ("id", "indicator_id", "unit_id", "year", "kind", "bound", "printed", *_TRACED),
    "assessments": (
        *("id", "node_id", "unit_id", "period", "period_start", "period_end", "grade", "status", "analysis"),
        *("measures", "assessed_by", "assessed_at", *_TRACED),
    ),
}
"""What is written, in an order that foreign keys agree with; `region_id` comes first in each."""

OPEN = date(2023, 1, 1)


class Rows:
    """The rows of one region, by table."""

    def __init__(self, region_id: UUID) -> None:
        self._region_id = region_id
        self._rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def add(self, table: str, *values: Any) -> None:
        """A row: its values in the order of COLUMNS, without those that say who made it and when."""
        traced = (AT, BY, AT, BY) if COLUMNS[table][-1] == "updated_by" else ()
        self._rows[table].append((self._region_id, *values, *traced))

    def count(self, table: str) -> int:
        """How many there are by now."""
        return len(self._rows[table])

    def all(self, table: str) -> list[tuple[Any, ...]]:
        """The rows of a table."""
        return self._rows[table]

    async def write(self, connection: asyncpg.Connection, *tables: str) -> None:
        """COPY the tables' rows (all tables, if none is named) in an order that foreign keys agree with.

        Each table is analysed at once: the triggers of the next ones look things up in it.
        """
        for table, columns in COLUMNS.items():
            if (not tables or table in tables) and self._rows[table]:
                records = self._rows.pop(table)
                await connection.copy_records_to_table(table, records=records, columns=["region_id", *columns])
                await connection.execute(f"analyze {table}")
