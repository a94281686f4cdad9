"""The audit log: every change, written with it by triggers, chained at commit (B6).

Revision ID: 0010
Revises: 0009
"""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
TABLES = ("audit_entries", "audit_heads", "audit_transactions")

# Who, when, by which request: one row per transaction and region, made at its first change. The answer is its id, and
# how many entries it has so far. The actor is what the service says; a change past the service is the database user's.
BEGIN = """
create function audit_begin(region uuid, out transaction_id bigint, out counted integer)
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  mine bigint := pg_current_xact_id()::text::bigint;
begin
  select t.id, coalesce((select max(e.no) from audit_entries e where e.region_id = region and e.transaction_id = t.id), 0)
    into transaction_id, counted
    from audit_transactions t where t.region_id = region and t.xid = mine and t.hash is null;
  if transaction_id is null then
    insert into audit_transactions (region_id, xid, at, actor, request_id, client, address)
    values (region, mine, now(),
            coalesce(nullif(current_setting('styrkedjan.actor', true), ''), 'database:' || session_user),
            nullif(current_setting('styrkedjan.request_id', true), ''),
            nullif(current_setting('styrkedjan.client', true), ''),
            nullif(current_setting('styrkedjan.address', true), ''))
    returning id, 0 into transaction_id, counted;
  end if;
end $$
"""

MASKED = """
create function audit_masked(said jsonb, masked text[]) returns jsonb
language sql immutable set search_path = public, pg_temp
as $$
  select said || coalesce((select jsonb_object_agg(name, '***') from unnest(masked) name
                            where said -> name <> 'null'), '{}')
$$
"""

# For this migration and later ones that make a table: select audit_table('reports', '{"unit": "unit_id"}').
#   key     columns of the key after region_id; by default id
#   row     the column with the row's id; by default id where that is the key
#   node, parent, unit   the columns that say which node, node above and unit the row is about
#   unsaid  columns that are bookkeeping, or derived from others      masked  columns with secrets
#   actions which of insert, update and delete are logged; by default all
#
# It makes a function for the table, so that PostgreSQL keeps its plans: what is made on the fly is planned each time. A
# plan that was kept from a change of one row would go through 10,000 rows 10,000 times: no nested loops.
# By set: a statement that changes 10,000 rows costs one insert ... select. Of an update only what differs is kept; a
# change of nothing leaves nothing. What is hashed of an entry is said once more, in its own words, in app.db.audit_chain.
AUDIT_TABLE = """
create function audit_table(wanted text, said jsonb default '{}') returns void
language plpgsql set search_path = public, pg_temp
as $make$
declare
  spec jsonb := '{"key": ["id"], "unsaid": ["version", "updated_at", "updated_by"], "masked": [],
                  "actions": ["insert", "update", "delete"]}'::jsonb || said;
  key_columns text[] := array(select jsonb_array_elements_text(spec -> 'key'));
  masked text[] := array(select jsonb_array_elements_text(spec -> 'masked'));
  unsaid text[] := array(select jsonb_array_elements_text(spec -> 'unsaid')) || array['region_id'];
  same_key text := (select string_agg(format('o.%1$I = n.%1$I', name), ' and ')
                      from unnest(array['region_id'] || key_columns) name);
  row_column text := coalesce(spec ->> 'row', case when key_columns = array['id'] then 'id' end);
  columns text;
  entry text;
  action text;
begin
  -- Each id is taken off the row where the table has one, and is null where it has none.
  select string_agg(case when name is null then 'null::uuid' else format('x.%I', name) end || ' as ' || alias, ', ')
    into columns
    from (values (row_column, 'row_id'), (spec ->> 'node', 'node_id'), (spec ->> 'parent', 'parent_id'),
                 (spec ->> 'unit', 'unit_id')) as v (name, alias);
  columns := 'x.region_id, ' || columns || ', ' || case
    when row_column is not null or key_columns = '{}' then 'null::jsonb'
    else (select format('jsonb_build_object(%s)', string_agg(format('%1$L, x.%1$I', name), ', '))
            from unnest(key_columns) name) end || ' as key';
  entry := format($entry$
      ), begun as materialized (
        select r.region_id, b.transaction_id, b.counted
          from (select distinct region_id from changed) r, lateral audit_begin(r.region_id) b
      ), numbered as (
        select c.region_id, b.transaction_id,
               (b.counted + row_number() over (partition by c.region_id))::integer as no,
               c.action, c.row_id, c.node_id, c.parent_id, c.unit_id, c.key, %1$s as before, %2$s as after
          from changed c join begun b on b.region_id = c.region_id
      )
      insert into audit_entries
        (region_id, transaction_id, no, table_name, action, row_id, node_id, parent_id, unit_id, key, before, after,
         digest)
      select region_id, transaction_id, no, %3$L, action, row_id, node_id, parent_id, unit_id, key, before, after,
             sha256(convert_to(concat_ws(e'\\x1f', no, %3$L, action,
                    coalesce(row_id::text, ''), coalesce(node_id::text, ''), coalesce(parent_id::text, ''),
                    coalesce(unit_id::text, ''), coalesce(key::text, ''), coalesce(before::text, ''),
                    coalesce(after::text, '')), 'UTF8'))
        from numbered;
    $entry$,
    case when masked = '{}' then 'c.before' else format('audit_masked(c.before, %L)', masked) end,
    case when masked = '{}' then 'c.after' else format('audit_masked(c.after, %L)', masked) end,
    wanted);
  execute format($function$
    create function %1$I() returns trigger
    language plpgsql security definer set search_path = public, pg_temp set enable_nestloop = off set jit = off
    as $body$
    begin
      if tg_op = 'INSERT' then
        with changed as materialized (
          select 'insert' as action, %2$s, null::jsonb as before, to_jsonb(x) - %3$L::text[] as after from written x
        %4$s
      elsif tg_op = 'DELETE' then
        with changed as materialized (
          select 'delete' as action, %2$s, to_jsonb(x) - %3$L::text[] as before, null::jsonb as after from gone x
        %4$s
      else
        with pairs as materialized (
          select n as x, to_jsonb(o) - %3$L::text[] as was, to_jsonb(n) - %3$L::text[] as is_now
            from gone o join written n on %5$s where o is distinct from n
        ), changed as materialized (
          select 'update' as action, p.*, d.before, d.after
            from (select %6$s, was, is_now from pairs) p, lateral (
              select jsonb_object_agg(e.key, e.value) as before, jsonb_object_agg(e.key, p.is_now -> e.key) as after
                from jsonb_each(p.was) e where e.value is distinct from p.is_now -> e.key) d
           where d.before is not null
          union all
          -- A key that was changed is a row that went and one that came.
          select 'delete', %7$s, null, null, to_jsonb(o) - %3$L::text[], null
            from gone o where not exists (select from written n where %5$s)
          union all
          select 'insert', %8$s, null, null, null, to_jsonb(n) - %3$L::text[]
            from written n where not exists (select from gone o where %5$s)
        %4$s
      end if;
      return null;
    end $body$ $function$,
    'audit_rows_' || wanted, columns, unsaid, entry, same_key, replace(columns, 'x.', '(x).'),
    replace(columns, 'x.', 'o.'), replace(columns, 'x.', 'n.'));
  foreach action in array array(select jsonb_array_elements_text(spec -> 'actions')) loop
    execute format('create trigger %I after %s on %I referencing %s for each statement execute function %I()',
                   'audited_' || action, action, wanted,
                   case action when 'insert' then 'new table as written' when 'delete' then 'old table as gone'
                               else 'old table as gone new table as written' end,
                   'audit_rows_' || wanted);
  end loop;
end $make$
"""

