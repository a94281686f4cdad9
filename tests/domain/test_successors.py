"""Who could take over: the order, the reasons, and what is left out (B3)."""

from uuid import uuid4

from app.domain.successors import Because, Duty, HeldAt, successors

UNIT, ABOVE, TOP = uuid4(), uuid4(), uuid4()
LINE = [(UNIT, "U"), (ABOVE, "F"), (TOP, "VGR")]
DUTY = Duty(LINE, "VGPU", "gone", frozenset({"anvandare"}))


def held(
    subject: str, group: str = "titta", unit: object = UNIT, *, leads: bool = False, module: str | None = None
) -> HeldAt:
    return HeldAt(subject, subject.title(), group, unit, module, leads=leads)  # type: ignore[arg-type]  # an id


def told(*people: HeldAt, duty: Duty = DUTY) -> list[tuple[str, Because, str]]:
    return [(s.subject, s.because, s.unit) for s in successors(duty, people)]


def test_the_units_manager_then_the_nearest_above_then_the_same_group() -> None:
    people = [
        held("same", "anvandare"),
        held("top", "chef", TOP, leads=True),
        held("above", "chef", ABOVE, leads=True),
        held("boss", "chef", leads=True),
        held("reader"),
    ]
    assert told(*people) == [
        ("boss", Because.LEADS_UNIT, "U"),
        ("above", Because.LEADS_ABOVE, "F"),
        ("same", Because.SAME_GROUP, "U"),
    ]


def test_where_the_nearest_above_has_none_the_next_one_is_asked() -> None:
    assert told(held("top", "chef", TOP, leads=True)) == [("top", Because.LEADS_ABOVE, "VGR")]


def test_nobody_follows_themselves_or_stands_twice_and_three_are_enough() -> None:
    assert told(held("gone", "chef", leads=True)) == []
    assert told(held("b", "chef", leads=True), held("b", "anvandare")) == [("b", Because.LEADS_UNIT, "U")]
    many = [held(name, "chef", leads=True) for name in ("d", "c", "b", "a")]
    assert [who for who, _, _ in told(*many)] == ["a", "b", "c"]
    assert told(*many) == told(*reversed(many))


def test_a_permission_for_another_module_does_not_count() -> None:
    assert told(held("vgi", "chef", leads=True, module="VGI")) == []
    assert told(held("vgpu", "chef", leads=True, module="VGPU")) == [("vgpu", Because.LEADS_UNIT, "U")]


def test_nobody_near() -> None:
    assert told() == []
    assert told(held("reader"), duty=Duty(LINE, "VGPU", "gone")) == []


def test_the_reason_is_said() -> None:
    (first,) = successors(DUTY, [held("above", "chef", ABOVE, leads=True)])
    assert first.message.en == "Manager of F, the nearest above."
    assert first.message.sv == "Chef för F, närmast ovanför."
