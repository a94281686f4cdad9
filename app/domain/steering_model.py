"""Modules and columns: a region's steering model as data, validated on load.

Nothing here knows VGR. What a column means for a rule stands in its properties (`own_limit_per_board`,
`parent_required`, `budget_wording_reserved`, ...), never in its code. Source: 000 §6, §9.1.
"""

from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.domain.periods import Periodicity
from app.domain.texts import Text

Code = str


class Frozen(BaseModel):
    """A concept: immutable, and strict about what it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NodeKind(StrEnum):
    """What a node is: a text, a measure, or an activity."""

    TEXT = "text"
    MEASURE = "measure"
    ACTIVITY = "activity"


class Caution(StrEnum):
    """How a column looks upon being created at a level where that is possible but unusual."""

    WARNING = "warning"
    REASON_REQUIRED = "reason_required"


class Grade(Frozen):
    """One step of an assessment scale: code, symbol (readable without colour) and wording.

    `forecast` is the wording during the year, `outcome` the one in the annual report (F1). Activities have one only.
    """

    code: str
    symbol: str
    forecast_sv: str
    outcome_sv: str
    forecast_en: str
    outcome_en: str


class AssessmentScale(Frozen):
    """The grades that an assessment in a column may carry. `name` is the keyword group that shows it."""

    name: str
    grades: tuple[Grade, ...] = Field(min_length=1)

    def grade(self, code: str) -> Grade | None:
        """The grade with this code, or None."""
        return next((g for g in self.grades if g.code == code), None)


class Column(Frozen):
    """A level in the chain, with everything that the rules ask about it."""

    no: int = Field(ge=0, le=99)
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")
    name: str
    name_en: str
    node_kind: NodeKind
    parents: tuple[Code, ...] = ()
    standard_periodicity: Periodicity | None = None
    description_fields: tuple[str, ...] = ()
    responsibility_roles: tuple[str, ...] = ()
    keyword_groups: tuple[str, ...] = ()
    local_keyword_groups: tuple[str, ...] = ()
    created_at: tuple[Code, ...] | None = None
    """Levels that may create here; `commissioning_board` is a board that is commissioning. None: every level."""
    level_rules: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    """Which rules answer when `created_at` refuses: those under `*`, and those under the level itself besides.

    `{"*": ["N4"], "unit": ["N11"]}`: refused on a board by N4, on a unit by N4 and N11. `*` also answers for
    `cautions`.
    """
    cautions: dict[Code, Caution] = Field(default_factory=dict)
    """Level -> what creating at that level asks for (N7 a reason, N9 a warning)."""
    assessment: str | None = None
    """Name of the assessment scale; None: the column is not assessed."""
    own_limit_per_board: int | None = Field(default=None, ge=1)
    """How many nodes a board and everything below it may create of its own per plan version (N1)."""
    allocatable_by_own: bool = True
    """Whether a node created below the region may be allocated onward out of its board's part of the tree (N3)."""
    justification_required_for_own: bool = False
    """Whether a node created below the region needs a justification (N2: "motstridigt" can't be measured)."""
    unlike_columns: tuple[Code, ...] = ()
    """Columns whose budget (region level) nodes an own node here may not repeat (N2, N6)."""
    similarity_rule: str | None = None
    """Which rule answers for `unlike_columns`: N2 (own goals) or N6 (uppdrag)."""
    barred_keyword_groups: dict[str, int] = Field(default_factory=dict)
    """Keyword group -> first plan year in which a node here can't carry it (N6)."""
    parent_required: bool = False
    """Whether a node here can never stand without a parent (K2)."""
    allocated_to_providers: bool = False
    """Whether a commissioning board's node here goes to provider boards, which do not stand below it (N5, A1)."""
    opted_in_by_board: bool = False
    """Whether a board may itself opt in to the region's nodes here that were not allocated to it (A4)."""
    allocation_follows_parent: bool = False
    """Whether a node here is allocated to a unit only if its parent is (A2)."""
    follows_allocated_parent: bool = False
    """Whether a node here follows along when its parent is allocated (A3)."""
    dates_required: bool = False
    dates_within_parent: bool = False
    hideable: bool = False
    optional: bool = False
    approval: str | None = None
    """Who must approve a node here before it can be linked (M2)."""
    link_recommended: bool = True
    """Whether linking a node of this column into another module is recommended (M4: warning where not)."""
    link_advice_from: int | None = None
    """First plan year in which `link_recommended` counts (M4: 2025); None: in every year."""

    @property
    def name_text(self) -> Text:
        """The column's name in running text, both languages."""
        return Text(self.name.lower(), self.name_en.lower())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.created_at is not None and "*" not in self.level_rules:
            # A refusal without a rule behind it would leave the planner with nothing to read.
            raise ValueError(f"column {self.code}: created_at without level_rules for '*'")
        if self.parent_required and not self.parents:
            raise ValueError(f"column {self.code}: parent_required without parents")
        if bool(self.unlike_columns) != (self.similarity_rule is not None):
            raise ValueError(f"column {self.code}: unlike_columns and similarity_rule go together")
        return self


