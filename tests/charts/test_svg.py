"""Charts: readable without colour, without eyes, and whatever the figures are."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.charts.chart import Chart, Goal, Point, shown
from app.charts.example import example_chart
from app.charts.scale import scale_of
from app.charts.svg import HEIGHT, STYLES, WIDTH, chart_svg
from app.charts.words import table
from app.domain.attainment import AttainmentStatus
from app.domain.indicators import Sex
from app.domain.texts import Language

SVG = "{http://www.w3.org/2000/svg}"
NUMBERS = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=3)


def drawn(chart: Chart, language: Language = "en") -> ET.Element:
    return ET.fromstring(chart_svg(chart, language))


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def chart(*values: str | None, **more: object) -> Chart:
    points = tuple(Point(None if v is None else Decimal(v)) for v in values)
    periods = tuple(f"2027-{i + 1:02d}" for i in range(len(values)))
    said = {"title": "Beds", "unit": "A hospital", "unit_of_measure": "beds", "lines": {Sex.TOTAL: points}, **more}
    return Chart(periods=periods, **said)  # type: ignore[arg-type]  # what a test says


def test_it_is_an_image_with_a_name_and_a_description() -> None:
    svg = drawn(example_chart("en"))
    assert svg.get("role") == "img"
    name, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert name is not None
    assert description is not None
    assert svg.get("aria-labelledby") == f"{name.get('id')} {description.get('id')}"
    assert (name.text or "").endswith("A hospital, 2027-01–2027-12 (Made-up figures)")
    assert svg.get("lang") == "en"


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_figure_stands_in_the_description(language: Language) -> None:
    example = example_chart(language)
    said = (drawn(example, language).findtext(f"{SVG}desc") or "").split("\n")
    assert len(said) == 1 + len(example.periods)
    for line, row in zip(said[1:], table(example, language)[1], strict=True):
        assert all(cell in line for cell in row)
    gap = "inget värde" if language == "sv" else "no value"
    assert gap in said[6]
    assert ("uppnått" if language == "sv" else "reached") in said[-1]


def test_lines_differ_in_more_than_colour() -> None:
    assert len({style.dashes for style in STYLES.values()}) == len({s.marker for s in STYLES.values()}) == len(Sex)
    svg = drawn(example_chart("en"))
    dashes = {path.get("stroke-dasharray") for path in svg.iter(f"{SVG}path")}
    assert len(dashes) == 4  # three lines and the target
    assert [t for t in texts(svg) if t.startswith(("Women", "Total", "Men", "Target"))] == [
        "Women 91",
        "Total 90.8",
        "Men 90.6",
        "Target",
    ]


def test_colours_stand_out_from_white() -> None:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    used = {e.get("fill") for e in drawn(example_chart("sv")).iter(f"{SVG}text")} - {None}
    for colour in used | {style.colour for style in STYLES.values()}:
        assert colour is not None
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_nothing_is_drawn_across_a_gap() -> None:
    lines = list(drawn(chart("1", "2", None, "4", "5")).iter(f"{SVG}path"))
    assert [(p.get("d") or "").count("L") for p in lines] == [1, 1]
    alone = list(drawn(chart(None, "3", None)).iter(f"{SVG}circle"))
    assert len(alone) == 2  # the point, and the marker beside its name


def test_what_is_put_together_is_hollow_and_said_to_be() -> None:
    made = chart("1", lines={Sex.TOTAL: (Point(Decimal(1), put_together=True),)})
    assert "Hollow: summed from the units below" in texts(drawn(made))
    assert next(c.get("fill") for c in drawn(made).iter(f"{SVG}circle")) == "#ffffff"


def test_without_figures_it_says_so() -> None:
    goals = (Goal("Öka", None, AttainmentStatus.NO_OUTCOME),)
    said = texts(drawn(chart(None, goals=goals), "sv"))
    assert "Inga utfall har lämnats." in said
    assert "Måltal: Öka" in said


@pytest.mark.parametrize(
    ("number", "language", "decimals", "words"),
    [
        ("1234567.5", "sv", None, "1\u00a0234\u00a0567,5"),
        ("1234567.5", "en", None, "1,234,567.5"),
        ("-0.004", "en", None, "0"),
        ("-12.3456", "sv", None, "−12,35"),
        ("100", "sv", None, "100"),
        ("0.5", "en", 2, "0.50"),
    ],
)
def test_numbers_for_readers(number: str, language: Language, decimals: int | None, words: str) -> None:
    assert shown(Decimal(number), language, decimals) == words


@pytest.mark.parametrize(
    "title", ["A & B <script>alert(1)</script>", 'quote " and \x0b control', "lång " * 90, "å" * 300]
)
def test_any_title_can_stand_in_it(title: str) -> None:
    svg = drawn(chart("1", "2", title=title, unit=title[:50]))
    assert not list(svg.iter(f"{SVG}script"))


@given(st.lists(st.none() | NUMBERS, min_size=1, max_size=60), NUMBERS | st.none())
@settings(max_examples=60)
def test_whatever_the_figures_nothing_falls_outside(values: list[Decimal | None], goal: Decimal | None) -> None:
    points = tuple(Point(value) for value in values)
    goals = tuple(Goal("90 %", goal) for _ in values)
    made = chart(*[None] * len(values), lines={Sex.TOTAL: points, Sex.MEN: points}, goals=goals)
    svg = drawn(made)
    for element in svg.iter():
        for key, most in (("x", WIDTH), ("cx", WIDTH), ("x1", WIDTH), ("x2", WIDTH), ("y", HEIGHT), ("cy", HEIGHT)):
            assert 0 <= float(element.get(key) or 0) <= most
    assert len(list(svg.iter(f"{SVG}circle"))) - 1 == sum(v is not None for v in values) or not any(
        v is not None for v in values
    )


@given(st.lists(NUMBERS, max_size=10))
def test_an_axis_holds_all_numbers_on_few_round_ticks(numbers: list[Decimal]) -> None:
    scale = scale_of(numbers)
    assert all(0 <= scale.share(n) <= 1 for n in numbers)
    assert 2 <= len(scale.ticks) <= 9
    steps = {b - a for a, b in zip(scale.ticks, scale.ticks[1:], strict=False)}
    assert len(steps) == 1
