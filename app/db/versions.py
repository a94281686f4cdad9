"""The versions of a region's tables: a number per table that every committed change of the table changes.

Kept by triggers in the writing transaction (migration 0005, ADR 11), so they are seen exactly when the change is, by
every replica. A version says only "another than before", not "later".
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Versions:
    """What `enter_region` gives: table -> version. A table that nobody has written to has none."""

    by_table: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, tables: Sequence[str] | None, versions: Sequence[int] | None) -> "Versions":
        """From the two arrays of a row of `enter_region`; both null where nothing was ever written."""
        return cls(dict(zip(tables or (), versions or (), strict=True)))

    def only(self, tables: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """The versions of these tables, in order of their names: equal exactly when none of them has changed."""
        return tuple((table, self.by_table.get(table, 0)) for table in sorted(tables))

    def all_but(self, tables: Collection[str]) -> tuple[tuple[str, int], ...]:
        """The versions of every table but these."""
        return tuple(sorted((table, version) for table, version in self.by_table.items() if table not in tables))


NOTHING_KNOWN = Versions()


def digest(*parts: object) -> str:
    """A short text that differs where any part does; for parts whose `repr` says all there is to them."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
