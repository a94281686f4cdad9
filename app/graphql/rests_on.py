"""Which tables a question rests on, by the names of the fields that it asks for.

Said narrowly only for fields that are known here: a field that is not makes the question rest on everything.
"""

from app.services.followup import needs
from app.services.kept_chains import CHAIN_TABLES
from app.services.kept_chains import tables_of as tables_of_parts

_PLAIN = frozenset(
    {
        "__typename",
        "boardLevel",
        "children",
        "code",
        "column",
        "columns",
        "commissioning",
        "cursor",
        "description",
        "direction",
        "edges",
        "endCursor",
        "endDate",
        "followUp",
        "group",
        "hasNextPage",
        "here",
        "id",
        "indicator",
        "instruction",
        "isIntegration",
        "kind",
        "level",
        "levels",
        "lineageId",
        "me",
        "module",
        "name",
        "nameEn",
        "no",
        "node",
        "nodeKind",
        "nodes",
        "origin",
        "owner",
        "pageInfo",
        "parents",
        "period",
        "provider",
        "region",
        "regionLevelOnly",
        "role",
        "roots",
        "sexDisaggregated",
        "startDate",
        "status",
        "subject",
        "text",
        "title",
        "totalCount",
        "unit",
        "unitOfMeasure",
        "units",
        "wholeRegion",
        "year",
    }
)
"""Fields whose answers rest on no more than `CHAIN_TABLES`, whatever they stand under."""
_OF_PARTS = frozenset(
    {
        "achieved",
        "activities",
        "aggregated",
        "analysis",
        "assessedAt",
        "assessedBy",
        "assessment",
        "assessmentsBelow",
        "attainment",
        "bound",
        "comment",
        "comparison",
        "contributing",
        "count",
        "denominator",
        "figures",
        "finished",
        "grade",
        "indicators",
        "keywords",
        "late",
        "measures",
        "missing",
        "missing{}",
        "noOutcome",
        "noTarget",
        "notAchieved",
        "notReached",
        "numerator",
        "ongoing",
        "outcome",
        "outcomes",
        "partly",
        "paused",
        "planned",
        "printed",
        "reached",
        "reason",
        "recordedAt",
        "reported",
        "responsible",
        "rollup",
        "rule",
        "sex",
        "source",
        "suggestedGrade",
        "symbol",
        "target",
        "total",
        "value",
        "wording",
    }
)
"""Fields of parts, or under them: `needs` says which parts."""


def tables_of(asked: frozenset[str]) -> frozenset[str] | None:
    """The tables that an answer with these fields rests on; None: all of them."""
    if asked - _PLAIN - _OF_PARTS:
        return None
    return CHAIN_TABLES | tables_of_parts(needs(asked))
