"""What is wrong with a request's form is told in both languages, in words that a person can act on."""

import re

import httpx
import pytest

from app.api.validation_texts import _SWEDISH, wrongs
from tests.conftest import ROOT

NODE = {"module": "VGPU", "column": "aktivitet", "year": 2027, "unit": "SU", "title": "Öppna portalen"}


@pytest.mark.parametrize(
    ("language", "words"), [("sv", "Ska vara högst 2999-12-31."), ("en", "less than or equal to 2999-12-31.")]
)
async def test_a_bound_of_days_is_a_day(client: httpx.AsyncClient, language: str, words: str) -> None:
    body = {**NODE, "start_date": "3000-01-01"}
    answer = await client.post("/api/v1/nodes", json=body, headers={"Accept-Language": language})
    [said] = answer.json()["errors"]
    assert said["pointer"] == "/start_date"
    assert said["message"].endswith(words)
    assert "datetime" not in answer.text


def test_every_error_of_our_own_has_words_in_swedish() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py"))
    ours = set(re.findall(r'PydanticCustomError\(\s*"([a-z_]+)"', sources))
    assert "blank" in ours
    assert ours - _SWEDISH.keys() == set()


@pytest.mark.parametrize("kind", sorted(_SWEDISH.keys() - {"json_invalid"}))
def test_words_without_their_figures_are_words_still(kind: str) -> None:
    [said] = wrongs([{"type": kind, "loc": ("body", "a/b", 0), "msg": "No"}])
    assert said.pointer == "/a~1b/0"
    assert "{" not in said.message.sv
    assert said.message.en == "No."
