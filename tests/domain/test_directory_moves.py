"""B3: what a person loses by moving."""

from uuid import uuid4

import pytest

from app.domain.directory_moves import administration_level, administration_of, lost_by_move
from app.domain.nodes import Ancestor, UnitView

LEVELS = ("region", "board", "administration", "area", "unit")


def unit(level: str, *above: UnitView) -> UnitView:
    line = tuple(Ancestor(u.id, u.level) for u in above)
    return UnitView(id=uuid4(), code="X", name="X", level=level, ancestors=line)


TOP = unit("region")
BOARD = unit("board", TOP)
FIRST, SECOND = unit("administration", BOARD, TOP), unit("administration", BOARD, TOP)
AREA = unit("area", FIRST, BOARD, TOP)
WARD, WARD_TOO = unit("unit", AREA, FIRST, BOARD, TOP), unit("unit", FIRST, BOARD, TOP)
FAR = unit("unit", SECOND, BOARD, TOP)


@pytest.mark.rule("B3", "refused")
@pytest.mark.parametrize("held_at", [FIRST, AREA, WARD, WARD_TOO])
def test_what_was_given_in_the_administration_that_is_left_is_lost(held_at: UnitView) -> None:
    assert lost_by_move(WARD, FAR, held_at, "administration")


@pytest.mark.rule("B3", "accepted")
@pytest.mark.parametrize("held_at", [WARD, FIRST])
def test_a_move_within_the_administration_loses_nothing(held_at: UnitView) -> None:
    assert not lost_by_move(WARD, WARD_TOO, held_at, "administration")


@pytest.mark.rule("B3", "edge")
@pytest.mark.parametrize("held_at", [TOP, BOARD, SECOND, FAR])
def test_what_was_given_elsewhere_stays(held_at: UnitView) -> None:
    assert not lost_by_move(WARD, FAR, held_at, "administration")


def test_above_the_administrations_a_unit_is_its_own() -> None:
    assert administration_of(BOARD, "administration") == BOARD.id
    assert lost_by_move(BOARD, FAR, BOARD, "administration")
    assert not lost_by_move(BOARD, FAR, WARD, "administration")


def test_the_level_of_administrations() -> None:
    assert administration_level(LEVELS, "board") == "administration"
    assert administration_level(("region", "board"), "board") == "board"
