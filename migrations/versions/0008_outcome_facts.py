"""Outcomes in narrow rows, partitioned by year; an import's record from its start; its conflicts as rows (I7, I8, I9).

`outcomes` becomes a view that reads as the table did. Rows move in one statement, all or nothing.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
OWN_REGION = (
    "(region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
    "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
)

# Fixed widths first, widest first: nothing is lost to alignment. What an import says once stands in its record.
FACTS = """
create table outcome_facts (
  region_id uuid not null,
  indicator_no integer not null,
  unit_no integer not null,
  period_start date not null,
  import_no integer not null,
  months smallint not null,
  sex smallint not null,
  status smallint not null,
  value numeric,
  numerator numeric,
  denominator numeric,
  comment text,
  constraint pk_outcome_facts primary key (region_id, indicator_no, unit_no, period_start, months, sex),
  constraint ck_outcome_facts_months_known check (months in (1, 4, 12)),
  constraint ck_outcome_facts_period_form check (
    date_part('day', period_start) = 1 and (date_part('month', period_start)::integer - 1) % months = 0),
  constraint ck_outcome_facts_sex_known check (sex between 0 and 2),
  constraint ck_outcome_facts_status_known check (status between 0 and 3 and (status = 0) = (value is not null)),
  -- NaN sorts above infinity: one comparison keeps both out.
  constraint ck_outcome_facts_numbers_finite check (
    value > '-Infinity' and value < 'Infinity' and numerator > '-Infinity' and numerator < 'Infinity'
    and denominator > '-Infinity' and denominator < 'Infinity')
) partition by range (period_start)
"""

# Never fails for a year: what has no partition of its own lands in the rest, and is found all the same. A partition is
# attached, not created in place: that lets readers of other years go on. Whoever reads the rest for long is not waited
# for: the partition is made the next time.
ENSURE = """
create function ensure_outcome_partitions(years integer[]) returns integer
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '2s'
as $$
declare
  y integer;
  made integer := 0;
  partition text;
begin
  foreach y in array years loop
    partition := format('outcome_facts_y%s', y);
    continue when y is null or y not between 1900 and 2999 or to_regclass(partition) is not null;
    begin
      perform pg_advisory_xact_lock(hashtextextended('outcome partitions', 0));
      continue when to_regclass(partition) is not null;
      continue when exists (
        select from outcome_facts_rest
         where period_start >= make_date(y, 1, 1) and period_start < make_date(y + 1, 1, 1));
      execute format('create table %I (like outcome_facts including all)', partition);
      execute format('alter table %I enable row level security', partition);
      execute format('alter table outcome_facts attach partition %I for values from (%L) to (%L)',
                     partition, make_date(y, 1, 1), make_date(y + 1, 1, 1));
      made := made + 1;
    exception when lock_not_available or unique_violation or duplicate_table then
      null;
    end;
  end loop;
  return made;
end $$
"""

YEARS_OPENED = """
create function plan_versions_opened() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform ensure_outcome_partitions(array(select distinct year::integer from added));
  return null;
end $$
"""

PERIOD = """
create function outcome_period(period_start date, months smallint) returns text
language sql stable parallel safe
as $$
  select case months when 1 then left(period_start::text, 7) when 12 then left(period_start::text, 4)
         else left(period_start::text, 4) || '-T' || ((substr(period_start::text, 6, 2)::integer + 3) / 4)::text end
$$
"""

# Left joins, so that a question which needs no unit's id does not look at the units.
VIEW = """
create view outcomes with (security_invoker = true) as
select f.region_id, i.id as indicator_id, u.id as unit_id, outcome_period(f.period_start, f.months) as period,
       case f.sex when 0 then 'T' when 1 then 'K' else 'M' end as sex,
       f.period_start, (f.period_start + make_interval(months => f.months::integer))::date - 1 as period_end,
       case f.status when 0 then 'normal' when 1 then 'missing' when 2 then 'suppressed' else 'not_applicable' end
         as status,
       f.value, f.numerator, f.denominator, f.comment, m.source, m.id as import_id, m.created_at as recorded_at,
       m.created_by as recorded_by, f.indicator_no, f.unit_no, f.import_no
  from outcome_facts f
  left join indicators i on i.region_id = f.region_id and i.no = f.indicator_no
  left join org_units u on u.region_id = f.region_id and u.no = f.unit_no
  left join outcome_imports m on m.region_id = f.region_id and m.no = f.import_no
