"""Every module that holds rules, imported: `all_rules()` is whole once this module is.

Whoever adds a module of rules adds its line here (a test finds modules that are missing).
"""

import app.domain.access
import app.domain.aggregation
import app.domain.alike
import app.domain.allocation
import app.domain.allocation_flow
import app.domain.api_keys
import app.domain.archived
import app.domain.assessed_where
import app.domain.assessments
import app.domain.attainment
import app.domain.commissions
import app.domain.corrections
import app.domain.counting
import app.domain.dates
import app.domain.directory_moves
import app.domain.explanation
import app.domain.hiding
import app.domain.levels
import app.domain.links
import app.domain.module_columns
import app.domain.modules
import app.domain.number_checks
import app.domain.outcome_imports
import app.domain.outcome_rows
import app.domain.outcomes
import app.domain.own_goals
import app.domain.period_locks
import app.domain.plan_versions
import app.domain.ratios
import app.domain.reporting_periods
import app.domain.sex_split
import app.domain.small_groups
import app.domain.standing
import app.domain.suggestion
import app.domain.users
import app.domain.views  # noqa: F401  # imported for the rules that they register
from app.domain.findings import Rule, all_rules


def catalogue() -> list[Rule]:
    """Every rule there is, ordered by letter and number."""
    return all_rules()
