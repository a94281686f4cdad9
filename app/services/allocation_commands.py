"""What a caller says when nodes are allocated: the form of it."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.domain.nodes import AllocationOrigin
from app.domain.typed_text import Prose, Title
from app.services.node_commands import Code, Said, Year

Units = Annotated[list[Code], Field(min_length=1, max_length=500)]


class AllocationToCreate(Said):
    """A node, to one unit or to several. `origin`: `opted_in` where the unit itself chooses the node (A4)."""

    node: UUID
    unit: Code | None = None
    units: Units | None = None
    instruction: Prose | None = None
    origin: AllocationOrigin = AllocationOrigin.ALLOCATED

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.unit is None) == (self.units is None):
            raise PydanticCustomError("unit_or_units", "Give either unit or units")
        _check_origin(self.origin)
        return self

    def named(self, pointer: str) -> list[tuple[str, str]]:
        """(pointer, unit code) of every unit that is named."""
        if self.unit is not None:
            return [(f"{pointer}/unit", self.unit)]
        return [(f"{pointer}/units/{place}", code) for place, code in enumerate(self.units or [])]


class AllocationsToCreate(Said):
    """One allocation's fields, or `items` of them: all are made, or none."""

    node: UUID | None = None
    unit: Code | None = None
    units: Units | None = None
    instruction: Prose | None = None
    origin: AllocationOrigin = AllocationOrigin.ALLOCATED
    items: Annotated[list[AllocationToCreate], Field(min_length=1, max_length=1_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.items is not None and self.model_fields_set != {"items"}:
            raise PydanticCustomError("items_or_one", "Give either items or one allocation's fields")
        if self.items is None and (self.node is None or (self.unit is None) == (self.units is None)):
            raise PydanticCustomError("unit_or_units", "Give node, and either unit or units")
        _check_origin(self.origin)
        return self

    def named(self) -> list[tuple[str, AllocationToCreate]]:
        """(pointer, item) of everything that is asked for."""
        if self.items is not None:
            return [(f"/items/{place}", item) for place, item in enumerate(self.items)]
        assert self.node is not None
        item = AllocationToCreate(
            node=self.node, unit=self.unit, units=self.units, instruction=self.instruction, origin=self.origin
        )
        return [("", item)]


class AllocationChange(Said):
    """A merge patch of an allocation: only its instruction can change."""

    instruction: Prose | None = None


class AllocationTableRow(Said):
    """A row of an allocation table: the node by id, or by column and title in the table's module and year."""

    node: UUID | None = None
    title: Title | None = None
    column: Code | None = None
    unit: Code
    instruction: Prose | None = None

    @model_validator(mode="after")
    def _named_one_way(self) -> Self:
        if (self.node is None) == (self.title is None):
            raise PydanticCustomError("node_or_title", "Give either node or title")
        return self


class AllocationTable(Said):
    """A whole allocation table. `module`: where titles are looked for; the region's first module if not said."""

    year: Year
    module: Code | None = None
    rows: Annotated[list[AllocationTableRow], Field(max_length=20_000)]


def _check_origin(origin: AllocationOrigin) -> None:
    if origin is AllocationOrigin.OWN:
        raise PydanticCustomError("own_origin", "A unit's own node is not allocated to it")
