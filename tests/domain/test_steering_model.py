"""A steering model that contradicts itself is not loaded; and what a whole one answers."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.steering_model import Column, Module, SteeringModel
from app.domain.texts import Text
from tests.domain.models import ATLAS, LOG, MODEL, col, column


def changed(**more: Any) -> dict[str, Any]:
    return MODEL.model_dump() | more


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"parent_required": True}, "parent_required without parents"),
        ({"unlike_columns": ["star"]}, "unlike_columns and similarity_rule"),
        ({"similarity_rule": "N2"}, "unlike_columns and similarity_rule"),
        ({"created_at": ["realm"]}, "created_at without level_rules"),
        ({"created_at": ["realm"], "level_rules": {"deck": ["N11"]}}, "created_at without level_rules"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_a_column_that_contradicts_itself(facts: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        column(1, "star", **facts)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ([column(1, "a"), column(2, "a")], "stands twice"),
        ([column(1, "a", parents=["b"]), column(2, "b")], "parents not to its left"),
        ([column(1, "a", parents=["a"])], "parents not to its left"),
        ([column(1, "a", unlike_columns=["z"], similarity_rule="N2")], "unlike_columns unknown"),
    ],
)
def test_a_module_whose_columns_disagree(columns: list[Column], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Module(code="X", name="X", name_en="X", columns=tuple(columns))


def with_column(**more: Any) -> list[dict[str, Any]]:
    odd = Module(code="X", name="X", name_en="X", columns=(column(1, "a", **more),))
    return [m.model_dump() for m in (*MODEL.modules, odd)]


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"module_links": [{"source": "LOG", "target": "NOWHERE"}]}, "unknown modules"),
        (
            {"module_links": [{"source": "LOG", "target": "ATLAS"}, {"source": "ATLAS", "target": "LOG"}]},
            "in both directions",
        ),
        ({"modules": with_column(created_at=["moon"], level_rules={"*": ["N1"]})}, "unknown levels"),
        ({"modules": with_column(cautions={"moon": "warning"})}, "unknown levels"),
        ({"modules": with_column(level_rules={"moon": ["N1"]})}, "unknown levels"),
        ({"modules": with_column(assessment="guess")}, "unknown scale"),
        ({"board_level": "moon"}, "board_level"),
    ],
)
def test_a_model_whose_parts_disagree(facts: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        SteeringModel.model_validate(changed(**facts))


def test_a_whole_model_answers() -> None:
    assert SteeringModel.model_validate(changed()) == MODEL
    assert MODEL.region_level == "realm"
    assert MODEL.module("LOG") is LOG
    assert MODEL.module("NOWHERE") is None
    assert LOG.column("star") is col("star")
    assert LOG.column("sea") is None
    assert MODEL.may_link("ATLAS", "LOG")
    assert not MODEL.may_link("LOG", "ATLAS")
    assert MODEL.level_name("ship") == Text("skepp", "ship")
    assert MODEL.level_name("deck") == Text("deck", "deck")
    assert col("star").name_text == Text("star", "star")


def test_scales_and_grades() -> None:
    scale = MODEL.scale(col("star"))
    assert scale is not None
    assert scale.grade("off") is scale.grades[1]
    assert scale.grade("half") is None
    assert MODEL.scale(col("sea", ATLAS)) is None
