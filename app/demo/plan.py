"""The made-up plan of one board, as a file: units below it, nodes, and what is allocated onward."""

from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedUnit(_Part):
    """A unit below the board's administration."""

    code: str
    parent: str
    level: str
    name: str


class PlannedNode(_Part):
    """A node to create; `parents` are keys of other planned nodes, or titles of the budget's."""

    key: str
    unit: str
    column: str
    title: str
    parents: tuple[str, ...]
    description: str | None = None
    justification: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    status: str | None = None

    def request(self, module: str, year: int, ids: dict[str, str]) -> dict[str, Any]:
        """The body of POST /nodes; `ids` maps keys and titles to node ids."""
        said = self.model_dump(exclude={"key", "parents"}, exclude_none=True)
        return {"module": module, "year": year, **said, "parents": [ids[p] for p in self.parents]}


class PlannedAllocation(_Part):
    """A budget node, by title, handed on to a unit below the board."""

    node: str
    unit: str
    instruction: str | None = None


class Plan(_Part):
    """All of it. `period` is the one that the demonstration reports for and shows."""

    note: str
    board: str
    period: str
    units: tuple[PlannedUnit, ...]
    allocations: tuple[PlannedAllocation, ...]
    nodes: tuple[PlannedNode, ...]


def load_plan() -> Plan:
    """The plan that ships with the package."""
    return Plan.model_validate_json((files("app.demo") / "su-plan.json").read_bytes())
