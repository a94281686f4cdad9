"""Which route answers what: templates for metrics and logs, and the methods that a 405 has to name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Scope

UNMATCHED = "(no route)"


@dataclass(frozen=True, slots=True)
class _Entry:
    route: BaseRoute
    template: str
    pattern: re.Pattern[str]
    methods: frozenset[str]


class RouteTable:
    """The application's routes with their whole paths. A route itself knows only the part after its router's prefix."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes
        self._entries: list[_Entry] = []

    def _known(self) -> list[_Entry]:
        # Made at first use, when every router has been included.
        if not self._entries:
            self._entries = [
                _Entry(c.original_route, c.path_format, c.path_regex, frozenset(c.methods or ()))
                for c in iter_route_contexts(self._routes)
                if c.path_format is not None
            ]
        return self._entries

    def template(self, scope: Scope) -> str:
        """The template of the route that took the request, as `/api/v1/units/{id}`."""
        route = scope.get("route")
        return next((e.template for e in self._known() if e.route is route), UNMATCHED)

    def methods(self, path: str) -> list[str]:
        """Every method that some route takes at this path (RFC 9110 §10.2.1). HEAD goes with GET."""
        meant = self._literal(path) or [e for e in self._known() if e.pattern.match(path)]
        found = {method for e in meant for method in e.methods}
        return sorted(found | ({"HEAD"} if "GET" in found else set()))

    def is_taken_literally(self, path: str, method: str) -> bool:
        """Whether the path is a template of its own that does not take the method.

        `/nodes/similar` is not the node called "similar": PATCH there is 405, though `PATCH /nodes/{id}` matches it.
        """
        literal = self._literal(path)
        return bool(literal) and not any(method in e.methods for e in literal)

    def _literal(self, path: str) -> list[_Entry]:
        return [e for e in self._known() if e.template == path]
