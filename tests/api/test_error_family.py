"""How what the domain and the database raise becomes an answer."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.db.session import ConcurrentChange, ConstraintBroken, Database, DatabaseUnavailable
from app.domain.findings import (
    Finding,
    Forbidden,
    InputError,
    InvalidInput,
    NotFound,
    RulesBroken,
    Severity,
)
from app.domain.texts import Text
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import client_of
from tests.api.problem_answers import assert_problem

WORDS = Text("på svenska", "in English")


@pytest.fixture
def broken(settings: Settings, database: Database) -> FastAPI:
    """The service with routes that raise what services and the database raise."""
    app = create_app(settings, database)
    raised: dict[str, Exception] = {
        "state": RulesBroken([Finding("N1", WORDS, "/unit")]),
        "form": RulesBroken([Finding("N1", WORDS, "/unit"), Finding("K5", WORDS, "/parents", facts={"n": 1})]),
        "confirm": RulesBroken(
            [Finding("N2", WORDS, "/title", Severity.CONFIRM), Finding("N7", WORDS, "", Severity.WARNING)]
        ),
        "missing": NotFound("unit", "X"),
        "forbidden": Forbidden(WORDS, rule="B1"),
        "input": InvalidInput([InputError("/a", "unknown_unit", WORDS), InputError("/b", "unknown_node", WORDS)]),
        "down": DatabaseUnavailable("secret-host refused"),
        "race": ConcurrentChange("40001"),
        "constraint": ConstraintBroken("uq_secret", "Key (secret)"),
        "fault": RuntimeError("secret"),
    }
    for name, error in raised.items():
        app.get(f"/raise/{name}")(_raiser(error))
    return app


def _raiser(error: Exception) -> Any:
    async def route() -> None:
        raise error

    return route


async def raised(app: FastAPI, name: str) -> httpx.Response:
    async with client_of(app, **{"Accept-Language": "en"}) as client:
        return await client.get(f"/raise/{name}")


async def test_a_rule_that_depends_on_state_is_a_conflict(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "state"), 409, "N1")
    assert said["rule"] == "N1"
    assert said["detail"] == "in English"


async def test_all_broken_rules_are_listed_and_one_of_form_makes_it_422(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "form"), 422, "N1")
    assert [(e["rule"], e["pointer"], e["severity"]) for e in said["errors"]] == [
        ("N1", "/unit", "refused"),
        ("K5", "/parents", "refused"),
    ]
    assert said["errors"][1]["facts"] == {"n": 1}


async def test_what_waits_for_confirmation_is_a_conflict_with_its_warnings(broken: FastAPI) -> None:
    said = assert_problem(await raised(broken, "confirm"), 409, "N2")
    assert [e["severity"] for e in said["errors"]] == ["confirm", "warning"]


async def test_the_rest_of_the_family(broken: FastAPI) -> None:
    assert_problem(await raised(broken, "missing"), 404, "not-found")
    assert assert_problem(await raised(broken, "forbidden"), 403, "forbidden")["rule"] == "B1"
    said = assert_problem(await raised(broken, "input"), 422, "invalid")
    assert [(e["pointer"], e["code"]) for e in said["errors"]] == [("/a", "unknown_unit"), ("/b", "unknown_node")]
    assert_problem(await raised(broken, "race"), 409, "conflict")


async def test_a_database_that_is_down_is_503_with_retry_after(broken: FastAPI) -> None:
    answer = await raised(broken, "down")
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("name", ["down", "constraint", "fault"])
async def test_nothing_of_the_inside_is_told(broken: FastAPI, name: str) -> None:
    assert "secret" not in (await raised(broken, name)).text


async def test_a_fault_of_ours_is_a_problem_with_the_id_that_the_log_has(
    broken: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await raised(broken, "fault")
    said = assert_problem(answer, 500, "internal")
    assert said["request_id"] == answer.headers["x-request-id"]
    assert any(record.exc_info and "secret" in str(record.exc_info[1]) for record in caplog.records)
