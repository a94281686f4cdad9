"""An example of each request's body for the documentation: what VGR's 2027 plan would say.

Ids stand for nodes that `/nodes` lists; the other words are real.
"""

from collections.abc import Mapping
from typing import Any

_NODE = "01a20000-0000-7000-8000-000000000001"
_OTHER = "01a20000-0000-7000-8000-000000000002"
_CSV = "indicator;unit;period;sex;value\nIND-008;SU;2027-08;T;46,2\n"
_NDJSON = '{"indicator": "IND-008", "unit": "SU", "period": "2027-08", "sex": "T", "value": 46.2}\n'
_ALLOCATION = {"node": _NODE, "unit": "SU", "instruction": "Bryt ned i styrelsens detaljbudget."}

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "createUser": {
        "application/json": {
            "user_name": "controller-su@example.org",
            "subject": "controller-su",
            "name": "Controller SU",
            "unit": "SU",
        }
    },
    "changeUser": {"application/merge-patch+json": {"active": False}, "application/json": {"unit": "SU"}},
    "putMemberships": {"application/json": {"items": [{"group": "anvandare", "unit": "SU", "module": "VGPU"}]}},
    "changeLicences": {"application/merge-patch+json": {"total": 500}, "application/json": {"total": None}},
    "createView": {
        "application/json": {
            "module": "VGPU",
            "name": "Sahlgrenskas vy",
            "unit": "SU",
            "filter": {"columns": ["mal", "fokusomrade"], "statuses": ["ongoing"]},
        }
    },
    "changeView": {
        "application/merge-patch+json": {"name": "Sahlgrenska"},
        "application/json": {"filter": {"columns": []}},
    },
    "previewDirectorySync": {
        "application/json": {
            "people": [
                {"user_name": "controller-su@example.org", "active": False},
                {"user_name": "chef-nu@example.org", "department": "NU", "groups": ["Plan Chefer NU"]},
            ]
        }
    },
    "putDirectoryMapping": {
        "application/json": {
            "groups": [{"directory_group": "Plan Chefer SU", "group": "chef", "unit": "SU"}],
            "departments": [{"department": "Sahlgrenska Universitetssjukhuset", "unit": "SU"}],
        }
    },
    "createApiKey": {
        "application/json": {
            "name": "indikatorkatalogen",
            "unit": "SU",
            "group": "integration",
            "scopes": ["module:VGI"],
            "expires_at": "2028-01-01T00:00:00Z",
        }
    },
    "rotateApiKey": {"application/json": {"overlap_hours": 24}},
    "createPlanVersion": {"application/json": {"year": 2028, "status": "planning"}},
    "createNode": {
        "application/json": {
            "module": "VGPU",
            "column": "verksamhetsmal",
            "year": 2027,
            "unit": "SU",
            "title": "Remisser bedöms inom fem dagar",
            "parents": [_NODE],
        }
    },
    "changeNode": {
        "application/merge-patch+json": {"title": "Remisser bedöms inom tre dagar"},
        "application/json": {"description": None},
    },
    "compareWording": {"application/json": {"title": "Vården ges jämlikt", "module": "VGPU", "year": 2027}},
    "putKeywordsOfNode": {"application/json": {"keywords": [_OTHER]}},
    "putResponsibilitiesOfNode": {
        "application/json": {"items": [{"unit": "SU", "role": "processansvarig", "subject": "controller-su"}]}
    },
    "createLinks": {"application/json": {"parent": _NODE, "child": _OTHER}},
    "createAllocations": {"application/json": {"items": [_ALLOCATION]}},
    "previewAllocations": {"application/json": {"items": [_ALLOCATION]}},
    "changeAllocation": {
        "application/merge-patch+json": {"instruction": "Återrapportera per tertial."},
        "application/json": {"instruction": None},
    },
    "importAllocations": {
        "application/json": {
            "year": 2027,
            "module": "VGPU",
            "rows": [{"column": "mal", "title": "Vård ska ges jämlikt i Västra Götalandsregionen", "unit": "SU"}],
        }
    },
    "createAssessment": {
        "application/json": {
            "node": _NODE,
            "unit": "SU",
            "period": "2027-T2",
            "grade": "partly",
            "analysis": "Köerna minskar, men inte i alla delar.",
            "measures": "Fler mottagningstider under hösten.",
        }
    },
    "lockPeriod": {
        "application/json": {"unit": "SU", "period": "2027-T2", "reason": "Delårsrapport augusti är klarmarkerad."}
    },
    "unlockPeriod": {"application/json": {"reason": "Siffrorna från april saknades."}},
    "acceptCorrection": {"application/json": {"reason": "Avstämt med verksamheten."}},
    "acceptCorrections": {"application/json": {"ids": [_NODE, _OTHER]}},
    "declineCorrection": {"application/json": {"reason": "Avser en annan enhet."}},
    "changeAssessment": {
        "application/merge-patch+json": {"grade": "achieved"},
        "application/json": {"measures": None},
    },
    "replaceTargets": {"application/json": {"items": [{"year": 2027, "printed": "Öka >1 %"}]}},
    "importOutcomes": {
        "application/json": [{"indicator": "IND-008", "unit": "SU", "period": "2027-08", "sex": "T", "value": 46.2}],
        "application/x-ndjson": _NDJSON,
        "text/csv": _CSV,
    },
}
"""By operation id and media type."""
