"""How alike two titles are."""

import string
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.similarity import CONTAINED, HARD, SOFT, Reason, Similarity, Verdict, similarity, trigram_key
from app.regions.loader import load_region

QUEUES = "Sjukvårdens köer ska kortas och tillgängligheten ska öka"


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (QUEUES, "Köerna i sjukvården ska kortas och tillgängligheten öka"),
        (QUEUES, "Tillgängligheten ska öka och sjukvårdens köer kortas"),
        (QUEUES, "SJUKVÅRDENS KÖER KORTAS, TILLGÄNGLIGHETEN ÖKAR!"),
        (QUEUES, "Minskade köer och ökad tillgänglighet i sjukvården"),
        ("Medarbetarnas arbetsmiljö ska förbättras", "Förbättrad arbetsmiljö för medarbetarna"),
        ("Den biologiska mångfalden ska stärkas och bevaras", "Stärka den biologiska mångfalden"),
        ("Vidga deltagandet", "Vidgat deltagande"),
        ("Öka antalet vårdplatser", "Antalet vårdplatser ska ökas"),
        ("Öka antalet vårdplatser till 10 000", "Ökat antal vårdplatser, 10000"),
        ("Högst 90 % beläggning", "Högst 90 procent beläggning"),
    ],
)
def test_paraphrases_are_alike(a: str, b: str) -> None:
    assert similarity(a, b).verdict is Verdict.ALIKE


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Öka antalet vårdplatser", "Minska antalet vårdplatser"),
        ("Ökad sjukfrånvaro", "Minskad sjukfrånvaro"),
        ("Höja utbildningsnivån", "Sänkt utbildningsnivå"),
        ("Fler besök i öppenvård", "Färre besök i öppenvård"),
        ("Stärka bemanningen", "Försvagad bemanning"),
        ("Kortare väntetider", "Längre väntetider"),
        ("Öka takten på kort sikt", "Minska takten på kort sikt"),
        (QUEUES, "Sjukvårdens köer ska öka och tillgängligheten minska"),
    ],
)
def test_opposites_are_not_alike(a: str, b: str) -> None:
    assert similarity(a, b) == similarity(b, a) == Similarity(0.0, Reason.OPPOSITE)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Första besök inom 30 dagar", "Första besök inom 90 dagar"),
        ("Bedömning inom tre dagar", "Bedömning inom sju dagar"),
        ("Högst 4,5 procent", "Högst 4,6 procent"),
        ("Miljömål 2026", "Miljömål 2030"),
    ],
)
def test_different_numbers_are_not_alike(a: str, b: str) -> None:
    assert similarity(a, b) == Similarity(0.0, Reason.NUMBERS)


def test_a_number_beside_none_or_written_otherwise_is_no_difference() -> None:
    assert similarity("Minska miljöpåverkan enligt miljömål 2030", "Minska miljöpåverkan").verdict is not Verdict.UNLIKE
    assert similarity("Besök inom tre dagar", "Besök inom 3 dagar").score == 100
    assert similarity("Högst 4,5 procent", "Högst 4.5 procent").score == 100


@pytest.mark.parametrize("short", ["Vård", "Korta köerna", "Tillgänglighet", "Sjukvård"])
def test_a_few_words_are_not_alike_everything_they_stand_in(short: str) -> None:
    assert similarity(QUEUES, short).verdict is Verdict.UNLIKE


def test_a_title_that_stands_whole_in_a_much_longer_one_is_for_a_person() -> None:
    longer = f"{QUEUES}, särskilt inom psykiatrin och barnsjukvården på sjukhusen"
    assert similarity(QUEUES, longer) == similarity(longer, QUEUES) == Similarity(CONTAINED)
    assert Similarity(CONTAINED).verdict is Verdict.NEAR


def test_slips_of_the_pen_do_not_make_a_title_new() -> None:
    assert similarity("Sjukvrdens köer ska kortas och tilgängligheten ska öka", QUEUES).verdict is Verdict.ALIKE


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (100.0, Verdict.ALIKE),
        (HARD, Verdict.ALIKE),
        (87.9, Verdict.NEAR),
        (SOFT, Verdict.NEAR),
        (74.9, Verdict.UNLIKE),
        (0.0, Verdict.UNLIKE),
    ],
)
def test_the_thresholds(score: float, verdict: Verdict) -> None:
    assert Similarity(score).verdict is verdict


def test_titles_without_words_or_with_small_ones_only() -> None:
    assert similarity("...", "!!!").score == 0
    assert similarity("", QUEUES).score == 0
    assert similarity("Vi ska", "Vi ska").score == 100


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_have_a_score_and_it_is_the_same_both_ways(a: str, b: str) -> None:
    there, back = similarity(a, b), similarity(b, a)
    assert there == back
    assert 0 <= there.score <= 100


@given(st.text(string.ascii_lowercase + "åäö ", min_size=1, max_size=80).filter(str.strip))
def test_a_title_is_alike_itself(title: str) -> None:
    assert similarity(title, title.upper()).score == 100


@given(st.text(max_size=500))
def test_a_trigram_key_is_ascii_and_fits_its_column(title: str) -> None:
    key = trigram_key(title)
    assert key.isascii()
    assert len(key) <= 1000
    assert key == " ".join(key.split())


def test_a_trigram_key_is_stems_without_dots_and_rings() -> None:
    assert trigram_key("Köerna i sjukvården ska kortas och tillgängligheten öka") == "ko sjukvard kort tillgang ok"


def budget(year: int) -> list[list[str]]:
    """Titles by column."""
    plan = load_region("vgr").plan(year)
    assert plan is not None
    return [[n.title for n in plan.nodes], [c.title for n in plan.nodes for c in n.children]]


@pytest.mark.parametrize("year", [2025, 2027])
def test_no_two_goals_or_focus_areas_of_a_real_budget_are_alike(year: int) -> None:
    for titles in budget(year):
        assert len(titles) > 10
        near = [(a, b) for a, b in combinations(titles, 2) if similarity(a, b).score >= SOFT]
        assert near == []


@pytest.mark.parametrize("year", [2025, 2027])
def test_across_columns_only_the_goal_that_is_said_twice_is_alike(year: int) -> None:
    goals, areas = budget(year)
    near = [a for a, b in product(goals, areas) if similarity(a, b).score >= SOFT]
    assert len(near) == 1
    assert "klimatpåverkan" in near[0]


def test_a_budget_is_recognised_in_the_one_before() -> None:
    """Titles carried over from 2025 with a word or two changed are found again in 2027."""
    before, now = budget(2025), budget(2027)
    found = [a for a in before[1] if a not in now[1] and any(similarity(a, b).verdict is Verdict.ALIKE for b in now[1])]
    assert len(found) >= 8
