"""An import's rows from the staging table into the books: each statement for all rows, however many.

`import_rows` is a temporary table of the transaction. Parameters: `:region_id`, and `:import_no`, `:import_id`,
`:source`, `:subject` where a statement writes.
"""

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date, Integer

COLUMNS = (
    "row",
    "indicator_no",
    "unit_no",
    "period_start",
    "months",
    "sex",
    "status",
    "value",
    "numerator",
    "denominator",
    "comment",
)
STAGE = text(
    """
    create temporary table import_rows (
      row integer not null, indicator_no integer not null, unit_no integer not null, period_start date not null,
      months smallint not null, sex smallint not null, status smallint not null,
      value numeric, numerator numeric, denominator numeric, comment text
    ) on commit drop
    """
)
UNSTAGE = text("drop table import_rows")
ROOM = text("select set_config('work_mem', '32MB', true), set_config('jit', 'off', true)")
"""An import sorts and hashes all its rows; the default of 4 MB would send a hundred thousand of them to disk."""
_SAME = "indicator_no, unit_no, period_start, months, sex"
_SAYS = "(s.status, s.value, s.numerator, s.denominator, s.comment)"
_STANDS = "(f.status, f.value, f.numerator, f.denominator, f.comment)"
_ON = """f.region_id = :region_id and f.indicator_no = s.indicator_no and f.unit_no = s.unit_no
     and f.period_start = s.period_start and f.months = s.months and f.sex = s.sex"""

TWICE = text(
    f"""
    select s.row, {_SAME}, s.status, s.value, s.numerator, s.denominator, s.comment
      from import_rows s
      join (select {_SAME} from import_rows group by {_SAME} having count(*) > 1) as t using ({_SAME})
     order by s.row
    """  # noqa: S608  # names of our own
)
"""Rows whose place is named more than once in the import, in the order that they came."""

LEAVE_OUT = text("delete from import_rows where row = any(:rows)").bindparams(bindparam("rows", type_=ARRAY(Integer)))

# A look at some rows tells which of two ways is the shorter one: to write at once, or to compare first.
SOME_STAND = text(
    f"""
    select exists (
      select from (select * from import_rows where row % :step = 0 limit 200) s
       cross join lateral (select from outcome_facts f where {_ON} limit 1) f)
    """  # noqa: S608  # names of our own
)

_ADD = """
    insert into outcome_facts (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,
                               value, numerator, denominator, comment)
    select :region_id, indicator_no, unit_no, period_start, :import_no, months, sex, status,
           value, numerator, denominator, comment
      from import_rows
"""
_IN_ORDER = f"order by {_SAME}"
ADD_ALL = text(_ADD)
ADD_ALL_SORTED = text(f"{_ADD} {_IN_ORDER}")
"""Write rows none of which stands: in half the time of `on conflict`, which takes two steps for each row. Sorted where
they come pell-mell, so that the key is written from one end to the other and not all over."""
ADD = text(f"{_ADD} {_IN_ORDER} on conflict do nothing")
"""Write what does not stand yet."""

_NEAR = "f.period_start between :first and :last and f.indicator_no = any(:indicators)"
_NEAR_TYPES = (
    bindparam("indicators", type_=ARRAY(Integer)),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
)

COMPARE = text(
    f"""
    select count(*) filter (where {_SAYS} is not distinct from {_STANDS}) as unchanged,
           count(*) filter (where {_SAYS} is distinct from {_STANDS}) as updated
      from import_rows s
      join outcome_facts f on {_ON}
     where {_NEAR} and f.import_no <> :import_no
    """  # noqa: S608  # names of our own
).bindparams(*_NEAR_TYPES)
"""How many of the rows stood before, the same or not. Reads only: what is unchanged costs no write."""

CORRECT = text(
    f"""
    update outcome_facts f
       set import_no = :import_no, status = s.status, value = s.value, numerator = s.numerator,
           denominator = s.denominator, comment = s.comment
      from import_rows s
     where {_ON} and {_NEAR} and f.import_no <> :import_no and {_SAYS} is distinct from {_STANDS}
    """  # noqa: S608  # names of our own
).bindparams(*_NEAR_TYPES)

