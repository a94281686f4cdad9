"""Links as they are sent."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.api.shapes import Shown, WithWarnings


class LinkedNode(Shown):
    """A node at one end of a link; `unit` is its owner's code."""

    id: UUID
    title: str
    module: str
    column: str
    unit: str


class Link(Shown):
    """Parent -> child."""

    id: UUID
    parent: LinkedNode
    child: LinkedNode
    year: int
    created_at: datetime
    created_by: str


class LinksMade(WithWarnings):
    """The links that were made, in the order of the request."""

    items: list[Link]
    chain: list[UUID] = Field(description="Nodes that show under the parent through these links: the children first.")
    followed: int = Field(description="Allocations that followed with them (A3).")
