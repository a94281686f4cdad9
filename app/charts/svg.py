"""A chart as SVG. No colour carries meaning alone: each line has its dashes, its marker and its name beside it.

svg = chart_svg(chart, "sv")
"""

import textwrap
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.charts import words
from app.charts.chart import Chart, Point, shown
from app.charts.elements import element, path, text_of
from app.charts.scale import Scale, scale_of
from app.domain.indicators import Sex
from app.domain.texts import Language

WIDTH, HEIGHT = 760, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 74.0, 600.0, 84.0, 330.0
_LABEL_X, _LINE = 614, 17
_INK, _SOFT, _FAINT = "#1f2328", "#57606a", "#d8dee4"
_TARGET = "#a40e26"
_PER_LINE, _MOST_LABELS, _LETTER = 78, 9, 8


class Style(NamedTuple):
    """How a line looks."""

    colour: str
    dashes: str
    marker: str


STYLES = {
    Sex.TOTAL: Style("#1f2328", "none", "circle"),
    Sex.WOMEN: Style("#6639ba", "9 4", "square"),
    Sex.MEN: Style("#0b6b5d", "2 4", "triangle"),
}


class _Label(NamedTuple):
    y: float
    lines: tuple[str, ...]
    colour: str
    marker: str | None


def chart_svg(chart: Chart, language: Language) -> str:
    """The picture, with its name and every figure of it in words. About 10 kB."""
    scale = scale_of(chart.levels())
    name = text_of(words.heading(chart, language))
    said = text_of(words.description(chart, language))
    return element(
        "svg",
        element("title", name, id="chart-title"),
        element("desc", said, id="chart-description"),
        element("rect", width="100%", height="100%", fill="#ffffff"),
        *_heads(chart, language),
        *_axes(chart, scale, language),
        *_goal_line(chart, scale),
        *(piece for sex, line in chart.lines.items() for piece in _line(chart, scale, sex, line, language)),
        *_labels(chart, scale, language),
        *_foot(chart, language),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=float(WIDTH),
        height=float(HEIGHT),
        role="img",
        aria_labelledby="chart-title chart-description",
        lang=language,
        font_family="system-ui, 'Segoe UI', 'Liberation Sans', Arial, sans-serif",
        font_size="13",
        fill=_INK,
    )


def _heads(chart: Chart, language: Language) -> Iterator[str]:
    lines = textwrap.wrap(chart.title, _PER_LINE, max_lines=2, placeholder=" …")
    for i, line in enumerate(lines):
        yield element("text", text_of(line), x=20.0, y=28.0 + 20 * i, font_size="16", font_weight="600")
    below = [chart.unit, *([chart.unit_of_measure] if chart.unit_of_measure else [])]
    if chart.made_up:
        below.append(words.MADE_UP.in_language(language))
    said = " · ".join(below)
    yield element("text", text_of(said), x=20.0, y=28.0 + 20 * len(lines), fill=_SOFT)


def _x(chart: Chart, place: int) -> float:
    count = len(chart.periods)
    return (_LEFT + _RIGHT) / 2 if count == 1 else _LEFT + 14 + (_RIGHT - _LEFT - 28) * place / (count - 1)


def _y(scale: Scale, number: Decimal) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * scale.share(number)


