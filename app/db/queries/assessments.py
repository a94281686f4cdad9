"""Assessments, within the credential's reach, of nodes that it may see."""

from datetime import date

from sqlalchemy import and_, select

from app.db import access
from app.db.tables import AssessmentRow, ModuleColumnRow, ModuleRow, NodeRow, OrgUnitRow
from app.db.typing import AnySelect
from app.domain.access import Principal


def assessments(principal: Principal, on: date) -> AnySelect:
    """Every readable assessment with its node's column and its unit's code."""
    return (
        select(
            AssessmentRow.id,
            AssessmentRow.node_id,
            AssessmentRow.unit_id,
            OrgUnitRow.code.label("unit"),
            ModuleRow.code.label("module"),
            ModuleColumnRow.code.label("column"),
            AssessmentRow.period,
            AssessmentRow.period_end,
            AssessmentRow.grade,
            AssessmentRow.status,
            AssessmentRow.analysis,
            AssessmentRow.measures,
            AssessmentRow.assessed_by,
            AssessmentRow.assessed_at,
            AssessmentRow.version,
        )
        .join(NodeRow, and_(NodeRow.region_id == AssessmentRow.region_id, NodeRow.id == AssessmentRow.node_id))
        .join(
            ModuleColumnRow,
            and_(ModuleColumnRow.region_id == NodeRow.region_id, ModuleColumnRow.id == NodeRow.column_id),
        )
        .join(ModuleRow, and_(ModuleRow.region_id == NodeRow.region_id, ModuleRow.id == NodeRow.module_id))
        .join(OrgUnitRow, and_(OrgUnitRow.region_id == AssessmentRow.region_id, OrgUnitRow.id == AssessmentRow.unit_id))
        .where(
            AssessmentRow.region_id == principal.region_id,
            access.in_reach(AssessmentRow.unit_id, principal, on),
            access.node_readable(principal, on),
        )
    )
