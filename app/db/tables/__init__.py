"""All tables, so that `Base.metadata` is whole wherever it is imported from."""

from app.db.tables.access import ApiKeyRow, IdempotencyKeyRow
from app.db.tables.audit import AuditEntryRow, AuditHeadRow, AuditTransactionRow
from app.db.tables.base import Base
from app.db.tables.directory import (
    DirectoryDepartmentRow,
    DirectoryGroupMappingRow,
    DirectoryGroupMemberRow,
    DirectoryGroupRow,
    DirectoryUserRow,
)
from app.db.tables.followup import (
    AssessmentRow,
    IndicatorRow,
    TargetRow,
)
from app.db.tables.jobs import CatalogueSyncRow, CatalogueUnitRow, JobRow
from app.db.tables.locks import HeldCorrectionRow, PeriodLockRow
from app.db.tables.nodes import (
    AllocationRow,
    HiddenColumnRow,
    NodeKeywordRow,
    NodeLinkRow,
    NodeRow,
    ResponsibilityRow,
)
from app.db.tables.organisation import OrgAncestorRow, OrgLevelRow, OrgPlacementRow, OrgUnitRow, RegionRow
from app.db.tables.outcomes import (
    OutcomeFactRow,
    OutcomeHistoryRow,
    OutcomeImportConflictRow,
    OutcomeImportRow,
    OutcomeRow,
)
from app.db.tables.people import LicenceRow, MembershipRow, PermissionGroupRow, UserRow
from app.db.tables.rates import RateCountRow
from app.db.tables.steering import (
    AssessmentScaleRow,
    KeywordGroupRow,
    KeywordRow,
    ModuleColumnRow,
    ModuleLinkRow,
    ModuleRow,
    PlanVersionRow,
)
from app.db.tables.versions import DataVersionRow
from app.db.tables.views import ViewRow, ViewUnitRow

__all__ = [
    "AllocationRow",
    "ApiKeyRow",
    "AssessmentRow",
    "AssessmentScaleRow",
    "AuditEntryRow",
    "AuditHeadRow",
    "AuditTransactionRow",
    "Base",
    "CatalogueSyncRow",
    "CatalogueUnitRow",
    "DataVersionRow",
    "DirectoryDepartmentRow",
    "DirectoryGroupMappingRow",
    "DirectoryGroupMemberRow",
    "DirectoryGroupRow",
    "DirectoryUserRow",
    "HeldCorrectionRow",
    "HiddenColumnRow",
    "IdempotencyKeyRow",
    "IndicatorRow",
    "JobRow",
    "KeywordGroupRow",
    "KeywordRow",
    "LicenceRow",
    "MembershipRow",
    "ModuleColumnRow",
    "ModuleLinkRow",
    "ModuleRow",
    "NodeKeywordRow",
    "NodeLinkRow",
    "NodeRow",
    "OrgAncestorRow",
    "OrgLevelRow",
    "OrgPlacementRow",
    "OrgUnitRow",
    "OutcomeFactRow",
    "OutcomeHistoryRow",
    "OutcomeImportConflictRow",
    "OutcomeImportRow",
    "OutcomeRow",
    "PeriodLockRow",
    "PermissionGroupRow",
    "PlanVersionRow",
    "RateCountRow",
    "RegionRow",
    "ResponsibilityRow",
    "TargetRow",
    "UserRow",
    "ViewRow",
    "ViewUnitRow",
]
