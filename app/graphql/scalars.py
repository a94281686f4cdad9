"""Scalars and enums of the schema, in the words of the domain."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from app.domain.attainment import AttainmentStatus
from app.domain.duties import DutyKind
from app.domain.indicators import Direction, InputWay, OutcomeStatus, Sex, TargetKind
from app.domain.nodes import ActivityStatus, AllocationOrigin
from app.domain.periods import Period, parse_period

for _enum, _name, _description in (
    (AllocationOrigin, "AllocationOrigin", "How a node came to the unit: from above, opted in (vald in), or its own."),
    (Direction, "Direction", "Which way is better."),
    (InputWay, "InputWay", "Where outcomes come from: a person, or the indicator catalogue."),
    (OutcomeStatus, "OutcomeStatus", "What an outcome's value is, or why there is none."),
    (TargetKind, "TargetKind", "What an outcome is held against: a direction, or a bound."),
    (AttainmentStatus, "AttainmentStatus", "What comparing an outcome with its target gives (I6)."),
    (ActivityStatus, "ActivityStatus", "How far an activity has come: planerad, pågående, pausad, avslutad (F3)."),
    (DutyKind, "ReportKind", "What is to be reported: an assessment (bedömning) or an outcome (utfall)."),
):
    strawberry.enum(_enum, name=_name, description=_description)
strawberry.enum(Sex, name="Sex", description="T total, K women (kvinnor), M men (män).", graphql_name_from="value")


def _period(said: object) -> Period:
    if not isinstance(said, str):
        raise ValueError("A period is a text: 2027, 2027-T1 or 2027-04.")  # noqa: TRY004  # GraphQL catches ValueError
    try:
        return parse_period(said)
    except ValueError:
        raise ValueError("Give the period as 2027, 2027-T1 or 2027-04.") from None


PeriodScalar = NewType("PeriodScalar", Period)
NumberScalar = NewType("NumberScalar", Decimal)

SCALARS: Mapping[object, ScalarDefinition] = {
    PeriodScalar: strawberry.scalar(
        name="Period",
        description="A year (`2027`), a tertial (`2027-T1`) or a month (`2027-04`).",
        serialize=str,
        parse_value=_period,
    ),
    NumberScalar: strawberry.scalar(
        name="Number", description="A decimal number.", serialize=float, parse_value=lambda said: Decimal(str(said))
    ),
}
