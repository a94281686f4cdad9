"""Shapes that many resources share: numbers as JSON numbers, warnings, keys in paths."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Path
from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

from app.api.problems import ProblemItem
from app.domain.findings import NotFound

Number = Annotated[
    Decimal,
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]
"""A Decimal that is a number in JSON, as clients expect, not a text."""

CODE_PREFIX = "code:"
CodeOrId = Annotated[str, Path(description="An id, or `code:` and a code.", max_length=200, examples=["code:SU"])]


class Body(BaseModel):
    """What comes in: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """What goes out: read off rows and dataclasses by attribute."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class WithWarnings(Shown):
    """An answer to a change: what stands now, and what the rules remark on it."""

    warnings: list[ProblemItem] = []


def key_of(said: str, what: str) -> UUID | str:
    """`code:SU` -> "SU", an id -> UUID. Raises NotFound for anything else: there is nothing by that name."""
    if said.startswith(CODE_PREFIX):
        return said.removeprefix(CODE_PREFIX)
    try:
        return UUID(said)
    except ValueError:
        raise NotFound(what, said) from None