class Module(Frozen):
    """One surface for one kind of planning: its columns in order."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{0,15}$")
    name: str
    name_en: str
    columns: tuple[Column, ...] = Field(min_length=1)

    @cached_property
    def by_code(self) -> dict[Code, Column]:
        """Column code -> column."""
        return {c.code: c for c in self.columns}

    def column(self, code: Code) -> Column | None:
        """The column with this code, or None."""
        return self.by_code.get(code)

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        codes = [c.code for c in self.columns]
        if len(set(codes)) != len(codes):
            raise ValueError(f"module {self.code}: a column code stands twice")
        seen: set[Code] = set()
        for column in self.columns:
            unknown = set(column.parents) - seen
            if unknown:
                # Parents stand to the left: that makes a cycle through columns impossible (K3).
                raise ValueError(f"column {column.code}: parents not to its left: {sorted(unknown)}")
            if missing := set(column.unlike_columns) - set(codes):
                raise ValueError(f"column {column.code}: unlike_columns unknown: {sorted(missing)}")
            seen.add(column.code)
        return self


class ModuleLink(Frozen):
    """A direction in which nodes may be linked between modules: nodes of `source` appear under nodes of `target`."""

    source: str
    target: str


class SteeringModel(Frozen):
    """All of a region's way of steering: levels from the top down, modules, links between them, scales."""

    levels: tuple[Code, ...] = Field(min_length=1)
    level_names: dict[Code, tuple[str, str]] = Field(default_factory=dict)
    """Level -> its name in Swedish and in English, for messages; the code stands in where there is none."""
    board_level: Code
    modules: tuple[Module, ...] = Field(min_length=1)
    module_links: tuple[ModuleLink, ...] = ()
    scales: tuple[AssessmentScale, ...] = ()

    @property
    def region_level(self) -> Code:
        """The top level."""
        return self.levels[0]

    def module(self, code: str) -> Module | None:
        """The module with this code, or None."""
        return next((m for m in self.modules if m.code == code), None)

    def scale(self, column: Column) -> AssessmentScale | None:
        """The scale that a column is assessed on, or None where it is not assessed."""
        return next((s for s in self.scales if s.name == column.assessment), None)

    def level_name(self, level: Code) -> Text:
        """A level's name in running text, both languages."""
        sv, en = self.level_names.get(level, (level, level))
        return Text(sv.lower(), en.lower())

    def may_link(self, source: str, target: str) -> bool:
        """Whether a node of module `source` may appear under a node of module `target` (M1)."""
        return any(link.source == source and link.target == target for link in self.module_links)

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        codes = {m.code for m in self.modules}
        named = {c for link in self.module_links for c in (link.source, link.target)}
        if unknown := named - codes:
            raise ValueError(f"module links name unknown modules: {sorted(unknown)}")
        pairs = {(link.source, link.target) for link in self.module_links}
        if any((b, a) in pairs for a, b in pairs):
            raise ValueError("modules are linked in both directions")
        levels = {*self.levels, "commissioning_board"}
        scales = {s.name for s in self.scales}
        for module in self.modules:
            for column in module.columns:
                if bad := {*(column.created_at or ()), *column.cautions, *column.level_rules} - levels - {"*"}:
                    raise ValueError(f"column {module.code}.{column.code}: unknown levels {sorted(bad)}")
                if column.assessment is not None and column.assessment not in scales:
                    raise ValueError(f"column {module.code}.{column.code}: unknown scale {column.assessment}")
        if self.board_level not in self.levels:
            raise ValueError("board_level is not one of the levels")
        return self
