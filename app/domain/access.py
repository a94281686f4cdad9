"""Who is asking: a principal and what it has been granted, where (B1).

A grant is a set of rights and the part of the organisation they count in. A person has one for each membership of a
permission group (`app.domain.permission_groups`); a development token or an integration's key has one, by its role.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.findings import Finding, rule
from app.domain.texts import Language, Text


class Role(StrEnum):
    """What a credential may do within its part of the tree, told roughly; each includes the ones before it."""

    READER = "reader"
    REPORTER = "reporter"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """Everything that can be allowed, `resource:action`, sorted."""

    ALLOCATIONS_FORCE = "allocations:force"
    ALLOCATIONS_WRITE = "allocations:write"
    API_KEYS_WRITE = "api_keys:write"
    ASSESSMENTS_WRITE = "assessments:write"
    AUDIT_READ = "audit:read"
    CORRECTIONS_DECIDE = "corrections:decide"
    DIRECTORY_WRITE = "directory:write"
    INDICATORS_APPROVE = "indicators:approve"
    NODES_WRITE = "nodes:write"
    OUTCOMES_READ_SMALL_GROUPS = "outcomes:read_small_groups"
    OUTCOMES_WRITE = "outcomes:write"
    PERIOD_LOCKS_WRITE = "period_locks:write"
    PLAN_VERSIONS_WRITE = "plan_versions:write"
    READ = "read"
    STEERING_MODEL_WRITE = "steering_model:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    VIEWS_WRITE = "views:write"


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
RIGHTS_OF_ROLE = {
    Role.READER: frozenset({Permission.READ}),
    Role.REPORTER: _REPORTER,
    Role.ADMINISTRATOR: frozenset(Permission),
}


ANY_MODULE = "*"
"""For an act on something that several modules may hold, and that the principal's scopes have let through."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A part of the tree: `tops` with everything below them, `singles` by themselves, or `everything`."""

    tops: tuple[UUID, ...] = ()
    singles: tuple[UUID, ...] = ()
    everything: bool = False

    @property
    def units(self) -> tuple[UUID, ...]:
        """The units that it is told by, each once."""
        return tuple(dict.fromkeys((*self.tops, *self.singles)))


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights that count at the units of a reach. `modules` narrows what is done with them; empty: every module."""

    group: str
    rights: frozenset[Permission]
    reach: Reach
    modules: frozenset[str] = frozenset()

    def counts(self, permission: Permission, module: str | None) -> bool:
        """Whether the grant holds the right for acts on the module (None: on something of no one module).

        To read counts whatever the module: what is read is narrowed by the principal's scopes.
        """
        if permission not in self.rights:
            return False
        narrow = self.modules and permission is not Permission.READ and module != ANY_MODULE
        return not narrow or module in self.modules


@dataclass(frozen=True, slots=True)
class Principal:
    """A credential, understood: who, in which region, granted what, on which parts of the tree.

    `unit_id` is the principal's own place, `whole_region` whether it reads all of the region; `role` tells roughly what
    it may do. `scopes` narrow it to named indicators or modules (`indicator:CODE`, `module:CODE`), empty: not narrowed.
    Without `grants` it has one: the role's rights on the unit and everything below it.
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
    grants: tuple[Grant, ...] = ()

    def __post_init__(self) -> None:
        if not self.grants:
            reach = Reach((self.unit_id,), everything=self.whole_region)
            grant = Grant(self.role.value, RIGHTS_OF_ROLE[self.role], reach)
            object.__setattr__(self, "grants", (grant,))

    def may(self, permission: Permission) -> bool:
        """Whether some grant holds the permission, somewhere in its reach."""
        return any(permission in grant.rights for grant in self.grants)

    def reach(self, permission: Permission, module: str | None = None) -> Reach:
        """Where the right counts: the reaches of all grants that hold it for acts on the module, together."""
        found = [grant.reach for grant in self.grants if grant.counts(permission, module)]
        return Reach(
            tops=tuple(dict.fromkeys(top for reach in found for top in reach.tops)),
            singles=tuple(dict.fromkeys(single for reach in found for single in reach.singles)),
            everything=any(reach.everything for reach in found),
        )

    @property
    def rights(self) -> frozenset[Permission]:
        """Every right of every grant."""
        return frozenset(right for grant in self.grants for right in grant.rights)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups (or the role) that the grants come from, each once."""
        return tuple(dict.fromkeys(grant.group for grant in self.grants))


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal and the language it wants its messages in."""

    principal: Principal
    language: Language = "sv"


def role_of(rights: frozenset[Permission]) -> Role:
    """The role that tells the rights roughly: all of them, some to change things, or none but to read."""
    if rights >= RIGHTS_OF_ROLE[Role.ADMINISTRATOR]:
        return Role.ADMINISTRATOR
    return Role.REPORTER if rights - {Permission.READ, Permission.USERS_READ} else Role.READER


@rule(
    "B1",
    title=Text("En del av organisationen", "A part of the organisation"),
    statement=Text(
        "En behörighet gäller i en del av organisationen. Chef och Användare når sin enhet och allt under den,"
        " Verksamhetsstöd dessutom enheten närmast ovanför; Titta läser bara. Rapportadministratör,"
        " Styrmodelladministratör och Modulägare är tillägg till någon av dem. En rättighet räknas bara på de enheter"
        " där den är given. En integrations nyckel är begränsad till vissa indikatorer eller moduler.",
        "A permission counts in a part of the organisation. Chef and Användare reach their unit and everything below,"
        " Verksamhetsstöd the unit right above it as well; Titta only reads. Rapportadministratör,"
        " Styrmodelladministratör and Modulägare are additions to one of them. A right counts only at the units where"
        " it is given. An integration's key is limited to named indicators or modules.",
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
