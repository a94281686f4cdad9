"""M3, M4: columns that fit, and whole chains."""

from dataclasses import replace

import pytest

from app.domain.links import Link
from app.domain.module_columns import ChainStep, chain, columns_fit, counterpart, left_behind, recommended
from tests.domain.models import ATLAS, CUTTER, GAUGE, LOG, MODEL, REFUSED, WARNING, col, new, node, only, said

STAR = node("star")
CHART = node("chart", module=ATLAS)
WATCH = node("watch", CUTTER, module=ATLAS)


def test_m3_accepted_where_kind_and_periodicity_agree() -> None:
    assert counterpart(CHART.column, STAR.column, LOG) is col("course")
    assert not said(columns_fit(Link(parent=STAR, child=WATCH), MODEL))
    assert not said(columns_fit(Link(parent=STAR, child=node("course")), MODEL))


@pytest.mark.parametrize("code", ["sea", "whim"])
def test_m3_refused_where_the_periodicity_differs(code: str) -> None:
    finding = only(columns_fit(Link(parent=STAR, child=node(code, module=ATLAS)), MODEL))
    assert (finding.rule, finding.severity.value, finding.is_conflict) == ("M3", REFUSED, False)
    assert finding.facts["periodicity"] == "year"
    assert finding.facts["periodicities_there"]


def test_m3_refused_where_no_column_of_the_kind_stands_there() -> None:
    finding = only(columns_fit(Link(parent=node("watch", CUTTER), child=CHART), MODEL))
    assert finding.facts["periodicities_there"] == []
    assert "textnoder" in finding.message.sv


def test_m3_edge_what_differs_is_reported_and_a_barred_way_is_m1s() -> None:
    gauge = node("measure", module=GAUGE)
    finding = only(columns_fit(Link(parent=STAR, child=gauge), MODEL))
    assert finding.severity.value == WARNING
    assert finding.facts == {"keyword_groups": {"only_source": [], "only_target": ["Knots"]}}
    assert not said(columns_fit(Link(parent=CHART, child=node("watch", CUTTER)), MODEL))
    nowhere = replace(STAR, module="ELSEWHERE")
    assert not said(columns_fit(Link(parent=nowhere, child=CHART), MODEL))
    assert not said(left_behind(col("star"), col("course")))


def test_a_counterpart_has_the_same_code_if_there_is_one_and_is_no_commission_if_it_can_be_helped() -> None:
    assert counterpart(WATCH.column, STAR.column, LOG) is col("watch")
    assert counterpart(CHART.column, col("course"), LOG) is col("bearing")
    only_commission = LOG.model_copy(update={"columns": tuple(c for c in LOG.columns if c.code != "bearing")})
    assert counterpart(CHART.column, col("course"), only_commission) is col("charter")


def test_m4_accepted_where_linking_is_recommended() -> None:
    assert not said(recommended(Link(parent=STAR, child=WATCH), MODEL))
    assert not said(recommended(Link(parent=STAR, child=node("course")), MODEL))


def test_m4_refused_is_only_a_warning() -> None:
    assert said(recommended(Link(parent=STAR, child=CHART), MODEL)) == [("M4", "/parent", WARNING)]


def test_m4_edge_the_advice_has_a_first_year() -> None:
    assert said(recommended(Link(parent=STAR, child=replace(CHART, year=2025)), MODEL))
    assert not said(recommended(Link(parent=STAR, child=replace(CHART, year=2024)), MODEL))
    assert said(recommended(Link(parent=STAR, child=replace(node("sea", module=ATLAS), year=1999)), MODEL))


def test_m4_a_whole_chain_comes_along_in_one_request() -> None:
    chart = replace(CHART, column=CHART.column.model_copy(update={"parents": ("sea", "chart")}))
    under = replace(chart, id=node("star").id)
    chore, whim, lost = (node(code, CUTTER, module=ATLAS) for code in ("chore", "whim", "chore"))
    steps = [
        ChainStep(chart, under),
        ChainStep(chart, WATCH),
        ChainStep(under, WATCH),  # reached twice, shown once
        ChainStep(WATCH, chore),
        ChainStep(chart, whim),
        ChainStep(whim, lost),
    ]
    found = chain(Link(parent=STAR, child=chart), steps, MODEL)
    assert found.nodes == (chart, under, WATCH, chore, whim, lost)
    # The chart below is advised against; whims are yearly and have no column, nor has what stands under one.
    assert said(found.findings) == [
        ("M4", "/parent", WARNING),
        ("M3", "/parent", WARNING),
        ("M3", "/parent", WARNING),
    ]


def test_m4_what_differs_is_said_once_per_column_of_a_chain() -> None:
    fancy = WATCH.column.model_copy(update={"responsibility_roles": ("Mate",)})
    watches = [replace(node("watch", module=ATLAS), column=fancy) for _ in range(3)]
    found = chain(Link(parent=STAR, child=CHART), [ChainStep(CHART, w) for w in watches], MODEL)
    assert [f.rule for f in found.findings] == ["M3"]
    assert found.findings[0].facts["responsibility_roles"]["only_source"] == ["Mate"]


def test_m4_only_what_stands_has_a_chain() -> None:
    assert chain(Link(parent=STAR, child=new("chart", module=ATLAS)), [], MODEL).nodes == ()
    assert chain(Link(parent=replace(STAR, module="ELSEWHERE"), child=CHART), [], MODEL).nodes == ()