# At commit, the last thing a transaction does: it takes its place behind the one that was sealed last. Only from here
# to the end of the commit do the writers of a region wait for each other, and who holds the head waits for nobody.
SEAL = """
create function audit_seal() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  head audit_heads;
  counted integer;
  digests bytea;
  sealed bytea;
begin
  insert into audit_heads (region_id, position, hash) values (new.region_id, 0, sha256(''))
  on conflict do nothing;
  select * into head from audit_heads where region_id = new.region_id for update;
  select count(*), sha256(coalesce(string_agg(digest, '' order by no), '')) into counted, digests
    from audit_entries where region_id = new.region_id and transaction_id = new.id;
  sealed := sha256(head.hash || convert_to(concat_ws(e'\\x1f',
    head.position + 1, new.id, new.xid, (extract(epoch from new.at) * 1000000)::bigint, to_jsonb(new.actor),
    coalesce(to_jsonb(new.request_id), 'null'), coalesce(to_jsonb(new.client), 'null'),
    coalesce(to_jsonb(new.address), 'null'), counted, encode(digests, 'hex')), 'UTF8'));
  update audit_transactions
     set position = head.position + 1, entries = counted, entries_digest = digests, previous_hash = head.hash,
         hash = sealed
   where region_id = new.region_id and id = new.id;
  update audit_heads set position = head.position + 1, hash = sealed where region_id = new.region_id;
  return null;
end $$
"""

REFUSE = """
create function audit_refuse() returns trigger
language plpgsql set search_path = public, pg_temp
as $$
begin
  raise exception 'The audit log can''t be changed.'
    using errcode = 'insufficient_privilege', table = tg_table_name;
end $$
"""

