"""The demonstration, as a newcomer runs it: in a process of its own, on an embedded PostgreSQL of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.db.session import Database
from app.demo import region as demo_region
from app.demo.made_up import MadeUpIndicator, judgement, outcome_rows
from app.demo.plan import load_plan
from tests.conftest import TestRegion

COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "demo", "--once"]


@pytest.mark.slow
def test_the_demo_prints_a_boards_whole_chain_and_can_be_run_again(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {"STYRKEDJAN_DATA_DIR": str(tmp_path), "COLUMNS": "300", "STYRKEDJAN_EMBEDDED_FSYNC": "false"}
    said = []
    for _ in range(2):
        run = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=240, check=False)
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        said.append(run.stdout)
    first = said[0]
    assert "579 rader: 2 bryter en regel" in first
    assert first.count("A2 rad") == 2
    assert "uppföljning 2027-T2" in first
    for what in ("Mål:", "Fokusområde:", "Verksamhetsmål:", "Indikator:", "Aktivitet:", "Delaktivitet:", "måltal Öka"):
        assert what in first, what
    for sign in ("● Målet kommer att uppnås", "◆ ", "■ ", "✔ nått", "▶ pågående", "Förslag:", "Saknas (de första)"):
        assert sign in first, sign
    # The same figures each time: only how long things took may differ.
    chains = [text[text.index("Uppföljningskedjan") :] for text in said]
    assert chains[0] == chains[1]


async def test_a_region_that_the_demo_did_not_make_is_left_alone(database: Database, region: TestRegion) -> None:
    with pytest.raises(demo_region.ForeignRegionError):
        await demo_region.clear(database, region.code)
    assert await database.region_id(region.code) == region.id


async def test_a_region_that_it_made_is_emptied(database: Database, region: TestRegion) -> None:
    await demo_region.mark(database, region.id)
    await demo_region.clear(database, region.code)
    assert await database.region_id(region.code) is None


def test_outcomes_are_the_same_every_time_and_marked_as_made_up() -> None:
    indicator = MadeUpIndicator("IND-001", is_ratio=True, scale=100, direction="up", sex_disaggregated=True)
    rows = list(outcome_rows(indicator, ["A", "B"], "SU", 2027))
    assert rows == list(outcome_rows(indicator, ["A", "B"], "SU", 2027))
    assert len(rows) == 12 * 3 * 3
    assert all("made up" in row["comment"] for row in rows)
    january = [row for row in rows if row["period"] == "2027-01" and row["sex"] == "T"]
    assert january[2]["numerator"] == january[0]["numerator"] + january[1]["numerator"]


def test_a_shortfall_comes_with_measures() -> None:
    said = [judgement(f"node {i}", "SU", ["achieved", "partly", "not_achieved"], None) for i in range(50)]
    assert {s["grade"] for s in said} == {"achieved", "partly", "not_achieved"}
    assert all(("measures" in s) == (s["grade"] != "achieved") for s in said)


def test_the_plan_names_only_what_it_holds() -> None:
    plan = load_plan()
    keys: set[str] = set()
    for node in plan.nodes:
        assert all(p in keys or len(p) > len("a15") for p in node.parents), node.key
        keys.add(node.key)
    assert {node.column for node in plan.nodes} >= {"mal", "verksamhetsmal", "aktivitet", "delaktivitet"}
