"""F6: a suggested grade, with the rule and the figures behind it. It is offered, marked as such, and never stored."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.domain.attainment import AttainmentStatus
from app.domain.chain import Chain
from app.domain.findings import also, rule
from app.domain.grades import GoalGrade
from app.domain.steering_model import Code
from app.domain.texts import Text


@dataclass(frozen=True, slots=True)
class SuggestedGrade:
    """A grade that the figures speak for. `figures`: achieved, partly, not_achieved and not_counted, by number."""

    grade: GoalGrade
    rule: Text
    figures: Mapping[str, int]


_WORDS = {
    GoalGrade.ACHIEVED: Text(
        "Förslag: uppnås, eftersom allt som räknas är uppnått.",
        "Suggested: achieved, because all that counts is achieved.",
    ),
    GoalGrade.PARTLY: Text(
        "Förslag: uppnås delvis, eftersom något brister men högst hälften av det som räknas inte är uppnått.",
        "Suggested: partly, because something falls short but at most half of what counts is not achieved.",
    ),
    GoalGrade.NOT_ACHIEVED: Text(
        "Förslag: uppnås ej, eftersom mer än hälften av det som räknas inte är uppnått.",
        "Suggested: not achieved, because more than half of what counts is not achieved.",
    ),
}
_FIGURES = Text(
    " Närmast under: {achieved} uppnådda, {partly} delvis, {not_achieved} ej; {not_counted} räknas inte (bedömning,"
    " utfall eller måltal saknas).",
    " Right below: {achieved} achieved, {partly} partly, {not_achieved} not; {not_counted} not counted (grade, outcome"
    " or target missing).",
)
_VOTES: dict[str | None, GoalGrade] = {
    **{grade.value: grade for grade in GoalGrade},
    AttainmentStatus.REACHED.value: GoalGrade.ACHIEVED,
    AttainmentStatus.NOT_REACHED.value: GoalGrade.NOT_ACHIEVED,
}


@rule(
    "F6",
    title=Text("Bedömningen är en människas", "The grade is a person's judgement"),
    statement=Text(
        "Systemet sätter aldrig bedömningen. Det erbjuder ett förslag med regeln och siffrorna bakom, märkt som"
        " förslag.",
        "The system never sets the grade. It offers a suggested one with the rule and figures behind it, marked as"
        " such.",
    ),
    source="000 §7.1",
)
def suggest(grades: Iterable[str | None], attainments: Iterable[AttainmentStatus]) -> SuggestedGrade | None:
    """F6, from the grades of the goals right below (None: not graded) and the attainments of the indicators there.

    All achieved: achieved. More than half not achieved: not achieved. Else: partly. None where nothing counts.
    """
    votes = [_VOTES.get(said) for said in (*grades, *attainments)]
    figures = {grade.value: votes.count(grade) for grade in GoalGrade} | {"not_counted": votes.count(None)}
    counted = len(votes) - votes.count(None)
    if not counted:
        return None
    grade = GoalGrade.PARTLY
    if votes.count(GoalGrade.ACHIEVED) == counted:
        grade = GoalGrade.ACHIEVED
    elif 2 * votes.count(GoalGrade.NOT_ACHIEVED) > counted:
        grade = GoalGrade.NOT_ACHIEVED
    words = _FIGURES.fill(**figures)
    return SuggestedGrade(grade, Text(_WORDS[grade].sv + words.sv, _WORDS[grade].en + words.en), figures)


@also("F6")
def suggested_grade(
    chain: Chain,
    node: int,
    grades: Mapping[UUID, str],
    attainments: Mapping[UUID, AttainmentStatus],
    columns: Collection[tuple[str, Code]],
) -> SuggestedGrade | None:
    """F6 for a node of a chain, by what stands right below it; None where its own column is not graded as goals.

    `columns`: those that are (`goal_columns`). Activities are left out: their grades say how work goes, not how far.
    """
    here = chain.nodes[node]
    if (here.module, here.column) not in columns:
        return None
    below = [chain.nodes[child] for child in chain.children[node]]
    return suggest(
        [grades.get(n.id) for n in below if (n.module, n.column) in columns],
        [attainments[n.id] for n in below if n.id in attainments],
    )
