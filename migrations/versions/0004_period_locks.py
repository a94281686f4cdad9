"""Locked periods and held corrections, and the triggers that keep what is locked (R6, I7).

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLE = "styrkedjan_service"
PERIOD_FORM = "period ~ '^[12][0-9]{3}(-T[1-3]|-(0[1-9]|1[0-2]))?$'"

# Who locks a period waits for the writers under way, and who writes waits for a lock that is being set: a write that
# was checked before the lock can't be committed after it. One key per region, shared by writers.
LOCK_KEY = """
create function period_locks_key(region uuid) returns bigint
language sql immutable set search_path = public, pg_temp
as 'select hashtextextended(''period_locks '' || region, 0)'
"""

LOCKING = """
create function period_locks_wait() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(period_locks_key(new.region_id));
  return new;
end $$
"""

ASSESSMENTS = """
create function assessments_locked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
declare said record;
begin
  if tg_op = 'DELETE' then said := old; else said := new; end if;
  perform pg_advisory_xact_lock_shared(period_locks_key(said.region_id));
  if exists (
    select from period_locks l
     where l.region_id = said.region_id and l.unit_id = said.unit_id and l.unlocked_at is null
       and l.what in ('all', 'assessments') and l.period_start <= said.period_start and said.period_end <= l.period_end
  ) then
    raise exception 'The period is locked.'
      using errcode = 'check_violation', constraint = 'tg_assessments_period_locked', detail = said.period;
  end if;
  return said;
end $$
"""

# Per statement, over all rows that it wrote: an import of 100,000 rows asks once. `written` holds them.
# What is locked changes by an accepted correction only, accepted in this very transaction and saying the same figures.
# A correction that still waits is superseded when its outcome changes by another way (after an unlock).
OUTCOMES = """
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

TRIGGERS = (
    "create trigger locking before insert on period_locks for each row execute function period_locks_wait()",
    """create trigger locked before insert or update or delete on assessments
       for each row execute function assessments_locked()""",
    """create trigger locked_in after insert on outcomes
       referencing new table as written for each statement execute function outcomes_locked()""",
    """create trigger locked_up after update on outcomes
       referencing new table as written for each statement execute function outcomes_locked()""",
    """create trigger locked_out after delete on outcomes
       referencing old table as written for each statement execute function outcomes_locked()""",
)


def _tables() -> None:
    op.create_table(
        "period_locks",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("unlocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unlocked_by", sa.String(), nullable=True),
        sa.Column("unlock_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(PERIOD_FORM, name=op.f("ck_period_locks_period_form")),
        sa.CheckConstraint("what in ('all', 'assessments', 'outcomes')", name=op.f("ck_period_locks_what_known")),
        sa.CheckConstraint("source in ('administrator', 'report')", name=op.f("ck_period_locks_source_known")),
        sa.CheckConstraint(
            "num_nonnulls(unlocked_at, unlocked_by, unlock_reason) in (0, 3)",
            name=op.f("ck_period_locks_unlocked_by_somebody_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_period_locks_region_id_unit_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_period_locks")),
    )
    op.create_index(
        "uq_period_locks_in_force",
        "period_locks",
        ["region_id", "unit_id", "period", "what", "source"],
        unique=True,
        postgresql_where=sa.text("unlocked_at is null"),
    )
    op.create_index(op.f("ix_period_locks_region_id_unit_id"), "period_locks", ["region_id", "unit_id"])
    op.create_table(
        "held_corrections",
        sa.Column("region_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("numerator", sa.Numeric(), nullable=True),
        sa.Column("denominator", sa.Numeric(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("standing_value", sa.Numeric(), nullable=True),
        sa.Column("standing_numerator", sa.Numeric(), nullable=True),
        sa.Column("standing_denominator", sa.Numeric(), nullable=True),
        sa.Column("standing_status", sa.String(length=16), nullable=True),
        sa.Column("standing_comment", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="held", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(PERIOD_FORM, name=op.f("ck_held_corrections_period_form")),
        sa.CheckConstraint("sex in ('T', 'K', 'M')", name=op.f("ck_held_corrections_sex_known")),
        sa.CheckConstraint("source in ('manual', 'catalogue')", name=op.f("ck_held_corrections_source_known")),
        sa.CheckConstraint(
            "state in ('held', 'accepted', 'declined', 'superseded')", name=op.f("ck_held_corrections_state_known")
        ),
        sa.CheckConstraint("(state = 'held') = (decided_at is null)", name=op.f("ck_held_corrections_decided_when")),
        sa.CheckConstraint(
            "(state = 'held') = (decided_by is null)", name=op.f("ck_held_corrections_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "state <> 'declined' or decision_reason is not null",
            name=op.f("ck_held_corrections_declined_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "indicator_id"],
            ["indicators.region_id", "indicators.id"],
            name=op.f("fk_held_corrections_region_id_indicator_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "unit_id"],
            ["org_units.region_id", "org_units.id"],
            name=op.f("fk_held_corrections_region_id_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id", "import_id"],
            ["outcome_imports.region_id", "outcome_imports.id"],
            name=op.f("fk_held_corrections_region_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("region_id", "id", name=op.f("pk_held_corrections")),
    )
    op.create_index(
        "uq_held_corrections_one_held",
        "held_corrections",
        ["region_id", "indicator_id", "unit_id", "period", "sex"],
        unique=True,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        op.f("ix_held_corrections_region_id_indicator_id_unit_id_period_sex"),
        "held_corrections",
        ["region_id", "indicator_id", "unit_id", "period", "sex"],
    )


def upgrade() -> None:
    _tables()
    for table, changed in (
        ("period_locks", "unlocked_at, unlocked_by, unlock_reason"),
        ("held_corrections", "state, decided_at, decided_by, decision_reason"),
    ):
        # History: what was locked, proposed and said stays; only how it ended is written later.
        op.execute(f"grant select, insert, update ({changed}) on {table} to {ROLE}")
        op.execute(f"alter table {table} enable row level security")
        op.execute(
            f"create policy own_region on {table} "
            "using (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid) "
            "with check (region_id = nullif(current_setting('styrkedjan.region_id', true), '')::uuid)"
        )
    for function in (LOCK_KEY, LOCKING, ASSESSMENTS, OUTCOMES):
        op.execute(function)
    for trigger in TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    for name in ("locked_in", "locked_up", "locked_out"):
        op.execute(f"drop trigger {name} on outcomes")
    op.execute("drop trigger locked on assessments")
    op.drop_table("held_corrections")
    op.drop_table("period_locks")
    for function in ("outcomes_locked()", "assessments_locked()", "period_locks_wait()", "period_locks_key(uuid)"):
        op.execute(f"drop function {function}")
