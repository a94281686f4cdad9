"""What everybody is asked: a unit's whole chain with assessments, indicators with outcome and target, and rollups.

Left out are attainment and who has reported (`rollup { indicators units }`): they rest on rules that the peers have no
words for, and copying those rules into the peers would measure our translation of them. `FULL` asks for these, too; it
is put to our own service only.
"""

from bench.data import PERIOD

DEPTH = 6
"""Mål, fokusområde, verksamhetsmål, indikator, aktivitet, delaktivitet: the longest path there is."""

_NODE = """
fragment N on Node {
  id
  title
  column { code }
  assessment { period grade status }
  rollup { nodes columns { column { code } total achieved partly notAchieved missing } activities { ongoing late } }
  ... on Indicator { code unitOfMeasure target { kind bound printed } outcome { period value } }
  ... on Activity { startDate endDate status }
}
"""

_FULL_NODE = """
fragment N on Node {
  id
  title
  column { code name }
  owner { code name }
  keywords { text }
  responsible { role subject }
  assessment { period grade wording analysis measures status }
  suggestedGrade { grade }
  rollup {
    nodes
    columns { column { code } total achieved partly notAchieved missing }
    activities { planned ongoing paused finished late }
    indicators { reached notReached noTarget noOutcome }
    units { total reported }
  }
  ... on Indicator {
    code unitOfMeasure target { kind bound printed } outcome { period value } attainment { status }
    aggregated { value }
  }
  ... on Activity { startDate endDate status }
}
"""


def _chain(levels: int) -> str:
    return "...N" if levels == 1 else f"...N children {{ {_chain(levels - 1)} }}"


def _query(node: str) -> str:
    return (
        "query Chain($unit: String!, $period: Period!) { followUp(unit: $unit, period: $period) {"
        f" unit {{ code }} period roots {{ {_chain(DEPTH)} }} }} }}{node}"
    )


QUERY, FULL = _query(_NODE), _query(_FULL_NODE)


def variables(unit: str) -> dict[str, str]:
    """The question's variables."""
    return {"unit": unit, "period": PERIOD}
