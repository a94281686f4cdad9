"""Query parameters, held to what a route declares: none ignored, none said twice, none of another form.

Pydantic by itself reads `on` as true, ` 5 ` as 5, and 0 as a day in 1970.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, get_args

from fastapi import Request
from fastapi.dependencies.models import Dependant

from app.api.problems import INVALID, ProblemError, Wrong
from app.domain.texts import Text
from app.domain.typed_days import ISO_FORM

_UNKNOWN = Text("Parametern {name} finns inte här.", "There is no parameter {name} here.")
_TWICE = Text("Parametern {name} står flera gånger.", "The parameter {name} stands more than once.")
_FORMS: dict[type, tuple[re.Pattern[str], str, Text]] = {
    bool: (re.compile("true|false"), "bool_parsing", Text("Ska vara true eller false.", "Must be true or false.")),
    int: (re.compile("-?[0-9]+"), "int_parsing", Text("Ska vara ett heltal.", "Must be an integer.")),
    date: (ISO_FORM, "date_parsing", Text("Ska vara ett datum, åååå-mm-dd.", "Must be a date, yyyy-mm-dd.")),
}
_SHOWN = 100


class Parameters:
    """The query parameters of one route, its dependencies' too."""

    def __init__(self, dependant: Dependant) -> None:
        fields = {field.alias: field.field_info.annotation for field in _query_fields(dependant)}
        self._known = frozenset(fields)
        self._repeatable = frozenset(name for name, annotation in fields.items() if _is_list(annotation))
        self._forms = {name: form for name, annotation in fields.items() if (form := _form(annotation))}

    def check(self, request: Request) -> None:
        """Raise 422 that lists every parameter that is unknown, repeated, or not of its documented form."""
        said = request.query_params.multi_items()
        if wrong := [*self._unknown(said), *self._repeated(said), *self._misshapen(said)]:
            raise ProblemError(INVALID, wrong)

    def _unknown(self, said: Sequence[tuple[str, str]]) -> Iterator[Wrong]:
        for name in dict.fromkeys(name for name, _ in said):
            if name not in self._known:
                shown = name[:_SHOWN]
                yield Wrong(_UNKNOWN.fill(name=shown), "unknown_parameter", parameter=shown)

    def _repeated(self, said: Sequence[tuple[str, str]]) -> Iterator[Wrong]:
        names = [name for name, _ in said]
        for name in sorted(self._known - self._repeatable):
            if names.count(name) > 1:
                yield Wrong(_TWICE.fill(name=name), "repeated_parameter", parameter=name)

    def _misshapen(self, said: Sequence[tuple[str, str]]) -> Iterator[Wrong]:
        for name, value in said:
            if name not in self._forms:
                continue
            pattern, code, words = self._forms[name]
            if not pattern.fullmatch(value):
                yield Wrong(words, code, parameter=name)


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    yield from dependant.query_params
    for dependency in dependant.dependencies:
        yield from _query_fields(dependency)


def _is_list(annotation: Any) -> bool:
    return str(annotation).startswith(("list[", "typing.List", "collections.abc.Sequence", "tuple["))


def _form(annotation: Any) -> tuple[re.Pattern[str], str, Text] | None:
    kinds = [kind for kind in (get_args(annotation) or (annotation,)) if kind is not type(None)]
    return _FORMS.get(kinds[0]) if len(kinds) == 1 else None
