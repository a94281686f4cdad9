"""No secret gets into a log, whoever logs it."""

import json
import logging

import pytest

from app.api.logs import JsonFormatter, masked

KEY = "styr_vgr_0192a4f6c0de7000800000000000abcd_Zm9vYmFyX2Jheg-x_y"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"  # made up


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (f"key {KEY} refused", "Zm9vYmFyX2Jheg-x_y"),
        (f"token {TOKEN}", "eyJzdWIiOiJhbm5hIn0"),
        ("eyJhbGciOiJub25lIn0.e30.", "e30"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("postgresql+asyncpg://user:hemligt@db/styr", "hemligt"),
        ("password=hemligt&x=1", "hemligt"),
        ('{"client_secret": "hemligt"}', "hemligt"),
        ("{'api_key': 'hemligt'}", "hemligt"),
    ],
)
def test_a_secret_is_masked_in_message_extra_and_exception(said: str, secret: str) -> None:
    assert secret not in masked(said)
    error = RuntimeError(said)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "%s", (said,), (type(error), error, None))
    record.__dict__["extra_field"] = said
    line = JsonFormatter().format(record)
    assert secret not in line
    assert json.loads(line)["level"] == "error"


def test_which_key_it_was_can_be_told() -> None:
    assert "0192a4f6c0de7000800000000000abcd_***" in masked(KEY)


@pytest.mark.parametrize(
    "said", ["GET /api/v1/nodes -> 200", "https://id.example/keys", "no secret: here it ends", "a@b.se"]
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert masked(said) in {said, said.replace(" here", " ***")}
