"""Writes the code that puts an answer together: one function for a field at the top of a question.

    def answer(reading, x, a):       # x: what was loaded for the field; a: arguments by site
        rows = reading.rows          # the names that the code uses, bound once
        def n1(k):                   # nodes, units and columns: one function per selection, each object built once
            r = rows[k]
            return {'id': str(r.id), 'children': [N2[v1] for v1 in children[k]], ...}
        N1 = Shelf(n1)
        return ...

Everything in it comes from the table of fields, but for the keys of the answer: those are names in GraphQL, and stand
as Python texts (`repr`). Values of arguments never become code.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLSchema, is_non_null_type

from app.graphql.planner.collecting import Selected, Selection, UnplannableError
from app.graphql.planner.fields import SAME, Leaf, Many, One, Ordinary, Shared
from app.graphql.planner.node_fields import KINDS
from app.graphql.planner.reading import Reading
from app.graphql.planner.table import TABLE

Answer = Callable[[Reading, Any, "list[Mapping[str, Any]]"], Any]
NAMES: Final = frozenset(name for name in dir(Reading) if not name.startswith("_"))
_WORD = re.compile(r"(?<![\w.])[a-z_]+")
_NEVER_NULL = ("str(", "len(", "[")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


class Shelf(dict[Any, Any]):
    """Objects by key, each made when it is first asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        """Make it."""
        made = self[key] = self._make(key)
        return made


class Same(Shelf):
    """Objects made of others, each of which is known by its identity, and held so that it stays what it is known by."""

    __slots__ = ("_held",)

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__(make)
        self._held: list[Any] = []

    def __call__(self, of: Any) -> Any:
        """What is made of this very object."""
        made = self.get(id(of))
        if made is None:
            self._held.append(of)
            made = self[id(of)] = self._make(of)
        return made


class Writer:
    """Writes the code of one field at the top."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._used: set[str] = set()
        self._functions: list[str] = []
        self._shelves: dict[tuple[str, tuple[Selection, ...]], str] = {}
        self._variables = 0

    def code(self, plan: One, selected: Selected, *, nullable: bool) -> str:
        """The source of `answer`."""
        body = self._object(plan, selected, "x", nullable=nullable)
        bound = [f"    {name} = reading.{name}" for name in sorted(self._used & NAMES)]
        return "\n".join(["def answer(reading, x, a):", *bound, *self._functions, f"    return {body}", ""])

    def _words(self, template: str, **names: str) -> str:
        """An expression of the table with its variables filled in."""
        self._used.update(_WORD.findall(template))
        return template.format(**names)

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"

    def _dict(self, selection: Selection, x: str) -> str:
        """An object as a dict display."""
        kind = self._schema.type_map[selection.type]
        assert isinstance(kind, GraphQLObjectType)
        fields = ", ".join(f"{_key(s.key)}: {self._field(kind, s, x)}" for s in selection.fields)
        return f"{{{fields}}}"

    def _field(self, kind: GraphQLObjectType, selected: Selected, x: str) -> str:
        if selected.name == "__typename":
            return repr(kind.name)
        plan = TABLE[kind.name].get(selected.name)
        nullable = not is_non_null_type(kind.fields[selected.name].type)
        if isinstance(plan, Leaf):
            value = self._words(plan.expression, x=x)
            return value if nullable or plan.sure or value.startswith(_NEVER_NULL) else self._insist(value)
        if plan is None or isinstance(plan, Ordinary):
            raise UnplannableError(f"{kind.name}.{selected.name}")
        return self._object(plan, selected, x, nullable=nullable)

    def _insist(self, value: str) -> str:
        self._used.add("null")
        v = self._variable()
        return f"({v} if ({v} := {value}) is not None else null())"

    def _object(self, plan: One, selected: Selected, x: str, *, nullable: bool) -> str:
        template = plan.with_arguments if selected.given and plan.with_arguments is not None else plan.expression
        found = self._words(template, x=x, a=f"a[{selected.site}]")
        assert selected.sub is not None  # validated: an object is asked for its fields
        if plan.shared is not None and not nullable and not isinstance(plan, Many):
            return self._taken(plan.shared, selected.sub, found)
        v = self._variable()
        if plan.shared is None:
            [selection] = selected.sub
            built = self._dict(selection, v)
        else:
            built = self._taken(plan.shared, selected.sub, v)
        if isinstance(plan, Many):
            return f"[{built} for {v} in {found}]"
        if not nullable:
            self._used.add("null")
        return f"({'None' if nullable else 'null()'} if ({v} := {found}) is None else {built})"

    def _taken(self, shared: Shared, sub: tuple[Selection, ...], key: str) -> str:
        """An object from its shelf."""
        shelf = self._shelf(shared, sub)
        return f"{shelf}({key})" if shared is SAME else f"{shelf}[{key}]"

    def _shelf(self, shared: Shared, sub: tuple[Selection, ...]) -> str:
        """The name of the shelf of objects with these selections; writes the function that makes them."""
        key = (shared.name, sub)
        if key not in self._shelves:
            number = len(self._shelves) + 1
            self._shelves[key] = f"N{number}"
            # A function has variables of its own: it leaves no trace in the numbers of those around it.
            outer, self._variables = self._variables, 0
            body = self._node(sub) if shared.name == "place" else self._other(shared, sub)
            self._variables = outer
            lines = [
                f"    def n{number}(k):",
                *body,
                f"    N{number} = {'Same' if shared is SAME else 'Shelf'}(n{number})",
            ]
            self._functions.extend(lines)
        return self._shelves[key]

    def _other(self, shared: Shared, sub: tuple[Selection, ...]) -> list[str]:
        [selection] = sub
        return [f"        x = {self._words(shared.found, k='k')}", f"        return {self._dict(selection, 'x')}"]

    def _node(self, sub: tuple[Selection, ...]) -> list[str]:
        """A node is one of several types; each has its own dict, unless all are asked for the same."""
        self._used |= {"rows", "kinds"}
        lines = ["        r = rows[k]"]
        made = {}
        for selection in sub:
            self._variables = 0  # so that the same words come out where the same is asked of all types
            made[selection.type] = self._dict(selection, "k")
        if len(set(made.values())) == 1:
            return [*lines, f"        return {next(iter(made.values()))}"]
        lines.append("        kind = kinds[k]")
        for number, name in enumerate(KINDS):
            lines.append(f"        if kind == {number}:")
            lines.append(f"            return {made[name]}")
        return [*lines, "        raise KeyError(kind)"]


def _key(name: str) -> str:
    # Validated names all of them; that no other text becomes code is held here, too.
    if not _NAME.fullmatch(name):
        raise UnplannableError("a key that is no name")
    return repr(name)


def compiled(source: str, names: Mapping[str, Any]) -> Answer:
    """The function of a source; `names` are the enums' names."""
    scope: dict[str, Any] = {
        "__builtins__": {"str": str, "len": len, "KeyError": KeyError},
        "Shelf": Shelf,
        "Same": Same,
        **names,
    }
    exec(compile(source, "<plan>", "exec"), scope)  # noqa: S102  # our own table's words, and names of GraphQL as texts
    answer: Answer = scope["answer"]
    return answer
