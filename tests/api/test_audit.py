"""/audit, /exports/audit and the history of a node."""

import csv
import gzip
import hashlib
import io
import json
from typing import Any

import pytest

from app.domain.access import Role
from tests.api.planning import FOCUS, GOAL, World
from tests.conftest import TestRegion


async def _changes(world: World) -> tuple[Any, Any]:
    """A budget goal that is allocated to SU and made more precise there; a goal of another board."""
    top = world.caller()
    goal = await top.node("mal", "VGR", GOAL)
    await top.made("/allocations", {"node": goal["id"], "units": ["SU"]})
    await top.changed("PATCH", f"/nodes/{goal['id']}", {"description": "Mer om målet"})
    focus = await top.node("fokusomrade", "VGR", FOCUS, goal["id"])
    return goal, focus


async def test_the_log_says_what_happened_the_latest_first(world: World) -> None:
    goal, _ = await _changes(world)
    top = world.caller()
    answer = await world.http.patch(
        f"/api/v1/nodes/{goal['id']}",
        json={"description": None},
        headers={
            "Authorization": f"Bearer {top.token}",
            "If-Match": await top.tag(f"/nodes/{goal['id']}"),
            "X-Request-ID": "a-request-of-mine",
            "User-Agent": "a front end",
        },
    )
    assert answer.status_code == 200
    (entry,) = (await top.found("/audit", request_id="a-request-of-mine"))["items"]
    assert (entry["subject"], entry["client"], entry["address"]) == ("VGR-administrator", "a front end", "127.0.0.1")
    assert (entry["table"], entry["action"], entry["row"]) == ("nodes", "update", goal["id"])
    assert (entry["before"], entry["after"]) == ({"description": "Mer om målet"}, {"description": None})
    of_goal = (await top.found("/audit", id=goal["id"]))["items"]
    assert of_goal[0]["id"] == entry["id"]
    assert [e["at"] for e in of_goal] == sorted((e["at"] for e in of_goal), reverse=True)
    assert {(e["table"], e["action"]) for e in of_goal} >= {
        ("nodes", "insert"),
        ("nodes", "update"),
        ("allocations", "insert"),
        ("node_links", "insert"),
    }


async def test_the_log_is_filtered_and_paged(world: World) -> None:
    goal, _ = await _changes(world)
    top = world.caller()
    entries = (await top.found("/audit", limit=500))["items"]
    mine = (await top.found("/audit", subject="VGR-administrator", limit=500))["items"]
    assert mine == [e for e in entries if e["subject"] == "VGR-administrator"]
    assert 0 < len(mine) < len(entries)
    assert {e["table"] for e in (await top.found("/audit", table="allocations"))["items"]} == {"allocations"}
    assert {e["action"] for e in (await top.found("/audit", action="update"))["items"]} == {"update"}
    at = mine[2]["at"]
    before = (await top.found("/audit", limit=500, to=at))["items"]
    after = (await top.found("/audit", limit=500, **{"from": at}))["items"]
    assert len(before) > 0
    assert len(after) > 0
    assert [*after, *before] == entries
    first = await top.found("/audit", id=goal["id"], limit=2)
    rest = await top.found("/audit", id=goal["id"], limit=500, cursor=first["next"])
    assert first["items"] + rest["items"] == (await top.found("/audit", id=goal["id"]))["items"]


async def test_who_may_read_the_log(world: World) -> None:
    await _changes(world)
    for role in (Role.READER, Role.REPORTER):
        for path in ("/audit", "/exports/audit"):
            assert (await world.caller(role=role).send("GET", path)).status_code == 403
    # An administrator of a part sees what is about its units: not of others, and not what is the whole region's.
    seen = (await world.caller("SU").found("/audit", limit=500))["items"]
    assert {"allocations", "org_units"} <= {e["table"] for e in seen}
    below = (await world.caller().found("/units/code:SU/subtree"))["items"]
    units = {unit["id"] for unit in below}
    assert {e["unit"] for e in seen} == units


async def test_another_regions_log_is_not_seen(world: World, other_region: TestRegion) -> None:
    goal, _ = await _changes(world)
    stranger = world.caller(region=other_region)
    assert (await stranger.found("/audit", id=goal["id"]))["items"] == []
    assert (await stranger.send("GET", f"/nodes/{goal['id']}/history")).status_code == 404


