"""Whether a region's files agree with each other: every remark names the file and the place in it."""

from collections.abc import Iterable, Iterator, Mapping

from app.domain.permission_groups import unknown_rights
from app.domain.steering_model import SteeringModel
from app.regions.models import (
    Indicator,
    IndicatorsFile,
    KeywordGroup,
    KeywordGroupsFile,
    PermissionGroupsFile,
    PlanFile,
    PlanIndicator,
    PlanNode,
    RegionFile,
    UnitsFile,
)

Remark = tuple[str, str]
"""(JSON pointer into the file, words)."""


def repeated(values: Iterable[str], pointer: str) -> Iterator[Remark]:
    """A remark for every value that stands twice. `pointer` holds `{}` for the place in the list."""
    seen: set[str] = set()
    for place, value in enumerate(values):
        if value in seen:
            yield pointer.format(place), f"{value!r} stands twice"
        seen.add(value)


def check_units(file: UnitsFile, region: RegionFile) -> Iterator[Remark]:
    """One top, parents known and on a higher level, codes unique."""
    yield from repeated((u.code for u in file.units), "/units/{}/code")
    order = {level.code: i for i, level in enumerate(region.levels)}
    level_of: dict[str, int] = {}
    for place, unit in enumerate(file.units):
        where = f"/units/{place}"
        level = order.get(unit.level)
        if level is None:
            yield f"{where}/level", f"unknown level {unit.level!r}"
            continue
        if (unit.parent is None) != (place == 0):
            yield f"{where}/parent", "the first unit, and no other, is the top"
        elif unit.parent is not None and unit.parent not in level_of:
            yield f"{where}/parent", f"unknown unit {unit.parent!r} (a parent stands before its children)"
        elif unit.parent is not None and level_of[unit.parent] >= level:
            yield f"{where}/parent", f"{unit.parent!r} is not on a level above {unit.level!r}"
        if unit.commissioning and unit.level != region.board_level:
            yield f"{where}/commissioning", "only a board commissions"
        level_of[unit.code] = level


def check_groups(file: KeywordGroupsFile, units: set[str]) -> Iterator[Remark]:
    """Names unique, local groups tied to known units."""
    yield from repeated((g.name for g in file.groups), "/groups/{}/name")
    for place, group in enumerate(file.groups):
        yield from repeated(group.keywords, f"/groups/{place}/keywords/{{}}")
        if group.unit is not None and group.unit not in units:
            yield f"/groups/{place}/unit", f"unknown unit {group.unit!r}"


def check_permission_groups(file: PermissionGroupsFile) -> Iterator[Remark]:
    """Codes unique, rights known."""
    yield from repeated((g.code for g in file.groups), "/groups/{}/code")
    for place, group in enumerate(file.groups):
        for name in unknown_rights(group.rights):
            yield f"/groups/{place}/rights", f"unknown right {name!r}"


def check_columns(model: SteeringModel, groups: Mapping[str, KeywordGroup]) -> Iterator[Remark]:
    """Every keyword group that a column names exists, and is local or shared as the column says."""
    for m, module in enumerate(model.modules):
        for c, column in enumerate(module.columns):
            where = f"/modules/{m}/columns/{c}"
            for field, names in (
                ("keyword_groups", column.keyword_groups),
                ("local_keyword_groups", column.local_keyword_groups),
                ("barred_keyword_groups", tuple(column.barred_keyword_groups)),
            ):
                for name in names:
                    group = groups.get(name)
                    if group is None:
                        yield f"{where}/{field}", f"unknown keyword group {name!r}"
                    elif (group.unit is not None) != (field == "local_keyword_groups"):
                        scope = "local" if group.unit else "shared"
                        yield f"{where}/{field}", f"keyword group {name!r} is {scope}"


def check_indicators(file: IndicatorsFile) -> Iterator[Remark]:
    """Codes and titles unique: the same title is the same indicator."""
    yield from repeated((i.code for i in file.indicators), "/indicators/{}/code")
    yield from repeated((i.title for i in file.indicators), "/indicators/{}/title")


class PlanCheck:
    """Checks one plan against the model, the units, the keyword groups and the indicators."""

    def __init__(
        self,
        model: SteeringModel,
        units: set[str],
        groups: Mapping[str, KeywordGroup],
        indicators: Mapping[str, Indicator],
    ) -> None:
        self._model = model
        self._units = units
        self._groups = groups
        self._indicators = indicators

    def remarks(self, plan: PlanFile) -> Iterator[Remark]:
        """Everything the plan names is there; no title stands twice in a column."""
        yield from self._heading(plan)
        titles: dict[int, set[str]] = {}
        measured: set[str] = set()
        for where, depth, node in _walk(plan.nodes, "/nodes", 0):
            if depth >= len(plan.columns):
                yield where, f"stands deeper than the {len(plan.columns)} columns of the plan"
                continue
            if node.title in titles.setdefault(depth, set()):
                yield f"{where}/title", f"{node.title!r} stands twice in column {plan.columns[depth]!r}"
            titles[depth].add(node.title)
            yield from repeated(node.units, f"{where}/units/{{}}")
            for place, unit in enumerate(node.units):
                if unit not in self._units:
                    yield f"{where}/units/{place}", f"unknown unit {unit!r}"
            for place, listed in enumerate(node.indicators):
                if listed.code in measured:
                    yield f"{where}/indicators/{place}", f"indicator {listed.code} stands twice in the plan"
                measured.add(listed.code)
                yield from self._indicator(listed, node, f"{where}/indicators/{place}")

    def _heading(self, plan: PlanFile) -> Iterator[Remark]:
        module = self._model.module(plan.module)
        if module is None:
            yield "/module", f"unknown module {plan.module!r}"
        else:
            for place, code in enumerate(plan.columns):
                if module.column(code) is None:
                    yield f"/columns/{place}", f"module {plan.module} has no column {code!r}"
        if plan.indicator_column is not None:
            named = plan.indicator_column
            holder = self._model.module(named.module)
            if holder is None or holder.column(named.column) is None:
                yield "/indicator_column", f"unknown column {named.module}.{named.column}"
        elif any(node.indicators for _, _, node in _walk(plan.nodes, "", 0)):
            yield "/indicator_column", "missing, though nodes have indicators"
        if plan.keyword is not None:
            group = self._groups.get(plan.keyword.group)
            if group is None or plan.keyword.keyword not in group.keywords:
                yield "/keyword", f"unknown keyword {plan.keyword.group!r}: {plan.keyword.keyword!r}"

    def _indicator(self, listed: PlanIndicator, node: PlanNode, where: str) -> Iterator[Remark]:
        known = self._indicators.get(listed.code)
        if known is None:
            yield f"{where}/code", f"unknown indicator {listed.code!r}"
            return
        if known.title != listed.title:
            yield f"{where}/title", f"{listed.code} is titled {known.title!r} in indicators.json"
        if listed.sex_disaggregated and not known.sex_disaggregated:
            yield f"{where}/sex_disaggregated", f"{listed.code} is not marked so in indicators.json"
        if known.region_level_only != node.region_level_only:
            yield where, f"{listed.code} and its node do not agree on region_level_only"


def _walk(nodes: tuple[PlanNode, ...], where: str, depth: int) -> Iterator[tuple[str, int, PlanNode]]:
    for place, node in enumerate(nodes):
        here = f"{where}/{place}"
        yield here, depth, node
        yield from _walk(node.children, f"{here}/children", depth + 1)
