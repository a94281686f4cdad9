"""A chart in words: for those who hear it, and as the list of figures behind it."""

from app.charts.chart import Chart, shown
from app.domain.attainment import AttainmentStatus
from app.domain.indicators import Sex
from app.domain.phrases import listed, say
from app.domain.texts import Language, Text

SEXES = {Sex.TOTAL: Text("Totalt", "Total"), Sex.WOMEN: Text("Kvinnor", "Women"), Sex.MEN: Text("Män", "Men")}
TARGET = Text("Måltal", "Target")
PERIOD = Text("Period", "Period")
NO_VALUE = Text("inget värde", "no value")
PUT_TOGETHER = Text("Ofylld: summerat från enheterna nedanför", "Hollow: summed from the units below")
MADE_UP = Text("Påhittade siffror", "Made-up figures")
NOTHING = Text("Inga utfall har lämnats.", "No outcomes have been reported.")
STATUSES = {
    AttainmentStatus.REACHED: Text("uppnått", "reached"),
    AttainmentStatus.NOT_REACHED: Text("ej uppnått", "not reached"),
    AttainmentStatus.NO_OUTCOME: Text("utfall saknas", "no outcome"),
    AttainmentStatus.NO_TARGET: Text("måltal saknas", "no target"),
}


def heading(chart: Chart, language: Language) -> str:
    """The chart's name: what, where, when."""
    when = chart.periods[0] if len(chart.periods) == 1 else f"{chart.periods[0]}–{chart.periods[-1]}"
    return f"{chart.title}, {chart.unit}, {when}" + (f" ({MADE_UP.in_language(language)})" if chart.made_up else "")


def description(chart: Chart, language: Language) -> str:
    """What the picture says, then every figure of it, a line for each period."""
    return "\n".join([_summary(chart).in_language(language), *(" ".join(row) for row in _sentences(chart, language))])


def table(chart: Chart, language: Language) -> tuple[list[str], list[list[str]]]:
    """(head, rows): the figures behind the picture, as text."""
    head = [PERIOD, *(SEXES[sex] for sex in chart.lines), *([TARGET] if any(chart.goals) else [])]
    rows = []
    for i, period in enumerate(chart.periods):
        row = [period, *(_figure(chart, sex, i, language) for sex in chart.lines)]
        rows.append(row + ([_goal(chart, i, language)] if any(chart.goals) else []))
    return [text.in_language(language) for text in head], rows


def _summary(chart: Chart) -> Text:
    if not any(p.value is not None for line in chart.lines.values() for p in line):
        return NOTHING
    lines = listed(Text(SEXES[sex].sv.lower(), SEXES[sex].en.lower()) for sex in chart.lines)
    unit = chart.unit_of_measure
    measured = Text(f" i {unit}", f" in {unit}") if unit else Text("", "")
    said = say("Linjediagram{unit}: {lines}.", "Line chart{unit}: {lines}.", unit=measured, lines=lines)
    notes = [MADE_UP] * chart.made_up + [PUT_TOGETHER] * chart.has_put_together
    return Text(" ".join([said.sv, *(f"{n.sv}." for n in notes)]), " ".join([said.en, *(f"{n.en}." for n in notes)]))


def _sentences(chart: Chart, language: Language) -> list[list[str]]:
    head, rows = table(chart, language)
    named = [f"{name.lower()} " for name in head[1:]]
    return [[f"{row[0]}:", ", ".join(map("".join, zip(named, row[1:], strict=True))) + "."] for row in rows]


def _figure(chart: Chart, sex: Sex, place: int, language: Language) -> str:
    value = chart.lines[sex][place].value
    return NO_VALUE.in_language(language) if value is None else shown(value, language)


def _goal(chart: Chart, place: int, language: Language) -> str:
    goal = chart.goals[place] if chart.goals else None
    if goal is None:
        return "–"
    return goal.printed if goal.status is None else f"{goal.printed}, {STATUSES[goal.status].in_language(language)}"
