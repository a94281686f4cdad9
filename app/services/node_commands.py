"""What a caller says when a node is created or changed: the form of it. Whether it may be is the rules' matter."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.domain.indicators import Direction, InputWay
from app.domain.nodes import ActivityStatus
from app.domain.periods import Periodicity
from app.domain.typed_days import IsoDay
from app.domain.typed_text import Prose, Title, one_line

Code = Annotated[str, StringConstraints(min_length=1, max_length=63)]
IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,62}$")]
CatalogueKey = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
UnitOfMeasure = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50), AfterValidator(one_line)]
Year = Annotated[int, Field(ge=1900, le=2999)]
Day = Annotated[IsoDay, Field(ge=date(1900, 1, 1), le=date(2999, 12, 31))]
Scale = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=9)]


class Said(BaseModel):
    """A part of a request: unknown fields are refused, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Ids = Annotated[list[UUID], Field(max_length=200)]
"""Of keywords, see `/keyword-groups`."""


class MeasureToCreate(Said):
    """What a new measure node measures. A code or a catalogue key of a standing indicator carries that one on."""

    code: IndicatorCode | None = None
    """The indicator's stable code; made by the service when not said."""
    unit_of_measure: UnitOfMeasure | None = None
    direction: Direction = Direction.NONE
    scale: Scale = Decimal(1)
    sex_disaggregated: bool = False
    region_level_only: bool = False
    input: InputWay = InputWay.MANUAL
    catalogue_key: CatalogueKey | None = None
    numerator: Title | None = None
    denominator: Title | None = None
    is_ratio: bool | None = None
    """Not said: a ratio if numerator and denominator are."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.numerator is None) != (self.denominator is None):
            raise PydanticCustomError("half_a_ratio", "Numerator and denominator are told together")
        if self.is_ratio is False and self.numerator is not None:
            raise PydanticCustomError("not_a_ratio", "Only a ratio has a numerator and a denominator")
        if self.input is InputWay.CATALOGUE and self.catalogue_key is None:
            raise PydanticCustomError("catalogue_key_missing", "Outcomes from the catalogue need a catalogue_key")
        return self


class NodeToCreate(Said):
    """A node to create."""

    module: Code
    column: Code
    year: Year
    unit: Code
    title: Title
    description: Prose | None = None
    parents: Annotated[list[UUID], Field(max_length=50)] = []
    justification: Prose | None = None
    confirm_similar: bool = False
    periodicity: Periodicity | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    status: ActivityStatus | None = None
    measure: MeasureToCreate | None = None
    keywords: Ids = []


class MeasureChange(Said):
    """What a measure node's indicator is to be; what is not said stays."""

    unit_of_measure: UnitOfMeasure | None = None
    direction: Direction = Direction.NONE
    scale: Scale = Decimal(1)
    sex_disaggregated: bool = False
    region_level_only: bool = False
    input: InputWay = InputWay.MANUAL
    catalogue_key: CatalogueKey | None = None
    numerator: Title | None = None
    denominator: Title | None = None
    is_ratio: bool = False

    def said(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class NodeChange(Said):
    """A merge patch (RFC 7396) of a node: a field left out stays, null takes away what may be missing."""

    title: Title = ""
    description: Prose | None = None
    justification: Prose | None = None
    confirm_similar: bool = False
    periodicity: Periodicity | None = None
    start_date: Day | None = None
    end_date: Day | None = None
    status: ActivityStatus = ActivityStatus.PLANNED
    measure: MeasureChange = MeasureChange()
    keywords: Ids | None = None

    def said(self) -> dict[str, Any]:
        """The fields that the request names."""
        return {name: getattr(self, name) for name in self.model_fields_set}
