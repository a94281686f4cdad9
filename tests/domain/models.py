"""A steering model in words that are nobody's, and people to fill it: what the rules must work with, whatever it says.

A shipping company steers by stars: `realm` > `harbour` (its board level) > `ship` > `deck`. Module LOG has the columns
star (the realm's, or one own per harbour) > course > charter (from commissioning harbours) > measure > watch > chore;
module ATLAS lends its charts and watches to LOG, module GAUGE its approved measures to both.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from app.domain.findings import Finding, Severity
from app.domain.nodes import Ancestor, NewNode, NodeView, UnitView
from app.domain.steering_model import AssessmentScale, Column, Grade, Module, ModuleLink, SteeringModel

REGION = UUID(int=1)
YEAR = 2027

_GRADES = (
    Grade(code="on", symbol="●", forecast_sv="på", outcome_sv="på", forecast_en="on", outcome_en="on"),
    Grade(code="off", symbol="○", forecast_sv="av", outcome_sv="av", forecast_en="off", outcome_en="off"),
)


def column(no: int, code: str, kind: str = "text", periodicity: str | None = "tertial", **more: Any) -> Column:
    return Column.model_validate(
        {
            "no": no,
            "code": code,
            "name": code.capitalize(),
            "name_en": code.capitalize(),
            "node_kind": kind,
            "standard_periodicity": periodicity,
            **more,
        }
    )


LOG = Module(
    code="LOG",
    name="Loggbok",
    name_en="Log",
    columns=(
        column(
            1,
            "star",
            created_at=["realm", "harbour"],
            level_rules={"*": ["N1"], "deck": ["N11"]},
            own_limit_per_board=2,
            allocatable_by_own=False,
            justification_required_for_own=True,
            unlike_columns=["star"],
            similarity_rule="N2",
            barred_keyword_groups={"Charter": 2027},
            opted_in_by_board=True,
            assessment="sight",
        ),
        column(
            2,
            "course",
            parents=["star"],
            created_at=["realm", "harbour", "ship"],
            level_rules={"*": ["N4"], "deck": ["N11"]},
            allocation_follows_parent=True,
            opted_in_by_board=True,
            unlike_columns=["star", "course"],
            similarity_rule="N2",
            assessment="sight",
        ),
        column(
            3,
            "charter",
            parents=["star", "course"],
            created_at=["commissioning_board"],
            level_rules={"*": ["N5"], "deck": ["N11"]},
            allocated_to_providers=True,
            hideable=True,
            unlike_columns=["star", "course"],
            similarity_rule="N6",
            assessment="sight",
        ),
        column(
            4,
            "bearing",
            parents=["star", "course", "charter"],
            created_at=["harbour", "ship"],
            cautions={"ship": "reason_required"},
            level_rules={"*": ["N7"], "deck": ["N11"]},
            unlike_columns=["star", "course", "charter"],
            similarity_rule="N2",
            assessment="sight",
        ),
        column(
            5,
            "measure",
            "measure",
            "month",
            parents=["star", "course", "charter", "bearing"],
            created_at=["realm", "harbour", "ship"],
            level_rules={"*": ["N8"], "deck": ["N11"]},
            follows_allocated_parent=True,
            keyword_groups=["Knots"],
        ),
        column(
            6,
            "watch",
            "activity",
            "month",
            parents=["star", "course", "measure"],
            created_at=["harbour", "ship", "deck"],
            cautions={"harbour": "warning"},
            level_rules={"*": ["N9"]},
            dates_required=True,
            assessment="sight",
        ),
        column(
            7,
            "chore",
            "activity",
            "month",
            parents=["watch"],
            created_at=["ship", "deck"],
            level_rules={"*": ["N10"]},
            dates_required=True,
            dates_within_parent=True,
            parent_required=True,
            hideable=True,
            assessment="sight",
        ),
    ),
)
ATLAS = Module(
    code="ATLAS",
    name="Atlas",
    name_en="Atlas",
    columns=(
        column(1, "sea", periodicity="year", link_recommended=False),
        column(2, "chart", parents=["sea"], link_recommended=False, link_advice_from=2025),
        column(3, "watch", "activity", "month", parents=["chart"], dates_required=True),
        column(4, "chore", "activity", "month", parents=["watch"], parent_required=True, dates_within_parent=True),
        column(5, "whim", "activity", "year", parents=["chart"]),
    ),
)
GAUGE = Module(
    code="GAUGE",
    name="Mätare",
    name_en="Gauges",
    columns=(
        column(
            1,
            "measure",
            "measure",
            "month",
            created_at=["realm"],
            level_rules={"*": ["M2"]},
            approval="the keeper",
            follows_allocated_parent=True,
        ),
    ),
)
MODEL = SteeringModel(
    levels=("realm", "harbour", "ship", "deck"),
    level_names={"realm": ("Riket", "Realm"), "harbour": ("Hamn", "Harbour"), "ship": ("Skepp", "Ship")},
    board_level="harbour",
    modules=(LOG, ATLAS, GAUGE),
    module_links=(
        ModuleLink(source="ATLAS", target="LOG"),
        ModuleLink(source="GAUGE", target="LOG"),
        ModuleLink(source="GAUGE", target="ATLAS"),
    ),
    scales=(AssessmentScale(name="sight", grades=_GRADES),),
)


def unit(
    code: str, level: str, above: UnitView | None = None, *, model: SteeringModel = MODEL, **more: Any
) -> UnitView:
    line = () if above is None else (Ancestor(above.id, above.level), *above.ancestors)
    assert level in model.levels
    return UnitView(id=uuid4(), code=code, name=code.title(), level=level, ancestors=line, **more)


REALM = unit("REALM", "realm")
EAST = unit("EAST", "harbour", REALM, commissioning=True)
WEST = unit("WEST", "harbour", REALM, provider=True)
CUTTER = unit("CUTTER", "ship", WEST)
BRIG = unit("BRIG", "ship", EAST)
BOW = unit("BOW", "deck", CUTTER)


def col(code: str, module: Module = LOG) -> Column:
    return module.by_code[code]


def node(code: str, owner: UnitView = REALM, title: str | None = None, module: Module = LOG, **more: Any) -> NodeView:
    facts: dict[str, Any] = {"region_id": REGION, "year": YEAR, "id": uuid4(), **more}
    if col(code, module).dates_required:
        facts = {"start_date": date(YEAR, 1, 1), "end_date": date(YEAR, 12, 31)} | facts
    return NodeView(
        module=module.code, column=col(code, module), owner=owner, title=title or f"{code} of {owner.code}", **facts
    )


def new(code: str, owner: UnitView = REALM, title: str | None = None, module: Module = LOG, **more: Any) -> NewNode:
    facts: dict[str, Any] = {"region_id": REGION, "year": YEAR, **more}
    return NewNode(
        module=module.code, column=col(code, module), owner=owner, title=title or f"new {code} of {owner.code}", **facts
    )


def said(findings: Any) -> list[tuple[str, str, str]]:
    """(rule, pointer, severity) of each finding, in order; every message is whole, in both languages."""
    found = list(findings)
    for finding in found:
        assert isinstance(finding, Finding)
        assert finding.message.sv != finding.message.en
        for words in (finding.message.sv, finding.message.en):
            assert words.strip()
            assert "{" not in words
            assert "None" not in words
            assert "  " not in words
        assert isinstance(finding.facts, Mapping)
    return [(f.rule, f.pointer, f.severity.value) for f in found]


def only(findings: Any) -> Finding:
    """The one finding there is."""
    found: list[Finding] = list(findings)
    assert len(said(found)) == 1
    return found[0]


REFUSED, CONFIRM, WARNING = (s.value for s in (Severity.REFUSED, Severity.CONFIRM, Severity.WARNING))
