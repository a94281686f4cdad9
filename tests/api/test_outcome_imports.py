"""/outcome-imports: what comes in is counted, kept, corrected, and the same the second time (I7, I8)."""

import random
from collections import Counter
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.figures import (
    COUNTED,
    IMPORTS,
    SHARE,
    SPLIT,
    conflicts,
    counts,
    history,
    make_indicators,
    row,
)
from tests.api.planning import World

BAD = row(unit="NOWHERE")


@pytest.fixture(autouse=True)
async def indicators(world: World) -> None:
    await make_indicators(world)


async def test_new_changed_and_unchanged_are_told_apart(world: World) -> None:
    admin = world.caller()
    first = await admin.made(IMPORTS, [row(value=1), row(unit="SU-F2", value=2)])
    assert (first["status"], counts(first)) == ("completed", (2, 2, 0, 0, 0))
    again = await admin.made(IMPORTS, [row(value=1.0), row(unit="SU-F2", value="2.00")])
    assert counts(again) == (2, 0, 0, 2, 0)
    changed = await admin.made(IMPORTS, [row(value=1), row(unit="SU-F2", value=3), row(unit="SU-OM", value=4)])
    assert counts(changed) == (3, 1, 1, 1, 0)
    shown = (await admin.found("/outcomes", indicator=COUNTED))["items"]
    assert [(o["unit"], o["value"]) for o in shown] == [("SU", 1), ("SU-F2", 3), ("SU-OM", 4)]


async def test_a_correction_keeps_what_was_there_with_who_when_and_by_which_import(world: World) -> None:
    first = await world.caller().made(IMPORTS, [row(value=1, comment="preliminärt")])
    second = await world.caller("SU", Role.REPORTER).made(IMPORTS, [row(value=2)])
    third = await world.caller().made(IMPORTS, [row(value=2, comment="slutligt")])
    one, two = await history(world)
    assert (one.value, one.comment, str(one.import_id), one.recorded_by) == (
        1,
        "preliminärt",
        first["id"],
        "VGR-administrator",
    )
    assert (one.replaced_by, str(one.replaced_by_import)) == ("SU-reporter", second["id"])
    assert (two.value, two.comment, str(two.replaced_by_import)) == (2, None, third["id"])
    assert two.replaced_at >= one.replaced_at


async def test_unchanged_rows_leave_no_history_and_keep_who_recorded_them(world: World) -> None:
    await world.caller().made(IMPORTS, [row()])
    await world.caller("SU", Role.REPORTER).made(IMPORTS, [row()])
    assert await history(world) == []
    [shown] = (await world.caller().found("/outcomes"))["items"]
    assert shown["recorded_by"] == "VGR-administrator"


async def test_a_dry_run_answers_the_same_and_changes_nothing(world: World) -> None:
    admin = world.caller()
    await admin.made(IMPORTS, [row(value=1)])
    before = (await world.count("outcomes"), await world.count("outcome_imports"), await history(world))
    rows = [row(value=2), row(unit="SU-F2")]
    tried = await admin.made(IMPORTS, rows, dry_run="true")
    assert (tried["id"], tried["dry_run"], counts(tried)) == (None, True, (2, 1, 1, 0, 0))
    assert (await world.count("outcomes"), await world.count("outcome_imports"), await history(world)) == before
    done = await admin.made(IMPORTS, rows)
    differing = {"id", "dry_run"}
    assert {k: v for k, v in done.items() if k not in differing} == {
        k: v for k, v in tried.items() if k not in differing
    }


async def test_a_dry_run_of_a_bad_import_is_no_error(world: World) -> None:
    tried = await world.caller().made(IMPORTS, [row(), BAD], dry_run="true")
    assert (tried["status"], counts(tried), conflicts(tried)) == ("refused", (2, 0, 0, 0, 2), [(2, "I9", "unit")])
    assert await world.count("outcomes") == 0


