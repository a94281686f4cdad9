"""Groups, grants and reach (B1); licences (B4)."""

from uuid import uuid4

import pytest

from app.domain.access import ANY_MODULE, Grant, Permission, Principal, Reach, Role, role_of
from app.domain.findings import Finding
from app.domain.identity import new_id
from app.domain.permission_groups import (
    GroupKind,
    PermissionGroup,
    Placed,
    grant_of,
    grants_of,
    rights_of,
    scopes_of,
    unknown_rights,
)
from app.domain.users import adds_to_a_base_group, is_a_persons_group, licence_left, not_below_used
from app.regions.loader import load_region

A, B, TOP = uuid4(), uuid4(), uuid4()
GROUPS = {g.code: g for g in load_region("vgr").permission_groups}


def group(code: str) -> PermissionGroup:
    said = GROUPS[code]
    return PermissionGroup(code, said.kind, rights_of(said.rights), said.levels_up)


def person(*memberships: Placed) -> Principal:
    grants = grants_of(memberships)
    return Principal(
        region_id=new_id(),
        region_code="X",
        subject="p",
        role=role_of(frozenset(r for g in grants for r in g.rights)),
        unit_id=memberships[0].unit,
        unit_code="A",
        whole_region=False,
        scopes=scopes_of(grants),
        grants=grants,
    )


def test_the_roles_are_the_groups_of_the_same_rights() -> None:
    """A credential without a group has a role: what a reader may is what Titta may, and so on."""
    for role, code in ((Role.READER, "titta"), (Role.REPORTER, "anvandare"), (Role.ADMINISTRATOR, "administrator")):
        alone = Principal(new_id(), "X", "s", role, A, "A", whole_region=False)
        assert alone.rights == group(code).rights
        assert role_of(group(code).rights) is role


def test_b1_refused_a_right_counts_only_where_it_is_given() -> None:
    both = person(Placed(group("titta"), A, (TOP,)), Placed(group("anvandare"), B, (TOP,)))
    assert both.may(Permission.NODES_WRITE)
    assert both.reach(Permission.READ).tops == (A, B)
    assert both.reach(Permission.NODES_WRITE).tops == (B,)
    assert both.reach(Permission.PLAN_VERSIONS_WRITE) == Reach()


def test_b1_accepted_operational_support_reaches_one_unit_above() -> None:
    area, board = uuid4(), uuid4()
    [grant] = grants_of([Placed(group("verksamhetsstod"), A, (area, board, TOP))])
    assert grant.reach == Reach((A,), (area,), everything=False)
    assert grants_of([Placed(group("chef"), A, (area, board, TOP))])[0].reach == Reach((A,))


def test_b1_edge_at_the_top_there_is_nothing_above() -> None:
    assert grant_of(Placed(group("verksamhetsstod"), TOP)).reach == Reach((TOP,), (), everything=True)
    assert grant_of(Placed(group("verksamhetsstod"), A, (TOP,))).reach == Reach((A,))


def test_b1_refused_an_addition_alone_grants_nothing() -> None:
    assert grants_of([Placed(group("modulagare"), TOP)]) == ()
    assert [f.rule for f in adds_to_a_base_group([GroupKind.ADDITION], "/group")] == ["B1"]
    assert list(adds_to_a_base_group([GroupKind.ADDITION, GroupKind.BASE], "/group")) == []
    assert list(adds_to_a_base_group([], "/group")) == []


def test_b1_accepted_an_addition_adds_where_it_is_given() -> None:
    owner = person(Placed(group("anvandare"), A, (TOP,)), Placed(group("modulagare"), TOP, module="VGI"))
    assert owner.reach(Permission.INDICATORS_APPROVE, "VGI").everything
    assert owner.reach(Permission.INDICATORS_APPROVE, "VGPU") == Reach()
    assert owner.reach(Permission.INDICATORS_APPROVE) == Reach()
    assert owner.reach(Permission.INDICATORS_APPROVE, ANY_MODULE).everything
    assert owner.reach(Permission.READ).tops == (A,)
    assert owner.scopes == frozenset()


def test_b1_edge_reading_is_narrowed_only_where_every_reading_grant_is() -> None:
    narrow = Placed(group("chef"), A, (TOP,), module="VGPU")
    assert person(narrow).scopes == {"module:VGPU"}
    assert person(narrow, Placed(group("titta"), B, (TOP,), module="VGI")).scopes == {"module:VGPU", "module:VGI"}
    assert person(narrow, Placed(group("titta"), B, (TOP,))).scopes == frozenset()
    assert person(narrow).reach(Permission.READ).tops == (A,)


def test_b1_refused_a_clients_group_is_not_for_persons() -> None:
    assert [f.rule for f in is_a_persons_group(GroupKind.INTEGRATION, "integration", "/group")] == ["B1"]
    assert list(is_a_persons_group(GroupKind.BASE, "chef", "/group")) == []


def test_rights_that_another_release_knows_are_left_out() -> None:
    assert rights_of(["read", "moon:write"]) == {Permission.READ}
    assert unknown_rights(["read", "moon:write", "*"]) == ["moon:write"]
    assert rights_of(["*"]) == frozenset(Permission)


def test_a_principal_names_the_groups_that_it_is_in() -> None:
    grants = (Grant("chef", frozenset({Permission.READ}), Reach((A,))),) * 2
    held = Principal(new_id(), "X", "s", Role.READER, A, "A", whole_region=False, grants=grants)
    assert held.groups == ("chef",)
    assert held.reach(Permission.READ).units == (A,)


def _rules(findings: object) -> list[str]:
    return [f.rule for f in findings if isinstance(f, Finding)]  # type: ignore[attr-defined]  # any iterable


@pytest.mark.parametrize(("total", "used"), [(None, 9), (10, 9)])
def test_b4_accepted_while_licences_are_left(total: int | None, used: int) -> None:
    assert _rules(licence_left(total, used)) == []


def test_b4_refused_when_all_are_in_use() -> None:
    assert _rules(licence_left(10, 10)) == ["B4"]
    assert _rules(licence_left(10, 9, wanted=2)) == ["B4"]


def test_b4_edge_the_number_is_not_set_below_those_in_use() -> None:
    assert _rules(not_below_used(9, 10)) == ["B4"]
    assert _rules(not_below_used(10, 10)) == _rules(not_below_used(None, 10)) == []
