"""The correction inbox: what is listed, who decides it, and the statements that hold and accept by set."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, exists, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Boolean, Date, Numeric, String, Text, Uuid

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

ACCEPT = _arrays(
    """
    insert into outcomes as o (region_id, indicator_id, unit_id, period, sex, period_start, period_end,
                               value, numerator, denominator, comment, source, import_id, recorded_by)
    select h.region_id, h.indicator_id, h.unit_id, h.period, h.sex, p.start_, p.end_,
           h.value, h.numerator, h.denominator, h.comment, h.source, h.import_id, :accepted_by
      from held_corrections h
      join unnest(:ids, :starts, :ends) as p (id, start_, end_) on p.id = h.id
     where h.region_id = :region_id
     order by h.indicator_id, h.unit_id, h.period, h.sex
    on conflict (region_id, indicator_id, unit_id, period, sex) do update
       set value = excluded.value, numerator = excluded.numerator, denominator = excluded.denominator,
           comment = excluded.comment, source = excluded.source, import_id = excluded.import_id,
           recorded_at = now(), recorded_by = excluded.recorded_by
    """,
    ids=Uuid(),
    starts=Date(),
    ends=Date(),
)
"""Write accepted corrections as outcomes; what stood is kept in history by the trigger on outcomes."""
