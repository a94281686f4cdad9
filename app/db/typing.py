"""Names for statements and rows of any shape (SQLAlchemy types them by their columns)."""

from typing import Any

from sqlalchemy import Row, Select, SQLColumnExpression

AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
AnyColumn = SQLColumnExpression[Any]
