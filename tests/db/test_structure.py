"""What must hold of every table, so that a region can be a shard and nothing leaks: read off the models."""

import pytest
from sqlalchemy import Table

from app.db.tables import Base

TABLES = sorted(Base.metadata.tables.values(), key=lambda t: t.name)
LONGEST_NAME = 63


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_the_key_starts_with_the_region(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == "region_id"


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_every_foreign_key_carries_the_region(table: Table) -> None:
    for key in table.foreign_key_constraints:
        pairs = {element.parent.name: element.column.name for element in key.elements}
        assert pairs.get("region_id") == "region_id", key.name


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_unique_constraints_start_with_the_region(table: Table) -> None:
    uniques = [c for c in table.constraints if c.__class__.__name__ == "UniqueConstraint"]
    for unique in uniques:
        first = next(iter(unique.columns)).name  # type: ignore[attr-defined]  # only the named class has columns
        # A region's own code is what it is found by, before anything else is known.
        assert first == "region_id" or (table.name, first) == ("regions", "code")


@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_names_fit_postgresql(table: Table) -> None:
    constraints = [str(c.name) for c in table.constraints if c.name]
    names = [*constraints, *(str(i.name) for i in table.indexes)]
    assert all(len(name) <= LONGEST_NAME for name in names)


def test_every_foreign_key_has_an_index_that_starts_with_it() -> None:
    """Deleting a row looks for those that point at it: without an index that is a scan of the whole table."""
    bare = []
    for table in TABLES:
        indexed = [[c.name for c in i.columns] for i in table.indexes] + [
            [c.name for c in constraint.columns]  # type: ignore[attr-defined]  # as above
            for constraint in table.constraints
            if constraint.__class__.__name__ in {"UniqueConstraint", "PrimaryKeyConstraint"}
        ]
        for key in table.foreign_key_constraints:
            columns = [c.name for c in key.columns]
            # What is never deleted (regions, units, modules, plan versions, ...) need not be looked for.
            if key.elements[0].column.table.name == "nodes" and not any(
                set(columns) <= set(index[: len(columns)]) for index in indexed
            ):
                bare.append((table.name, columns))
    # These two name the plan version, too, which the node alone decides: their indexes go by (region, node). Links are
    # deleted by either end: the key serves the parent, an index of its own the child.
    assert [b for b in bare if b[0] not in {"node_links", "allocations"}] == []
