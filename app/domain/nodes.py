"""Units and nodes as the rules see them: plain facts, loaded by a service, asked by nothing else.

`UnitView` and `NodeView` stand for what exists; `NewNode` for a node as it would be after the request that creates or
changes it. Both kinds of node share `NodeFacts`, so that a link rule need not know which of them is the child.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.domain.periods import Periodicity
from app.domain.steering_model import Code, Column


class ActivityStatus(StrEnum):
    """How far an activity has come: planerad, pågående, pausad, avslutad (F3)."""

    PLANNED = "planned"
    ONGOING = "ongoing"
    PAUSED = "paused"
    FINISHED = "finished"


class AllocationOrigin(StrEnum):
    """How a node came to a unit: from above, chosen by the unit itself (vald in), or created there."""

    ALLOCATED = "allocated"
    OPTED_IN = "opted_in"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A unit above another one."""

    id: UUID
    level: Code


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitView:
    """A unit and the line of units above it, nearest first, in the tree of the day that the request acts on."""

    id: UUID
    code: str
    name: str
    level: Code
    commissioning: bool = False
    provider: bool = False
    ancestors: tuple[Ancestor, ...] = ()

    @property
    def line(self) -> tuple[UUID, ...]:
        """The unit itself, then those above it, nearest first."""
        return (self.id, *(a.id for a in self.ancestors))

    def facts(self) -> dict[str, Any]:
        """What a finding tells about the unit, JSON-ready."""
        return {"id": str(self.id), "code": self.code, "name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """What the rules ask of any node, standing or planned. `year` is its plan version's."""

    region_id: UUID
    year: int
    module: str
    column: Column
    owner: UnitView
    title: str
    start_date: date | None = None
    end_date: date | None = None
    periodicity: Periodicity | None = None
    """The node's own periodicity; None: its column's."""

    @property
    def followed_up(self) -> Periodicity | None:
        """How often the node is followed up: its own way, or else its column's (I1)."""
        return self.periodicity or self.column.standard_periodicity


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView(NodeFacts):
    """A node that stands."""

    id: UUID
    approved: bool = False
    region_level_only: bool = False
    area_boards: frozenset[UUID] = frozenset()
    """Boards that own the area of a region-level-only indicator (A3)."""
    allocated_to: frozenset[UUID] = frozenset()
    """Units that the node is allocated to (or that have opted in to it)."""
    above: frozenset[UUID] = frozenset()
    """Every node above this one in the chain, through all parents, however far up (K3, K7)."""

    def facts(self) -> dict[str, Any]:
        """What a finding tells about the node, JSON-ready."""
        return {"id": str(self.id), "title": self.title, "module": self.module, "column": self.column.code}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNode(NodeFacts):
    """A node as it would be after the request. `id` is set where a standing node is changed."""

    id: UUID | None = None
    parents: tuple[NodeView, ...] = ()
    justification: str | None = None
    """Why: the justification of an own goal (N2) and the special reasons of N7 are the same text."""
    keyword_groups: tuple[str, ...] = ()
    """The group of each keyword, in the order of the request's `/keywords`."""
