"""The audit log on a real database: what is written, who can't touch it, and what is seen of who did (B6)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.audited import EXEMPT
from app.db.origin import Origin
from app.db.session import Database
from app.db.tables import Base
from app.domain.audit_chain import Head
from app.domain.identity import new_id
from app.services.audit_verification import Verified, verify
from tests.conftest import TestRegion

ANNA = Origin("anna", "request-1", "Firefox\x00\n", "10.0.0.7")
INDICATOR = (
    "insert into indicators (region_id, id, code, title, direction, input, created_by, updated_by)"
    " select :r, gen_random_uuid(), 'X-' || n, 'X', 'up', 'manual', 't', 't'"
    " from generate_series(cast(:first as int), cast(:last as int)) n"
)


async def run(database: Database, region: TestRegion, *statements: str, origin: Origin = ANNA, **values: Any) -> None:
    """Statements of the service in one transaction."""
    async with database.unit_of_work(region.id, origin=origin) as uow:
        for statement in statements:
            await uow.session.execute(text(statement), {"r": region.id, **values})


async def logged(database: Database, region: TestRegion, since: int = 0) -> list[Any]:
    """The region's entries after a position, in the order of the chain."""
    async with database.unit_of_work(region.id, read_only=True) as uow:
        statement = text(
            "select t.*, e.* from audit_entries e join audit_transactions t on t.id = e.transaction_id"
            " and t.region_id = e.region_id where t.position > :since order by t.position, e.no"
        )
        return list((await uow.session.execute(statement, {"since": since})).all())


async def head_of(database: Database, region: TestRegion) -> Head:
    """Where the region's chain ends."""
    async with database.unit_of_work(region.id, read_only=True) as uow:
        row = (await uow.session.execute(text("select position, hash from audit_heads"))).one()
        return Head(row.position, row.hash)


async def verified(database: Database, region: TestRegion, anchor: Head | None = None) -> Verified:
    """The region's log, gone through."""
    anchors = {} if anchor is None else {region.id: anchor}
    (found,) = [v async for v in verify(database, anchors, only=region.id)]
    return found


async def tamper(database: Database, statement: str, **values: Any) -> None:
    """As one who owns the tables, and switches the triggers off."""
    async with database.owner_engine.begin() as connection:
        await connection.execute(text("set local session_replication_role = replica"))
        done = await connection.execute(text(statement), values)
        assert done.rowcount


async def test_every_table_is_logged_or_says_why_not(database: Database) -> None:
    async with database.owner_engine.connect() as connection:
        found = await connection.execute(
            text("select distinct tgrelid::regclass::text from pg_trigger where tgname like 'audited\\_%'")
        )
        watched = set(found.scalars())
    tables = set(Base.metadata.tables)
    assert watched | set(EXEMPT) == tables
    assert not watched & set(EXEMPT)


