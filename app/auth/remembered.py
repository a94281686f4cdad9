"""Who a credential stood for when it was last asked about: good for as long as nothing that it rests on has changed.

What says that nothing has changed is the versions of the tables (app.db.versions), read in the statement that begins
the request anyway: a key that is revoked, a unit that is moved, is seen by the first request after the commit.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime

from app.db.versions import Versions
from app.domain.access import Principal

_MOST = 2_000
CONTENT = frozenset(
    {
        "allocations",
        "assessments",
        "indicators",
        "keyword_groups",
        "keywords",
        "node_keywords",
        "node_links",
        "nodes",
        "outcome_facts",
        "outcome_history",
        "outcome_imports",
        "plan_versions",
        "responsibilities",
        "targets",
    }
)
"""Tables that say nothing of who may do what. A new table does until it is named here."""


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    rests_on: tuple[tuple[str, int], ...]
    on: date
    until: datetime | None


class Remembered:
    """The principals of the credentials seen lately, in this process. The credentials themselves are not kept."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def find(self, credential: str, versions: Versions, on: date, now: datetime) -> Principal | None:
        """The principal, if what it rests on is as it was, on the same day, and the credential's time is not out."""
        key = _key(credential)
        known = self._known.get(key)
        if known is None:
            return None
        out_of_time = known.until is not None and known.until <= now
        if out_of_time or known.on != on or known.rests_on != versions.all_but(CONTENT):
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return known.principal

    def keep(self, credential: str, principal: Principal, versions: Versions, on: date, until: datetime | None) -> None:
        """Keep a principal that was worked out in a transaction that saw these versions."""
        self._known[_key(credential)] = _Known(principal, versions.all_but(CONTENT), on, until)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def _key(credential: str) -> bytes:
    return hashlib.sha256(credential.encode()).digest()
