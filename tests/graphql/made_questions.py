"""Random valid questions, made from the schema: every type, argument, fragment, alias, variable and directive."""

import random
import zlib
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_non_null_type,
    is_required_argument,
)
from hypothesis import strategies as st

from app.graphql.documents import Question
from app.graphql.planner.fields import Ordinary
from app.graphql.planner.roots import ORDINARY
from app.graphql.planner.table import TABLE
from app.graphql.schema import core
from tests.graphql.made_up import PERIODS, UNITS, YEAR, MadeUp

_DEEPEST = 5
_FOLLOWED = frozenset({"followUp", "nodes", "node", "indicator"})


@dataclass(slots=True)
class _Variable:
    name: str
    type: str
    default: str | None
    value: Any
    given: bool


@dataclass(slots=True)
class _Maker:
    rng: random.Random
    made: MadeUp
    variables: list[_Variable] = field(default_factory=list)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> (type, body)."""
    left: int = 60
    """Fields that may still be written."""

    def chance(self, percent: int) -> bool:
        """True so often."""
        return self.rng.randrange(100) < percent

    def pick(self, several: Any) -> Any:
        """One of them."""
        return self.rng.choice(list(several))

    def question(self) -> Question:
        """A document with an operation, perhaps another beside it, and its variables."""
        assert core.query_type is not None
        body = self.selections(core.query_type, 0)
        said = ", ".join(
            f"${v.name}: {v.type}" + (f" = {v.default}" if v.default is not None else "") for v in self.variables
        )
        text = f"query Q{f'({said})' if said else ''} {body}"
        for name, (kind, fragment) in self.fragments.items():
            text += f"\nfragment {name} on {kind} {fragment}"
        operation: str | None = None
        if self.chance(10):
            text += "\nquery Other { me { subject } }"
            operation = "Q"
        return Question(text, {v.name: v.value for v in self.variables if v.given}, operation)

    def selections(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """A selection set."""
        written = [self.selection(kind, depth) for _ in range(self.rng.randint(1, 6 if depth else 3))]
        return "{ " + " ".join(written) + " }"

    def selection(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """A field, `__typename`, an inline fragment or a spread."""
        choice = self.rng.randrange(100)
        if choice < 6:
            return f"__typename{self.directive()}"
        if choice < 18 and depth < _DEEPEST:
            other = self.pick(self.related(kind))
            condition = "" if other is kind and self.chance(30) else f" on {other.name}"
            return f"...{condition}{self.directive()} {self.selections(other, depth + 1)}"
        if choice < 28 and depth < _DEEPEST:
            return f"...{self.fragment(kind, depth)}{self.directive()}"
        return self.field(kind, depth)

    def related(self, kind: GraphQLNamedType) -> list[Any]:
        """Types that an object of this type may be asked as."""
        if isinstance(kind, GraphQLInterfaceType):
            return [kind, *core.get_possible_types(kind)]
        assert isinstance(kind, GraphQLObjectType)
        return [kind, *kind.interfaces]

    def fragment(self, kind: Any, depth: int) -> str:
        """The name of a fragment, an old one or a new one."""
        known = [name for name, (on, _) in self.fragments.items() if on == kind.name]
        if known and self.chance(60):
            return str(self.pick(known))
        other = self.pick(self.related(kind))
        body = self.selections(other, depth + 1)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = (other.name, body)
        return name

    def field(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        """A field with whatever it takes."""
        self.left -= 1
        planned = [n for n in kind.fields if not isinstance(TABLE.get(kind.name, {}).get(n), Ordinary)]
        planned = [n for n in planned if kind is not core.query_type or n not in ORDINARY]
        leaves = [n for n in planned if not hasattr(get_named_type(kind.fields[n].type), "fields")]
        deep = [n for n in planned if n not in leaves]
        if kind is core.query_type:
            deep = [*deep, *_FOLLOWED] * 2
        stop = depth >= _DEEPEST or self.left < 0
        if leaves and (stop or not deep or self.chance(45)):
            name = self.pick(leaves)
        elif stop and not leaves:
            return "__typename"
        else:
            name = self.pick(deep)
        definition: GraphQLField = kind.fields[name]
        arguments = self.arguments(name, definition)
        target: Any = get_named_type(definition.type)
        # Two fields under one key must be the same field with the same arguments: the key tells both.
        key = name if not arguments else f"{name}_{zlib.crc32(arguments.encode())}"
        alias = ""
        if arguments or self.chance(15):
            alias = f"{key}: " if arguments else f"{name}_again: "
        body = "" if not hasattr(target, "fields") else " " + self.selections(target, depth + 1)
        return f"{alias}{name}{arguments}{self.directive()}{body}"

    def directive(self) -> str:
        """Mostly nothing."""
        if not self.chance(8):
            return ""
        name = self.pick(("skip", "include"))
        value = self.pick(("true", "false")) if self.chance(50) else self.variable("Boolean!", self.chance(50), "true")
        return f" @{name}(if: {value})"

    def arguments(self, field_name: str, definition: GraphQLField) -> str:
        """Arguments as written, or nothing."""
        said = []
        for name, argument in definition.args.items():
            if is_required_argument(argument) or self.chance(40):
                said.append(f"{name}: {self.value(field_name, name, argument)}")
        return f"({', '.join(said)})" if said else ""

    def value(self, field_name: str, name: str, argument: GraphQLArgument) -> str:
        """A literal or a variable."""
        literal, value = self.known(field_name, name, argument)
        if literal == "null":
            return literal
        return self.variable(str(argument.type), value, literal) if self.chance(35) else literal

    def known(self, field_name: str, name: str, argument: GraphQLArgument) -> tuple[str, Any]:
        """A value that means something here: as a literal, and as JSON."""
        if not is_non_null_type(argument.type) and self.chance(15):
            return "null", None
        kind = get_named_type(argument.type)
        if hasattr(kind, "values"):
            picked = self.pick(kind.values)
            return picked, picked
        if name == "columns":
            several = self.rng.sample(self.made.columns, self.rng.randint(0, 3))
            return "[" + ", ".join(map(_quoted, several)) + "]", several
        if isinstance(kind, GraphQLScalarType) and kind.name in {"Int", "Boolean"}:
            number = self.pick((True, False) if kind.name == "Boolean" else self.numbers(name))
            return str(number).lower(), number
        text = str(self.pick(self.texts(field_name, name)))
        return _quoted(text), text

    def numbers(self, name: str) -> tuple[int, ...]:
        """For an argument that is a number: now and then one out of bounds."""
        return (YEAR, YEAR, 2031) if name == "year" else (1, 2, 3, 5, 50, 60) * 4 + (0, 501)

    def texts(self, field_name: str, name: str) -> list[Any]:
        """For an argument that is a text: mostly what there is, now and then what there is not."""
        found: dict[str, list[Any]] = {
            "unit": [*UNITS, *UNITS, "NONE"],
            "under": [*UNITS, "NONE"],
            "period": list(PERIODS),
            "module": ["VGPU", "VGPU", "VGSP", "VGI", "NONE"],
            "column": [*self.made.columns, "none"],
            "keyword": [*self.made.keywords, "none"],
            "search": ["vård", "öppna", "å"],
            "level": ["board", "region", "none"],
            "id": [*self.made.nodes, "nonsense"],
            "after": ["W10", "nonsense"],
        }
        if name == "code":
            by_field = {"unit": [*UNITS, "NONE", "a\0b"], "module": ["VGPU", "VGI", "NONE"]}
            return by_field.get(field_name, [*self.made.indicators, "NONE"])
        return found[name]

    def variable(self, kind: str, value: Any, literal: str) -> str:
        """A variable of this type: given or not, with a default or without."""
        default = literal if self.chance(40) else None
        given = self.chance(70) or (default is None and kind.endswith("!"))
        name = f"v{len(self.variables)}"
        self.variables.append(_Variable(name, kind, default, value, given))
        return f"${name}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\0", "\\u0000")
    return f'"{escaped}"'


def questions(made: MadeUp) -> st.SearchStrategy[Question]:
    """Questions that are valid but for what only execution can tell.

    Written with a random generator that hypothesis seeds: to draw every word by itself took longer than the answers.
    """
    return st.integers(0, 2**64).map(lambda seed: _Maker(random.Random(seed), made).question())
