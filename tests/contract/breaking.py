"""What in a new OpenAPI document breaks a client of the old one. Additions are free; names and meanings are kept.

An answer may say more, never less. A request may be allowed more, never be asked for more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Json = Mapping[str, Any]
METHODS = ("get", "put", "post", "delete", "patch", "options", "head", "trace")
_TIGHTER_IF_LOWER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum", "maxProperties")
_TIGHTER_IF_HIGHER = ("minLength", "minItems", "minimum", "exclusiveMinimum", "minProperties")


class Way(Enum):
    """Which way a value goes."""

    SENT = "request"
    READ = "response"


def breaking_changes(old: Json, new: Json) -> list[str]:
    """Every breaking change from `old` to `new`, one line each, sorted."""
    before, after = _operations(old), _operations(new)
    found = [f"{place}: the operation is gone" for place in before.keys() - after.keys()]
    for place in before.keys() & after.keys():
        found += _Comparison(old, new).operation(place, before[place], after[place])
    return sorted(set(found))


def may_break(old_version: str, new_version: str) -> bool:
    """Whether the step between two versions tells that something breaks: the major one, or before 1.0 the minor one."""
    old, new = ([int(part) for part in version.split(".")[:2]] for version in (old_version, new_version))
    return new[0] > old[0] or (old[0] == new[0] == 0 and new[1] > old[1])


def _operations(document: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": item[method]
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


@dataclass(slots=True)
class _Comparison:
    old: Json
    new: Json
    seen: set[tuple[str, str, Way]] = field(default_factory=set)

    def operation(self, place: str, old: Json, new: Json) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{place}: operationId {old.get('operationId')} became {new.get('operationId')}"
        yield from self._parameters(place, old, new)
        yield from self._body(place, old.get("requestBody"), new.get("requestBody"))
        for status, response in old["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in new["responses"]:
                yield f"{place}: the answer {status} is gone"
                continue
            there = f"{place} {status}"
            yield from self._content(there, response, new["responses"][status], Way.READ)
            for header in response.get("headers", {}).keys() - new["responses"][status].get("headers", {}).keys():
                yield f"{there}: the header {header} is gone"

    def _parameters(self, place: str, old: Json, new: Json) -> Iterator[str]:
        before, after = _by_name(old), _by_name(new)
        for name in before.keys() - after.keys():
            # An unknown parameter is refused here, not ignored.
            yield f"{place}: the parameter {name} is gone"
        for name, parameter in after.items():
            standing = before.get(name)
            if parameter.get("required") and not (standing and standing.get("required")):
                yield f"{place}: the parameter {name} is required now"
            if standing is not None:
                yield from self.schema(f"{place} ?{name}", standing["schema"], parameter["schema"], Way.SENT)

    def _body(self, place: str, old: Json | None, new: Json | None) -> Iterator[str]:
        if old is None:
            if new is not None and new.get("required"):
                yield f"{place}: a body is required now"
        elif new is None:
            yield f"{place}: takes no body any more"
        else:
            if new.get("required") and not old.get("required"):
                yield f"{place}: a body is required now"
            yield from self._content(f"{place} body", old, new, Way.SENT)

    def _content(self, place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
        after = new.get("content", {})
        for media_type, described in old.get("content", {}).items():
            if media_type not in after:
                yield f"{place}: {media_type} is gone"
            else:
                yield from self.schema(place, described.get("schema", {}), after[media_type].get("schema", {}), way)

    def schema(self, place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
        pair = (str(old.get("$ref")), str(new.get("$ref")), way)
        if "None" not in pair[:2]:
            if pair in self.seen:
                return
            self.seen.add(pair)
        before, after = _alternatives(self.old, old), _alternatives(self.new, new)
        yield from _kinds(place, before, after, way)
        for kind in before.keys() & after.keys():
            yield from self._one(place, before[kind], after[kind], way)

    def _one(self, place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
        yield from _values(place, old, new, way)
        if way is Way.SENT:
            yield from _limits(place, old, new)
        yield from self._properties(place, old, new, way)
        if "items" in old and "items" in new:
            yield from self.schema(f"{place}[]", old["items"], new["items"], way)

    def _properties(self, place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in before.keys() - after.keys():
            yield f"{place}.{name}: the property is gone"
        required, asked = set(old.get("required", ())), set(new.get("required", ()))
        if way is Way.SENT:
            yield from (f"{place}.{name}: required now" for name in asked - required)
        else:
            yield from (f"{place}.{name}: no longer always there" for name in (required - asked) & after.keys())
        for name in before.keys() & after.keys():
            yield from self.schema(f"{place}.{name}", before[name], after[name], way)


def _by_name(operation: Json) -> dict[str, Json]:
    # Header names are the same in any case.
    return {p["name"].lower() if p["in"] == "header" else p["name"]: p for p in operation.get("parameters", ())}


def _alternatives(document: Json, schema: Json) -> dict[str, Json]:
    """The schema's alternatives by kind of value: `{"string": ..., "null": ...}`; objects apart by their name."""
    reference = schema.get("$ref")
    if reference is not None:
        found: Any = document
        for part in str(reference).removeprefix("#/").split("/"):
            found = found[part]
        return _alternatives(document, found)
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return {kind: one for option in options for kind, one in _alternatives(document, option).items()}
    kinds = schema.get("type", "any")
    return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)


def _kinds(place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
    before, after = set(old), set(new)
    if way is Way.SENT and "any" not in after:
        yield from (f"{place}: {kind} is no longer taken" for kind in before - after)
    if way is Way.READ and "any" not in before:
        # An integer is a number to every client; the other way round is news.
        news = {k for k in after - before if not (k == "integer" and "number" in before)}
        yield from (f"{place}: may be {kind} now" for kind in news)


def _values(place: str, old: Json, new: Json, way: Way) -> Iterator[str]:
    before, after = old.get("enum"), new.get("enum")
    if way is Way.SENT and after is not None:
        gone = [value for value in before if value not in after] if before is not None else ["anything else"]
        yield from (f"{place}: {value} is no longer taken" for value in gone)
    if way is Way.READ and before is not None and after is None:
        yield f"{place}: may be anything now"


def _limits(place: str, old: Json, new: Json) -> Iterator[str]:
    for names, tighter in ((_TIGHTER_IF_LOWER, -1), (_TIGHTER_IF_HIGHER, 1)):
        for name in names:
            if name in new and (name not in old or (new[name] - old[name]) * tighter > 0):
                yield f"{place}: {name} is tighter, {old.get(name)} became {new[name]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{place}: another pattern, {new['pattern']}"
