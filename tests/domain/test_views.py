"""B5: the most specific view applies."""

from uuid import UUID, uuid4

import pytest

from app.domain.views import StandardView, Viewer, ViewFor, set_once, view_of

UNIT, ABOVE, TOP, OTHER = uuid4(), uuid4(), uuid4(), uuid4()
VIEWER = Viewer(["chef", "rapportadministrator"], [UNIT, ABOVE, TOP])


def view(kind: ViewFor, *units: UUID, group: str | None = None) -> StandardView:
    return StandardView(uuid4(), kind, group, frozenset(units))


GENERAL = view(ViewFor.EVERYBODY)
GROUP = view(ViewFor.PERMISSION_GROUP, group="chef")
AT_UNIT = view(ViewFor.UNIT, UNIT)
SEVERAL = view(ViewFor.UNIT_GROUP, UNIT, OTHER)


@pytest.mark.rule("B5", "accepted")
def test_general_is_weakest_and_a_unit_group_strongest() -> None:
    order = [GENERAL, GROUP, AT_UNIT, SEVERAL]
    for strongest in range(len(order)):
        assert view_of(VIEWER, order[: strongest + 1]) == order[strongest]
        assert view_of(VIEWER, order[strongest::-1]) == order[strongest]


@pytest.mark.rule("B5", "refused")
@pytest.mark.parametrize(
    "other",
    [view(ViewFor.PERMISSION_GROUP, group="titta"), view(ViewFor.UNIT, OTHER), view(ViewFor.UNIT_GROUP, OTHER)],
)
def test_what_is_for_others_does_not_apply(other: StandardView) -> None:
    assert view_of(VIEWER, [other]) is None
    assert view_of(VIEWER, [other, GENERAL]) == GENERAL
    assert [f.rule for f in set_once(taken=True, pointer="")] == ["B5"]
    assert list(set_once(taken=False, pointer="")) == []


@pytest.mark.rule("B5", "edge")
def test_of_two_of_a_kind_the_nearest_applies() -> None:
    far, near = view(ViewFor.UNIT, TOP), view(ViewFor.UNIT, ABOVE)
    assert view_of(VIEWER, [far, near]) == near
    wide, narrow = view(ViewFor.UNIT_GROUP, TOP, OTHER), view(ViewFor.UNIT_GROUP, ABOVE, OTHER)
    assert view_of(VIEWER, [wide, narrow, AT_UNIT]) == narrow
    second = view(ViewFor.PERMISSION_GROUP, group="rapportadministrator")
    assert view_of(VIEWER, [second, GROUP]) == GROUP
    assert view_of(VIEWER, []) is None