"""

# A foreign key asks once per row; this asks once per statement, and locks what is named as a foreign key would.
BELONG = """
create function outcome_facts_belong() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare lacking record;
begin
  with named as materialized (select distinct region_id, indicator_no, unit_no, import_no from added),
  indicators_named as materialized (select distinct region_id, indicator_no from named),
  units_named as materialized (select distinct region_id, unit_no from named),
  imports_named as materialized (select distinct region_id, import_no from named),
  indicators_held as materialized (
    select i.no from indicators_named n join indicators i on i.region_id = n.region_id and i.no = n.indicator_no
     order by i.no for key share of i),
  units_held as materialized (
    select u.no from units_named n join org_units u on u.region_id = n.region_id and u.no = n.unit_no
     order by u.no for key share of u),
  imports_held as materialized (
    select m.no from imports_named n join outcome_imports m on m.region_id = n.region_id and m.no = n.import_no
     order by m.no for key share of m)
  select (select count(*) from indicators_named) - (select count(*) from indicators_held) as indicators,
         (select count(*) from units_named) - (select count(*) from units_held) as units,
         (select count(*) from imports_named) - (select count(*) from imports_held) as imports
    into lacking;
  if lacking.indicators + lacking.units + lacking.imports > 0 then
    raise exception 'An outcome names % unknown indicators, % unknown units and % unknown imports.',
                    lacking.indicators, lacking.units, lacking.imports
      using errcode = 'foreign_key_violation',
            constraint = case when lacking.indicators > 0 then 'fk_outcome_facts_indicator'
                              when lacking.units > 0 then 'fk_outcome_facts_unit' else 'fk_outcome_facts_import' end;
  end if;
  return null;
end $$
"""

# The other half of the key: what outcomes stand on can't be taken away. One probe of the key per indicator.
INDICATORS_NEEDED = """
create function outcome_indicators_needed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if exists (select from removed r
              where exists (select from outcome_facts f where f.region_id = r.region_id and f.indicator_no = r.no)) then
    raise exception 'An indicator with outcomes can''t be removed.'
      using errcode = 'foreign_key_violation', constraint = 'fk_outcome_facts_indicator';
  end if;
  return null;
end $$
"""
UNITS_NEEDED = """
create function outcome_units_needed() returns trigger
language plpgsql security definer set search_path = public, pg_temp set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  if exists (select from removed r join indicators i on i.region_id = r.region_id
              where exists (select from outcome_facts f
                             where f.region_id = r.region_id and f.indicator_no = i.no and f.unit_no = r.no)) then
    raise exception 'A unit with outcomes can''t be removed.'
      using errcode = 'foreign_key_violation', constraint = 'fk_outcome_facts_unit';
  end if;
  return null;
end $$
"""

# Whoever corrects an outcome, by whatever way: what it said before is kept (I7), in one statement for all of them.
CORRECTED = """
create function outcome_facts_corrected() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into outcome_history (region_id, indicator_id, unit_id, period, sex, status, value, numerator, denominator,
                               comment, import_id, recorded_at, recorded_by, replaced_by, replaced_by_import)
  select o.region_id, i.id, u.id, outcome_period(o.period_start, o.months),
         case o.sex when 0 then 'T' when 1 then 'K' else 'M' end,
         case o.status when 0 then 'normal' when 1 then 'missing' when 2 then 'suppressed' else 'not_applicable' end,
         o.value, o.numerator, o.denominator, o.comment, earlier.id, earlier.created_at, earlier.created_by,
         later.created_by, later.id
    from before o
    join after n using (region_id, indicator_no, unit_no, period_start, months, sex)
    join indicators i on i.region_id = o.region_id and i.no = o.indicator_no
    join org_units u on u.region_id = o.region_id and u.no = o.unit_no
    join outcome_imports earlier on earlier.region_id = o.region_id and earlier.no = o.import_no
    join outcome_imports later on later.region_id = n.region_id and later.no = n.import_no
   where (o.status, o.value, o.numerator, o.denominator, o.comment)
         is distinct from (n.status, n.value, n.numerator, n.denominator, n.comment)
   order by o.indicator_no, o.unit_no, o.period_start, o.months, o.sex;
  return null;
