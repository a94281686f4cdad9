"""VGR's steering model as shipped: what 000 §2, §6, §8 and §9.1 say, written down here a second time."""

import pytest

from app.domain import catalogue
from app.domain.findings import rule_by_id
from app.domain.periods import Periodicity
from app.domain.steering_model import Caution, Column, NodeKind
from app.regions.loader import load_region

DATA = load_region("vgr")
MODEL = DATA.model

LEVELS = ("region", "board", "administration", "area", "operation", "unit")

# (module, column): number, kind, periodicity, parents (K1)
CHAIN = {
    ("VGPU", "vision"): (0, "text", None, ""),
    ("VGPU", "mal"): (1, "text", "tertial", "vision"),
    ("VGPU", "fokusomrade"): (2, "text", "tertial", "mal"),
    ("VGPU", "uppdrag"): (3, "text", "tertial", "mal fokusomrade"),
    ("VGPU", "verksamhetsmal"): (4, "text", "tertial", "mal fokusomrade uppdrag"),
    ("VGPU", "indikator"): (5, "measure", "month", "mal fokusomrade uppdrag verksamhetsmal"),
    ("VGPU", "aktivitet"): (6, "activity", "month", "mal fokusomrade uppdrag verksamhetsmal indikator"),
    ("VGPU", "delaktivitet"): (7, "activity", "month", "aktivitet"),
    ("VGSP", "strategi"): (1, "text", "year", ""),
    ("VGSP", "overgripande_mal"): (2, "text", "tertial", "strategi"),
    ("VGSP", "delmal"): (3, "text", "tertial", "overgripande_mal"),
    ("VGSP", "indikator"): (4, "measure", "month", "overgripande_mal delmal"),
    ("VGSP", "aktivitet"): (5, "activity", "month", "overgripande_mal delmal indikator"),
    ("VGSP", "delaktivitet"): (6, "activity", "month", "aktivitet"),
    ("VGI", "indikator"): (1, "measure", "month", ""),
}

# N1-N11: the levels that may create in a column; columns that the sources leave open are not named.
CREATED_AT = {
    ("VGPU", "vision"): "region",
    ("VGPU", "mal"): "region board",
    ("VGPU", "fokusomrade"): "region board administration area",
    ("VGPU", "uppdrag"): "commissioning_board",
    ("VGPU", "verksamhetsmal"): "board administration area operation",
    ("VGPU", "indikator"): "region commissioning_board board administration area operation",
    ("VGPU", "aktivitet"): "board administration area operation unit",
    ("VGPU", "delaktivitet"): "administration area operation unit",
    ("VGI", "indikator"): "region",
}

# Which rule answers where a level may not create; N11 besides, where the unit level may not.
LEVEL_RULE = {
    ("VGPU", "vision"): "N1",
    ("VGPU", "mal"): "N1",
    ("VGPU", "fokusomrade"): "N4",
    ("VGPU", "uppdrag"): "N5",
    ("VGPU", "verksamhetsmal"): "N7",
    ("VGPU", "indikator"): "N8",
    ("VGPU", "aktivitet"): "N9",
    ("VGPU", "delaktivitet"): "N10",
    ("VGI", "indikator"): "M2",
}

# Shared keyword groups of each column, and how many local ones stand beside them.
GROUPS: dict[str, tuple[set[str], int]] = {
    "vision": (set(), 0),
    "mal": ({"Strategier", "Beslutat i", "Måluppfyllelse", "Skapad av", "Till rapport"}, 3),
    "fokusomrade": (
        {"Strategier", "Beslutat i", "Skapad av", "Måluppfyllelse fokusområde", "Till rapport", "Uppdrag"},
        7,
    ),
    "uppdrag": ({"Strategier", "Måluppfyllelse uppdrag", "Till rapport"}, 0),
    "verksamhetsmal": ({"Strategier", "Skapad av", "Måluppfyllelse verksamhetsmål", "Till rapport", "Område"}, 2),
    "indikator": (
        {
            "Strategier",
            "Beslutat i",
            "Skapad av",
            "Kopplat till",
            "Extern källa/Manuell inmatning",
            "Integration mot indikatorkatalogen",
            "Inmatning av utfall",
            "Område",
            "Till rapport",
        },
        19,
    ),
    "aktivitet": ({"Strategier", "Skapad av", "Bedömning", "Kopplat till", "Område", "Till rapport"}, 9),
    "delaktivitet": ({"Skapad av", "Bedömning", "Till rapport"}, 3),
}