async def test_atomic_is_all_or_nothing_and_the_refusal_tells_all(world: World) -> None:
    answer = await world.caller().send("POST", IMPORTS, [row(), BAD, row(unit="SU-F2"), row(sex="X")])
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("en", "Accept-Language")
    said = answer.json()
    assert (said["type"], said["status"], said["rule"]) == ("/problems/I9", 422, "I9")
    assert said["request_id"] == answer.headers["x-request-id"]
    assert (said["import_status"], counts(said)) == ("refused", (4, 0, 0, 0, 4))
    assert conflicts(said) == [(2, "I9", "unit"), (4, "I9", "sex")]
    assert said["conflict_count"] == 2
    assert await world.count("outcomes") == 0
    kept = await world.caller().found(f"{IMPORTS}/{said['id']}")
    assert (kept["status"], conflicts(kept)) == ("refused", conflicts(said))


async def test_best_effort_takes_what_is_right(world: World) -> None:
    admin = world.caller()
    done = await admin.made(IMPORTS, [BAD, row(), row(sex="X")], mode="best_effort")
    assert (done["status"], counts(done)) == ("completed", (3, 1, 0, 0, 2))
    assert conflicts(done) == [(1, "I9", "unit"), (3, "I9", "sex")]
    assert done["conflicts"][0]["value"] == "NOWHERE"
    assert await world.count("outcomes") == 1


async def test_a_row_twice_is_one_outcome_and_a_contradiction_is_a_conflict(world: World) -> None:
    admin = world.caller()
    same = await admin.made(IMPORTS, [row(value=1), row(value="1.0")])
    assert counts(same) == (2, 1, 0, 1, 0)
    other = await admin.made(IMPORTS, [row(value=2), row(value=3)], mode="best_effort")
    assert (counts(other), conflicts(other)) == ((2, 0, 1, 0, 1), [(2, "I8", "")])
    [shown] = (await admin.found("/outcomes"))["items"]
    assert shown["value"] == 2


async def test_an_import_can_be_read_again_in_either_language(world: World) -> None:
    admin = world.caller()
    done = await admin.send("POST", IMPORTS, [row(), BAD], mode="best_effort")
    kept = await admin.send("GET", done.headers["location"].removeprefix("/api/v1"))
    assert {k: v for k, v in kept.json().items() if not k.startswith("created")} == {
        k: v for k, v in done.json().items() if not k.startswith("created")
    }
    swedish = await admin.send("GET", f"{IMPORTS}/{done.json()['id']}", headers={"Accept-Language": "sv"})
    assert swedish.json()["conflicts"][0]["message"] == "Enheten NOWHERE finns inte."
    assert kept.json()["conflicts"][0]["message"] == "There is no unit NOWHERE."


async def test_imports_of_others_are_seen_only_from_the_top(world: World) -> None:
    done = await world.caller("SU", Role.REPORTER).made(IMPORTS, [row()])
    assert [i["id"] for i in (await world.caller().found(IMPORTS))["items"]] == [done["id"]]
    assert [i["id"] for i in (await world.caller("SU", Role.REPORTER).found(IMPORTS))["items"]] == [done["id"]]
    assert (await world.caller("NU", Role.REPORTER).found(IMPORTS))["items"] == []
    assert (await world.caller("NU", Role.REPORTER).send("GET", f"{IMPORTS}/{done['id']}")).status_code == 404


async def test_an_empty_import_is_an_import_of_nothing(world: World) -> None:
    assert counts(await world.caller().made(IMPORTS, [])) == (0, 0, 0, 0, 0)


async def test_a_key_sent_again_gives_the_first_answer_refusals_too(world: World) -> None:
    admin, key = world.caller(), {"Idempotency-Key": "august"}
    first = await admin.send("POST", IMPORTS, [row(), BAD], headers=key)
    again = await admin.send("POST", IMPORTS, [row(), BAD], headers=key)
    assert (first.status_code, again.status_code) == (422, 422)
    assert again.json() == first.json()
    assert await world.count("outcome_imports") == 1


async def test_readers_may_not_and_nothing_is_kept(world: World) -> None:
    answer = await world.caller("SU", Role.READER).send("POST", IMPORTS, [row()])
    assert (answer.status_code, answer.json()["rule"]) == (403, "B1")
    assert await world.count("outcome_imports") == 0


