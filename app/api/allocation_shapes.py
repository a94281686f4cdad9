"""Allocations as they are sent."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.api.problems import ProblemItem
from app.api.shapes import Shown, WithWarnings
from app.api.viewer_can import Can
from app.domain.nodes import AllocationOrigin
from app.domain.texts import Language
from app.services.allocation_import import TableDone


class Allocation(Shown):
    """A node at a unit (`unit`: its code) that does not own it; title, module, column and year are the node's."""

    id: UUID
    node: UUID
    title: str
    module: str
    column: str
    year: int
    unit: str
    origin: AllocationOrigin
    instruction: str | None
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str
    viewer_can: dict[str, Can] | None = Field(None, description="By action, with `include=viewer_can`.")


class AllocationsMade(WithWarnings):
    """The allocations that were asked for, in the order of the request, and those that followed (A3)."""

    items: list[Allocation]
    followed: list[Allocation]


class LoadOfUnit(Shown):
    """What allocations would add to a unit."""

    unit: str
    nodes: int
    duties: int = Field(description="Nodes to assess or to give outcomes of.")
    reports_a_year: int = Field(description="Those duties, times their periodicity.")


class AllocationPreview(Shown):
    """What allocations would add, per unit (A6), and what the rules say of them."""

    units: list[LoadOfUnit]
    followed: int = Field(description="How many of the nodes would follow along (A3).")
    findings: list[ProblemItem] = Field(description="Refused and warned of; empty: it can be done as it stands.")


class AllocationConflict(Shown):
    """A row that can't be done; rows are numbered from 1."""

    row: int
    rule: str
    field: str
    value: str
    message: str


class AllocationImport(WithWarnings):
    """What an import did; of a dry run: what it would do with the rows that hold."""

    received: int
    allocated: int
    followed: int = Field(description="Indicators that came along (A3).")
    updated: int = Field(description="Instructions that changed.")
    unchanged: int
    conflicts: list[AllocationConflict]
    conflict_count: int
    dry_run: bool


def import_report(done: TableDone, warnings: list[ProblemItem], language: Language) -> AllocationImport:
    """As the service did it."""
    return AllocationImport(
        received=done.received,
        allocated=done.allocated,
        followed=done.followed,
        updated=done.updated,
        unchanged=done.unchanged,
        conflicts=[
            AllocationConflict(
                row=c.row, rule=c.rule, field=c.field, value=c.value, message=c.message.in_language(language)
            )
            for c in done.conflicts
        ],
        conflict_count=len(done.conflicts),
        dry_run=done.dry_run,
        warnings=warnings,
    )