end $$
"""

# The guard of locked periods (0004), for rows that name their unit and indicator by number.
LOCKED = """
create function outcome_facts_locked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  regions uuid[] := array(select distinct region_id from written order by 1);
  region uuid;
  locked text;
begin
  foreach region in array regions loop
    perform pg_advisory_xact_lock_shared(period_locks_key(region));
  end loop;
  if exists (select from period_locks l
              where l.region_id = any(regions) and l.unlocked_at is null and l.what in ('all', 'outcomes')) then
    select outcome_period(w.period_start, w.months) into locked
      from period_locks l
      join org_units u on u.region_id = l.region_id and u.id = l.unit_id
      join written w on w.region_id = l.region_id and w.unit_no = u.no
       and l.period_start <= w.period_start
       and (w.period_start + make_interval(months => w.months::integer))::date - 1 <= l.period_end
     where l.region_id = any(regions) and l.unlocked_at is null and l.what in ('all', 'outcomes')
       and not exists (
         select from held_corrections h
           join indicators i on i.region_id = h.region_id and i.id = h.indicator_id
          where h.region_id = w.region_id and i.no = w.indicator_no and h.unit_id = l.unit_id
            and h.period = outcome_period(w.period_start, w.months)
            and h.sex = case w.sex when 0 then 'T' when 1 then 'K' else 'M' end
            and h.state = 'accepted' and h.decided_at = now()
            and (h.value, h.numerator, h.denominator, h.comment)
                is not distinct from (w.value, w.numerator, w.denominator, w.comment))
     limit 1;
    if found then
      raise exception 'The period is locked.'
        using errcode = 'check_violation', constraint = 'tg_outcomes_period_locked', detail = locked;
    end if;
  end if;
  if tg_op <> 'DELETE'
     and exists (select from held_corrections h where h.region_id = any(regions) and h.state = 'held') then
    update held_corrections h
       set state = 'superseded', decided_at = now(), decided_by = m.created_by
      from written w
      join indicators i on i.region_id = w.region_id and i.no = w.indicator_no
      join org_units u on u.region_id = w.region_id and u.no = w.unit_no
      join outcome_imports m on m.region_id = w.region_id and m.no = w.import_no
     where h.region_id = w.region_id and h.indicator_id = i.id and h.unit_id = u.id
       and h.period = outcome_period(w.period_start, w.months)
       and h.sex = case w.sex when 0 then 'T' when 1 then 'K' else 'M' end and h.state = 'held';
  end if;
  return null;