async def test_an_entry_says_who_when_what_and_by_which_request(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    await run(database, region, INDICATOR, first=1, last=1)
    await run(database, region, "update indicators set title = 'Y', version = 2, updated_by = 'anna'")
    await run(database, region, "delete from indicators")
    made, changed, gone = await logged(database, region, before.position)
    assert (made.actor, made.request_id, made.client, made.address) == ("anna", "request-1", "Firefox??", "10.0.0.7")
    assert (made.table_name, made.action, made.before) == ("indicators", "insert", None)
    assert (made.after["code"], made.after["title"]) == ("X-1", "X")
    assert UUID(made.after["id"]) == made.row_id == changed.row_id == gone.row_id
    assert (changed.action, changed.before, changed.after) == ("update", {"title": "X"}, {"title": "Y"})
    assert (gone.action, gone.before["title"], gone.after) == ("delete", "Y", None)
    assert [e.position for e in (made, changed, gone)] == [before.position + n for n in (1, 2, 3)]
    assert (await verified(database, region, before)).faults == ()


async def test_bookkeeping_alone_leaves_nothing(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    await run(database, region, "update modules set version = version + 1, updated_at = now(), code = code")
    await run(database, region, "update modules set code = code where false")
    assert await logged(database, region, before.position) == []
    assert await head_of(database, region) == before


async def test_a_refused_change_leaves_nothing_and_a_savepoint_only_what_stood(
    database: Database, region: TestRegion
) -> None:
    before = await head_of(database, region)
    with pytest.raises(RuntimeError):
        async with database.unit_of_work(region.id, origin=ANNA) as uow:
            await uow.session.execute(text(INDICATOR), {"r": region.id, "first": 1, "last": 1})
            raise RuntimeError
    assert await logged(database, region, before.position) == []
    async with database.unit_of_work(region.id, origin=ANNA) as uow:
        async with uow.session.begin_nested() as tried:
            await uow.session.execute(text(INDICATOR), {"r": region.id, "first": 1, "last": 2})
            await tried.rollback()
        await uow.session.execute(text(INDICATOR), {"r": region.id, "first": 3, "last": 3})
    (entry,) = await logged(database, region, before.position)
    assert (entry.no, entry.after["code"]) == (1, "X-3")
    assert (await verified(database, region)).faults == ()


async def test_many_rows_are_one_transaction_numbered_through(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    await run(
        database,
        region,
        INDICATOR,
        "update indicators set title = 'Z'",
        "delete from indicators where code = 'X-1'",
        first=1,
        last=300,
    )
    entries = await logged(database, region, before.position)
    assert [e.no for e in entries] == list(range(1, 602))
    assert len({e.position for e in entries}) == 1
    assert (await verified(database, region)).faults == ()


async def test_a_changed_key_is_an_entry_for_each_side(database: Database, region: TestRegion) -> None:
    await run(
        database,
        region,
        "insert into hidden_columns (region_id, unit_id, column_id, created_by)"
        " select :r, :u, id, 't' from module_columns where region_id = :r order by id limit 1",
        u=region.unit_ids["SU"],
    )
    before = await head_of(database, region)
    await run(
        database,
        region,
        "update hidden_columns set column_id = (select id from module_columns order by id desc limit 1)",
    )
    entries = await logged(database, region, before.position)
    assert sorted(e.action for e in entries) == ["delete", "insert"]
    assert all(set(e.key) == {"unit_id", "column_id"} for e in entries)
    assert {e.unit_id for e in entries} == {region.unit_ids["SU"]}


async def test_secrets_are_masked(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    await run(
        database,
        region,
        "insert into api_keys (region_id, id, name, secret_hash, role, unit_id, scopes, created_by)"
        " values (:r, :id, 'k', sha256('first'), 'reader', :u, '{}', 't')",
        "update api_keys set secret_hash = sha256('second')",
        "update api_keys set last_used_at = now()",
        id=new_id(),
        u=region.unit_ids["SU"],
    )
    made, changed = await logged(database, region, before.position)
    assert made.after["secret_hash"] == "***"
    assert (changed.before, changed.after) == ({"secret_hash": "***"}, {"secret_hash": "***"})


async def test_a_change_past_the_service_is_the_database_users(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    async with database.owner_engine.begin() as connection:
        await connection.execute(text("update regions set name = 'X' where region_id = :r"), {"r": region.id})
        user = await connection.scalar(text("select session_user"))
    (entry,) = await logged(database, region, before.position)
    assert (entry.actor, entry.request_id, entry.after) == (f"database:{user}", None, {"name": "X"})


LOG = ("audit_entries", "audit_transactions", "audit_heads")
AROUND = (
    "insert into audit_heads (region_id, position, hash) values (:r, 0, 'x')",
    "select audit_begin(:r)",
    "select audit_table('nodes')",
    "set session_replication_role = replica",
    "alter table audit_entries disable trigger all",
    "alter table nodes disable trigger audited_update",
    "drop trigger audited_update on nodes",
    "create or replace function audit_refuse() returns trigger language plpgsql as 'begin return null; end'",
)


async def test_the_service_can_neither_touch_the_log_nor_get_round_it(database: Database, region: TestRegion) -> None:
    acts = ("delete from {t}", "update {t} set region_id = region_id", "truncate {t}")
    for statement in (*AROUND, *(act.format(t=table) for act in acts for table in LOG)):
        async with database.unit_of_work(region.id) as uow:
            prepared = text(statement)
            if ":r" in statement:
                prepared = prepared.bindparams(r=region.id)
            with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
                await uow.session.execute(prepared)
            await uow.session.rollback()


async def test_the_owner_is_stopped_too_while_the_triggers_stand(database: Database) -> None:
    for act in ("delete from {t}", "truncate {t}"):
        for table in LOG:
            with pytest.raises(DBAPIError, match="can't be changed"):
                async with database.owner_engine.begin() as connection:
                    await connection.execute(text(act.format(t=table)))


async def test_a_sealed_transaction_cant_be_changed_by_the_owner_either(database: Database, region: TestRegion) -> None:
    for statement in (
        "update audit_transactions set actor = 'x' where region_id = :r",
        "update audit_entries set table_name = 'x' where region_id = :r",
    ):
        with pytest.raises(DBAPIError, match="can't be changed"):
            async with database.owner_engine.begin() as connection:
                await connection.execute(text(statement), {"r": region.id})


TAMPERINGS = {
    "a changed value": (
        'update audit_entries set after = after || \'{"title": "forged"}\' where {e} and no = 2',
        "entry 2 (insert of indicators",
    ),
    "a changed actor": ("update audit_transactions set actor = 'berta' where {t}", "was changed or moved"),
    "a changed time": ("update audit_transactions set at = at - interval '1 s' where {t}", "was changed or moved"),
    "an entry taken away": ("delete from audit_entries where {e} and no = 2", "entry 2 is missing"),
    "the last entry taken away": ("delete from audit_entries where {e} and no = 3", "entries 3 to 3 are missing"),
    "all entries taken away": ("delete from audit_entries where {e}", "entries 1 to 3 are missing"),
    "two entries swapped": ("update audit_entries set no = -no where {e} and no < 3", "entry"),
    "a transaction taken away": ("delete from audit_transactions where {t}", "is missing"),
    "a transaction moved": ("update audit_transactions set position = 100000 where {t}", "missing before"),
    "a transaction unsealed": (
        "update audit_transactions set position = null, hash = null where {t}",
        "stands outside of the chain",
    ),
    "an entry of no transaction": (
        "update audit_entries set transaction_id = 9000000000 where {e}",
        "name transaction 9000000000",
    ),
    "the head": ("update audit_heads set hash = 'x' where region_id = :r", "the head of the chain is another"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_shows_and_where(database: Database, region: TestRegion, what: str) -> None:
    statement, told = TAMPERINGS[what]
    await run(database, region, INDICATOR, first=1, last=3)
    touched = await head_of(database, region)
    await run(database, region, INDICATOR, first=4, last=4)
    async with database.owner_engine.connect() as connection:
        transaction = await connection.scalar(
            text("select id from audit_transactions where region_id = :r and position = :p"),
            {"r": region.id, "p": touched.position},
        )
    where = {
        "{e}": "region_id = :r and transaction_id = :x",
        "{t}": "region_id = :r and id = :x",
    }
    for mark, condition in where.items():
        statement = statement.replace(mark, condition)
    values = {"r": region.id, **({"x": transaction} if ":x" in statement else {})}
    await tamper(database, statement, **values)
    found = await verified(database, region)
    assert any(told in fault.message for fault in found.faults), found.faults
    if what != "the head":
        assert any(fault.position in {touched.position, touched.position + 1, None} for fault in found.faults)


async def test_an_entry_put_in_shows(database: Database, region: TestRegion) -> None:
    await tamper(
        database,
        "insert into audit_entries (region_id, transaction_id, no, table_name, action, digest)"
        " select region_id, transaction_id, max(no) + 1, 'nodes', 'delete', 'x' from audit_entries"
        " where region_id = :r group by 1, 2",
        r=region.id,
    )
    told = [fault.message for fault in (await verified(database, region)).faults]
    assert any("were put in" in message for message in told)
    assert any("(delete of nodes) was changed" in message for message in told)


async def test_a_tail_cut_off_shows_by_the_head_and_by_an_anchor(database: Database, region: TestRegion) -> None:
    before = await head_of(database, region)
    await run(database, region, INDICATOR, first=1, last=1)
    anchor = await head_of(database, region)
    for table in ("audit_entries", "audit_transactions"):
        column = "transaction_id" if table == "audit_entries" else "id"
        await tamper(
            database,
            f"delete from {table} where region_id = :r and {column} ="
            " (select max(transaction_id) from audit_entries where region_id = :r)"
            if table == "audit_entries"
            else f"delete from {table} where region_id = :r and position = :p",
            r=region.id,
            **({} if table == "audit_entries" else {"p": anchor.position}),
        )
    (told,) = (await verified(database, region)).faults
    assert told.message == f"positions {anchor.position} to {anchor.position} are missing from the end"
    # Whoever sets the head back as well is found out by the one that was kept elsewhere, and only by that.
    await tamper(
        database,
        "update audit_heads set position = :p, hash = :h where region_id = :r",
        p=before.position,
        h=before.hash,
        r=region.id,
    )
    assert (await verified(database, region)).faults == ()
    (told,) = (await verified(database, region, anchor)).faults
    assert "kept elsewhere" in told.message


async def test_writers_at_once_make_one_chain_without_deadlock(database: Database, region: TestRegion) -> None:
    """Each locks rows in an order of its own; at the commit they queue, and who is at the head waits for none."""
    await run(database, region, INDICATOR, first=1, last=8)
    before = await head_of(database, region)

    async def write(number: int) -> None:
        await run(
            database,
            region,
            INDICATOR,
            f"update indicators set title = title || '{number}' where code = 'X-{number % 8 + 1}'",
            first=100 + number,
            last=100 + number,
        )

    await asyncio.gather(*(write(n) for n in range(16)))
    found = await verified(database, region, before)
    assert found.faults == ()
    assert found.head is not None
    assert found.head.position == before.position + 16


async def test_a_writer_that_dies_before_its_commit_leaves_a_whole_log(database: Database, region: TestRegion) -> None:
    """The connection is cut with the change written, logged, and sealed by hand: nothing of it is left."""
    before = await head_of(database, region)
    async with database.engine.connect() as connection:
        await connection.execute(text("select set_config('styrkedjan.region_id', :r, true)"), {"r": str(region.id)})
        await connection.execute(text(INDICATOR), {"r": region.id, "first": 1, "last": 1})
        await connection.execute(text("set constraints all immediate"))
        mine = await connection.scalar(text("select pg_backend_pid()"))
        async with database.owner_engine.begin() as owner:
            await owner.execute(text("select pg_terminate_backend(:pid)"), {"pid": mine})
        with pytest.raises(DBAPIError):
            await connection.execute(text("select 1"))
        await connection.invalidate()
    await run(database, region, INDICATOR, first=2, last=2)
    found = await verified(database, region, before)
    assert (found.faults, found.head and found.head.position) == ((), before.position + 1)