async def test_ratios_are_computed_and_kept_to_nine_decimals(world: World) -> None:
    admin = world.caller()
    await admin.made(IMPORTS, [row(SHARE, numerator=1, denominator=3), row(SHARE, "SU-F2", numerator=1, denominator=0)])
    shown: list[Any] = (await admin.found("/outcomes", indicator=SHARE))["items"]
    assert [o["value"] for o in shown] == [33.333333333, None]


async def test_ten_thousand_rows_with_conflicts_are_answered_at_once(world: World) -> None:
    units = [code for code in sorted(world.region.unit_ids) if code != "VGR"]
    months = [f"2027-{month:02}" for month in range(1, 13)]
    good = [row(COUNTED, u, m, s, value=i) for i, u in enumerate(units) for m in months for s in "TKM"]
    rows = [*good, *(row(unit=f"NO-{i}") for i in range(10_000 - len(good)))]
    done = await world.caller().made(IMPORTS, rows, mode="best_effort")
    assert counts(done) == (10_000, len(good), 0, 0, 10_000 - len(good))
    assert done["conflict_count"] == len(done["conflicts"]) == 10_000 - len(good)
    assert [c["row"] for c in done["conflicts"]] == list(range(len(good) + 1, 10_001))
    again = await world.caller().made(IMPORTS, rows, mode="best_effort")
    assert counts(again) == (10_000, 0, 0, len(good), 10_000 - len(good))


def everywhere(value: float) -> list[Any]:
    """A row of each of 324 places."""
    return [
        row(indicator, unit, f"2027-{month:02}", sex, value=value)
        for indicator in (COUNTED, SHARE, SPLIT)
        for unit in ("SU", "SU-F2", "SU-OM")
        for month in range(1, 13)
        for sex in "TKM"
    ]


@pytest.mark.parametrize("standing", [[0], [323], [2], [0, 1, 322]])
async def test_what_stands_is_found_wherever_it_lies_among_the_new(world: World, standing: list[int]) -> None:
    # A look at every third row decides whether all are written at once: one that it misses must not be written over.
    admin, rows = world.caller(), everywhere(1)
    await admin.made(IMPORTS, [rows[n] | {"value": 1 + n % 2} for n in standing])
    done = await admin.made(IMPORTS, rows)
    same = sum(1 for n in standing if n % 2 == 0)
    assert counts(done) == (324, 324 - len(standing), len(standing) - same, same, 0)
    assert len(await history(world)) == len(standing) - same
    assert counts(await admin.made(IMPORTS, rows)) == (324, 0, 0, 324, 0)
    assert await world.count("outcomes") == 324


async def test_a_place_named_twice_among_new_ones_is_settled_before_anything_is_written(world: World) -> None:
    rows = everywhere(1)
    twice = [*rows, rows[5], rows[6] | {"value": 2}]
    refused = await world.caller().send("POST", IMPORTS, twice)
    assert conflicts(refused.json()) == [(326, "I8", "")]
    assert await world.count("outcomes") == 0
    done = await world.caller().made(IMPORTS, twice, mode="best_effort")
    assert counts(done) == (326, 324, 0, 1, 1)


async def test_corrections_of_rows_from_several_imports_each_name_the_import_that_they_replace(world: World) -> None:
    admin, rows = world.caller(), everywhere(1)
    made = [(await admin.made(IMPORTS, rows[n::3]))["id"] for n in range(3)]
    await admin.made(IMPORTS, [each | {"value": 2} for each in rows])
    kept = await history(world)
    assert Counter(str(each.import_id) for each in kept) == dict.fromkeys(made, 108)


async def test_rows_that_come_pell_mell_are_all_taken(world: World) -> None:
    rows = everywhere(1)
    random.Random(4).shuffle(rows)
    assert counts(await world.caller().made(IMPORTS, rows)) == (324, 324, 0, 0, 0)
    random.Random(5).shuffle(rows)
    assert counts(await world.caller().made(IMPORTS, rows)) == (324, 0, 0, 324, 0)