end $$
"""

TRIGGERS = (
    """create trigger years_opened after insert on plan_versions
       referencing new table as added for each statement execute function plan_versions_opened()""",
    """create trigger belong after insert on outcome_facts
       referencing new table as added for each statement execute function outcome_facts_belong()""",
    """create trigger corrected after update on outcome_facts
       referencing old table as before new table as after for each statement execute function outcome_facts_corrected()""",
    """create trigger locked_in after insert on outcome_facts
       referencing new table as written for each statement execute function outcome_facts_locked()""",
    """create trigger locked_up after update on outcome_facts
       referencing new table as written for each statement execute function outcome_facts_locked()""",
    """create trigger locked_out after delete on outcome_facts
       referencing old table as written for each statement execute function outcome_facts_locked()""",
    """create trigger needed_by_outcomes after delete on indicators
       referencing old table as removed for each statement execute function outcome_indicators_needed()""",
    """create trigger needed_by_outcomes after delete on org_units
       referencing old table as removed for each statement execute function outcome_units_needed()""",
)

# Outcomes that no import brought (early loading by hand): an import of their own, per who recorded them.
IMPORTS_OF_THE_REST = (
    """
    create temporary table made on commit drop as
    select region_id, source, recorded_by, gen_random_uuid() as id, count(*) as rows, min(recorded_at) as at
      from outcomes_before where import_id is null group by region_id, source, recorded_by
    """,
    """
    insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                                 conflict_count, created_at, created_by, finished_at)
    select region_id, id, 'best_effort', 'completed', source, rows, rows, 0, 0, 0, 0, at, recorded_by, at from made
    """,
    """
    update outcomes_before o set import_id = made.id from made
     where o.import_id is null and made.region_id = o.region_id and made.source = o.source
       and made.recorded_by = o.recorded_by
    """,
)
MOVE = """
insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,
                           value, numerator, denominator, comment)
select o.region_id, i.no, u.no, o.period_start, m.no,
       case when length(o.period) = 4 then 12 when o.period like '%-T%' then 4 else 1 end,
       case o.sex when 'T' then 0 when 'K' then 1 else 2 end, case when o.value is null then 3 else 0 end,
       o.value, o.numerator, o.denominator, o.comment
  from outcomes_before o
  join indicators i on i.region_id = o.region_id and i.id = o.indicator_id
  join org_units u on u.region_id = o.region_id and u.id = o.unit_id
  join outcome_imports m on m.region_id = o.region_id and m.id = o.import_id
 order by o.region_id, i.no, u.no, o.period_start
