"""The tag of a read, known before any of its work is done: what it rests on, told by versions (ADR 11).

A tag is a digest of the versions of the tables that the answer rests on, of who asks, for what, in which language, on
which day, and of the build. So it changes whenever the answer may, is the same in every replica, and costs the one
statement that says who asks.
"""

import re
from collections.abc import Collection
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from typing import Any

from fastapi import Request

from app.build import build
from app.db.versions import Versions, digest
from app.domain.access import Principal

_ORGANISATION = frozenset({"org_levels", "org_placements", "org_units", "regions"})
_MODEL = frozenset({"assessment_scales", "module_columns", "module_links", "modules", "org_levels", "regions"})
_NODES = _ORGANISATION | _MODEL | {"allocations", "indicators", "node_links", "nodes", "plan_versions"}
# What the viewer may do is told beside a unit; of the principal the tag knows everything anyway.
_ABILITIES = frozenset({"licences"})
_KEYWORDS = frozenset({"keyword_groups", "keywords", "node_keywords"})
RESTS_ON: dict[str, frozenset[str]] = {
    "/api/v1/allocations": _NODES,
    "/api/v1/exports/outcomes": _NODES | {"outcome_facts", "outcome_imports"},
    "/api/v1/indicators": _NODES,
    "/api/v1/indicators/{id}/outcomes": _NODES | {"outcome_facts"},
    "/api/v1/keyword-groups": _ORGANISATION | _MODEL | _KEYWORDS,
    "/api/v1/keyword-groups/{id}": _ORGANISATION | _MODEL | _KEYWORDS,
    "/api/v1/links": _NODES,
    "/api/v1/modules": _MODEL,
    "/api/v1/modules/{id}": _MODEL,
    "/api/v1/modules/{id}/columns": _MODEL,
    "/api/v1/nodes": _NODES | _KEYWORDS,
    "/api/v1/nodes/{id}/allocations": _NODES,
    "/api/v1/nodes/{id}/links": _NODES,
    "/api/v1/nodes/{id}/similar": _NODES,
    "/api/v1/outcomes": _NODES | {"outcome_facts"},
    "/api/v1/plan-versions": frozenset({"plan_versions"}),
    "/api/v1/regions/self": _ORGANISATION,
    "/api/v1/units": _ORGANISATION | _ABILITIES,
    "/api/v1/units/{id}": _ORGANISATION | _ABILITIES,
    "/api/v1/units/{id}/subtree": _ORGANISATION,
}
"""Route -> the tables that its answer rests on. A route that is not named here rests on all of them."""
_OURS = re.compile(r'"[0-9a-f]{32}"')


def may_match(if_none_match: str | None) -> bool:
    """Whether an If-None-Match can hold a tag of this kind (the others are versions of single resources)."""
    return if_none_match is not None and _OURS.search(if_none_match) is not None


def rests_on(request: Request) -> frozenset[str] | None:
    """The tables that the answer of the request's route rests on; None: all."""
    return RESTS_ON.get(request.app.state.routes.template(request.scope))


def read_tag(
    principal: Principal, versions: Versions, day: date, tables: Collection[str] | None, *asked: object
) -> str:
    """The strong tag of an answer. `tables`: what it rests on (None: all); `asked`: what tells the question."""
    seen = versions.all_but(()) if tables is None else versions.only(tables)
    return f'"{digest(build(), who(principal), seen, day, asked)}"'


@lru_cache(maxsize=2_000)
def who(principal: Principal) -> str:
    """All there is to a principal, written the same in every process."""
    return repr(_in_order(principal))


def _in_order(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return tuple((field.name, _in_order(getattr(value, field.name))) for field in fields(value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, frozenset | set):
        return sorted((_in_order(each) for each in value), key=repr)  # a set's own order is each process's own
    if isinstance(value, tuple | list):
        return tuple(_in_order(each) for each in value)
    return value
