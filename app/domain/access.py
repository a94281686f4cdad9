"""Who is asking: a principal with one role on a part of the tree.

The one place where the permission groups of B1-B6 go in later: today three roles, and reach by unit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.findings import Finding, rule
from app.domain.texts import Language, Text


class Role(StrEnum):
    """What a credential may do within its part of the tree; each includes the ones before it."""

    READER = "reader"
    REPORTER = "reporter"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """Everything that can be allowed, `resource:action`, sorted."""

    ALLOCATIONS_FORCE = "allocations:force"
    ALLOCATIONS_WRITE = "allocations:write"
    ASSESSMENTS_WRITE = "assessments:write"
    CORRECTIONS_DECIDE = "corrections:decide"
    INDICATORS_APPROVE = "indicators:approve"
    NODES_WRITE = "nodes:write"
    OUTCOMES_READ_SMALL_GROUPS = "outcomes:read_small_groups"
    OUTCOMES_WRITE = "outcomes:write"
    PERIOD_LOCKS_WRITE = "period_locks:write"
    PLAN_VERSIONS_WRITE = "plan_versions:write"
    READ = "read"
    STEERING_MODEL_WRITE = "steering_model:write"


_REPORTER = frozenset(
    {
        Permission.READ,
        Permission.ASSESSMENTS_WRITE,
        Permission.OUTCOMES_WRITE,
        Permission.NODES_WRITE,
        Permission.ALLOCATIONS_WRITE,
        Permission.CORRECTIONS_DECIDE,
    }
)
_PERMISSIONS = {
    Role.READER: frozenset({Permission.READ}),
    Role.REPORTER: _REPORTER,
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """A credential, understood: who, in which region, with which role, on which part of the tree.

    `unit_id` is the top of the part that the credential reaches; `scopes` narrow an integration to named
    indicators or modules (`indicator:CODE`, `module:CODE`), empty: not narrowed.
    """

    region_id: UUID
    region_code: str
    subject: str
    role: Role
    unit_id: UUID
    unit_code: str
    whole_region: bool
    scopes: frozenset[str] = frozenset()
    is_integration: bool = False

    def may(self, permission: Permission) -> bool:
        """Whether the role holds the permission, somewhere in its reach."""
        return permission in _PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal and the language it wants its messages in."""

    principal: Principal
    language: Language = "sv"


@rule(
    "B1",
    title=Text("En del av organisationen", "A part of the organisation"),
    statement=Text(
        "En behörighet gäller en roll på en del av organisationen: enheten och allt under den. En nyckel för en"
        " integration kan dessutom vara begränsad till vissa indikatorer eller moduler.",
        "A credential holds a role on a part of the organisation: the unit and everything below it. An integration's"
        " key can be limited to named indicators or modules as well.",
    ),
    source="000 §9.2, §8.3",
)
def out_of_reach(unit: str, pointer: str) -> Iterator[Finding]:
    """B1: a unit that may be seen, but is not within the credential's reach. `unit` is its code."""
    words = Text(
        "Enheten {unit} ligger utanför den del av organisationen som du når.",
        "The unit {unit} is outside the part of the organisation that you reach.",
    )
    yield Finding("B1", words.fill(unit=unit), pointer, facts={"unit": unit})