async def test_a_parameter_of_another_form_is_422(world: World) -> None:
    said: tuple[dict[str, Any], ...] = (
        {"from": "2027-01-01T00:00:00"},
        {"id": "x"},
        {"action": "truncate"},
        {"resource": "x"},
    )
    for each in said:
        assert (await world.caller().send("GET", "/audit", **each)).status_code == 422


async def test_a_nodes_history_is_for_who_may_read_the_node(world: World) -> None:
    goal, focus = await _changes(world)
    path = f"/nodes/{goal['id']}/history"
    whole = (await world.caller(role=Role.READER).found(path))["items"]
    assert [(e["table"], e["action"]) for e in whole] == [
        ("node_links", "insert"),
        ("nodes", "update"),
        ("allocations", "insert"),
        ("nodes", "insert"),
    ]
    assert set(whole[0]) == {"id", "at", "subject", "table", "action", "row", "key", "before", "after"}
    at_su = (await world.caller("SU", Role.READER).found(path))["items"]
    assert [e["table"] for e in at_su] == ["node_links", "nodes", "allocations", "nodes"]
    # Another board's own node under the goal: neither it nor the link to it is seen at SU.
    await world.caller().made("/allocations", {"node": goal["id"], "units": ["OSN"]})
    theirs = await world.caller().node("verksamhetsmal", "OSN", "Färre köer till vården", focus["id"])
    for node, expected in ((goal, at_su), (focus, 2)):
        seen = (await world.caller("SU", Role.READER).found(f"/nodes/{node['id']}/history"))["items"]
        assert seen == expected if node is goal else len(seen) == expected
    assert (await world.caller("SU", Role.READER).send("GET", f"/nodes/{theirs['id']}/history")).status_code == 404
    assert len((await world.caller("OSN", Role.READER).found(f"/nodes/{focus['id']}/history"))["items"]) == 3
    whole = (await world.caller().found(path))["items"]
    first = await world.caller().found(path, limit=3)
    assert (await world.caller().found(path, cursor=first["next"]))["items"] == whole[3:]


async def test_the_export_is_the_log_from_the_first_on(world: World) -> None:
    await _changes(world)
    top = world.caller()
    entries = (await top.found("/audit", limit=500))["items"]
    answer = await top.send("GET", "/exports/audit")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.text.splitlines()] == entries[::-1]
    table = await top.send("GET", "/exports/audit", format="csv", table="nodes")
    assert table.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["row"] for row in rows] == [e["row"] for e in entries[::-1] if e["table"] == "nodes"]
    assert json.loads(rows[0]["after"])["title"] == GOAL


async def test_an_export_of_nothing_is_empty(world: World) -> None:
    for form in ("ndjson", "csv"):
        answer = await world.caller().send("GET", "/exports/audit", format=form, subject="nobody")
        assert (answer.status_code, answer.content) == (200, b"")


async def test_what_a_spreadsheet_would_run_is_text(world: World) -> None:
    top = world.caller()
    answer = await world.http.post(
        "/api/v1/nodes",
        json={"module": "VGPU", "year": 2027, "column": "mal", "unit": "VGR", "title": GOAL},
        headers={"Authorization": f"Bearer {top.token}", "User-Agent": "=HYPERLINK(1)"},
    )
    assert answer.status_code == 201
    table = await top.send("GET", "/exports/audit", format="csv", table="nodes")
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert row["client"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("packed", [False, True])
async def test_an_import_is_an_entry_with_its_counts_and_a_digest_of_what_was_sent(world: World, packed: bool) -> None:
    admin = world.caller()
    await admin.indicator("Andel", code="IND-DIGEST", unit_of_measure="%")
    row = {"indicator": "IND-DIGEST", "unit": "SU", "period": "2027-03", "sex": "T", "value": 5}
    body = (json.dumps(row) + "\n").encode()
    headers = {"Authorization": f"Bearer {admin.token}", "Content-Type": "application/x-ndjson"}
    sent = gzip.compress(body) if packed else body
    more = {"Content-Encoding": "gzip"} if packed else {}
    answer = await world.http.post("/api/v1/outcome-imports", content=sent, headers=headers | more)
    assert (answer.status_code, answer.json()["imported"]) == (200, 1)
    entries = (await admin.found("/audit", table="outcome_imports"))["items"]
    told = {name: value for entry in reversed(entries) for name, value in entry["after"].items()}
    assert (told["imported"], told["status"]) == (1, "completed")
    assert told["body_digest"] == "\\x" + hashlib.sha256(body).hexdigest()