SCALE_OF = {
    "mal": "Måluppfyllelse",
    "fokusomrade": "Måluppfyllelse fokusområde",
    "uppdrag": "Måluppfyllelse uppdrag",
    "verksamhetsmal": "Måluppfyllelse verksamhetsmål",
    "aktivitet": "Bedömning",
    "delaktivitet": "Bedömning",
}


def column(module: str, code: str) -> Column:
    found = MODEL.module(module)
    assert found is not None
    wanted = found.column(code)
    assert wanted is not None
    return wanted


def codes_where(holds: str) -> set[tuple[str, str]]:
    return {(m.code, c.code) for m in MODEL.modules for c in m.columns if getattr(c, holds)}


def test_levels_modules_and_directions() -> None:
    assert MODEL.levels == LEVELS
    assert MODEL.board_level == "board"
    assert tuple(MODEL.level_names) == LEVELS
    assert MODEL.level_name("board").sv == "nämnd/styrelse"
    assert [m.code for m in MODEL.modules] == ["VGPU", "VGSP", "VGI"]
    assert {(link.source, link.target) for link in MODEL.module_links} == {
        ("VGSP", "VGPU"),
        ("VGI", "VGPU"),
        ("VGI", "VGSP"),
    }
    assert not MODEL.may_link("VGPU", "VGSP")


def test_there_are_these_columns_and_no_other() -> None:
    assert {(m.code, c.code) for m in MODEL.modules for c in m.columns} == set(CHAIN)


@pytest.mark.parametrize(("module", "code"), CHAIN)
def test_place_kind_periodicity_and_parents(module: str, code: str) -> None:
    no, kind, periodicity, parents = CHAIN[module, code]
    found = column(module, code)
    assert found.no == no
    assert found.node_kind is NodeKind(kind)
    assert found.standard_periodicity == (Periodicity(periodicity) if periodicity else None)
    assert found.parents == tuple(parents.split())


@pytest.mark.parametrize(("module", "code"), CHAIN)
def test_who_may_create(module: str, code: str) -> None:
    expected = CREATED_AT.get((module, code))
    assert column(module, code).created_at == (None if expected is None else tuple(expected.split()))


@pytest.mark.parametrize(("module", "code"), CREATED_AT)
def test_which_rule_refuses_the_other_levels(module: str, code: str) -> None:
    found = column(module, code)
    expected = {"*": (LEVEL_RULE[module, code],)}
    if "unit" not in CREATED_AT[module, code].split():
        expected["unit"] = ("N11",)
    assert found.level_rules == expected


@pytest.mark.parametrize("code", GROUPS)
def test_keyword_groups(code: str) -> None:
    shared, local = GROUPS[code]
    found = column("VGPU", code)
    assert set(found.keyword_groups) == shared
    assert len(found.local_keyword_groups) == len(set(found.local_keyword_groups)) == local


@pytest.mark.parametrize("code", GROUPS)
def test_roles_and_description_fields(code: str) -> None:
    found = column("VGPU", code)
    if code == "vision":
        assert found.responsibility_roles == ()
        assert found.description_fields == ("Beskrivning",)
    elif code == "indikator":
        assert found.responsibility_roles == (
            "Ansvarig för inmatning av utfall",
            "Rapporteringsansvarig indikator",
            "Övergripande ansvar",
        )
        assert found.description_fields == ("Beskrivning", "Källa", "Mätmetoder och rutiner")
    else:
        assert found.responsibility_roles == (f"Rapporteringsansvarig {found.name.lower()}", "Övergripande ansvar")
        assert found.description_fields == ("Beskrivning",)


def test_vgsp_and_vgi_have_no_fields_of_their_own_in_the_sources() -> None:
    for module in MODEL.modules[1:]:
        for found in module.columns:
            assert not found.keyword_groups
            assert not found.description_fields
            assert not found.responsibility_roles
            assert found.assessment is None


def test_assessment_scales() -> None:
    assert {c: column("VGPU", c).assessment for c in GROUPS if column("VGPU", c).assessment} == SCALE_OF
    groups = {g.name: g for g in DATA.keyword_groups}
    for scale in MODEL.scales:
        assert len(groups[scale.name].keywords) == len(scale.grades)
    for name in set(SCALE_OF.values()) - {"Bedömning"}:
        scale = next(s for s in MODEL.scales if s.name == name)
        assert [g.code for g in scale.grades] == ["achieved", "partly", "not_achieved"]
        # The keyword group prints forecast and outcome with a stroke between them (F1).
        for grade, printed in zip(scale.grades, groups[name].keywords, strict=True):
            forecast, outcome = printed.split("/")
            assert grade.forecast_sv == forecast
            assert grade.outcome_sv.endswith(outcome)
            assert grade.outcome_sv.split()[0] == forecast.split()[0]
    activity = next(s for s in MODEL.scales if s.name == "Bedömning")
    assert [g.code for g in activity.grades] == ["on_plan", "minor_deviation", "deviation", "not_started"]
    assert tuple(g.outcome_sv for g in activity.grades) == groups["Bedömning"].keywords


