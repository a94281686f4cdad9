"""One declared decision for every operation and every GraphQL field: what it asks of whoever calls."""

from dataclasses import dataclass
from typing import Any

from app.domain.access import Permission

P = Permission


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation asks: a right; over the whole region; on which kind of thing, named in path, query or body.

    `thing` None: nothing of a part of the tree is named. `body`, `query`: `{thing}` stands for the thing's id or code.
    """

    right: P = P.READ
    whole: bool = False
    thing: str | None = None
    body: Any = None
    query: str = ""
    own: bool = False
    """Only for whoever made it, and for who reads the whole region."""
    told: frozenset[int] = frozenset({403, 404, 422})
    """How one is refused outside the reach."""
    open: bool = False
    """Answers anybody, without a credential."""


ITEM = {"node": "{node}", "unit": "{unit}"}
OPERATIONS: dict[str, Operation] = {
    # Open, and of the region as a whole.
    "getHealth": Operation(open=True),
    "getReadiness": Operation(open=True),
    "listProblemTypes": Operation(open=True),
    "getProblemType": Operation(open=True),
    "getOwnRegion": Operation(),
    "listModules": Operation(),
    "getModule": Operation(),
    "listColumns": Operation(),
    "listPlanVersions": Operation(),
    "getPlanVersion": Operation(),
    "createPlanVersion": Operation(P.PLAN_VERSIONS_WRITE, whole=True, body={"year": 2031}),
    "listPermissionGroups": Operation(),
    "getPermissionGroup": Operation(),
    # Units and local keyword groups.
    "listUnits": Operation(),
    "getUnit": Operation(thing="unit"),
    "getSubtree": Operation(thing="unit"),
    "listKeywordGroups": Operation(),
    "getKeywordGroup": Operation(thing="keyword_group"),
    # Nodes and what hangs on them.
    "listNodes": Operation(),
    "createNode": Operation(
        P.NODES_WRITE,
        thing="unit",
        body={
            "module": "VGPU",
            "column": "verksamhetsmal",
            "year": 2027,
            "unit": "{unit}",
            "title": "Något nytt och eget",
        },
    ),
    "getNode": Operation(thing="node"),
    "changeNode": Operation(P.NODES_WRITE, thing="node", body={"description": "Annat"}),
    "deleteNode": Operation(P.NODES_WRITE, thing="node"),
    "listLinksOfNode": Operation(thing="node"),
    "listAllocationsOfNode": Operation(thing="node"),
    "getKeywordsOfNode": Operation(thing="node"),
    "putKeywordsOfNode": Operation(P.NODES_WRITE, thing="node", body={"keywords": []}),
    "getResponsibilitiesOfNode": Operation(thing="node"),
    "putResponsibilitiesOfNode": Operation(P.NODES_WRITE, thing="node", body={"items": []}),
    "listSimilarNodes": Operation(thing="node"),
    "compareWording": Operation(body={"title": "MARKUTANFOR", "module": "VGPU", "year": 2027}),
    "listLinks": Operation(),
    "createLinks": Operation(P.NODES_WRITE, thing="node", body={"parent": "{goal}", "child": "{node}"}),
    "getLink": Operation(thing="link"),
    "deleteLink": Operation(P.NODES_WRITE, thing="link"),
    "listAllocations": Operation(),
    "createAllocations": Operation(P.ALLOCATIONS_WRITE, thing="allocation", body={"items": [ITEM]}),
    "previewAllocations": Operation(P.ALLOCATIONS_WRITE, thing="allocation", body={"items": [ITEM]}),
    "importAllocations": Operation(
        P.ALLOCATIONS_WRITE,
        thing="allocation",
        body={"year": 2027, "module": "VGPU", "rows": [ITEM]},
        told=frozenset({403, 404, 409, 422}),  # a row that names what is not there is a conflict of that row
    ),
    "getAllocation": Operation(thing="allocation"),
    "changeAllocation": Operation(P.ALLOCATIONS_WRITE, thing="allocation", body={"instruction": "Annat"}),
    "deleteAllocation": Operation(P.ALLOCATIONS_WRITE, thing="allocation"),
    # Assessments, indicators, outcomes.
    "listAssessments": Operation(),
    "createAssessment": Operation(
        P.ASSESSMENTS_WRITE, thing="unit", body={**ITEM, "period": "2027-T3", "grade": "achieved"}
    ),
    "getAssessment": Operation(thing="assessment"),
    "changeAssessment": Operation(P.ASSESSMENTS_WRITE, thing="assessment", body={"grade": "achieved"}),
    "listIndicators": Operation(),
    "getIndicator": Operation(),
    "approveIndicator": Operation(P.INDICATORS_APPROVE, whole=True),
    "listTargets": Operation(),
    "replaceTargets": Operation(P.INDICATORS_APPROVE, whole=True, body={"items": []}),
    "listIndicatorOutcomes": Operation(),
    "readIndicatorSeries": Operation(thing="unit", query="unit=code:{unit}"),
    "drawIndicator": Operation(thing="unit", query="unit=code:{unit}"),
    "explainIndicator": Operation(thing="unit", query="unit=code:{unit}&period=2027-01"),
    "listOutcomes": Operation(),
    "exportOutcomes": Operation(),
    "listNumberFindings": Operation(),
    "importOutcomes": Operation(
        P.OUTCOMES_WRITE,
        thing="row",
        body=[{"indicator": "{indicator_code}", "unit": "{unit}", "period": "2027-03", "sex": "T", "value": 5}],
    ),
    "listOutcomeImports": Operation(),
    "getOutcomeImport": Operation(thing="outcome_import", own=True),
    "listOutcomeImportConflicts": Operation(thing="outcome_import", own=True),
    # Locks and corrections.
    "listPeriodLocks": Operation(),
    "lockPeriod": Operation(
        P.PERIOD_LOCKS_WRITE, thing="unit", body={"unit": "{unit}", "period": "2026-12", "reason": "Klart"}
    ),
    "getPeriodLock": Operation(thing="period_lock"),
    "unlockPeriod": Operation(P.PERIOD_LOCKS_WRITE, thing="period_lock", body={"reason": "Fel"}),
    "listCorrections": Operation(),
    "getCorrection": Operation(thing="correction"),
    # Decided by who owns the indicator or answers for it: this one is the region's.
    "acceptCorrections": Operation(
        P.CORRECTIONS_DECIDE, whole=True, thing="correction", body={"ids": ["{correction}"], "reason": "Ja"}
    ),
    "acceptCorrection": Operation(P.CORRECTIONS_DECIDE, whole=True, thing="correction", body={"reason": "Ja"}),
    "declineCorrection": Operation(P.CORRECTIONS_DECIDE, whole=True, thing="correction", body={"reason": "Nej"}),
    # Keys of integrations.
    "listApiKeys": Operation(P.API_KEYS_WRITE),
    "getApiKey": Operation(P.API_KEYS_WRITE, thing="api_key"),
    "createApiKey": Operation(
        P.API_KEYS_WRITE, thing="unit", body={"name": "{fresh}", "unit": "{unit}", "group": "titta"}
    ),
    "rotateApiKey": Operation(P.API_KEYS_WRITE, thing="api_key", body={}),
    "revokeApiKey": Operation(P.API_KEYS_WRITE, thing="api_key"),
    # What was done.
    "listAuditEntries": Operation(P.AUDIT_READ),
    "exportAudit": Operation(P.AUDIT_READ),
    "getNodeHistory": Operation(thing="node"),
    # People.
    "listUsers": Operation(P.USERS_READ),
    "getUser": Operation(P.USERS_READ, thing="user"),
    "createUser": Operation(
        P.USERS_WRITE, thing="unit", body={"user_name": "{fresh}", "subject": "{fresh}", "name": "Ny", "unit": "{unit}"}
    ),
    "changeUser": Operation(P.USERS_WRITE, thing="user", body={"name": "Annan"}),
    "putMemberships": Operation(P.USERS_WRITE, thing="user", body={"items": []}),
    "getLicences": Operation(P.USERS_READ),
    "listViews": Operation(),
    "getEffectiveView": Operation(),
    "getView": Operation(thing="view"),
    "createView": Operation(
        P.VIEWS_WRITE, thing="unit", body={"module": "VGPU", "name": "Ny", "unit": "{unit}", "filter": {}}
    ),
    "changeView": Operation(P.VIEWS_WRITE, thing="view", body={"name": "Annat"}),
    "deleteView": Operation(P.VIEWS_WRITE, thing="view"),
    "listOrphanedResponsibilities": Operation(),
    "previewDirectorySync": Operation(P.USERS_WRITE, whole=True, body={"people": [{"user_name": "{fresh}"}]}),
    "getDirectoryMapping": Operation(P.USERS_READ, whole=True),
    "putDirectoryMapping": Operation(P.USERS_WRITE, whole=True, body={"groups": [], "departments": []}),
    "changeLicences": Operation(P.USERS_WRITE, whole=True, body={"total": None}),
}

MODEL = "of the region's model, or of the viewer itself: every credential that may read"
SIGHT = "of a node or unit that a statement with the permission filter has found"
REACH = "of what is said at units, found within the reach"
COUNTED = "counted over rows that the same filters have let through"

_NODE = {
    SIGHT: "id lineageId title description module column owner origin instruction keywords parents children",
    REACH: "responsible assessment assessmentsBelow",
    COUNTED: "suggestedGrade rollup",
    MODEL: "viewerCan",
}
FIELDS: dict[str, dict[str, str]] = {
    "Ability": {MODEL: "action may whyNot"},
    "Activity": {**_NODE, SIGHT: _NODE[SIGHT] + " startDate endDate status"},
    "ActivityRollup": {COUNTED: "planned ongoing paused finished late"},
    "AggregatedOutcome": {COUNTED: "period sex value numerator denominator contributing missing reason"},
    "Assessment": {REACH: "unit period grade symbol wording analysis measures status assessedBy assessedAt"},
    "Attainment": {COUNTED: "status outcome target comparison reason"},
    "Column": {
        MODEL: "module no code name nameEn nodeKind parents standardPeriodicity keywordGroups responsibilityRoles"
        " grades"
    },
    "ColumnRollup": {COUNTED: "column total achieved partly notAchieved missing"},
    "Coverage": {COUNTED: "contributing noValue missing answeredFor share"},
    "ExplainedUnit": {REACH: "code name part answeredBy expectedBecause outcome"},
    "ExplainedUnitConnection": {REACH: "edges pageInfo"},
    "ExplainedUnitEdge": {REACH: "cursor node"},
    "Explanation": {
        COUNTED: "origin value numerator denominator formula reason below coverage",
        REACH: "own tree units",
    },
    "FollowUp": {REACH: "unit period roots missing", COUNTED: "rollup"},
    "Grade": {MODEL: "code symbol forecast outcome"},
    "Hindrance": {MODEL: "why rule message"},
    "Indicator": {
        MODEL: _NODE[MODEL],
        SIGHT: _NODE[SIGHT] + " code unitOfMeasure sexDisaggregated regionLevelOnly direction target",
        REACH: _NODE[REACH] + " outcome outcomes series",
        COUNTED: _NODE[COUNTED] + " attainment aggregated explain",
    },
    "IndicatorRollup": {COUNTED: "reached notReached noTarget noOutcome"},
    "Keyword": {SIGHT: "id text group"},
    "MissingReport": {REACH: "kind period unit node"},
    "Module": {MODEL: "code name nameEn columns"},
    "NodeConnection": {SIGHT: "edges pageInfo", COUNTED: "totalCount"},
    "NodeEdge": {SIGHT: "cursor node"},
    "NumberFinding": {REACH: "rule message indicatorCode unitCode period sex"},
    "NumberFindingConnection": {REACH: "nodes pageInfo"},
    "OrphanedResponsibility": {REACH: "nodeId title module year ownerCode unitCode role subject reason successors"},
    "OrphanedResponsibilityConnection": {REACH: "nodes pageInfo"},
    "Outcome": {REACH: "unit period sex value numerator denominator status comment source recordedAt"},
    "PageInfo": {SIGHT: "hasNextPage endCursor"},
    "Query": {
        MODEL: "me region module",
        SIGHT: "unit units node nodes indicator",
        REACH: "followUp numberFindings orphanedResponsibilities",
    },
    "Region": {MODEL: "code name levels boardLevel"},
    "ReportedOutcome": {REACH: "value numerator denominator status comment source importId recordedAt recordedBy"},
    "Responsibility": {REACH: "role subject unit"},
    "Rollup": {COUNTED: "nodes columns activities indicators units"},
    "SeriesFigure": {
        REACH: "period sex value numerator denominator origin reason status",
        COUNTED: "contributing attainment",
    },
    "SuccessorProposal": {REACH: "subject name because unitCode group message"},
    "SuggestedGrade": {COUNTED: "grade wording rule figures"},
    "SuggestionFigure": {COUNTED: "name count"},
    "Target": {SIGHT: "kind bound printed"},
    "TextNode": _NODE,
    "Unit": {SIGHT: "id code name level kind commissioning provider parent children", MODEL: "viewerCan"},
    "UnitConnection": {SIGHT: "edges pageInfo"},
    "UnitEdge": {SIGHT: "cursor node"},
    "UnitRollup": {COUNTED: "total reported"},
    "Viewer": {MODEL: "subject role unit wholeRegion isIntegration"},
}
"""GraphQL type -> decision -> its fields."""
