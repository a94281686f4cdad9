"""VGR's units, keyword groups, indicators, budgets and calendar as shipped: the printed facts, counted."""

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files

from app.domain.texts import swedish_sort_key
from app.regions.loader import available_regions, load_region
from app.regions.models import PlanFile, PlanIndicator, PlanNode

DATA = load_region("vgr")
COMMISSIONING = {"OSN", "KUN", "IKN", "MRN"}
MONTHLY = {"RS", "OSN", "FTV", "HH", "NH", "RH", "SU", "NU", "SKAS", "SAS", "SV", "FSS", "LOG", "VT"}


def plan(year: int, module: str | None = None) -> PlanFile:
    found = DATA.plan(year, module)
    assert found is not None
    return found


def every(nodes: tuple[PlanNode, ...]) -> Iterator[PlanNode]:
    for node in nodes:
        yield node
        yield from every(node.children)


def indicators(of: PlanFile) -> list[PlanIndicator]:
    return [i for node in every(of.nodes) for i in node.indicators]


def counts(of: PlanFile) -> tuple[int, int, int, int]:
    tops, below = of.nodes, [n for top in of.nodes for n in top.children]
    return len(tops), len(below), len(indicators(of)), sum(len(n.units) for n in every(of.nodes))


def test_the_region_is_shipped() -> None:
    assert "vgr" in available_regions()
    assert DATA.region.code == DATA.top.code == "VGR"
    assert DATA.plan_years() == (2025, 2027)


def test_every_file_of_the_folder_is_read() -> None:
    named = {*DATA.region.plans, *DATA.region.calendars}
    fixed = {"region", "units", "modules", "scales", "keyword-groups", "permission-groups", "indicators"}
    there = {f.name for f in files("app.regions").joinpath("vgr").iterdir()}
    assert there == named | {f"{name}.json" for name in fixed}


def test_boards() -> None:
    boards = {u.code: u for u in DATA.units if u.level == "board"}
    assert len(boards) == 32
    assert all(b.parent == "VGR" for b in boards.values())
    assert Counter(b.kind for b in boards.values()) == {"namnd": 9, "styrelse": 23}
    assert {c for c, b in boards.items() if b.commissioning} == COMMISSIONING
    assert {c for c, b in boards.items() if b.kind == "styrelse" and not b.provider} == {"RTS"}
    assert not any(b.provider for b in boards.values() if b.kind == "namnd")
    assert {c for c, b in boards.items() if b.monthly_comment_required} == MONTHLY
    assert {c for c, b in boards.items() if not b.budget_goals_allocated} == {"REV", "RTS"}


def test_administrations_stand_under_their_boards() -> None:
    administrations = {u.code: u.parent for u in DATA.units if u.level == "administration"}
    assert administrations == {f"{b}-F": b for b in ("FTV", "HH", "NH", "SU", "NU", "SKAS", "SV", "NB", "KU")}
    assert len(DATA.units) == 1 + 32 + 9


def test_keyword_groups() -> None:
    assert len(DATA.keyword_groups) == 38
    assert sum(g.unit is None for g in DATA.keyword_groups) == 15
    by_name = {g.name: g for g in DATA.keyword_groups}
    assert by_name["Beslutat i"].keywords == ("Regionfullmäktiges budget",)
    assert by_name["Nyckelord SU"].unit == "SU-F"
    assert len(by_name["Nyckelord SU"].keywords) == 24
    assert by_name["KF delaktiviteter"].unit == "KU-F"
    assert by_name["Strategikarta"].unit == "NU-F"
    assert by_name["Kopplat till"].keywords == ()  # the source names the group and no keyword of it
    assert sum(len(g.keywords) for g in DATA.keyword_groups) == 178


