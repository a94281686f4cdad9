"""Texts in two languages, Swedish order, ids and principals: the small things everything stands on."""

from uuid import uuid4

import pytest

from app.domain.access import Permission, Principal, Role
from app.domain.identity import new_id
from app.domain.texts import Text, swedish_sort_key


def test_a_text_in_each_language() -> None:
    text = Text("{n} mål", "{n} goals").fill(n=3)
    assert text == Text("3 mål", "3 goals")
    assert text.in_language("sv") == "3 mål"
    assert text.in_language("en") == "3 goals"


def test_swedish_order() -> None:
    words = ["Öga", "zebra", "ägg", "ål", "abc", "Är", "år", "éclair", "eka", "über", "yxa"]
    assert sorted(words, key=swedish_sort_key) == [
        "abc", "éclair", "eka", "über", "yxa", "zebra", "ål", "år", "ägg", "Är", "Öga",
    ]  # fmt: skip


def test_ids_made_later_sort_later() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}


@pytest.mark.parametrize(
    ("role", "permission", "may"),
    [
        (Role.READER, Permission.READ, True),
        (Role.READER, Permission.NODES_WRITE, False),
        (Role.REPORTER, Permission.NODES_WRITE, True),
        (Role.REPORTER, Permission.ALLOCATIONS_FORCE, False),
        (Role.ADMINISTRATOR, Permission.ALLOCATIONS_FORCE, True),
    ],
)
def test_what_a_role_may(role: Role, permission: Permission, *, may: bool) -> None:
    principal = Principal(
        region_id=uuid4(),
        region_code="X",
        subject="s",
        role=role,
        unit_id=uuid4(),
        unit_code="U",
        whole_region=False,
    )
    assert principal.may(permission) is may
