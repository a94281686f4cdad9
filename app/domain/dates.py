"""When an activity goes on: K5 (its own dates) and K6 (within those of its parent)."""

from collections.abc import Iterable, Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.links import Link
from app.domain.nodes import NewNode, NodeFacts, NodeView
from app.domain.phrases import say, short
from app.domain.steering_model import SteeringModel
from app.domain.texts import Text


@rule(
    "K5",
    title=Text("Start- och slutdatum", "Start and end date"),
    statement=Text(
        "Aktiviteter och delaktiviteter har start- och slutdatum, och slutet ligger inte före starten.",
        "Activities and sub-activities have a start and an end date, the end no earlier than the start.",
    ),
    source="000 §9.1",
)
def dates_in_order(node: NewNode, _model: SteeringModel) -> Iterator[Finding]:
    """K5. Where dates are not required, one alone is half a piece of information and is refused as well."""
    start, end = node.start_date, node.end_date
    needed = node.column.dates_required or start is not None or end is not None
    for given, pointer, words in (
        (start, "/start_date", Text("Ange ett startdatum.", "Give a start date.")),
        (end, "/end_date", Text("Ange ett slutdatum.", "Give an end date.")),
    ):
        if needed and given is None:
            yield Finding("K5", words, pointer, facts={"column": node.column.code})
    if start is not None and end is not None and end < start:
        yield Finding(
            "K5",
            say(
                "Slutdatumet {end} ligger före startdatumet {start}. Ändra ett av dem.",
                "The end date {end} is before the start date {start}. Change one of them.",
                start=start,
                end=end,
            ),
            "/end_date",
            facts={"start_date": start.isoformat(), "end_date": end.isoformat()},
        )


@rule(
    "K6",
    title=Text("Inom aktivitetens tid", "Within the activity's dates"),
    statement=Text(
        "En delaktivitet ligger inom sin aktivitets datum; annars ges en varning.",
        "A sub-activity lies within its activity's dates; a breach is a warning, not a refusal.",
    ),
    source="000 §2.2",
)
def within_parent(link: Link, _model: SteeringModel) -> Iterator[Finding]:
    """K6, for one link of a node that is created, changed or linked."""
    if link.child.column.dates_within_parent:
        new = isinstance(link.child, NewNode)
        yield from _outside(link.parent, link.child, "" if new else link.pointer)


@also("K6")
def children_within(node: NewNode, children: Iterable[NodeView]) -> Iterator[Finding]:
    """K6 seen from above: the dates of a node are changed while its children keep theirs."""
    for child in children:
        if child.column.dates_within_parent:
            yield from _outside(node, child, "")


def _outside(parent: NodeFacts, child: NodeFacts, pointer: str) -> Iterator[Finding]:
    starts, ends = parent.start_date, parent.end_date
    first, last = child.start_date, child.end_date
    if starts is None or ends is None or first is None or last is None or (starts <= first and last <= ends):
        return
    yield Finding(
        "K6",
        say(
            "”{child}” ({first}–{last}) ligger utanför ”{parent}” ({starts}–{ends}). Se över datumen.",
            "“{child}” ({first}–{last}) is outside “{parent}” ({starts}–{ends}). Look over the dates.",
            child=short(child.title),
            parent=short(parent.title),
            first=first,
            last=last,
            starts=starts,
            ends=ends,
        ),
        pointer,
        Severity.WARNING,
        facts={
            "start_date": first.isoformat(),
            "end_date": last.isoformat(),
            "parent_start_date": starts.isoformat(),
            "parent_end_date": ends.isoformat(),
        },
    )
