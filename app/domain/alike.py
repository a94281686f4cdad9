"""Own nodes that repeat what the budget says already (N2, N6); how alike is measured in `similarity.py`."""

from collections.abc import Iterable, Iterator

from app.domain.findings import Finding, Severity, also, rule
from app.domain.nodes import NewNode, NodeView, UnitView
from app.domain.organisation import is_region, is_visible
from app.domain.phrases import say, short
from app.domain.similarity import Similarity, Verdict, similarity
from app.domain.steering_model import Column, SteeringModel
from app.domain.texts import Text

_MOST = 5
"""Matches shown: the closest ones; a planner who has met five need not read a sixth."""


@rule(
    "N2",
    title=Text("Inte snarlikt budgeten", "Not near-identical to the budget"),
    statement=Text(
        "Ett eget mål är inte snarlikt ett budgetmål; egna fokusområden och verksamhetsmål inte heller budgetens mål "
        "och fokusområden (och uppdrag). Likheten mäts: från 88 avvisas noden, från 75 ska den bekräftas. Att målet "
        "inte är motstridigt motiveras i text.",
        "An own goal is not near-identical to a budget goal; own focus areas and operational goals likewise toward the "
        "budget's goals and focus areas (and assignments). Likeness is measured: refused from 88, to be confirmed from "
        "75. That a goal is not contradictory is justified in a text.",
    ),
    source="000 §2.2, 001 §3.1.1-3.1.4",
    depends_on_state=True,
)
def not_near_identical(node: NewNode, reserved: Iterable[NodeView], model: SteeringModel) -> Iterator[Finding]:
    """N2, the wording. `reserved`: candidates in `compared_columns`; those not protected are passed over."""
    if node.column.similarity_rule != "N2":
        return
    for match, likeness in closest(node, reserved, model):
        refused = likeness.verdict is Verdict.ALIKE
        advice = (
            Text("Använd den noden i stället.", "Use that node instead.")
            if refused
            else Text(
                "Använd den noden, formulera om, eller bekräfta att de skiljer sig (confirm_similar).",
                "Use that node, reword, or confirm that they differ (confirm_similar).",
            )
        )
        yield Finding(
            "N2",
            _too_alike(match, likeness, advice),
            "/title",
            Severity.REFUSED if refused else Severity.CONFIRM,
            facts=_facts(match, likeness),
        )


@also("N2")
def own_is_justified(node: NewNode, model: SteeringModel) -> Iterator[Finding]:
    """N2, the justification: "motstridigt" can't be measured, so a person says why it is not."""
    if not node.column.justification_required_for_own or is_region(node.owner, model):
        return
    if not (node.justification or "").strip():
        yield Finding(
            "N2",
            say(
                "En egen nod i kolumnen {column} ska motiveras: varför den behövs och inte motsäger budgeten. Ange en "
                "motivering.",
                "An own node in the column {column} is to be justified: why it is needed and does not contradict the "
                "budget. Give a justification.",
                column=node.column.name_text,
            ),
            "/justification",
            facts={"column": node.column.code},
            depends_on_state=False,
        )


@rule(
    "N6",
    title=Text("Uppdrag upprepar inte budgeten", "Assignments don't repeat the budget"),
    statement=Text(
        "Ett uppdrag som är formulerat som ett budgetmål eller fokusområde avvisas: den befintliga noden används, med "
        "en anvisning i nedfördelningen. Mål och fokusområden märks inte med nyckelordsgruppen Uppdrag från 2027.",
        "An assignment worded like a budget goal or focus area is refused: the existing node is used, with an "
        "instruction on its allocation. Goals and focus areas can't carry the keyword group Uppdrag from 2027 on.",
    ),
    source="001 §3.4, revision 2027:01",
    depends_on_state=True,
)
def budget_node_used_instead(node: NewNode, reserved: Iterable[NodeView], model: SteeringModel) -> Iterator[Finding]:
    """N6, the wording: refused from the hard threshold, to be confirmed from the soft one, like N2."""
    if node.column.similarity_rule != "N6":
        return
    for match, likeness in closest(node, reserved, model):
        refused = likeness.verdict is Verdict.ALIKE
        advice = Text(
            "Använd den noden: fördela ned den med en anvisning om vad som väntas.",
            "Use that node: allocate it with an instruction on what is expected.",
        )
        yield Finding(
            "N6",
            _too_alike(match, likeness, advice),
            "/title",
            Severity.REFUSED if refused else Severity.CONFIRM,
            facts=_facts(match, likeness) | {"use": "instruction"},
        )


@also("N6")
def no_barred_keyword_group(node: NewNode, _model: SteeringModel) -> Iterator[Finding]:
    """N6, the keyword groups that a column can't carry from a plan year on."""
    for place, group in enumerate(node.keyword_groups):
        since = node.column.barred_keyword_groups.get(group)
        if since is not None and node.year >= since:
            yield Finding(
                "N6",
                say(
                    "Från {since} märks noder i kolumnen {column} inte med nyckelordsgruppen {group}. Ta bort "
                    "nyckelordet.",
                    "From {since} on nodes in the column {column} don't carry the keyword group {group}. Remove it.",
                    since=since,
                    column=node.column.name_text,
                    group=group,
                ),
                f"/keywords/{place}",
                facts={"group": group, "since": since, "year": node.year},
                depends_on_state=False,
            )


def compared_columns(column: Column, owner: UnitView, model: SteeringModel) -> tuple[str, ...]:
    """Codes of the columns whose nodes a node of `owner` is compared with: none for the region's own."""
    return () if is_region(owner, model) else column.unlike_columns


def closest(node: NewNode, reserved: Iterable[NodeView], model: SteeringModel) -> list[tuple[NodeView, Similarity]]:
    """Protected nodes that are near or alike in wording, the closest first, at most five."""
    found = [
        (n, likeness)
        for n in reserved
        if _is_protected(n, node, model) and (likeness := similarity(node.title, n.title)).verdict is not Verdict.UNLIKE
    ]
    return sorted(found, key=lambda f: (-f[1].score, f[0].title))[:_MOST]


def _is_protected(candidate: NodeView, node: NewNode, model: SteeringModel) -> bool:
    """Whether a node's wording is taken: the region's own, or (a column without those) what the owner already has.

    An assignment is nobody's but a commissioning board's; a board that it is allocated to uses it as it stands.
    """
    if candidate.column.code not in compared_columns(node.column, node.owner, model):
        return False
    if (candidate.module, candidate.year) != (node.module, node.year) or candidate.id == node.id:
        return False
    if is_region(candidate.owner, model):
        return True
    return not _is_regions(candidate.column, model) and is_visible(candidate, node.owner)


def _is_regions(column: Column, model: SteeringModel) -> bool:
    return column.created_at is None or model.region_level in column.created_at


def _too_alike(match: NodeView, likeness: Similarity, advice: Text) -> Text:
    return say(
        "Titeln liknar ”{title}” ({column}, {owner}): {score} av 100. {advice}",
        "The title resembles “{title}” ({column}, {owner}): {score} of 100. {advice}",
        title=short(match.title),
        column=match.column.name_text,
        owner=match.owner.name,
        score=Text(f"{likeness.score:g}".replace(".", ","), f"{likeness.score:g}"),
        advice=advice,
    )


def _facts(match: NodeView, likeness: Similarity) -> dict[str, object]:
    return {"score": likeness.score, "node": match.facts()}
