"""Columns that a board hides for its own part of the tree (N12): out of sight, never gone."""

from collections.abc import Collection, Iterable, Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.nodes import UnitView
from app.domain.phrases import counted, listed, say
from app.domain.steering_model import Code, Column, Module, SteeringModel
from app.domain.texts import Text


@rule(
    "N12",
    title=Text("Dölja en kolumn", "Hiding a column"),
    statement=Text(
        "En kolumn som får döljas kan döljas av en nämnd eller styrelse för dess egen del av trädet; det som döljs "
        "tas aldrig bort.",
        "A column marked hideable can be hidden by a board for its own part of the tree; hiding never deletes.",
    ),
    source="000 §2.2",
)
def may_hide(
    column: Column, unit: UnitView, module: Module, nodes_there: int, model: SteeringModel
) -> Iterator[Finding]:
    """N12. `nodes_there`: nodes of the column in the unit's part of the tree, own or allocated; a warning if any."""
    if not column.hideable:
        hideable = [c.name_text for c in module.columns if c.hideable]
        advice = (
            say("Det går att dölja {columns}.", "One can hide {columns}.", columns=listed(hideable))
            if hideable
            else say(
                "Ingen kolumn i {module} går att dölja.", "No column of {module} can be hidden.", module=module.code
            )
        )
        yield Finding(
            "N12",
            say(
                "Kolumnen {column} kan inte döljas. {advice}",
                "The column {column} can't be hidden. {advice}",
                column=column.name_text,
                advice=advice,
            ),
            "/column",
            facts={"column": column.code, "hideable": [c.code for c in module.columns if c.hideable]},
        )
    if unit.level != model.board_level:
        yield Finding(
            "N12",
            say(
                "{unit} kan inte dölja kolumner; det gör nämnden eller styrelsen för hela sin del av trädet.",
                "{unit} can't hide columns; its board does, for the whole of its part of the tree.",
                unit=unit.name,
            ),
            "/unit",
            facts={"unit": unit.facts(), "level": unit.level},
        )
    if column.hideable and nodes_there:
        yield Finding(
            "N12",
            say(
                "Kolumnen har {nodes} här. Det som döljs står kvar, och räknas fortfarande i uppföljningen.",
                "The column has {nodes} here. What is hidden still stands, and counts in the follow-up.",
                nodes=counted(nodes_there, Text("nod", "node"), Text("noder", "nodes")),
            ),
            "/column",
            Severity.WARNING,
            facts={"column": column.code, "nodes": nodes_there},
        )


@also("N12")
def shown(columns: Iterable[Column], hidden: Collection[Code]) -> tuple[Column, ...]:
    """N12: the columns to show where some are hidden; one that is no longer hideable is shown again."""
    return tuple(c for c in columns if c.code not in hidden or not c.hideable)
