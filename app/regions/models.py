"""What a region's folder of data may hold: one frozen model per file, and all of them together.

A file's own form is checked here, field by field; whether the files agree with each other in `checks.py`.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from app.domain.indicators import Direction, InputWay
from app.domain.permission_groups import GroupKind
from app.domain.small_groups import DEFAULT_THRESHOLD
from app.domain.steering_model import AssessmentScale, Frozen, Module, ModuleLink, SteeringModel

UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,31}$")]
IndicatorCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,62}$")]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Year = Annotated[int, Field(ge=1900, le=2999)]
# As printed: a month where the source names no day, a time where it names one.
Moment = Annotated[str, StringConstraints(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])(-\d\d(T\d\d:\d\d)?)?$")]

YEAR_PLACE = "{year}"


class Level(Frozen):
    """A level of the organisation tree."""

    code: str = Field(pattern=r"^[a-z][a-z_]{0,62}$")
    name: str
    name_en: str


class RegionFile(Frozen):
    """`region.json`: the tenant, its levels from the top down, and which further files belong to it."""

    source: str
    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{0,15}$")
    name: str
    name_en: str
    board_level: str
    tree_from: date
    """First day on which the units stand in the tree as `units.json` says."""
    levels: tuple[Level, ...] = Field(min_length=1)
    licences: int | None = Field(None, ge=0)
    """How many users can be active at a time, to begin with (null: no limit)."""
    plans: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()
    small_group_threshold: int = Field(DEFAULT_THRESHOLD, ge=0, le=1000)
    """Counts under this many are masked in exports for those without the right to see them (L2)."""


class ModulesFile(Frozen):
    """`modules.json`."""

    source: str
    modules: tuple[Module, ...] = Field(min_length=1)
    module_links: tuple[ModuleLink, ...] = ()


class ScalesFile(Frozen):
    """`scales.json`."""

    source: str
    scales: tuple[AssessmentScale, ...] = ()


class KeywordGroup(Frozen):
    """Keywords that belong together; `unit` is set for a group local to that unit and what lies below it."""

    name: Title
    unit: UnitCode | None = None
    keywords: tuple[str, ...] = ()

    def standing(self) -> tuple[tuple[int, str], ...]:
        """(position, keyword) of those that name no year."""
        return tuple((i, k) for i, k in enumerate(self.keywords) if YEAR_PLACE not in k)

    def yearly(self) -> tuple[tuple[int, str], ...]:
        """(position, template) of those that follow the plan year; `{year}` stands for it."""
        return tuple((i, k) for i, k in enumerate(self.keywords) if YEAR_PLACE in k)


class KeywordGroupsFile(Frozen):
    """`keyword-groups.json`."""

    source: str
    groups: tuple[KeywordGroup, ...] = ()


class PermissionGroup(Frozen):
    """A permission group: its rights (`resource:action`, `*` for all), and how many levels up it reaches as well."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    name_en: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    kind: GroupKind
    rights: tuple[str, ...] = ()
    levels_up: int = Field(0, ge=0, le=50)
    leads: bool = False
    """Whether its members lead their unit: asked first when a responsibility is left without a person."""


class PermissionGroupsFile(Frozen):
    """`permission-groups.json`."""

    source: str
    groups: tuple[PermissionGroup, ...] = ()


class Unit(Frozen):
    """A unit and the one it stands under (null: the top)."""

    code: UnitCode
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    level: str
    parent: UnitCode | None
    kind: Literal["namnd", "styrelse"] | None = None
    commissioning: bool = False
    provider: bool = False
    monthly_comment_required: bool = False
    budget_goals_allocated: bool = False


class UnitsFile(Frozen):
    """`units.json`: parents before children."""

    source: str
    units: tuple[Unit, ...] = Field(min_length=1)


class Indicator(Frozen):
    """What is measured, whatever the year. `direction_basis` tells a printed direction from a read-out one."""

    code: IndicatorCode
    title: Title
    unit_of_measure: str | None
    is_ratio: bool
    scale: Decimal = Field(gt=0)
    direction: Direction
    direction_basis: Literal["printed", "wording", "open"]
    sex_disaggregated: bool
    region_level_only: bool
    input: InputWay
    catalogue_key: str | None = None
    numerator: str | None = None
    denominator: str | None = None


class IndicatorsFile(Frozen):
    """`indicators.json`: every indicator that some plan names, once."""

    source: str
    indicators: tuple[Indicator, ...] = ()


class PlanIndicator(Frozen):
    """An indicator under a node, with what the year's document prints about it. Targets: year -> as printed."""

    code: IndicatorCode
    title: Title
    sex_disaggregated: bool = False
    targets: dict[Year, Annotated[str, StringConstraints(min_length=1, max_length=100)]] = Field(default_factory=dict)


class PlanNode(Frozen):
    """A node that the region decides, the units it is allocated to, its indicators and what stands under it."""

    title: Title
    units: tuple[UnitCode, ...] = ()
    region_level_only: bool = False
    indicators: tuple[PlanIndicator, ...] = ()
    children: "tuple[PlanNode, ...]" = ()

    @model_validator(mode="after")
    def _either_all_or_the_region(self) -> Self:
        if self.region_level_only and self.units:
            raise ValueError("region_level_only, and yet allocated to units")
        return self


class ColumnName(Frozen):
    """A column, by module and code."""

    module: str
    column: str


class KeywordName(Frozen):
    """A keyword, by group and text."""

    group: str
    keyword: str


class PlanFile(Frozen):
    """A year's decided nodes in one module: a budget, or a strategy's goals. `columns` are by depth of `nodes`."""

    source: str
    notes: tuple[str, ...] = ()
    """What is odd in the source: reported, not mended."""
    year: Year
    module: str
    columns: tuple[str, ...] = Field(min_length=1)
    indicator_column: ColumnName | None = None
    """Where the indicators themselves stand, to be linked under the nodes."""
    keyword: KeywordName | None = None
    """The keyword that every node and indicator of the plan carries."""
    nodes: tuple[PlanNode, ...] = Field(min_length=1)


class CalendarReport(Frozen):
    """A report of the year and its moments."""

    report: str
    report_en: str
    marked_ready: Moment | None = None
    board_decision: Moment | None = None
    rs: Moment | None = None
    rf: Moment | None = None
    note: str | None = None


class Deadline(Frozen):
    """A moment in the planning of the year."""

    at: Moment
    what: str
    what_en: str


class CalendarFile(Frozen):
    """`calendar-<year>.json`: facts as printed."""

    source: str
    notes: tuple[str, ...] = ()
    year: Year
    reports: tuple[CalendarReport, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


class RegionData(Frozen):
    """Everything in a region's folder, checked as a whole."""

    region: RegionFile
    units: tuple[Unit, ...]
    model: SteeringModel
    keyword_groups: tuple[KeywordGroup, ...]
    permission_groups: tuple[PermissionGroup, ...]
    indicators: tuple[Indicator, ...]
    plans: tuple[PlanFile, ...]
    calendars: tuple[CalendarFile, ...]

    @property
    def top(self) -> Unit:
        """The unit that is the region itself."""
        return self.units[0]

    def plan(self, year: int, module: str | None = None) -> PlanFile | None:
        """The year's plan in `module`, or in the first module of the region; None where there is none."""
        wanted = module or self.model.modules[0].code
        return next((p for p in self.plans if p.year == year and p.module == wanted), None)

    def plan_years(self) -> tuple[int, ...]:
        """Years that some plan is for, in order."""
        return tuple(sorted({p.year for p in self.plans}))