def test_only_the_report_keywords_follow_the_year() -> None:
    yearly = {g.name: [k for _, k in g.yearly()] for g in DATA.keyword_groups if g.yearly()}
    assert yearly == {
        "Till rapport": [
            "Delårsrapport april {year}",
            "Delårsrapport augusti {year}",
            "Detaljbudget {year}",
            "Årsredovisning {year}",
        ]
    }
    reports = next(g for g in DATA.keyword_groups if g.name == "Till rapport")
    assert [k for _, k in reports.standing()] == ["Controllingrapport", "Månadsrapport", "Uppdragsrapport"]


def test_the_budget_of_2027() -> None:
    assert counts(plan(2027)) == (18, 51, 54, 579)
    region_only = {n.title for n in every(plan(2027).nodes) if n.region_level_only}
    assert len(region_only) == 8
    assert not any(i.targets for i in indicators(plan(2027)))


def test_the_budget_of_2025() -> None:
    assert counts(plan(2025)) == (11, 33, 56, 412)
    printed = {i.title: i.targets for i in indicators(plan(2025))}
    assert printed["Beläggningsgrad somatisk slutenvård"] == dict.fromkeys((2025, 2026, 2027), "90 %")
    assert printed["Operationskapacitet"][2027] == "Öka >1%"
    assert printed["Personalomsättning"] == {}
    assert Counter(bool(t) for t in printed.values()) == {True: 55, False: 1}
    assert sum(i.sex_disaggregated for i in indicators(plan(2025))) == 23


def test_the_one_place_where_2027_breaks_a2_is_left_as_printed() -> None:
    stray = [
        (child.title, sorted(set(child.units) - set(top.units)))
        for top in plan(2027).nodes
        for child in top.children
        if not set(child.units) <= set(top.units)
    ]
    assert stray == [("Ökad robusthet genom samverkan i samhällsplanering", ["KUN", "MRN"])]
    assert any("A2" in note for note in plan(2027).notes)
    assert all(set(c.units) <= set(top.units) for top in plan(2025).nodes for c in top.children)


def test_the_sustainability_goals_of_2025() -> None:
    goals = plan(2025, "VGSP")
    assert counts(goals) == (2, 7, 0, 154)
    assert [n.title for n in goals.nodes] == ["Miljömål 2030", "Mål för social hållbarhet 2030"]


def test_an_indicator_keeps_its_code_over_the_years() -> None:
    both = {i.code for i in indicators(plan(2025))} & {i.code for i in indicators(plan(2027))}
    assert len(both) == 22
    assert len(DATA.indicators) == 56 + 54 - 22
    assert [i.code for i in DATA.indicators] == [f"IND-{n:03d}" for n in range(1, 89)]
    titles = [i.title for i in DATA.indicators]
    assert titles == sorted(titles, key=swedish_sort_key)


def test_counts_add_up_and_nothing_else_does() -> None:
    for indicator in DATA.indicators:
        if indicator.unit_of_measure == "%":
            assert indicator.is_ratio
            assert indicator.scale == 100
        if not indicator.is_ratio:
            assert indicator.scale == 1
            assert indicator.unit_of_measure in {"antal", "mnkr", "MWh"}
    assert sum(not i.is_ratio for i in DATA.indicators) == 16
    assert sum(i.region_level_only for i in DATA.indicators) == 7


def test_directions_agree_with_printed_targets() -> None:
    way = {i.code: i.direction for i in DATA.indicators}
    for listed in indicators(plan(2025)):
        for printed in listed.targets.values():
            if printed.startswith("Öka"):
                assert way[listed.code] == "up"
            if printed.startswith(("Minska", "<", "≤")):
                assert way[listed.code] == "down"
    assert {i.title for i in DATA.indicators if i.direction_basis == "open"} == {
        "Personalomsättning",
        "Budgetavvikelse årets resultat exklusive finansnetto",
    }


def test_the_calendar_of_2027() -> None:
    (calendar,) = DATA.calendars
    assert calendar.year == 2027
    assert len(calendar.reports) == 12
    assert len(calendar.deadlines) == 8
    august = next(r for r in calendar.reports if r.report == "delårsrapport augusti")
    assert august.rf == "2027-10-25"
    assert august.note is not None
    assert "2026-10-25" in august.note