def test_grades_read_without_colour() -> None:
    for scale in MODEL.scales:
        symbols = [g.symbol for g in scale.grades]
        assert len(set(symbols)) == len(symbols)
        assert all(len(s) == 1 for s in symbols)
        assert scale.grades[1].symbol == "◆"  # as 000 §7.2 prints it


def test_properties_that_drive_rules() -> None:
    assert codes_where("own_limit_per_board") == {("VGPU", "mal")}  # N1
    assert column("VGPU", "mal").own_limit_per_board == 1
    assert codes_where("justification_required_for_own") == {("VGPU", "mal")}  # N2
    assert codes_where("allocatable_by_own") == set(CHAIN) - {("VGPU", "mal")}  # N3
    assert codes_where("allocation_follows_parent") == {("VGPU", "fokusomrade")}  # A2
    assert codes_where("follows_allocated_parent") == {("VGPU", "indikator"), ("VGI", "indikator")}  # A3
    assert codes_where("parent_required") == {("VGPU", "delaktivitet"), ("VGSP", "delaktivitet")}  # K2
    assert codes_where("dates_within_parent") == {("VGPU", "delaktivitet"), ("VGSP", "delaktivitet")}  # K6
    assert codes_where("dates_required") == {
        (m, c) for m in ("VGPU", "VGSP") for c in ("aktivitet", "delaktivitet")
    }  # K5
    assert codes_where("hideable") == {("VGPU", "uppdrag"), ("VGPU", "delaktivitet")}  # N12
    assert codes_where("optional") == {("VGPU", "verksamhetsmal")}
    assert codes_where("approval") == {("VGI", "indikator")}  # M2
    assert column("VGI", "indikator").approval == "module owner"
    assert codes_where("allocated_to_providers") == {("VGPU", "uppdrag")}  # N5
    assert codes_where("opted_in_by_board") == {("VGPU", "mal"), ("VGPU", "fokusomrade")}  # A4
    not_recommended = set(CHAIN) - codes_where("link_recommended")
    assert not_recommended == {("VGSP", "strategi"), ("VGSP", "overgripande_mal"), ("VGSP", "delmal")}  # M4
    assert codes_where("link_advice_from") == not_recommended
    assert {column(*where).link_advice_from for where in not_recommended} == {2025}


def test_near_identity_cautions_and_barred_groups() -> None:
    asked = {(m.code, c.code): (c.unlike_columns, c.similarity_rule) for m in MODEL.modules for c in m.columns}
    assert {k: v for k, v in asked.items() if v[0]} == {
        ("VGPU", "mal"): (("mal",), "N2"),
        ("VGPU", "fokusomrade"): (("mal", "fokusomrade"), "N2"),
        ("VGPU", "uppdrag"): (("mal", "fokusomrade"), "N6"),
        ("VGPU", "verksamhetsmal"): (("mal", "fokusomrade", "uppdrag"), "N2"),
    }
    cautions = {(m.code, c.code): c.cautions for m in MODEL.modules for c in m.columns if c.cautions}
    assert cautions == {
        ("VGPU", "verksamhetsmal"): {"operation": Caution.REASON_REQUIRED},  # N7
        ("VGPU", "aktivitet"): {"board": Caution.WARNING},  # N9
    }
    barred = {(m.code, c.code): c.barred_keyword_groups for m in MODEL.modules for c in m.columns}
    assert {k: v for k, v in barred.items() if v} == {
        ("VGPU", "mal"): {"Uppdrag": 2027},
        ("VGPU", "fokusomrade"): {"Uppdrag": 2027},
    }


def test_every_rule_that_a_column_names_is_registered() -> None:
    assert catalogue.__doc__  # importing it registers the rules
    for module in MODEL.modules:
        for found in module.columns:
            named = {rule for rules in found.level_rules.values() for rule in rules} | {found.similarity_rule} - {None}
            assert all(rule_by_id(str(rule)) for rule in named), (module.code, found.code, named)
