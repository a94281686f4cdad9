"""The chain of the audit log: what is whole passes, and every way to touch it shows, and where."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit_chain import START, ChainCheck, Entry, Head, Link, entries_digest, entry_digest, link_hash


def chain(*sizes: int) -> list[Link]:
    """A whole chain of transactions with so many entries."""
    links: list[Link] = []
    previous = START
    for position, size in enumerate(sizes, start=1):
        entries = [
            Entry(no, f"{position}.{no}", entry_digest(f"{position}.{no}"), f"insert {no}") for no in range(1, size + 1)
        ]
        digests = entries_digest(e.digest for e in entries)
        said = f"{position} {size} {digests.hex()}"
        hashed = link_hash(previous, said)
        links.append(
            Link(position + 100, position, said, size, digests, previous, hashed, f"by {position}", tuple(entries))
        )
        previous = hashed
    return links


def faults(links: Sequence[Link], head: Head | None) -> list[str]:
    """What a check says."""
    check = ChainCheck()
    found = [fault.message for link in links for fault in check.follow(link)]
    return found + [fault.message for fault in check.ends(head)]


def end(links: Sequence[Link]) -> Head:
    """The head that a whole chain has."""
    last = links[-1]
    assert last.position is not None
    assert last.hash is not None
    return Head(last.position, last.hash)


@given(st.lists(st.integers(1, 4), max_size=6))
def test_a_whole_chain_has_no_faults(sizes: list[int]) -> None:
    links = chain(*sizes)
    assert faults(links, end(links) if links else None) == []


def test_a_changed_entry_is_named() -> None:
    links = chain(1, 3)
    entries = list(links[1].found)
    entries[1] = replace(entries[1], said="another")
    assert faults([links[0], replace(links[1], found=entries)], end(links)) == [
        "transaction 102 (by 2): entry 2 (insert 2) was changed"
    ]


def test_a_changed_entry_with_its_digest_made_anew_is_told_of_its_transaction() -> None:
    links = chain(2)
    entries = [replace(links[0].found[0], said="another", digest=entry_digest("another")), links[0].found[1]]
    (told,) = faults([replace(links[0], found=entries)], end(links))
    assert told == "transaction 101 (by 1): its entries are others than those that were written"


def test_entries_taken_away_or_put_in_are_named() -> None:
    links = chain(3)
    whole = links[0].found
    assert faults([replace(links[0], found=[whole[0], whole[2]])], end(links)) == [
        "transaction 101 (by 1): entry 2 is missing",
        "transaction 101 (by 1): its entries are others than those that were written",
    ]
    assert faults([replace(links[0], found=whole[:1])], end(links)) == [
        "transaction 101 (by 1): entries 2 to 3 are missing"
    ]
    more = Entry(4, "more", entry_digest("more"), "insert 4")
    assert faults([replace(links[0], found=[*whole, more])], end(links)) == [
        "transaction 101 (by 1): entries 4 to 4 were put in"
    ]


def test_a_changed_transaction_is_named() -> None:
    links = chain(1, 1, 1)
    changed = [links[0], replace(links[1], said="somebody else"), links[2]]
    assert faults(changed, end(links)) == ["transaction 102 (by 2) was changed or moved"]


def test_a_transaction_hashed_anew_breaks_the_next() -> None:
    links = chain(1, 1, 1)
    said = "somebody else"
    anew = replace(links[1], said=said, hash=link_hash(links[1].previous_hash or b"", said))
    assert faults([links[0], anew, links[2]], end(links)) == [
        "transaction 103 (by 3) does not go on from the one before it"
    ]


def test_missing_transactions_are_named_by_position() -> None:
    links = chain(1, 1, 1, 1)
    assert faults([links[0], links[3]], end(links)) == ["positions 2 to 3 are missing before transaction 104 (by 4)"]
    assert faults([links[0], *links[2:]], end(links)) == ["position 2 is missing before transaction 103 (by 3)"]
    assert faults(links[:2], end(links)) == ["positions 3 to 4 are missing from the end"]


def test_moved_transactions_are_named() -> None:
    links = chain(1, 1, 1)
    swapped = [
        links[0],
        replace(links[2], position=2, said=links[2].said.replace("3", "2", 1)),
        replace(links[1], position=3, said=links[1].said.replace("2", "3", 1)),
    ]
    told = faults(swapped, end(links))
    assert "transaction 103 (by 3) was changed or moved" in told
    assert "transaction 102 (by 2) was changed or moved" in told


def test_what_was_never_sealed_was_put_in() -> None:
    links = chain(1)
    loose = Link(9, None, "", None, None, None, None, "by nobody")
    assert faults([*links, loose], end(links)) == [
        "transaction 9 (by nobody) stands outside of the chain: it was put in"
    ]


def test_the_head_must_be_the_end() -> None:
    links = chain(1, 1)
    assert faults(links, None) == ["the head of the chain is missing"]
    assert faults(links, Head(2, b"x")) == ["the head of the chain is another than its last transaction"]
    assert faults(links, Head(1, links[0].hash or b"")) == [
        "the head of the chain is another than its last transaction"
    ]
