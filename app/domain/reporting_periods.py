"""I1: assessments and outcomes are for periods of the node's periodicity, in a plan version that is open."""

from collections.abc import Collection, Iterator

from app.domain.findings import Finding, also, rule
from app.domain.periods import Period, Periodicity
from app.domain.phrases import either
from app.domain.plan_versions import PlanStatus
from app.domain.texts import Text

_NAMES = {
    Periodicity.YEAR: Text("år (2027)", "year (2027)"),
    Periodicity.TERTIAL: Text("tertial (2027-T1)", "tertial (2027-T1)"),
    Periodicity.MONTH: Text("månad (2027-01)", "month (2027-01)"),
}


@rule(
    "I1",
    title=Text("Rätt periodicitet, öppen plan", "The right periodicity, an open plan"),
    statement=Text(
        "Varje kolumn har en standardperiodicitet och en nod kan ha en egen. Bedömningar och utfall tas emot bara för"
        " perioder av den periodiciteten, i en öppen planversion.",
        "Each column has a standard periodicity; a node may have its own. Assessments and outcomes are accepted only"
        " for periods of that periodicity, in an open plan version.",
    ),
    source="000 §9.1",
)
def period_fits(period: Period, followed_up: Collection[Periodicity], pointer: str = "/period") -> Iterator[Finding]:
    """I1: the period is as long as those that the node is followed up by.

    `followed_up`: one periodicity for a node; for an indicator those of every measure node that points at it in the
    period's plan version, since each of them may have its own.
    """
    if period.periodicity in followed_up:
        return
    facts = {"period": str(period), "followed_up": sorted(followed_up)}
    if not followed_up:
        words = Text("Det följs inte upp {year}.", "It is not followed up in {year}.")
        yield Finding("I1", words.fill(year=period.year), pointer, facts=facts)
        return
    words = Text(
        "Följs upp per {names}; {period} är något annat.", "Followed up by {names}; {period} is something else."
    )
    names = either(_NAMES[each] for each in Periodicity if each in followed_up)
    yield Finding("I1", words.fill(names=names, period=period), pointer, facts=facts)


@also("I1")
def plan_open(
    period: Period, status: PlanStatus | None, pointer: str = "/period", *, rule_id: str = "I1"
) -> Iterator[Finding]:
    """I1: the plan version of the period's year is open. `status`: that version's; None: the year has none.

    Depends on the state of things: a version may be opened. `rule_id`: for outcomes the same is said by I9.
    """
    if status is not None and status.is_open:
        return
    words = Text("Planversionen för {year} är avslutad.", "The plan version of {year} is archived.")
    if status is None:
        words = Text("Det finns ingen planversion för {year}.", "There is no plan version for {year}.")
    facts = {"period": str(period), "plan_version": status.value if status else None}
    yield Finding(rule_id, words.fill(year=period.year), pointer, facts=facts, depends_on_state=True)
