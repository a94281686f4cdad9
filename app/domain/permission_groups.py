"""Permission groups: a set of rights and how far they reach, as data; and the grants that memberships make (B1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.domain.access import Grant, Permission, Reach

ALL_RIGHTS = "*"
"""Every right that there is, those of later versions too."""


class GroupKind(StrEnum):
    """What a group is: a person's own permission, an addition to one, or a client's."""

    BASE = "base"
    ADDITION = "addition"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class PermissionGroup:
    """Rights, and how many levels above a member's unit they also reach (the units there, not what is below them)."""

    code: str
    kind: GroupKind
    rights: frozenset[Permission]
    levels_up: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A membership: a group at a unit, for one module or all. `above` is what stands over the unit, nearest first."""

    group: PermissionGroup
    unit: UUID
    above: tuple[UUID, ...] = ()
    module: str | None = None


def rights_of(said: Iterable[str]) -> frozenset[Permission]:
    """Rights as the data name them. Unknown ones are left out: a release beside this one may know more."""
    named = set(said)
    if ALL_RIGHTS in named:
        return frozenset(Permission)
    return frozenset(permission for permission in Permission if permission.value in named)


def unknown_rights(said: Iterable[str]) -> list[str]:
    """The names among these that are no right."""
    return sorted(set(said) - {ALL_RIGHTS} - {permission.value for permission in Permission})


def grant_of(placed: Placed) -> Grant:
    """What a membership grants: at its unit and below, and at as many units right above as the group says.

    The top is nobody's next level up: who supports a board would else act for the whole region.
    """
    return Grant(
        group=placed.group.code,
        rights=placed.group.rights,
        reach=Reach(
            tops=(placed.unit,),
            singles=placed.above[:-1][: placed.group.levels_up],
            everything=not placed.above,
        ),
        modules=frozenset() if placed.module is None else frozenset({placed.module}),
    )


def grants_of(memberships: Sequence[Placed]) -> tuple[Grant, ...]:
    """What all memberships of a person grant. An addition alone grants nothing: it adds to a base group (B1)."""
    if not any(placed.group.kind is not GroupKind.ADDITION for placed in memberships):
        return ()
    return tuple(grant_of(placed) for placed in memberships)


def scopes_of(grants: Sequence[Grant]) -> frozenset[str]:
    """What reading is narrowed to: the modules of all grants that read, unless one of them reads every module."""
    reading = [grant for grant in grants if Permission.READ in grant.rights]
    if any(not grant.modules for grant in reading):
        return frozenset()
    return frozenset(f"module:{module}" for grant in reading for module in grant.modules)