KEPT = ["version", "updated_at", "updated_by"]
AUDITED: dict[str, dict[str, object]] = {
    "allocations": {"node": "node_id", "unit": "unit_id"},
    "api_keys": {"unit": "unit_id", "unsaid": ["last_used_at"], "masked": ["secret_hash"]},
    "assessment_scales": {},
    "assessments": {"node": "node_id", "unit": "unit_id"},
    "catalogue_units": {"key": ["kind", "catalogue_id"], "unit": "unit_id"},
    "hidden_columns": {"key": ["unit_id", "column_id"], "unit": "unit_id"},
    # Up to one for every row of an import, which is an entry itself; what is decided on them is somebody's act.
    "held_corrections": {"unit": "unit_id", "actions": ["update", "delete"]},
    "indicators": {},
    "keyword_groups": {"unit": "unit_id"},
    "keywords": {},
    "licences": {"key": [], "unsaid": [*KEPT, "used"]},
    "memberships": {"unit": "unit_id"},
    "module_columns": {},
    "module_links": {"key": ["source_id", "target_id"]},
    "modules": {},
    "node_keywords": {"key": ["node_id", "keyword_id"], "node": "node_id"},
    "node_links": {"key": ["parent_id", "child_id"], "row": "id", "node": "child_id", "parent": "parent_id"},
    "nodes": {"unit": "owner_unit_id", "unsaid": [*KEPT, "title_sort", "title_key", "node_kind"]},
    "org_levels": {"key": ["code"]},
    "org_placements": {"unit": "unit_id"},
    "org_units": {"unit": "id", "unsaid": [*KEPT, "name_sort"]},
    "outcome_imports": {"unsaid": ["seen_at"]},
    "permission_groups": {},
    "period_locks": {"unit": "unit_id"},
    "plan_versions": {},
    "regions": {"key": []},
    "responsibilities": {"key": ["node_id", "unit_id", "role", "subject"], "node": "node_id", "unit": "unit_id"},
    "targets": {"unit": "unit_id"},
    "users": {"unit": "unit_id", "unsaid": [*KEPT, "name_sort"]},
}


def _tables() -> None:
    op.create_table(
        "audit_transactions",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("entries_digest", sa.LargeBinary(), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_audit_transactions")),
        sa.UniqueConstraint("region_id", "position", name=op.f("uq_audit_transactions_region_id_position")),
    )
    op.create_index("ix_audit_transactions_region_id_at", "audit_transactions", ["region_id", "at"])
    op.create_index("ix_audit_transactions_region_id_actor", "audit_transactions", ["region_id", "actor", "id"])
    op.create_index("ix_audit_transactions_region_id_request_id", "audit_transactions", ["region_id", "request_id"])
    op.create_index(
        "ix_audit_transactions_open",
        "audit_transactions",
        ["region_id", "xid"],
        postgresql_where=sa.text("hash is null"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("action", sa.String(length=6), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("node_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("key", JSONB(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region_id", "transaction_id", "no", name=op.f("pk_audit_entries")),
    )
    for column in ("row_id", "node_id", "parent_id"):
        op.create_index(
            f"ix_audit_entries_region_id_{column}",
            "audit_entries",
            ["region_id", column],
            postgresql_where=sa.text(f"{column} is not null"),
        )
    op.create_table(
        "audit_heads",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("region_id", name=op.f("pk_audit_heads")),
    )


def _keep_out() -> None:
    for table in TABLES:
        # Reading only: what is written comes through the triggers, as the tables' owner.
        op.execute(f"grant select on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )
        op.execute(
            f"create trigger refused before delete or truncate on {table}"
            " for each statement execute function audit_refuse()"
        )
    op.execute(
        "create trigger refused_update before update on audit_entries"
        " for each statement execute function audit_refuse()"
    )
    op.execute(
        "create trigger refused_update before update on audit_transactions"
        " for each row when (old.hash is not null) execute function audit_refuse()"
    )


def upgrade() -> None:
    _tables()
    for function in (BEGIN, MASKED, SEAL, REFUSE, AUDIT_TABLE):
        op.execute(function)
    for signature in ("audit_begin(uuid)", "audit_table(text, jsonb)"):
        op.execute(f"revoke execute on function {signature} from public")
    op.execute(
        "create constraint trigger sealed after insert on audit_transactions deferrable initially deferred"
        " for each row execute function audit_seal()"
    )
    _keep_out()
    for table, spec in AUDITED.items():
        op.execute(
            sa.text("select audit_table(:wanted, cast(:said as jsonb))").bindparams(wanted=table, said=json.dumps(spec))
        )


def downgrade() -> None:
    op.execute(
        "do $$ declare one record; begin"
        " for one in select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and starts_with(proname, 'audit_rows_') loop"
        " execute format('drop function %I() cascade', one.proname); end loop; end $$"
    )
    for table in TABLES:
        op.drop_table(table)
    for signature in (
        "audit_table(text, jsonb)",
        "audit_refuse()",
        "audit_seal()",
        "audit_masked(jsonb, text[])",
        "audit_begin(uuid)",
    ):
        op.execute(f"drop function {signature}")
