"""Plans that are history: readable for ever, never written to (V3)."""

from collections.abc import Iterator

from app.domain.findings import Finding, rule
from app.domain.phrases import say
from app.domain.plan_versions import PlanStatus
from app.domain.texts import Text


@rule(
    "V3",
    title=Text("En arkiverad plan ändras inte", "An archived plan is not changed"),
    statement=Text(
        "En arkiverad planversion är historik: den går att läsa men aldrig att ändra.",
        "An archived plan version is history: readable, never writable.",
    ),
    source="000 §9.2",
    depends_on_state=True,
)
def still_open(year: int, status: PlanStatus, pointer: str = "") -> Iterator[Finding]:
    """V3 for any change of a year's nodes, links or allocations."""
    if status.is_open:
        return
    yield Finding(
        "V3",
        say(
            "Planversionen för {year} är arkiverad. Gör ändringen i en plan som är öppen.",
            "The plan version of {year} is archived. Make the change in a plan that is open.",
            year=year,
        ),
        pointer,
        facts={"year": year},
    )
