"""Units and the region, as GraphQL types."""

from typing import Annotated

import strawberry
from strawberry import Private

from app.db.typing import AnyRow
from app.domain.access import Role
from app.graphql.context import Info, context_of
from app.graphql.viewer_types import Ability, abilities_of

strawberry.enum(Role, name="Role", description="What a credential may do within its part of the tree.")


@strawberry.type(description="A unit (enhet) of the organisation's tree.")
class Unit:
    """A unit."""

    row: Private[AnyRow]
    id: strawberry.ID
    code: str = strawberry.field(description="Stable human key, e.g. SU.")
    name: str
    level: str = strawberry.field(description="One of the region's own levels, e.g. board.")
    kind: str | None = strawberry.field(description="namnd or styrelse, for a board.")
    commissioning: bool = strawberry.field(description="Whether a board gives uppdrag (uppdragsgivande nämnd).")
    provider: bool = strawberry.field(description="Whether a board carries them out (utförarstyrelse).")

    @strawberry.field(description="What the viewer may do at the unit, and why not.")
    async def viewer_can(self, info: Info) -> list[Ability]:
        """The abilities."""
        context = context_of(info)
        return abilities_of((await context.at_units()).of(self.row), context)

    @strawberry.field(description="The unit above, today.")
    async def parent(self, info: Info) -> Annotated["Unit", strawberry.lazy("app.graphql.organisation_types")] | None:
        """The unit above."""
        above = (await context_of(info).tree()).above(self.row.id)
        return None if above is None else unit_of(above)

    @strawberry.field(description="The units right below, today, in Swedish order.")
    async def children(self, info: Info) -> list[Annotated["Unit", strawberry.lazy("app.graphql.organisation_types")]]:
        """The units right below."""
        return [unit_of(row) for row in (await context_of(info).tree()).below(self.row.id)]


def unit_of(row: AnyRow) -> Unit:
    """A unit from any row that has its columns."""
    return Unit(
        row=row,
        id=strawberry.ID(str(row.id)),
        code=row.code,
        name=row.name,
        level=row.level,
        kind=row.kind,
        commissioning=row.commissioning,
        provider=row.provider,
    )


@strawberry.type(description="Where a page of a list ends.")
class PageInfo:
    """Where a page ends."""

    has_next_page: bool
    end_cursor: str | None = strawberry.field(description="Give it as `after` to go on.")


@strawberry.type(description="A unit in a list.")
class UnitEdge:
    """A unit in a list."""

    cursor: str
    node: Unit


@strawberry.type(description="A page of units.")
class UnitConnection:
    """A page of units."""

    edges: list[UnitEdge]
    page_info: PageInfo


@strawberry.type(description="The region (tenant) that the credential belongs to.")
class Region:
    """The region."""

    code: str
    name: str
    levels: list[str] = strawberry.field(description="The levels of its tree, from the top down.")
    board_level: str


@strawberry.type(description="Who is asking.")
class Viewer:
    """Who is asking."""

    subject: str
    role: Role
    unit: Unit = strawberry.field(description="The top of the part of the tree that the credential reaches.")
    whole_region: bool
    is_integration: bool
