"""Nodes as they are sent."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.problems import ProblemItem
from app.api.shapes import Body, Number, Shown, WithWarnings
from app.api.viewer_can import Can
from app.domain.indicators import Direction, InputWay
from app.domain.nodes import ActivityStatus
from app.domain.periods import Periodicity
from app.domain.similarity import Reason, Verdict
from app.domain.steering_model import NodeKind
from app.domain.typed_text import Title
from app.services.node_commands import Code, Year
from app.services.responsibilities import Responsible
from app.services.similar import Resembling


class KeywordOfNode(Shown):
    """A keyword on a node."""

    id: UUID
    group: str
    text: str


class Measure(Shown):
    """What a measure node measures. `indicator` is the id under `/indicators`, `code` its code there."""

    indicator: UUID
    code: str
    unit_of_measure: str | None
    direction: Direction
    scale: Number
    is_ratio: bool
    numerator: str | None
    denominator: str | None
    sex_disaggregated: bool
    region_level_only: bool
    input: InputWay
    catalogue_key: str | None


class Node(WithWarnings):
    """A box in a column. `unit` is its owner's code, `parents` are the ids of those that you may see."""

    viewer_can: dict[str, Can] | None = Field(None, description="By action, with `include=viewer_can`.")
    id: UUID
    lineage_id: UUID = Field(description="Stays the same from year to year.")
    module: str
    column: str
    node_kind: NodeKind
    year: int
    unit: str
    title: str
    description: str | None
    justification: str | None
    periodicity: Periodicity | None = Field(description="Its own; null: its column's.")
    start_date: date | None
    end_date: date | None
    status: ActivityStatus | None
    parents: list[UUID]
    keywords: list[KeywordOfNode]
    measure: Measure | None
    approved: bool | None = Field(description="Whether it may be linked into other modules; null: needs no approval.")
    approved_at: datetime | None
    confirmed_similar: list[dict[str, Any]] = Field(
        description="Likenesses that were confirmed: score, node, who, when."
    )
    created_at: datetime
    created_by: str
    updated_at: datetime
    updated_by: str


class Deleted(WithWarnings):
    """What was removed, and what the rules remark on it."""

    id: UUID


class KeywordsOfNode(WithWarnings):
    """A node's keywords."""

    items: list[KeywordOfNode]


class KeywordIds(Body):
    """Ids of keywords, see `/keyword-groups`."""

    keywords: Annotated[list[UUID], Field(max_length=200)]


class Responsibility(Shown):
    """A person (`subject`: the `sub` of their credential) who answers for a node at a unit, in a role."""

    unit: str
    role: str
    subject: str


class ResponsibilitySaid(Body):
    """The same, as it is said."""

    unit: Code
    role: Annotated[str, Field(min_length=1, max_length=100)]
    subject: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]

    def responsible(self) -> Responsible:
        """As the service takes it."""
        return Responsible(self.unit, self.role, self.subject)


class Responsibilities(Shown):
    """Who answers for a node."""

    items: list[Responsibility]


class ResponsibilitiesSaid(Body):
    """All who answer for the node at the units that you reach."""

    items: Annotated[list[ResponsibilitySaid], Field(max_length=500)]


class SimilarNode(Shown):
    """A node with a title like the one in question. `reason`: why a pair with words in common is not alike."""

    id: UUID
    title: str
    module: str
    column: str
    unit: str
    score: float = Field(description="0-100; from 75 to be confirmed, from 88 refused, where a rule compares the two.")
    verdict: Verdict
    reason: Reason | None

    @classmethod
    def of(cls, found: Resembling) -> "SimilarNode":
        """As the service found it."""
        return cls(
            id=found.node.id,
            title=found.node.title,
            module=found.node.module,
            column=found.node.column.code,
            unit=found.node.owner.code,
            score=found.score,
            verdict=found.verdict,
            reason=found.reason,
        )


class SimilarNodes(Shown):
    """The most alike first."""

    items: list[SimilarNode]


class Wording(Body):
    """A title that is thought of, to be compared with a year's plan."""

    title: Title
    module: Code
    year: Year


def with_warnings(shown: Any, warnings: list[ProblemItem]) -> Node:
    """A node and what the rules remark on the change."""
    return Node.model_validate(shown).model_copy(update={"warnings": warnings})
