"""History of corrections by plans that stay linear: the rows before and after are joined once, by hash.

What a statement changed has no statistics, and a nested loop over 100,000 rows on either side would never end.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

CORRECTED = """
create or replace function outcome_facts_corrected() returns trigger
language plpgsql security definer set search_path = public, pg_temp set enable_nestloop = off
as $$
begin
  insert into outcome_history (region_id, indicator_id, unit_id, period, sex, status, value, numerator, denominator,
                               comment, import_id, recorded_at, recorded_by, replaced_by, replaced_by_import)
  with changed as materialized (
    select o.*, n.import_no as later_no
      from before o
      join after n using (region_id, indicator_no, unit_no, period_start, months, sex)
     where (o.status, o.value, o.numerator, o.denominator, o.comment)
           is distinct from (n.status, n.value, n.numerator, n.denominator, n.comment)
  ),
  imports as materialized (
    select m.region_id, m.no, m.id, m.created_at, m.created_by
      from (select region_id, import_no as no from changed union select region_id, later_no from changed) named
      join outcome_imports m using (region_id, no)
  )
  select c.region_id,
         (select i.id from indicators i where i.region_id = c.region_id and i.no = c.indicator_no),
         (select u.id from org_units u where u.region_id = c.region_id and u.no = c.unit_no),
         outcome_period(c.period_start, c.months), case c.sex when 0 then 'T' when 1 then 'K' else 'M' end,
         case c.status when 0 then 'normal' when 1 then 'missing' when 2 then 'suppressed' else 'not_applicable' end,
         c.value, c.numerator, c.denominator, c.comment, earlier.id, earlier.created_at, earlier.created_by,
         later.created_by, later.id
    from changed c
    join imports earlier on earlier.region_id = c.region_id and earlier.no = c.import_no
    join imports later on later.region_id = c.region_id and later.no = c.later_no
   order by c.indicator_no, c.unit_no, c.period_start, c.months, c.sex;
  return null;
end $$
"""

BEFORE = """
create or replace function outcome_facts_corrected() returns trigger
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


def upgrade() -> None:
    op.execute(CORRECTED)


def downgrade() -> None:
    op.execute(BEFORE)
