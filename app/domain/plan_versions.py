"""A year's plan for the whole region, and whether it can still be written to (V1, I1)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from app.domain.findings import Finding, also, rule
from app.domain.texts import Text


class PlanStatus(StrEnum):
    """planning -> live -> archived."""

    PLANNING = "planning"
    LIVE = "live"
    ARCHIVED = "archived"

    @property
    def is_open(self) -> bool:
        """Whether nodes, assessments and outcomes of the version may be written: an archived one is history."""
        return self is not PlanStatus.ARCHIVED


@rule(
    "V1",
    title=Text("En gällande plan", "One live plan"),
    statement=Text(
        "Varje region har högst en gällande planversion, och en planversion per år.",
        "Each region has at most one live plan version, and one plan version per year.",
    ),
    source="000 §9.2",
    depends_on_state=True,
)
def one_live(status: PlanStatus, standing: Mapping[int, PlanStatus]) -> Iterator[Finding]:
    """A second live version is refused. `standing` maps each year's plan version to its status."""
    live = next((year for year, s in standing.items() if s is PlanStatus.LIVE), None)
    if status is PlanStatus.LIVE and live is not None:
        words = Text(
            "Planversionen för {live} är redan gällande; en region har bara en gällande planversion.",
            "The plan version of {live} is live already; a region has one live plan version.",
        )
        yield Finding("V1", words.fill(live=live), "/status", facts={"live_year": live})


@also("V1")
def one_per_year(year: int, standing: Mapping[int, PlanStatus]) -> Iterator[Finding]:
    """A second version of the same year is refused."""
    if year in standing:
        words = Text("Det finns redan en planversion för {year}.", "There is a plan version for {year} already.")
        yield Finding("V1", words.fill(year=year), "/year", facts={"year": year})
