"""Which levels of the organisation create in which column (N4, N7-N11; N1, N5 and M2 ask the same question).

The answer is data: a column's `created_at` and `cautions` say what is allowed, its `level_rules` which rule answers
when it is not. Each rule here is one paragraph's name for the same question.
"""

from collections.abc import Iterator

from app.domain.findings import Finding, Severity, rule
from app.domain.nodes import NewNode, UnitView
from app.domain.phrases import listed, say
from app.domain.steering_model import Caution, Column, SteeringModel
from app.domain.texts import Text

COMMISSIONING_BOARD = "commissioning_board"
_ALL = "*"


def may_create(column: Column, unit: UnitView, model: SteeringModel) -> bool:
    """Whether the column takes nodes from the unit."""
    levels = column.created_at
    if levels is None or unit.level in levels:
        return True
    return COMMISSIONING_BOARD in levels and unit.level == model.board_level and unit.commissioning


def by_level(
    rule_id: str, node: NewNode, model: SteeringModel, *, depends_on_state: bool | None = None
) -> Iterator[Finding]:
    """What the rule says about the level of the node's owner, if the column's data name that rule.

    Refused where the level may not create; where it may with caution, a warning, or a refusal until a reason is given.
    """
    column, level = node.column, node.owner.level
    everywhere = column.level_rules.get(_ALL, ())
    if not may_create(column, node.owner, model):
        if rule_id in (*everywhere, *column.level_rules.get(level, ())):
            yield _refused(rule_id, node, model, depends_on_state)
        return
    caution = column.cautions.get(level)
    if rule_id not in everywhere or caution is None:
        return
    if caution is Caution.WARNING:
        yield _unusual(rule_id, node, model)
    elif not (node.justification or "").strip():
        yield _reason_missing(rule_id, node, model)


def _refused(rule_id: str, node: NewNode, model: SteeringModel, depends_on_state: bool | None) -> Finding:
    allowed = node.column.created_at or ()
    module = model.module(node.module)
    open_here = [c for c in module.columns if may_create(c, node.owner, model)] if module else []
    advice = (
        say(
            "Härifrån går det att skapa i {columns}.",
            "From here one can create in {columns}.",
            columns=listed(c.name_text for c in open_here),
        )
        if open_here
        else Text("Härifrån går det inte att skapa i någon kolumn.", "From here one can't create in any column.")
    )
    return Finding(
        rule_id,
        say(
            "{unit} ({level}) kan inte skapa i kolumnen {column}, som är till för {allowed}. {advice}",
            "{unit} ({level}) can't create in the column {column}, which is for {allowed}. {advice}",
            unit=node.owner.name,
            level=model.level_name(node.owner.level),
            column=node.column.name_text,
            allowed=listed(
                Text("uppdragsgivande nämnd", "commissioning board")
                if a == COMMISSIONING_BOARD
                else model.level_name(a)
                for a in allowed
            ),
            advice=advice,
        ),
        "/unit",
        facts={
            "unit": node.owner.facts(),
            "level": node.owner.level,
            "allowed": list(allowed),
            "columns": [c.code for c in open_here],
        },
        depends_on_state=depends_on_state,
    )


def _unusual(rule_id: str, node: NewNode, model: SteeringModel) -> Finding:
    return Finding(
        rule_id,
        say(
            "Kolumnen {column} används helst på nivåer under {level}. Låt gärna en enhet längre ned skapa den.",
            "The column {column} is rather for levels below {level}. Consider letting a unit further down create it.",
            column=node.column.name_text,
            level=model.level_name(node.owner.level),
        ),
        "/unit",
        Severity.WARNING,
        facts={"unit": node.owner.facts(), "level": node.owner.level},
    )


def _reason_missing(rule_id: str, node: NewNode, model: SteeringModel) -> Finding:
    return Finding(
        rule_id,
        say(
            "På nivån {level} krävs särskilda skäl för en nod i kolumnen {column}. Ange skälen som motivering.",
            "On the level {level} a node in the column {column} takes special reasons. Give them as its justification.",
            level=model.level_name(node.owner.level),
            column=node.column.name_text,
        ),
        "/justification",
        facts={"unit": node.owner.facts(), "level": node.owner.level},
    )


@rule(
    "N4",
    title=Text("Vem som skapar fokusområden", "Who creates focus areas"),
    statement=Text(
        "Fokusområden skapas på region-, nämnd/styrelse-, förvaltnings- och områdesnivå, utan begränsning i antal.",
        "Focus areas are created on region, board, administration and area level, with no limit in number.",
    ),
    source="000 §2.2, §4",
)
def focus_area_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N4."""
    yield from by_level("N4", node, model)


@rule(
    "N7",
    title=Text("Vem som skapar verksamhetsmål", "Who creates operational goals"),
    statement=Text(
        "Verksamhetsmål skapas på nämnd/styrelsenivå och nedåt, aldrig på regionnivå. På verksamhetsnivå krävs "
        "särskilda skäl.",
        "Operational goals are created on board level and below, never on region level. On operation level a reason "
        "is required.",
    ),
    source="000 §2.2, §4",
)
def operational_goal_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N7."""
    yield from by_level("N7", node, model)


@rule(
    "N8",
    title=Text("Vem som skapar indikatorer", "Who creates indicators"),
    statement=Text(
        "Indikatorer skapas av regionen, uppdragsgivande nämnder, nämnder och styrelser och nedåt till "
        "verksamhetsnivå; inte på enhetsnivå.",
        "Indicators are created by the region, commissioning boards, boards and below down to operation level; not on "
        "unit level.",
    ),
    source="000 §4, §6",
)
def indicator_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N8."""
    yield from by_level("N8", node, model)


@rule(
    "N9",
    title=Text("Vem som skapar aktiviteter", "Who creates activities"),
    statement=Text(
        "Aktiviteter skapas aldrig på regionnivå och helst under nämnd/styrelsenivå; på nämnd/styrelsenivå ges en "
        "varning.",
        "Activities are never created on region level; primarily below the board (on a board with a warning).",
    ),
    source="000 §6",
)
def activity_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N9."""
    yield from by_level("N9", node, model)


@rule(
    "N10",
    title=Text("Vem som skapar delaktiviteter", "Who creates sub-activities"),
    statement=Text(
        "Delaktiviteter skapas varken på regionnivå eller på nämnd/styrelsenivå.",
        "Sub-activities are created neither on region nor on board level.",
    ),
    source="000 §2.2",
)
def sub_activity_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N10."""
    yield from by_level("N10", node, model)


@rule(
    "N11",
    title=Text("Vad en enhet skapar", "What a unit creates"),
    statement=Text(
        "På enhetsnivå skapas bara aktiviteter och delaktiviteter.",
        "On unit level only activities and sub-activities are created.",
    ),
    source="000 §4",
)
def unit_level(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N11, besides what the column's own rule says."""
    yield from by_level("N11", node, model)
