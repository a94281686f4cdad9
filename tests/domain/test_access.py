"""B1: what a credential reaches, and what its role allows."""

import pytest

from app.domain.access import Permission, Principal, Role, out_of_reach
from app.domain.findings import RulesBroken
from app.domain.identity import new_id


def principal(role: Role) -> Principal:
    """A credential on some unit."""
    return Principal(
        region_id=new_id(),
        region_code="X",
        subject="test",
        role=role,
        unit_id=new_id(),
        unit_code="U",
        whole_region=False,
    )


@pytest.mark.parametrize("role", Role)
def test_b1_accepted_everybody_reads(role: Role) -> None:
    assert principal(role).may(Permission.READ)


@pytest.mark.parametrize("permission", [p for p in Permission if p is not Permission.READ])
def test_b1_refused_a_reader_changes_nothing(permission: Permission) -> None:
    assert not principal(Role.READER).may(permission)


@pytest.mark.parametrize(
    "permission", [Permission.ALLOCATIONS_FORCE, Permission.PLAN_VERSIONS_WRITE, Permission.INDICATORS_APPROVE]
)
def test_b1_edge_a_reporter_writes_but_does_not_steer(permission: Permission) -> None:
    assert principal(Role.REPORTER).may(Permission.NODES_WRITE)
    assert not principal(Role.REPORTER).may(permission)
    assert principal(Role.ADMINISTRATOR).may(permission)


def test_b1_refused_a_unit_out_of_reach_is_named() -> None:
    [finding] = out_of_reach("NU", "/unit")
    assert (finding.rule, finding.pointer, finding.facts) == ("B1", "/unit", {"unit": "NU"})
    assert "NU" in finding.message.sv
    assert not RulesBroken([finding]).is_conflict
