"""The rules on VGR's real model, units and budgets."""

from collections.abc import Iterator
from functools import cache
from uuid import UUID, uuid5

import pytest

from app.domain.allocation import NewAllocation
from app.domain.allocation_flow import table
from app.domain.creation import LEVEL_RULES
from app.domain.findings import Severity
from app.domain.levels import may_create
from app.domain.nodes import Ancestor, NewNode, NodeView, UnitView
from app.regions.loader import load_region
from tests.domain.models import said

DATA = load_region("vgr")
MODEL = DATA.model
VGPU = MODEL.modules[0]
SPACE = UUID(int=7)


@cache
def unit(code: str) -> UnitView:
    found = next(u for u in DATA.units if u.code == code)
    above = unit(found.parent) if found.parent else None
    line = (Ancestor(above.id, above.level), *above.ancestors) if above else ()
    return UnitView(
        id=uuid5(SPACE, code),
        code=code,
        name=found.name,
        level=found.level,
        commissioning=found.commissioning,
        provider=found.provider,
        ancestors=line,
    )


def below(above: UnitView, code: str, level: str) -> UnitView:
    line = (Ancestor(above.id, above.level), *above.ancestors)
    return UnitView(id=uuid5(SPACE, code), code=code, name=code, level=level, ancestors=line)


AREA = below(unit("SU-F"), "SU-O1", "area")
OPERATION = below(AREA, "SU-V1", "operation")
UNIT = below(OPERATION, "SU-E1", "unit")
OWNERS = {
    "region": unit("VGR"),
    "commissioning": unit("OSN"),
    "board": unit("SU"),
    "administration": unit("SU-F"),
    "area": AREA,
    "operation": OPERATION,
    "unit": UNIT,
}
# Column -> who may create in it, and the rule that refuses the others (000 §2.2, §4, §6).
LAW = {
    "vision": ("region", "N1"),
    "mal": ("region commissioning board", "N1"),
    "fokusomrade": ("region commissioning board administration area", "N4"),
    "uppdrag": ("commissioning", "N5"),
    "verksamhetsmal": ("commissioning board administration area operation", "N7"),
    "indikator": ("region commissioning board administration area operation", "N8"),
    "aktivitet": ("commissioning board administration area operation unit", "N9"),
    "delaktivitet": ("administration area operation unit", "N10"),
}


@pytest.mark.parametrize("code", LAW)
@pytest.mark.parametrize("who", OWNERS)
def test_who_creates_what(code: str, who: str) -> None:
    allowed, law = LAW[code]
    asked = NewNode(
        region_id=SPACE,
        year=2027,
        module=VGPU.code,
        column=VGPU.by_code[code],
        owner=OWNERS[who],
        title="Något",
        justification="Särskilda skäl.",
    )
    refused = [
        f
        for level_rule in LEVEL_RULES
        for f in level_rule(asked, MODEL)
        if said([f]) and f.severity is Severity.REFUSED
    ]
    expected = [] if who in allowed.split() else [law]
    if expected and who == "unit":
        expected.append("N11")
    assert [f.rule for f in refused] == expected
    assert may_create(asked.column, asked.owner, MODEL) is not bool(expected)


def test_properties_that_the_structural_rules_read() -> None:
    def codes(holds: str) -> set[str]:
        return {f"{m.code}.{c.code}" for m in MODEL.modules for c in m.columns if getattr(c, holds)}

    assert codes("opted_in_by_board") == {"VGPU.mal", "VGPU.fokusomrade"}
    assert codes("allocated_to_providers") == {"VGPU.uppdrag"}
    assert codes("link_advice_from") == {"VGSP.strategi", "VGSP.overgripande_mal", "VGSP.delmal"}
    assert MODEL.level_name("board").sv == "nämnd/styrelse"


def rows(year: int) -> Iterator[NewAllocation]:
    """The budget's allocation table as its import asks for it."""
    plan = DATA.plan(year)
    assert plan is not None
    goal_column, area_column = (VGPU.by_code[c] for c in plan.columns)

    def standing(title: str, column: object) -> NodeView:
        return NodeView(
            id=uuid5(SPACE, f"{year} {title}"),
            region_id=SPACE,
            year=year,
            module=VGPU.code,
            column=goal_column if column is goal_column else area_column,
            owner=unit("VGR"),
            title=title,
        )

    for goal in plan.nodes:
        parent = standing(goal.title, goal_column)
        for code in goal.units:
            yield NewAllocation(node=parent, unit=unit(code), pointer=f"/{goal.title}/{code}")
        for area in goal.children:
            child = standing(area.title, area_column)
            for code in area.units:
                yield NewAllocation(node=child, unit=unit(code), parents=(parent,), pointer=f"/{area.title}/{code}")


def test_the_table_of_2027_breaks_a2_in_two_places_and_nothing_else() -> None:
    asked = list(rows(2027))
    outcome = table(asked, MODEL)
    assert len(asked) == 579
    area = "Ökad robusthet genom samverkan i samhällsplanering"
    assert [(f.rule, f.pointer) for f in outcome.findings] == [("A2", f"/{area}/KUN"), ("A2", f"/{area}/MRN")]
    assert len(outcome.accepted) == 577


def test_the_table_of_2025_breaks_nothing() -> None:
    asked = list(rows(2025))
    outcome = table(asked, MODEL)
    assert (len(asked), len(outcome.accepted), outcome.findings) == (412, 412, ())
