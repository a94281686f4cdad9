"""What a field of the read schema is made of: the words in which the table of fields is written.

A field is a Python expression over `{x}`, the variable that holds the object it belongs to, and over names that
`reading.Reading` has (`rows`, `units`, `rollup`, ...). The expressions stand in our own code; nothing of what a client
sends ever becomes part of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar or an enum: an expression for its value as it goes into JSON.

    `sure`: it is never None, so that it need not be looked at where the schema says so.
    """

    expression: str
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """How objects of a type that many others point at are built once for each selection of their fields.

    `found` is an expression for the object under the key `{k}`.
    """

    name: str
    found: str


@dataclass(frozen=True, slots=True)
class One:
    """An object. `expression` is the object itself, or its key where it is `shared`.

    Where the question gives arguments, `with_arguments` is used in its stead; `{a}` holds them, by their names in the
    schema, defaults filled in.
    """

    type: str
    expression: str
    shared: Shared | None = None
    with_arguments: str | None = None


@dataclass(frozen=True, slots=True)
class Many(One):
    """A list of objects: an expression for something to walk through."""


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A field that only the ordinary executor can answer; a question that holds it goes there, whole."""

    reason: str


FieldPlan = Leaf | One | Ordinary
TypePlan = Mapping[str, FieldPlan]

UNIT = Shared("unit", "units[{k}]")
"""A unit, by its id."""
COLUMN = Shared("column", "columns[{k}]")
"""A column, by its id."""
SAME = Shared("same", "{k}")
"""An object that many others hold, the very same one: known by its identity, where its content is dear to compare."""
PLACE = Shared("place", "{k}")
"""A node, by its place in `Reading.rows`."""