"""


def _number(table: str) -> None:
    """A short number for rows that millions of others point at."""
    op.execute(f"alter table {table} add column no integer generated always as identity not null")
    op.create_unique_constraint(f"uq_{table}_region_id_no", table, ["region_id", "no"])


def upgrade() -> None:
    for table in ("indicators", "org_units", "outcome_imports"):
        _number(table)
    _imports_up()
    op.execute("drop trigger corrected on outcomes")
    op.execute("drop function outcomes_corrected()")
    for name in ("locked_in", "locked_up", "locked_out"):
        op.execute(f"drop trigger {name} on outcomes")
    op.execute("drop function outcomes_locked()")
    op.drop_constraint("fk_outcome_history_outcome", "outcome_history")
    op.execute("alter table outcome_history add column status varchar(16) not null default 'normal'")
    op.execute("alter table outcome_history alter column status drop default")
    op.execute("alter table outcomes rename to outcomes_before")
    op.execute(FACTS)
    op.execute("create table outcome_facts_rest partition of outcome_facts default")
    op.execute("alter table outcome_facts enable row level security")
    op.execute("alter table outcome_facts_rest enable row level security")
    op.execute(f"create policy own_region on outcome_facts using {OWN_REGION}")
    op.execute(ENSURE)
    op.execute(
        "select ensure_outcome_partitions(array("
        " select year::integer from plan_versions"
        " union select date_part('year', period_start)::integer from outcomes_before"
        " union select date_part('year', now())::integer + ahead from generate_series(-1, 3) as ahead))"
    )
    op.execute("update outcome_imports m set source = o.source from outcomes_before o"
               " where o.region_id = m.region_id and o.import_id = m.id and o.source <> m.source")  # fmt: skip
    for statement in (*IMPORTS_OF_THE_REST, MOVE):
        op.execute(statement)
    # Nothing is left behind in silence.
    op.execute(
        "do $$ begin if (select count(*) from outcomes_before) <> (select count(*) from outcome_facts) then"
        " raise exception 'not every outcome could be moved'; end if; end $$"
    )
    op.execute("drop table outcomes_before")
    op.execute("select watch_table('outcome_facts'), watch_table('outcome_import_conflicts')")
    for function in (PERIOD, BELONG, INDICATORS_NEEDED, UNITS_NEEDED, CORRECTED, LOCKED, YEARS_OPENED, VIEW, *TRIGGERS):
        op.execute(function)
    op.execute("revoke execute on function ensure_outcome_partitions(integer[]) from public")
    op.execute(f"grant execute on function ensure_outcome_partitions(integer[]) to {ROLE}")
    # An outcome is corrected, never moved and never taken away.
    op.execute(f"grant select, insert on outcome_facts to {ROLE}")
    op.execute(f"grant update (import_no, status, value, numerator, denominator, comment) on outcome_facts to {ROLE}")
    op.execute(f"grant select on outcomes to {ROLE}")


def _imports_up() -> None:
    op.create_table(
        "outcome_import_conflicts",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("row", sa.Integer(), nullable=True),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("sv", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "severity in ('refused', 'warning')", name=op.f("ck_outcome_import_conflicts_severity_known")
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "import_id"],
            ["outcome_imports.region_id", "outcome_imports.id"],
            name=op.f("fk_outcome_import_conflicts_region_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "import_id", "severity", "no", name=op.f("pk_outcome_import_conflicts")),
    )
    for name, severity in (("conflicts", "refused"), ("warnings", "warning")):
        op.execute(
            "insert into outcome_import_conflicts (region_id, import_id, no, severity, row, rule, field, value,"  # noqa: S608  # names of our own
            " sv, en, facts)"
            f" select m.region_id, m.id, c.no, '{severity}', (c.said ->> 'row')::integer, c.said ->> 'rule',"
            " coalesce(c.said ->> 'field', ''), c.said ->> 'value', c.said ->> 'sv', c.said ->> 'en', c.said -> 'facts'"
            f" from outcome_imports m, jsonb_array_elements(m.{name}) with ordinality as c (said, no)"
        )
    op.execute(
        "alter table outcome_imports"
        " add column source varchar(16) not null default 'manual', add column held integer not null default 0,"
        " add column warning_count integer not null default 0, add column finished_at timestamptz,"
        " add column seen_at timestamptz not null default now(),"
        " drop constraint ck_outcome_imports_status_known, drop constraint ck_outcome_imports_nothing_dropped"
    )
    op.execute("alter table outcome_imports alter column source drop default")
    op.execute("update outcome_imports set warning_count = jsonb_array_length(warnings), finished_at = created_at,"
               " seen_at = created_at")  # fmt: skip
    op.drop_column("outcome_imports", "conflicts")
    op.drop_column("outcome_imports", "warnings")
    op.create_check_constraint(
        op.f("ck_outcome_imports_status_known"),
        "outcome_imports",
        "status in ('receiving', 'running', 'completed', 'refused', 'interrupted')",
    )
    op.create_check_constraint(
        op.f("ck_outcome_imports_nothing_dropped"),
        "outcome_imports",
        "received = imported + updated + unchanged + ignored + held",
    )
    op.create_check_constraint(
        op.f("ck_outcome_imports_source_known"), "outcome_imports", "source in ('manual', 'catalogue')"
    )
    op.execute("alter table outcome_import_conflicts enable row level security")
    op.execute(f"create policy own_region on outcome_import_conflicts using {OWN_REGION}")
    op.execute(f"grant select, insert on outcome_import_conflicts to {ROLE}")
    # A record is finished once. One that never came to anything (a body that can't be read) is taken back.
    op.execute(f"grant update, delete on outcome_imports to {ROLE}")
    op.execute(
        "create policy finished_once on outcome_imports as restrictive for update"
        " using (status in ('receiving', 'running', 'interrupted')) with check (true)"
    )
    op.execute(
        "create policy taken_back on outcome_imports as restrictive for delete"
        " using (status in ('receiving', 'running') and received = 0)"
    )


def downgrade() -> None:
    op.execute("drop trigger years_opened on plan_versions")
    op.execute("drop trigger needed_by_outcomes on indicators")
    op.execute("drop trigger needed_by_outcomes on org_units")
    _outcomes_down()
    for function in (
        "outcome_facts_belong()",
        "outcome_facts_corrected()",
        "outcome_facts_locked()",
        "outcome_indicators_needed()",
        "outcome_units_needed()",
        "plan_versions_opened()",
        "ensure_outcome_partitions(integer[])",
        "outcome_period(date, smallint)",
    ):
        op.execute(f"drop function {function}")
    _imports_down()
    for table in ("indicators", "org_units", "outcome_imports"):
        op.drop_constraint(f"uq_{table}_region_id_no", table)
        op.drop_column(table, "no")


def _outcomes_down() -> None:
    op.create_table(
        "outcomes_before",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("numerator", sa.Numeric(), nullable=True),
        sa.Column("denominator", sa.Numeric(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "coalesce(value, 0) not in ('NaN', 'Infinity', '-Infinity')"
            " and coalesce(numerator, 0) not in ('NaN', 'Infinity', '-Infinity')"
            " and coalesce(denominator, 0) not in ('NaN', 'Infinity', '-Infinity')",
            name=op.f("ck_outcomes_numbers_finite"),
        ),
        sa.CheckConstraint(
            "period ~ '^[12][0-9]{3}(-T[1-3]|-(0[1-9]|1[0-2]))?$'", name=op.f("ck_outcomes_period_form")
        ),
        sa.CheckConstraint("sex in ('T', 'K', 'M')", name=op.f("ck_outcomes_sex_known")),
        *(
            sa.ForeignKeyConstraint(
                ["region_id", column],
                [f"{target}.region_id", f"{target}.id"],
                name=op.f(f"fk_outcomes_region_id_{column}"),
            )
            for column, target in (
                ("import_id", "outcome_imports"),
                ("indicator_id", "indicators"),
                ("unit_id", "org_units"),
            )
        ),
        sa.PrimaryKeyConstraint("region_id", "indicator_id", "unit_id", "period", "sex", name=op.f("pk_outcomes")),
    )
    op.execute(
        "insert into outcomes_before select region_id, indicator_id, unit_id, period, sex, period_start, period_end,"
        " value, numerator, denominator, comment, source, import_id, recorded_at, recorded_by from outcomes"
    )
    op.execute("drop view outcomes")
    op.execute("drop table outcome_facts")
    op.execute("alter table outcomes_before rename to outcomes")
    op.create_index(
        op.f("ix_outcomes_region_id_unit_id_indicator_id_period_end"),
        "outcomes",
        ["region_id", "unit_id", "indicator_id", "period_end"],
    )
    op.execute("alter table outcomes enable row level security")
    op.execute(f"create policy own_region on outcomes using {OWN_REGION}")
    op.execute(f"grant select, insert, update, delete on outcomes to {ROLE}")
    op.execute("select watch_table('outcomes')")
    op.drop_column("outcome_history", "status")
    op.create_foreign_key(
        "fk_outcome_history_outcome",
        "outcome_history",
        "outcomes",
        ["region_id", "indicator_id", "unit_id", "period", "sex"],
        ["region_id", "indicator_id", "unit_id", "period", "sex"],
    )
    op.execute(OLD_CORRECTED)
    op.execute(
        "create trigger corrected after update on outcomes for each row"
        " when ((old.value, old.numerator, old.denominator, old.comment)"
        " is distinct from (new.value, new.numerator, new.denominator, new.comment))"
        " execute function outcomes_corrected()"
    )
    op.execute(OLD_LOCKED)
    for name, event, rows in (("in", "insert", "new"), ("up", "update", "new"), ("out", "delete", "old")):
        op.execute(
            f"create trigger locked_{name} after {event} on outcomes referencing {rows} table as written"
            " for each statement execute function outcomes_locked()"
        )


def _imports_down() -> None:
    op.execute("drop policy finished_once on outcome_imports")
    op.execute("drop policy taken_back on outcome_imports")
    op.execute(f"revoke update, delete on outcome_imports from {ROLE}")
    op.execute(
        "alter table outcome_imports add column conflicts jsonb not null default '[]',"
        " add column warnings jsonb not null default '[]'"
    )
    for name, severity in (("conflicts", "refused"), ("warnings", "warning")):
        members = "'row', c.row, 'rule', c.rule, 'field', c.field, 'value', c.value, 'sv', c.sv, 'en', c.en"
        if severity == "warning":
            members = "'rule', c.rule, 'sv', c.sv, 'en', c.en, 'facts', c.facts"
        op.execute(
            f"update outcome_imports m set {name} = c.said from (select c.region_id, c.import_id,"  # noqa: S608  # names of our own
            f" jsonb_agg(jsonb_build_object({members}) order by c.no) as said from outcome_import_conflicts c"
            f" where c.severity = '{severity}' group by 1, 2) as c"
            " where c.region_id = m.region_id and c.import_id = m.id"
        )
    op.execute("alter table outcome_imports alter column conflicts drop default, alter column warnings drop default")
    op.drop_table("outcome_import_conflicts")
    # What the older release has no word for: rows set aside were not taken, and what was not finished was refused.
    op.drop_constraint("ck_outcome_imports_nothing_dropped", "outcome_imports")
    op.drop_constraint("ck_outcome_imports_status_known", "outcome_imports")
    op.execute("update outcome_imports set ignored = ignored + held, status = case when status in"
               " ('completed', 'refused') then status else 'refused' end")  # fmt: skip
    op.create_check_constraint(
        op.f("ck_outcome_imports_status_known"), "outcome_imports", "status in ('completed', 'refused')"
    )
    op.create_check_constraint(
        op.f("ck_outcome_imports_nothing_dropped"),
        "outcome_imports",
        "received = imported + updated + unchanged + ignored",
    )
    op.execute(
        "alter table outcome_imports drop constraint ck_outcome_imports_source_known, drop column source,"
        " drop column held, drop column warning_count, drop column finished_at, drop column seen_at"
    )


OLD_CORRECTED = """
create function outcomes_corrected() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into outcome_history (region_id, indicator_id, unit_id, period, sex, value, numerator, denominator, comment,
                               import_id, recorded_at, recorded_by, replaced_by, replaced_by_import)
  values (old.region_id, old.indicator_id, old.unit_id, old.period, old.sex, old.value, old.numerator, old.denominator,
          old.comment, old.import_id, old.recorded_at, old.recorded_by, new.recorded_by, new.import_id);
  return null;
