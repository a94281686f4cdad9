"""The correction inbox: what is listed, who decides it, and the statements that hold and accept by set."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, exists, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Boolean, Date, Numeric, SmallInteger, String, Text, Uuid

from app.db import access
from app.db.tables import HeldCorrectionRow, IndicatorRow, NodeRow, OrgAncestorRow, OrgUnitRow, ResponsibilityRow
from app.db.typing import AnySelect
from app.domain.access import ANY_MODULE, Permission, Principal

_Measuring = aliased(NodeRow)


def corrections(principal: Principal, on: date) -> AnySelect:
    """Every correction within the reach, decided ones too, with its indicator's and unit's codes."""
    row = HeldCorrectionRow
    return (
        select(
            *(column for column in row.__table__.columns if column.name not in {"region_id", "indicator_id"}),
            row.indicator_id,
            IndicatorRow.code.label("indicator"),
            OrgUnitRow.code.label("unit"),
        )
        .join(IndicatorRow, and_(IndicatorRow.region_id == row.region_id, IndicatorRow.id == row.indicator_id))
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == row.region_id, OrgUnitRow.id == row.unit_id))
        .where(
            row.region_id == principal.region_id,
            access.in_reach(row.unit_id, principal, on),
            access.indicator_readable(principal),
        )
    )


def decided_by(principal: Principal, on: date) -> ColumnElement[bool]:
    """Whether a correction is the principal's to decide.

    It is for whoever may decide at a unit that owns one of the indicator's nodes, and for a person who may decide at
    the correction's unit and is named as responsible for such a node there, or at a unit above it.
    """
    right = Permission.CORRECTIONS_DECIDE
    measures = and_(
        _Measuring.region_id == HeldCorrectionRow.region_id, _Measuring.indicator_id == HeldCorrectionRow.indicator_id
    )
    owned = exists().where(measures, access.in_reach(_Measuring.owner_unit_id, principal, on, right, module=ANY_MODULE))
    named = exists().where(
        measures,
        access.in_reach(HeldCorrectionRow.unit_id, principal, on, right, module=ANY_MODULE),
        ResponsibilityRow.region_id == _Measuring.region_id,
        ResponsibilityRow.node_id == _Measuring.id,
        ResponsibilityRow.subject == principal.subject,
        OrgAncestorRow.region_id == HeldCorrectionRow.region_id,
        OrgAncestorRow.unit_id == HeldCorrectionRow.unit_id,
        OrgAncestorRow.ancestor_id == ResponsibilityRow.unit_id,
        OrgAncestorRow.valid.contains(on),
    )
    return or_(owned.correlate(HeldCorrectionRow), named.correlate(HeldCorrectionRow))


def _arrays(statement: str, **types: Any) -> TextClause:
    return text(statement).bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in types.items()))


# The same figures sent again add nothing; other figures take the place of those that wait.
SUPERSEDE = _arrays(
    """
    update held_corrections h
       set state = 'superseded', decided_at = now(), decided_by = :proposed_by
      from unnest(:indicator_ids, :unit_ids, :periods, :sexes, :values_, :numerators, :denominators, :statuses,
                  :comments)
           as r (indicator_id, unit_id, period, sex, value, numerator, denominator, status, comment)
     where h.region_id = :region_id and h.state = 'held'
       and (h.indicator_id, h.unit_id, h.period, h.sex) = (r.indicator_id, r.unit_id, r.period, r.sex)
       and (h.value, h.numerator, h.denominator, h.status, h.comment)
           is distinct from (r.value, r.numerator, r.denominator, r.status, r.comment)
    """,
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    periods=String(),
    sexes=String(),
    values_=Numeric(),
    numerators=Numeric(),
    denominators=Numeric(),
    statuses=String(),
    comments=Text(),
)
"""Corrections that wait, and that these rows say otherwise about, are superseded."""

HOLD = _arrays(
    """
    insert into held_corrections (
           region_id, id, indicator_id, unit_id, period, sex, value, numerator, denominator, status, comment,
           is_new, standing_value, standing_numerator, standing_denominator, standing_status, standing_comment,
           source, import_id, proposed_by)
    select :region_id, r.*, :source, :import_id, :proposed_by
      from unnest(:ids, :indicator_ids, :unit_ids, :periods, :sexes, :values_, :numerators, :denominators, :statuses,
                  :comments, :are_new, :standing_values, :standing_numerators, :standing_denominators,
                  :standing_statuses, :standing_comments)
           as r
        on conflict (region_id, indicator_id, unit_id, period, sex) where state = 'held' do nothing
    """,
    ids=Uuid(),
    indicator_ids=Uuid(),
    unit_ids=Uuid(),
    periods=String(),
    sexes=String(),
    values_=Numeric(),
    numerators=Numeric(),
    denominators=Numeric(),
    statuses=String(),
    comments=Text(),
    are_new=Boolean(),
    standing_values=Numeric(),
    standing_numerators=Numeric(),
    standing_denominators=Numeric(),
    standing_statuses=String(),
    standing_comments=Text(),
)
"""Hold corrections of locked periods; one that waits already with the same figures stays."""

# Accepting is an act of its own, with a record like an import's: what an outcome says of who and when stands there.
ACCEPTANCES = _arrays(
    """
    insert into outcome_imports (region_id, id, mode, status, source, received, imported, updated, unchanged, ignored,
                                 conflict_count, finished_at, created_by)
    select h.region_id, r.id, 'atomic', 'completed', h.source, count(*), count(*) filter (where o.region_id is null),
           count(*) filter (where o.region_id is not null), 0, 0, 0, now(), :accepted_by
      from held_corrections h
      join unnest(:sources, :import_ids) as r (source, id) on r.source = h.source
      left join outcomes o
        on o.region_id = h.region_id and o.indicator_id = h.indicator_id and o.unit_id = h.unit_id
       and o.period = h.period and o.sex = h.sex
     where h.region_id = :region_id and h.id = any(:ids)
     group by h.region_id, r.id, h.source
    """,
    sources=String(),
    import_ids=Uuid(),
    ids=Uuid(),
)
"""A record of what is accepted, one for each way that it came."""

ACCEPT = _arrays(
    """
    insert into outcome_facts as o (region_id, indicator_no, unit_no, period_start, import_no, months, sex, status,
                                    value, numerator, denominator, comment)
    select h.region_id, i.no, u.no, p.start_, m.no, p.months, case h.sex when 'T' then 0 when 'K' then 1 else 2 end,
           case coalesce(h.status, case when h.value is null then 'not_applicable' else 'normal' end)
                when 'normal' then 0 when 'missing' then 1 when 'suppressed' then 2 else 3 end,
           h.value, h.numerator, h.denominator, h.comment
      from held_corrections h
      join unnest(:ids, :starts, :months) as p (id, start_, months) on p.id = h.id
      join unnest(:sources, :import_ids) as r (source, id) on r.source = h.source
      join outcome_imports m on m.region_id = h.region_id and m.id = r.id
      join indicators i on i.region_id = h.region_id and i.id = h.indicator_id
      join org_units u on u.region_id = h.region_id and u.id = h.unit_id
     where h.region_id = :region_id
     order by i.no, u.no, p.start_, p.months, h.sex
    on conflict (region_id, indicator_no, unit_no, period_start, months, sex) do update
       set import_no = excluded.import_no, status = excluded.status, value = excluded.value,
           numerator = excluded.numerator, denominator = excluded.denominator, comment = excluded.comment
    """,
    ids=Uuid(),
    starts=Date(),
    months=SmallInteger(),
    sources=String(),
    import_ids=Uuid(),
)
"""Write accepted corrections as outcomes; what stood is kept in history by the trigger on outcomes."""
