"""Fields of figures over time and what they are made of: few rows, dear to find, so the executor answers them."""

from app.graphql.planner.fields import Ordinary, TypePlan

_UNDER = Ordinary("stands under a field that the executor answers")
_FIELDS = {
    "SeriesFigure": "period sex value numerator denominator origin contributing reason status attainment",
    "ReportedOutcome": "value numerator denominator status comment source importId recordedAt recordedBy",
    "ExplainedUnit": "code name part answeredBy expectedBecause outcome",
    "ExplainedUnitEdge": "cursor node",
    "ExplainedUnitConnection": "edges pageInfo",
    "Coverage": "contributing noValue missing answeredFor share",
    "Explanation": "origin value numerator denominator formula reason below own coverage tree units",
    "NumberFinding": "rule message indicatorCode unitCode period sex",
    "NumberFindingConnection": "nodes pageInfo",
    "OrphanedResponsibility": "nodeId title module year ownerCode unitCode role subject reason successors",
    "OrphanedResponsibilityConnection": "nodes pageInfo",
    "SuccessorProposal": "subject name because unitCode group message",
}
MEASURES: dict[str, TypePlan] = {kind: dict.fromkeys(fields.split(), _UNDER) for kind, fields in _FIELDS.items()}
