"""Reads a region's folder of data: the shipped ones by name, or any other by path.

    data = load_region("vgr")
    data = load_region_folder(Path("my-region"))

Nothing is taken on trust: each file's form is checked by pydantic, then the files against each other. All remarks
come at once, each with the file and the place in it (`budget-2027.json /nodes/3/units/0: unknown unit 'X'`).
"""

import json
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import ValidationError

from app.domain.steering_model import Frozen, SteeringModel
from app.regions import checks
from app.regions.models import (
    CalendarFile,
    IndicatorsFile,
    KeywordGroupsFile,
    ModulesFile,
    PermissionGroupsFile,
    PlanFile,
    RegionData,
    RegionFile,
    ScalesFile,
    UnitsFile,
)

REGION_FILE = "region.json"
F = TypeVar("F", bound=Frozen)


class RegionDataError(ValueError):
    """A region's data can't be used. `remarks` are lines of `file /place: what is wrong`, at least one."""

    def __init__(self, remarks: Iterable[str]) -> None:
        self.remarks = tuple(remarks)
        super().__init__("\n".join(self.remarks))


def available_regions() -> tuple[str, ...]:
    """Names of the shipped regions, in order."""
    return tuple(sorted(f.name for f in files(__package__).iterdir() if f.joinpath(REGION_FILE).is_file()))


def load_region(name: str) -> RegionData:
    """The shipped data of a region, by its folder's name (`vgr`).

    Raises RegionDataError for an unknown name, or where the data do not hold together.
    """
    shipped = available_regions()
    if name not in shipped:
        raise RegionDataError([f"unknown region {name[:50]!r}: there is {', '.join(shipped)}"])
    return load_region_folder(files(__package__).joinpath(name))


def load_region_folder(folder: Traversable) -> RegionData:
    """The data in a folder (a `pathlib.Path` will do), in the same layout as the shipped ones.

    Raises RegionDataError.
    """
    reader = _Reader(folder)
    region = reader.read(REGION_FILE, RegionFile)
    units = reader.read("units.json", UnitsFile)
    modules = reader.read("modules.json", ModulesFile)
    scales = reader.read("scales.json", ScalesFile)
    groups = reader.read("keyword-groups.json", KeywordGroupsFile)
    permissions = reader.read("permission-groups.json", PermissionGroupsFile)
    indicators = reader.read("indicators.json", IndicatorsFile)
    plans = {name: reader.read(name, PlanFile) for name in (region.plans if region else ())}
    calendars = [reader.read(name, CalendarFile) for name in (region.calendars if region else ())]
    reader.stop_if_wrong()
    # For mypy: a file that could not be read has stopped us above.
    assert region
    assert units
    assert modules
    assert scales
    assert groups
    assert permissions
    assert indicators

    model = reader.model(region, modules, scales)
    by_name = {g.name: g for g in groups.groups}
    codes = {u.code for u in units.units}
    reader.remark("units.json", checks.check_units(units, region))
    reader.remark("keyword-groups.json", checks.check_groups(groups, codes))
    reader.remark("permission-groups.json", checks.check_permission_groups(permissions))
    reader.remark("modules.json", checks.check_columns(model, by_name))
    reader.remark("indicators.json", checks.check_indicators(indicators))
    plan_check = checks.PlanCheck(model, codes, by_name, {i.code: i for i in indicators.indicators})
    for name, plan in plans.items():
        assert plan
        reader.remark(name, plan_check.remarks(plan))
    reader.stop_if_wrong()
    return RegionData(
        region=region,
        units=units.units,
        model=model,
        keyword_groups=groups.groups,
        permission_groups=permissions.groups,
        indicators=indicators.indicators,
        plans=tuple(plan for plan in plans.values() if plan),
        calendars=tuple(calendar for calendar in calendars if calendar),
    )


class _Reader:
    """Reads files of one folder and gathers what is wrong with them."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._wrong: list[str] = []

    def read(self, name: str, shape: type[F]) -> F | None:
        """The file as a model; None, with remarks kept, where that can't be done."""
        try:
            raw = self._folder.joinpath(name).read_text(encoding="utf-8")
            return shape.model_validate(json.loads(raw, object_pairs_hook=_no_key_twice))
        except (FileNotFoundError, NotADirectoryError):
            self._wrong.append(f"{name}: is missing")
        except ValidationError as error:
            self._keep(name, error)
        except ValueError as error:  # not UTF-8, not JSON, a key twice
            self._wrong.append(f"{name}: {error}")
        return None

    def model(self, region: RegionFile, modules: ModulesFile, scales: ScalesFile) -> SteeringModel:
        """The steering model that the files make together."""
        try:
            return SteeringModel(
                levels=tuple(level.code for level in region.levels),
                level_names={level.code: (level.name, level.name_en) for level in region.levels},
                board_level=region.board_level,
                modules=modules.modules,
                module_links=modules.module_links,
                scales=scales.scales,
            )
        except ValidationError as error:
            self._keep("modules.json", error)
            raise RegionDataError(self._wrong) from error

    def remark(self, name: str, remarks: Iterable[checks.Remark]) -> None:
        """Keep remarks about a file."""
        self._wrong.extend(f"{name} {where}: {words}" for where, words in remarks)

    def stop_if_wrong(self) -> None:
        """Raise RegionDataError if anything was remarked on."""
        if self._wrong:
            raise RegionDataError(self._wrong)

    def _keep(self, name: str, error: ValidationError) -> None:
        for wrong in error.errors(include_url=False, include_input=False):
            place = "".join(f"/{step}" for step in wrong["loc"])
            self._wrong.append(f"{name} {place}: {wrong['msg']}")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON leaves open what a key given twice means; here it is a slip of the pen."""
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = sorted({key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1})
        raise ValueError(f"key {twice[0]!r} stands twice in one object")
    return made