def _axes(chart: Chart, scale: Scale, language: Language) -> Iterator[str]:
    for tick in scale.ticks:
        y = _y(scale, tick)
        strong = tick == 0
        yield element("line", x1=_LEFT, x2=_RIGHT, y1=y, y2=y, stroke=_SOFT if strong else _FAINT)
        if not chart.levels():
            continue
        said = text_of(shown(tick, language, scale.decimals))
        yield element("text", said, x=_LEFT - 8.0, y=y + 4, text_anchor="end", fill=_SOFT)
    longest = max(map(len, chart.periods))
    room = max(1, int((_RIGHT - _LEFT) / (longest * _LETTER + 10)))
    every = -(-len(chart.periods) // min(room, _MOST_LABELS))
    last = len(chart.periods) - 1
    for i, period in enumerate(chart.periods):
        # Counted from the end, so that the latest period always has its name.
        if (last - i) % every == 0:
            x = _x(chart, i)
            yield element("line", x1=x, x2=x, y1=_BOTTOM, y2=_BOTTOM + 5.0, stroke=_SOFT)
            yield element("text", text_of(period), x=x, y=_BOTTOM + 20.0, text_anchor="middle", fill=_SOFT)


def _goal_line(chart: Chart, scale: Scale) -> Iterator[str]:
    """A step for each period, joined where periods follow on each other."""
    half = (_x(chart, 1) - _x(chart, 0)) / 2 if len(chart.periods) > 1 else 40
    steps: list[list[tuple[float, float]]] = [[]]
    for i, goal in enumerate(chart.goals):
        if goal is None or goal.level is None:
            steps.append([])
            continue
        x, y = _x(chart, i), _y(scale, goal.level)
        steps[-1] += [(max(x - half, _LEFT), y), (min(x + half, _RIGHT), y)]
    for points in filter(None, steps):
        yield element(
            "path", d=path(points), fill="none", stroke=_TARGET, stroke_width=1.6, stroke_dasharray="10 3 2 3"
        )


def _line(chart: Chart, scale: Scale, sex: Sex, line: Sequence[Point], language: Language) -> Iterator[str]:
    style = STYLES[sex]
    runs: list[list[tuple[float, float]]] = [[]]
    marks = []
    for i, point in enumerate(line):
        if point.value is None:
            runs.append([])  # a gap: nothing is drawn across what is not known
            continue
        x, y = _x(chart, i), _y(scale, point.value)
        runs[-1].append((x, y))
        said = f"{chart.periods[i]} {words.SEXES[sex].in_language(language).lower()}: {shown(point.value, language)}"
        marks.append(_marker(style, x, y, said, hollow=point.put_together))
    for points in runs:
        if len(points) > 1:
            width = 2.4 if sex is Sex.TOTAL else 1.8
            dashes = {} if style.dashes == "none" else {"stroke_dasharray": style.dashes}
            yield element("path", d=path(points), fill="none", stroke=style.colour, stroke_width=width, **dashes)
    yield from marks


def _marker(style: Style, x: float, y: float, said: str, *, hollow: bool) -> str:
    look = {"fill": "#ffffff" if hollow else style.colour, "stroke": style.colour, "stroke_width": 1.8}
    name = element("title", text_of(said))
    if style.marker == "circle":
        return element("circle", name, cx=x, cy=y, r=4.0, **look)  # type: ignore[arg-type]  # text and numbers
    if style.marker == "square":
        return element("rect", name, x=x - 3.6, y=y - 3.6, width=7.2, height=7.2, **look)  # type: ignore[arg-type]  # as above
    corners = f"{x:.1f},{y - 4.6:.1f} {x + 4.6:.1f},{y + 3.8:.1f} {x - 4.6:.1f},{y + 3.8:.1f}"
    return element("polygon", name, points=corners, **look)  # type: ignore[arg-type]  # as above


def _labels(chart: Chart, scale: Scale, language: Language) -> Iterator[str]:
    """Each line's name beside its last point, moved apart where they would cover each other."""
    wanted = sorted(_wanted_labels(chart, scale, language), key=lambda label: label.y)
    heights = [_LINE * len(label.lines) for label in wanted]
    ys: list[float] = []
    for label, height in zip(wanted, heights, strict=True):
        centre = label.y if not ys else max(label.y, ys[-1] + heights[len(ys) - 1] / 2 + height / 2 + 3)
        ys.append(centre)
    over = max(0.0, ys[-1] + heights[-1] / 2 - (_BOTTOM + 12)) if ys else 0.0
    for label, height, y in zip(wanted, heights, ys, strict=True):
        top = y - over - height / 2 + 13
        if label.marker is None:
            yield element(
                "line", x1=_LABEL_X - 2.0, x2=_LABEL_X + 14.0, y1=top - 4, y2=top - 4, stroke=label.colour,
                stroke_width=1.6, stroke_dasharray="10 3 2 3",
            )  # fmt: skip
        else:
            style = next(s for s in STYLES.values() if s.marker == label.marker)
            yield _marker(style, _LABEL_X + 6.0, top - 4, label.lines[0], hollow=False)
        for i, line in enumerate(label.lines):
            weight = "600" if i == 0 else "400"
            said = text_of(line)
            yield element("text", said, x=_LABEL_X + 20.0, y=top + _LINE * i, fill=label.colour, font_weight=weight)


def _wanted_labels(chart: Chart, scale: Scale, language: Language) -> Iterator[_Label]:
    for sex, line in chart.lines.items():
        last = next((p.value for p in reversed(line) if p.value is not None), None)
        if last is not None:
            name = f"{words.SEXES[sex].in_language(language)} {shown(last, language)}"
            yield _Label(_y(scale, last), (name,), STYLES[sex].colour, STYLES[sex].marker)
    goal = next((g for g in reversed(chart.goals) if g is not None and g.level is not None), None)
    if goal is not None and goal.level is not None:
        said = textwrap.wrap(goal.printed.strip(), 15, max_lines=2, placeholder=" …")
        yield _Label(_y(scale, goal.level), (words.TARGET.in_language(language), *said), _TARGET, None)


def _foot(chart: Chart, language: Language) -> Iterator[str]:
    notes = [words.PUT_TOGETHER.in_language(language)] if chart.has_put_together else []
    if not chart.levels():
        middle = text_of(words.NOTHING.in_language(language))
        yield element("text", middle, x=(_LEFT + _RIGHT) / 2, y=(_TOP + _BOTTOM) / 2, text_anchor="middle")
    goal = next((g for g in reversed(chart.goals) if g is not None), None)
    if goal is not None and all(g is None or g.level is None for g in chart.goals):
        notes.append(f"{words.TARGET.in_language(language)}: {goal.printed.strip()}")
    notes += chart.notes
    if notes:
        yield element("text", text_of(" · ".join(notes)), x=20.0, y=HEIGHT - 18.0, fill=_SOFT)
