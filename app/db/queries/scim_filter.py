"""A SCIM filter (RFC 7644 §3.4.2.2) as a condition: parsed and bound by scim2-models, said in SQL here.

Two-valued, as the RFC has it: an attribute without a value is unequal to every value, and `not` turns that round.
Values are parameters, never text of the statement.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scim2_models import InvalidFilterException
from scim2_models.path import (
    AttributeBinding,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ScimFilter,
    ValuePath,
    coerce_value,
)
from sqlalchemy import ColumnElement, SQLColumnExpression, Text, and_, cast, collate, false, func, literal, not_, or_
from sqlalchemy.sql.elements import SQLCoreOperations

Column = SQLColumnExpression[Any]
Key = tuple[str, str | None]
"""An attribute by the model's names: `("name", "given_name")`, `("active", None)`."""

_ORDERED: Mapping[CompareOperator, Callable[[Any, Any], Any]] = {
    CompareOperator.gt: lambda a, b: a > b,
    CompareOperator.ge: lambda a, b: a >= b,
    CompareOperator.lt: lambda a, b: a < b,
    CompareOperator.le: lambda a, b: a <= b,
}
_SURROGATES = ("\ud800", "\udfff")


@dataclass(frozen=True, slots=True)
class Values:
    """A multi-valued attribute: its sub-attributes as columns of one value, and how to ask whether some value fits."""

    columns: Mapping[str, Column]
    some: Callable[[ColumnElement[bool]], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Searchable:
    """What a resource type can be searched by."""

    columns: Mapping[Key, Column]
    values: Mapping[str, Values]


def condition(searchable: Searchable, scim_filter: ScimFilter[Any], *, of_several: bool = False) -> ColumnElement[bool]:
    """The filter as a condition. Raises InvalidFilterException for an attribute that can't be searched by.

    `of_several`: other types are searched too; what this one has no attribute for does not fit (RFC 7644 §3.4.2.1).
    """
    return _Compiler(searchable, scim_filter, of_several=of_several).visit(scim_filter.ast)


def comparable(binding: AttributeBinding, column: Column) -> Column:
    """A column as it is compared and sorted: text without its case unless the attribute is exact, by code points."""
    if binding.target_type in {bool, datetime}:
        return column
    folded = column if binding.case_exact else func.lower(column)
    return collate(cast(folded, Text), "C")


class _Compiler(FilterVisitor[ColumnElement[bool]]):
    def __init__(self, searchable: Searchable, scim_filter: ScimFilter[Any], *, of_several: bool = False) -> None:
        self._searchable = searchable
        self._filter = scim_filter
        self._strict = not of_several

    def visit_not(self, node: Not) -> ColumnElement[bool]:
        return not_(self.visit(node.expr))

    def visit_logical_expr(self, node: LogicalExpr) -> ColumnElement[bool]:
        join = and_ if node.op is LogicalOperator.and_ else or_
        return join(*(self.visit(term) for term in node.terms))

    def visit_present(self, node: Present) -> ColumnElement[bool]:
        binding = self._filter.resolve(node.attr_path, strict=self._strict)
        if binding is None:
            return false()
        values = self._searchable.values.get(binding.field_name)
        if values is not None:
            column = values.columns.get(binding.sub_field_name or "value")
            return values.some(_known(column, binding).isnot(None))
        group = [c for (field, _), c in self._searchable.columns.items() if field == binding.field_name]
        column = self._searchable.columns.get((binding.field_name, binding.sub_field_name))
        # A complex attribute is there when something of it is.
        if column is None and binding.sub_field_name is None and group:
            return or_(*(c.isnot(None) for c in group))
        return _known(column, binding).isnot(None)

    def visit_comparison(self, node: Comparison) -> ColumnElement[bool]:
        binding = self._filter.resolve_comparison(node.attr_path, strict=self._strict)
        if binding is None:
            return false()
        values = self._searchable.values.get(binding.field_name)
        if values is None:
            column = self._searchable.columns.get((binding.field_name, binding.sub_field_name))
            return _compared(_known(column, binding), binding, node)
        column = _known(values.columns.get(binding.sub_field_name or "value"), binding)
        if node.op is CompareOperator.ne:  # no value is equal, as the library's own evaluation has it
            same = Comparison(node.attr_path, CompareOperator.eq, node.value)
            return not_(values.some(_compared(column, binding, same)))
        return values.some(_compared(column, binding, node))

    def visit_value_path(self, node: ValuePath) -> ColumnElement[bool]:
        binding = self._filter.resolve(node.attr_path, strict=self._strict)
        if binding is None:
            return false()
        values = self._searchable.values.get(binding.field_name)
        if values is None or binding.field_type is None:
            raise InvalidFilterException(detail=f"{node.attr_path} can't be searched by")
        inner: Any = ScimFilter.__class_getitem__(binding.field_type)
        columns: dict[Key, Column] = {(name, None): column for name, column in values.columns.items()}
        return values.some(condition(Searchable(columns, {}), inner(node.val_filter)))


def _known(column: Column | None, binding: AttributeBinding) -> Column:
    if column is None:
        raise InvalidFilterException(detail=f"{binding.urn} can't be searched by")
    return column


def _compared(column: Column, binding: AttributeBinding, node: Comparison) -> ColumnElement[bool]:
    value = coerce_value(binding, node.value, node.op)
    if value is None:
        return _with_nothing(column, node.op)
    left, right = _sides(column, binding, node, value)
    if node.op is CompareOperator.eq:
        return func.coalesce(left == right, false())
    if node.op is CompareOperator.ne:
        return left.is_distinct_from(right)
    if node.op in _ORDERED:
        return func.coalesce(_ORDERED[node.op](left, right), false())
    if node.op is CompareOperator.co:
        return func.coalesce(left.contains(right), false())
    fits = left.startswith(right) if node.op is CompareOperator.sw else left.endswith(right)
    return func.coalesce(fits, false())


def _with_nothing(column: Column, op: CompareOperator) -> ColumnElement[bool]:
    if op is CompareOperator.eq:
        return column.is_(None)
    return column.isnot(None) if op is CompareOperator.ne else false()


def _sides(
    column: Column, binding: AttributeBinding, node: Comparison, value: Any
) -> tuple[Column, SQLCoreOperations[Any]]:
    """The column and the value in the form in which they are compared."""
    if isinstance(value, bool | datetime):
        if isinstance(value, datetime) and value.tzinfo is None:
            raise InvalidFilterException(detail="a time needs its zone: 2027-01-01T00:00:00Z")
        return column, literal(value)
    if not isinstance(value, str) or _unstorable(value):
        raise InvalidFilterException(detail=f"{binding.urn} is not compared with this value")
    said: Column = literal(_escaped(value) if node.op in {"co", "sw", "ew"} else value)
    return comparable(binding, column), said if binding.case_exact else func.lower(said)


def _escaped(value: str) -> str:
    """A text for LIKE, where a backslash escapes."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _unstorable(value: str) -> bool:
    first, last = _SURROGATES
    return any(c == "\0" or first <= c <= last for c in value)
