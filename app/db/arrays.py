"""Sets of ids in a WHERE, as one array parameter.

`IN (...)` takes a parameter per id: PostgreSQL stops at 32,767, and every length is a statement of its own to plan.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

UuidColumn = ColumnElement[UUID] | InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]


def among(column: UuidColumn, ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Whether the column holds one of the ids (false for none)."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))
