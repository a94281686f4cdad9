"""Columns of two modules that fit each other (M3), and what is recommended to link (M4), node or whole chain.

A node of one module, linked under a node of another, shows there in the column that corresponds to its own: one of
the same kind and periodicity that may stand under the parent's column (`counterpart`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.findings import Finding, Severity, also, rule
from app.domain.links import Link
from app.domain.nodes import NodeView
from app.domain.periods import Periodicity
from app.domain.phrases import either, listed, say, short
from app.domain.steering_model import Column, Module, NodeKind, SteeringModel
from app.domain.texts import Text


@rule(
    "M3",
    title=Text("Kolumner som passar ihop", "Columns that fit each other"),
    statement=Text(
        "Två kolumner kan kopplas mellan moduler bara om nodtyp och periodicitet stämmer. Nyckelordsgrupper, "
        "beskrivningsfält och ansvarsroller som skiljer redovisas som det som inte följer med.",
        "Two columns can be linked across modules only if node kind and periodicity agree. Keyword groups, "
        "description fields and responsibility roles that differ are reported as what won't follow along.",
    ),
    source="000 §8.2",
)
def columns_fit(link: Link, model: SteeringModel) -> Iterator[Finding]:
    """M3. Silent where M1 refuses: in a direction that does not exist nothing can fit."""
    target = model.module(link.parent.module)
    if target is None or not link.crosses or not model.may_link(link.child.module, link.parent.module):
        return
    fitting = counterpart(link.child.column, link.parent.column, target)
    if fitting is None:
        yield _unfit(link, target)
    else:
        yield from left_behind(link.child.column, fitting, link.pointer)


def counterpart(column: Column, under: Column, target: Module) -> Column | None:
    """The column of `target` where a node of another module's `column` shows under a node of column `under`.

    Same kind, same standard periodicity, may stand under `under`; one with the same code first, then from the left,
    those meant for commissions last.
    """
    fitting = [
        c
        for c in target.columns
        if c.node_kind is column.node_kind
        and c.standard_periodicity is column.standard_periodicity
        and under.code in c.parents
    ]
    return min(fitting, key=lambda c: (c.code != column.code, c.allocated_to_providers, c.no), default=None)


_HOW_OFTEN = {
    Periodicity.YEAR: Text("per år", "by year"),
    Periodicity.TERTIAL: Text("per tertial", "by tertial"),
    Periodicity.MONTH: Text("per månad", "by month"),
    None: Text("utan bestämd periodicitet", "without a set periodicity"),
}
_KINDS = {
    NodeKind.TEXT: Text("textnoder", "text nodes"),
    NodeKind.MEASURE: Text("måttnoder", "measure nodes"),
    NodeKind.ACTIVITY: Text("aktivitetsnoder", "activity nodes"),
}


def _unfit(link: Link, target: Module) -> Finding:
    column = link.child.column
    same_kind = [c for c in target.columns if c.node_kind is column.node_kind and link.parent.column.code in c.parents]
    periodicities = sorted({c.standard_periodicity for c in same_kind if c.standard_periodicity})
    reason = (
        say(
            "Den följs upp {ours}, men {parent} tar emot det som följs upp {theirs}.",
            "It is followed up {ours}, but {parent} takes what is followed up {theirs}.",
            ours=_HOW_OFTEN[column.standard_periodicity],
            theirs=either(_HOW_OFTEN[p] for p in periodicities),
            parent=link.parent.column.name_text,
        )
        if same_kind
        else say(
            "Under {parent} ligger ingen kolumn med {kind}.",
            "No column of {kind} stands under {parent}.",
            kind=_KINDS[column.node_kind],
            parent=link.parent.column.name_text,
        )
    )
    return Finding(
        "M3",
        say(
            "Kolumnen {column} i {source} passar inte under {parent} i {target}. {reason} Koppla i stället en nod "
            "längre ned i kedjan, eller under en annan nod.",
            "The column {column} of {source} does not fit under {parent} in {target}. {reason} Link a node further "
            "down the chain instead, or under another node.",
            column=column.name_text,
            source=link.child.module,
            parent=link.parent.column.name_text,
            target=target.code,
            reason=reason,
        ),
        link.pointer,
        facts={
            "node_kind": column.node_kind,
            "periodicity": column.standard_periodicity,
            "periodicities_there": periodicities,
        },
    )


@also("M3")
def left_behind(column: Column, fitting: Column, pointer: str = "") -> Iterator[Finding]:
    """M3: what differs between two columns that fit, as one warning: what only the source has, what only the target."""
    differs: dict[str, dict[str, list[str]]] = {}
    for what in ("keyword_groups", "description_fields", "responsibility_roles"):
        ours, theirs = set(getattr(column, what)), set(getattr(fitting, what))
        if ours != theirs:
            differs[what] = {"only_source": sorted(ours - theirs), "only_target": sorted(theirs - ours)}
    if differs:
        words = {
            "keyword_groups": Text("nyckelordsgrupper", "keyword groups"),
            "description_fields": Text("beskrivningsfält", "description fields"),
            "responsibility_roles": Text("ansvarsroller", "responsibility roles"),
        }
        yield Finding(
            "M3",
            say(
                "Allt följer inte med: {what} skiljer mellan kolumnerna. Det som bara finns på ena sidan visas inte på "
                "den andra.",
                "Not everything follows along: {what} differ between the columns. What only one side has does not show "
                "on the other.",
                what=listed(words[w] for w in differs),
            ),
            pointer,
            Severity.WARNING,
            facts=differs,
        )


@rule(
    "M4",
    title=Text("Enstaka nod eller hel nodkedja", "A node or a whole chain"),
    statement=Text(
        "En nod eller en hel nodkedja kan kopplas i en begäran. Från 2025 rekommenderas kopplingar från VGSP till "
        "planeringsvyn bara för indikator, aktivitet och delaktivitet; andra ger en varning.",
        "A node or a whole chain can be linked in one request. From 2025 on, planning-view links from VGSP are "
        "recommended for indicators, activities and sub-activities only; others are allowed with a warning.",
    ),
    source="000 §8.2",
)
def recommended(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """M4 for one link."""
    column, since = link.child.column, link.child.column.link_advice_from
    if not link.crosses or column.link_recommended or (since is not None and link.child.year < since):
        return
    yield Finding(
        "M4",
        say(
            "Att koppla ”{title}” (kolumnen {column} i {module}) till {target} rekommenderas inte. Koppla hellre det "
            "som ligger längre ned i kedjan.",
            "Linking “{title}” (the column {column} of {module}) to {target} is not recommended. Rather link what "
            "stands further down the chain.",
            title=short(link.child.title),
            column=column.name_text,
            module=link.child.module,
            target=link.parent.module,
        ),
        link.pointer,
        Severity.WARNING,
        facts={"column": column.code, "module": link.child.module},
    )


@dataclass(frozen=True, slots=True)
class ChainStep:
    """A node below the one that is linked, and the parent through which it is reached."""

    parent: NodeView
    node: NodeView


@dataclass(frozen=True, slots=True)
class ChainLink:
    """What linking a chain gives: the nodes that show under the target, the linked one first, and the remarks."""

    nodes: tuple[NodeView, ...]
    findings: tuple[Finding, ...]


@also("M4")
def chain(top: Link, below: Sequence[ChainStep], model: SteeringModel) -> ChainLink:
    """M4, M3 for a whole chain: one link, of its top; the nodes below come along through their own module's links.

    `below` from the top down, nodes of the top's module. Each is remarked on where M4 advises against it or where it
    has no column to show in. The top's own findings come from `linking.link_findings`.
    """
    target = model.module(top.parent.module)
    if target is None or not isinstance(top.child, NodeView):
        return ChainLink((), ())
    shown = {top.child.id: counterpart(top.child.column, top.parent.column, target)}
    nodes, findings = {top.child.id: top.child}, list[Finding]()
    reported = {top.child.column.code}
    for step in below:
        if step.node.id in nodes:
            continue
        nodes[step.node.id] = step.node
        under = shown.get(step.parent.id)
        fitting = counterpart(step.node.column, under, target) if under else None
        shown[step.node.id] = fitting
        findings += recommended(Link(parent=top.parent, child=step.node, pointer=top.pointer), model)
        if fitting is None:
            findings.append(_no_column(step.node, target, top.pointer))
        elif step.node.column.code not in reported:
            # What differs between two columns is the same for every node in them: said once.
            reported.add(step.node.column.code)
            findings += left_behind(step.node.column, fitting, top.pointer)
    return ChainLink(tuple(nodes.values()), tuple(findings))


def _no_column(node: NodeView, target: Module, pointer: str) -> Finding:
    return Finding(
        "M3",
        say(
            "”{title}” följer med kedjan, men {target} har ingen kolumn på den platsen som passar {column}.",
            "“{title}” comes along with the chain, but {target} has no column in that place that fits {column}.",
            title=short(node.title),
            target=target.code,
            column=node.column.name_text,
        ),
        pointer,
        Severity.WARNING,
        facts={"node": node.facts()},
    )
