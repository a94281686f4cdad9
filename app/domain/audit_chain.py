"""The audit log's chain (B6): what must hold of a log that nobody has touched.

Each entry has a digest of all it says. Each transaction has a digest of its entries' digests, and a hash of that, of
who and when, and of the hash before: so one changed letter shows, and so does what is taken away, put in or moved.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

START = hashlib.sha256(b"").digest()
"""The hash before the first transaction of a region."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A logged change. `said` is all that it says, as text; `what` names it for people."""

    no: int
    said: str
    digest: bytes
    what: str


@dataclass(frozen=True, slots=True)
class Link:
    """A transaction of the log. `said` is who, when, by which request and how many entries, as text.

    `position` and what follows from it are None for one that was never sealed.
    """

    id: int
    position: int | None
    said: str
    entries: int | None
    entries_digest: bytes | None
    previous_hash: bytes | None
    hash: bytes | None
    what: str
    found: Sequence[Entry] = field(default=())


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the last position, and the hash there."""

    position: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that an untouched log would not show. `position` in the chain, None for what stands outside of it."""

    position: int | None
    message: str


def entry_digest(said: str) -> bytes:
    """An entry's text -> its digest (32 bytes)."""
    return hashlib.sha256(said.encode()).digest()


def entries_digest(digests: Iterable[bytes]) -> bytes:
    """The digests of a transaction's entries, in their order -> one digest of all (32 bytes)."""
    whole = hashlib.sha256()
    for digest in digests:
        whole.update(digest)
    return whole.digest()


def link_hash(previous: bytes, said: str) -> bytes:
    """The hash before and a transaction's text -> the transaction's hash (32 bytes)."""
    return hashlib.sha256(previous + said.encode()).digest()


class ChainCheck:
    """Goes along a chain from its start, link by link by position, and tells what is not as it must be."""

    def __init__(self) -> None:
        self.position = 0
        self.hash = START

    def follow(self, link: Link) -> Iterator[Fault]:
        """Look at the next link. The chain is taken up again after a fault, so that each is told once."""
        if link.position is None or link.hash is None:
            yield Fault(None, f"transaction {link.id} ({link.what}) stands outside of the chain: it was put in")
            return
        if link.position != self.position + 1:
            first, last = self.position + 1, link.position - 1
            missing = f"position {first} is" if first == last else f"positions {first} to {last} are"
            yield Fault(link.position, f"{missing} missing before transaction {link.id} ({link.what})")
        elif link.previous_hash != self.hash:
            yield Fault(link.position, f"transaction {link.id} ({link.what}) does not go on from the one before it")
        if link.previous_hash is None or link_hash(link.previous_hash, link.said) != link.hash:
            yield Fault(link.position, f"transaction {link.id} ({link.what}) was changed or moved")
        yield from _entries(link, link.position)
        self.position, self.hash = link.position, link.hash

    def ends(self, head: Head | None) -> Iterator[Fault]:
        """Hold the end of the chain against what the region's head says (None: there is no head)."""
        if head is None:
            if self.position:
                yield Fault(None, "the head of the chain is missing")
        elif head.position > self.position:
            yield Fault(head.position, f"positions {self.position + 1} to {head.position} are missing from the end")
        elif (head.position, head.hash) != (self.position, self.hash):
            yield Fault(self.position, "the head of the chain is another than its last transaction")


def _entries(link: Link, position: int) -> Iterator[Fault]:
    where = f"transaction {link.id} ({link.what})"
    expected = 0
    for entry in link.found:
        expected += 1
        if entry.no != expected:
            yield Fault(position, f"{where}: entry {expected} is missing")
            expected = entry.no
        if entry_digest(entry.said) != entry.digest:
            yield Fault(position, f"{where}: entry {entry.no} ({entry.what}) was changed")
    said = link.entries or 0
    if expected < said:
        yield Fault(position, f"{where}: entries {expected + 1} to {said} are missing")
    elif expected > said:
        yield Fault(position, f"{where}: entries {said + 1} to {expected} were put in")
    elif entries_digest(entry.digest for entry in link.found) != link.entries_digest:
        yield Fault(position, f"{where}: its entries are others than those that were written")