LOCKS = text(
    """
    select exists (select from period_locks
                    where region_id = :region_id and unlocked_at is null and what in ('all', 'outcomes'))
    """
)
SET_ASIDE = text(
    f"""
    create temporary table import_held on commit drop as
    select distinct on (s.row) s.*, l.id as lock_id, l.unit_id, i.id as indicator_id, f.import_no is null as is_new,
           f.status as standing_status, f.value as standing_value, f.numerator as standing_numerator,
           f.denominator as standing_denominator, f.comment as standing_comment
      from period_locks l
      join org_units u on u.region_id = l.region_id and u.id = l.unit_id
      join import_rows s
        on s.unit_no = u.no and l.period_start <= s.period_start
       and (s.period_start + make_interval(months => s.months::integer))::date - 1 <= l.period_end
      join indicators i on i.region_id = l.region_id and i.no = s.indicator_no
      left join outcome_facts f on {_ON}
     where l.region_id = :region_id and l.unlocked_at is null and l.what in ('all', 'outcomes')
       and (f.import_no is null or {_SAYS} is distinct from {_STANDS})
     order by s.row, l.id
    """  # noqa: S608  # names of our own
)
"""New and changed outcomes of locked periods (app.domain.period_locks says what a lock holds)."""
WHICH_LOCKS = text(
    """
    select l.id, l.unit_id, u.code as unit, l.period, l.what, l.reason
      from period_locks l join org_units u on u.region_id = l.region_id and u.id = l.unit_id
     where l.region_id = :region_id and l.id in (select lock_id from import_held)
     order by u.code, l.period_start, l.id
    """
)
FORGET_HELD = text("drop table import_held")
TAKE_AWAY = text("delete from import_rows s using import_held h where h.row = s.row")
_STATUS = "(array['normal', 'missing', 'suppressed', 'not_applicable'])[{0} + 1]"
_SEX = "(array['T', 'K', 'M'])[h.sex + 1]"
_FIGURES = f"h.value, h.numerator, h.denominator, {_STATUS.format('h.status')}, h.comment"
SUPERSEDE = text(
    f"""
    update held_corrections c
       set state = 'superseded', decided_at = now(), decided_by = :subject
      from import_held h
     where c.region_id = :region_id and c.state = 'held' and c.indicator_id = h.indicator_id and c.unit_id = h.unit_id
       and c.period = outcome_period(h.period_start, h.months) and c.sex = {_SEX}
       and (c.value, c.numerator, c.denominator, c.status, c.comment) is distinct from ({_FIGURES})
    """  # noqa: S608  # names of our own
)
# Ids that sort by time, as everywhere: the first 48 bits are milliseconds (UUIDv7, RFC 9562).
_ID = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
           substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
           52, 1), 53, 1), 'hex')::uuid"""
HOLD = text(
    f"""
    insert into held_corrections (
           region_id, id, indicator_id, unit_id, period, sex, value, numerator, denominator, status, comment, is_new,
           standing_value, standing_numerator, standing_denominator, standing_status, standing_comment, source,
           import_id, proposed_by)
    select :region_id, {_ID}, h.indicator_id, h.unit_id, outcome_period(h.period_start, h.months), {_SEX}, {_FIGURES},
           h.is_new, h.standing_value, h.standing_numerator, h.standing_denominator,
           {_STATUS.format("h.standing_status")}, h.standing_comment, :source, :import_id, :subject
      from import_held h
     order by h.row
    on conflict (region_id, indicator_id, unit_id, period, sex) where state = 'held' do nothing
    """  # noqa: S608  # names of our own
)

_OF_SEX = ", ".join(
    f"max(value) filter (where sex = {no}) as v{no}, coalesce(bool_or(sex = {no}), false) as has{no}" for no in range(3)
)
_PLACE = "indicator_no, unit_no, period_start, months"
LOOK = text(
    f"""
    with places as materialized (
      select {_PLACE}, count(*) as parts, bit_or(1 << sex) as sexes,
             sum(case when sex = 0 then -value else value end) as off
        from import_rows group by {_PLACE}
    ),
    over_all as (
      select min(period_start) as first, max(period_start) as last, array_agg(distinct indicator_no) as indicators,
             coalesce(bool_or(parts > (sexes & 1) + (sexes >> 1 & 1) + (sexes >> 2 & 1)), false) as twice
        from places
    ),
    came as (
      select {_PLACE}, min(row) as row, parts, {_OF_SEX}
        from (select {_PLACE}, parts from places
               where (sexes <> 7 and (indicator_no = any(:split) or indicator_no = any(:counted)))
                  or (off <> 0 and indicator_no = any(:counted))) as uneven
        join import_rows using ({_PLACE})
       group by {_PLACE}, parts
    ),
    together as (
      select {", ".join(f"c.{name}" for name in _PLACE.split(", "))}, c.row,
             c.has0 or f.has0 as has0, case when c.has0 then c.v0 else f.v0 end as v0,
             c.has1 or f.has1 as has1, case when c.has1 then c.v1 else f.v1 end as v1,
             c.has2 or f.has2 as has2, case when c.has2 then c.v2 else f.v2 end as v2
        from came c
        cross join lateral (
          select {_OF_SEX} from outcome_facts f
           where c.parts < 3 and f.region_id = :region_id and f.indicator_no = c.indicator_no
             and f.unit_no = c.unit_no and f.period_start = c.period_start and f.months = c.months) f
    ),
    remarked as (
      select *, outcome_period(period_start, months) as period, count(*) over () as found
        from together
       where (indicator_no = any(:split) and not (has0 and has1 and has2))
          or (indicator_no = any(:counted) and v1 + v2 <> v0)
       order by row
       limit :most
    )
    select o.first, o.last, o.indicators, o.twice, r.*
      from over_all o left join remarked r on true
     order by r.row
    """  # noqa: S608  # names of our own
).bindparams(bindparam("split", type_=ARRAY(Integer)), bindparam("counted", type_=ARRAY(Integer)))
"""One look over all rows, in a row at least: where they lie (what is compared with them lies there, too, and the rest
of the region is not read), whether a place is named twice, and the places whose split by sex is not whole or does not
add up, together with what stands; rule I4 judges each of these."""