end $$
"""
OLD_LOCKED = """
create function outcomes_locked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  region uuid;
  locked record;
begin
  for region in select distinct region_id from written loop
    perform pg_advisory_xact_lock_shared(period_locks_key(region));
  end loop;
  if exists (select from period_locks l where l.unlocked_at is null and l.what in ('all', 'outcomes')) then
    select w.period, l.period as lock into locked
      from written w
      join period_locks l
        on l.region_id = w.region_id and l.unit_id = w.unit_id and l.unlocked_at is null
       and l.what in ('all', 'outcomes') and l.period_start <= w.period_start and w.period_end <= l.period_end
     where not exists (
       select from held_corrections h
        where h.region_id = w.region_id and h.indicator_id = w.indicator_id and h.unit_id = w.unit_id
          and h.period = w.period and h.sex = w.sex and h.state = 'accepted' and h.decided_at = now()
          and (h.value, h.numerator, h.denominator, h.comment)
              is not distinct from (w.value, w.numerator, w.denominator, w.comment))
     limit 1;
    if found then
      raise exception 'The period is locked.'
        using errcode = 'check_violation', constraint = 'tg_outcomes_period_locked', detail = locked.period;
    end if;
  end if;
  if tg_op <> 'DELETE' and exists (select from held_corrections h where h.state = 'held') then
    update held_corrections h
       set state = 'superseded', decided_at = now(), decided_by = w.recorded_by
      from written w
     where h.region_id = w.region_id and h.indicator_id = w.indicator_id and h.unit_id = w.unit_id
       and h.period = w.period and h.sex = w.sex and h.state = 'held';
  end if;
  return null;
end $$
"""
