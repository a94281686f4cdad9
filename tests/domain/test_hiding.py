"""N12: hiding a column."""

from app.domain.hiding import may_hide, shown
from tests.domain.models import ATLAS, CUTTER, LOG, MODEL, REALM, REFUSED, WARNING, WEST, col, only, said


def test_n12_accepted_by_a_board_for_a_hideable_column() -> None:
    for code in ("charter", "chore"):
        assert not said(may_hide(col(code), WEST, LOG, 0, MODEL))


def test_n12_refused_for_other_columns_and_other_units() -> None:
    finding = only(may_hide(col("star"), WEST, LOG, 4, MODEL))
    assert (finding.rule, finding.pointer, finding.is_conflict) == ("N12", "/column", False)
    assert finding.facts["hideable"] == ["charter", "chore"]
    for unit in (REALM, CUTTER):
        assert said(may_hide(col("charter"), unit, LOG, 0, MODEL)) == [("N12", "/unit", REFUSED)]
    assert "går att dölja" in only(may_hide(col("sea", ATLAS), WEST, ATLAS, 0, MODEL)).message.sv


def test_n12_edge_hiding_never_deletes() -> None:
    finding = only(may_hide(col("charter"), WEST, LOG, 3, MODEL))
    assert (finding.severity.value, finding.facts["nodes"]) == (WARNING, 3)
    codes = [c.code for c in shown(LOG.columns, {"charter", "star"})]
    assert "charter" not in codes
    assert "star" in codes
    assert shown(LOG.columns, ()) == LOG.columns
