"""Version counters: which tables of a region have changed, visible exactly when the change is (ADR 11).

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"

# Every table that stands now, but: keys of sent requests (no read shows them), the closure (its placements are watched),
# and keys, which get triggers of their own.
WATCH_ALL = """
select watch_table(relname::text) from pg_class
 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
   and relname not in ('alembic_version', 'api_keys', 'data_versions', 'idempotency_keys', 'org_ancestors')
"""
UNWATCH_ALL = """
do $$
declare watched regclass;
begin
  for watched in select tgrelid::regclass from pg_trigger where tgname = 'noted' and tgparentid = 0 loop
    execute format('drop trigger noted on %s', watched);
  end loop;
end $$
"""

# `slot`: writers at the same time each have a row of their own, so that none waits for another's commit.
# Updated in place again and again: room on the page keeps the new version beside the old one.
TABLE = """
create table data_versions (
  region_id uuid not null,
  table_name text not null,
  slot integer not null,
  stamp bigint not null,
  constraint pk_data_versions primary key (region_id, table_name, slot)
) with (fillfactor = 20, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0)
"""

# A stamp is never used twice, not even after a rollback: what was seen inside a transaction that then failed is never
# mistaken for what another one committed.
SEQUENCE = "create sequence data_version_stamps"

# Whoever writes without naming a region (the owner, from a console) changes the tags of all regions: row 0.
NOTE_CHANGE = """
create function note_change() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  whose uuid := coalesce(nullif(current_setting('styrkedjan.region_id', true), '')::uuid,
                         '00000000-0000-0000-0000-000000000000');
  mine integer := 0;
begin
  -- The first slot that no other transaction holds; the lock ends with ours, after what we did has become visible.
  while not pg_try_advisory_xact_lock(1937011308, mine) loop
    mine := mine + 1;
  end loop;
  insert into data_versions as standing (region_id, table_name, slot, stamp)
  values (whose, tg_argv[0], mine, nextval('data_version_stamps'))
  on conflict (region_id, table_name, slot) do update set stamp = excluded.stamp;
  return null;
end $$
"""

# For this migration and later ones that make a table: `select watch_table('...')`.
WATCH_TABLE = """
create function watch_table(wanted text) returns void
language plpgsql set search_path = public, pg_temp
as $$
begin
  execute format('create trigger noted after insert or update or delete or truncate on %I'
                 ' for each statement execute function note_change(%L)', wanted, wanted);
end $$
"""

# The first statement of every transaction: says which region it is in, and gives the versions that it sees.
ENTER_REGION = """
create function enter_region(wanted uuid, out tables text[], out versions bigint[])
language plpgsql set search_path = public, pg_temp
as $$
begin
  perform set_config('styrkedjan.region_id', wanted::text, true);
  select array_agg(each.table_name), array_agg(each.version) into tables, versions
    from (
      -- Stamps are unique, so the hashes of two different sets differ as surely as 64 bits can tell.
      select table_name, bit_xor(hashint8extended(stamp, 0)) as version from data_versions
       where region_id in (wanted, '00000000-0000-0000-0000-000000000000')
       group by table_name
    ) as each;
end $$
"""


def upgrade() -> None:
    op.execute(TABLE)
    op.execute(SEQUENCE)
    for function in (NOTE_CHANGE, WATCH_TABLE, ENTER_REGION):
        op.execute(function)
    op.execute("revoke execute on function watch_table(text) from public")
    op.execute("revoke execute on function enter_region(uuid) from public")
    op.execute(f"grant execute on function enter_region(uuid) to {ROLE}")
    op.execute(f"grant select on data_versions to {ROLE}")
    op.execute("alter table data_versions enable row level security")
    op.execute(
        "create policy own_region on data_versions using (region_id in"
        " (nullif(current_setting('styrkedjan.region_id', true), '')::uuid, '00000000-0000-0000-0000-000000000000'))"
    )
    op.execute(
        "create trigger noted after insert or delete or truncate on api_keys"
        " for each statement execute function note_change('api_keys')"
    )
    # When a key was last used is written every minute, and changes no right. By row: keys are few, and columns may come.
    op.execute(
        "create trigger noted_change after update on api_keys for each row"
        " when (to_jsonb(old) - 'last_used_at' is distinct from to_jsonb(new) - 'last_used_at')"
        " execute function note_change('api_keys')"
    )
    op.execute(WATCH_ALL)


def downgrade() -> None:
    op.execute(UNWATCH_ALL)
    op.execute("drop trigger noted_change on api_keys")
    op.execute("drop function enter_region(uuid)")
    op.execute("drop function watch_table(text)")
    op.execute("drop function note_change()")
    op.execute("drop sequence data_version_stamps")
    op.execute("drop table data_versions")
