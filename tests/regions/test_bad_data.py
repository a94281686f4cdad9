"""Bad data in a region's folder: every remark names the file and the place, and all come at once."""

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.regions.loader import RegionDataError, load_region, load_region_folder

Change = Callable[[Any], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for file in files("app.regions").joinpath("vgr").iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def change(folder: Path, name: str, how: Change) -> None:
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    how(content)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def remarks(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RegionDataError) as caught:
        load_region_folder(folder)
    return caught.value.remarks


def test_a_copy_elsewhere_loads_alike(folder: Path) -> None:
    assert load_region_folder(folder) == load_region("vgr")


def test_unknown_region_says_which_there_are() -> None:
    with pytest.raises(RegionDataError, match=r"unknown region '\.\./etc': there is .*vgr"):
        load_region("../etc")


@pytest.mark.parametrize(
    ("name", "how", "expected"),
    [
        ("region.json", lambda d: d.update(colour="blue"), "region.json /colour: Extra inputs"),
        ("region.json", lambda d: d.update(board_level="nämnd"), "board_level is not one of the levels"),
        ("units.json", lambda d: d["units"][3].update(parent="X"), "units.json /units/3/parent: unknown unit 'X'"),
        ("units.json", lambda d: d["units"][3].update(level="ö"), "units.json /units/3/level: unknown level 'ö'"),
        ("units.json", lambda d: d["units"][3].update(code="RS"), "units.json /units/3/code: 'RS' stands twice"),
        ("units.json", lambda d: d["units"][3].update(parent="RS"), "'RS' is not on a level above 'board'"),
        ("units.json", lambda d: d["units"][3].update(parent=None), "/units/3/parent: the first unit, and no other"),
        ("units.json", lambda d: d["units"][-1].update(commissioning=True), "only a board commissions"),
        ("units.json", lambda d: d["units"][3].update(code="å"), "units.json /units/3/code: String should match"),
        ("modules.json", lambda d: d["modules"][0]["columns"][1].update(parents=["x"]), "parents not to its left"),
        ("modules.json", lambda d: d["modules"][0]["columns"][1].update(assessment="x"), "unknown scale x"),
        (
            "modules.json",
            lambda d: d["modules"][0]["columns"][1].update(keyword_groups=["Strategi"]),
            "modules.json /modules/0/columns/1/keyword_groups: unknown keyword group 'Strategi'",
        ),
        (
            "modules.json",
            lambda d: d["modules"][0]["columns"][1].update(keyword_groups=["Prognos"]),
            "keyword group 'Prognos' is local",
        ),
        ("modules.json", lambda d: d["module_links"].append({"source": "VGPU", "target": "VGSP"}), "both directions"),
        ("scales.json", lambda d: d["scales"][0].update(grades=[]), "scales.json /scales/0/grades: Tuple should"),
        (
            "keyword-groups.json",
            lambda d: d["groups"][-3].update(unit="XX"),
            "keyword-groups.json /groups/35/unit: unknown unit 'XX'",
        ),
        (
            "keyword-groups.json",
            lambda d: d["groups"][0]["keywords"].append(d["groups"][0]["keywords"][0]),
            "keyword-groups.json /groups/0/keywords/3:",
        ),
        ("indicators.json", lambda d: d["indicators"][1].update(code="IND-001"), "/indicators/1/code: 'IND-001'"),
        ("indicators.json", lambda d: d["indicators"][1].update(scale=0), "/indicators/1/scale: Input should be"),
        (
            "budget-2027.json",
            lambda d: d["nodes"][0]["units"].append("KLMN"),
            "budget-2027.json /nodes/0/units/27: unknown unit 'KLMN'",
        ),
        ("budget-2027.json", lambda d: d["nodes"][0]["units"].append("RS"), "/nodes/0/units/27: 'RS' stands twice"),
        ("budget-2027.json", lambda d: d.update(module="VGX"), "budget-2027.json /module: unknown module 'VGX'"),
        ("budget-2027.json", lambda d: d.update(columns=["mal", "x"]), "/columns/1: module VGPU has no column 'x'"),
        ("budget-2027.json", lambda d: d.update(columns=["mal"]), "/nodes/1/children/0: stands deeper than the 1"),
        ("budget-2027.json", lambda d: d.pop("indicator_column"), "/indicator_column: missing"),
        (
            "budget-2027.json",
            lambda d: d["indicator_column"].update(column="x"),
            "/indicator_column: unknown column VGI.x",
        ),
        ("budget-2027.json", lambda d: d["keyword"].update(keyword="x"), "/keyword: unknown keyword 'Beslutat i': 'x'"),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2].update(title=d["nodes"][1]["title"]),
            "/nodes/2/title: 'Vård ska ges jämlikt i Västra Götalandsregionen' stands twice in column 'mal'",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2]["indicators"][0].update(code="IND-999"),
            "/nodes/2/indicators/0/code: unknown indicator 'IND-999'",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2]["indicators"][0].update(title="Annat"),
            "/nodes/2/indicators/0/title: IND-042 is titled",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2]["indicators"].append(d["nodes"][2]["indicators"][0]),
            "/nodes/2/indicators/2: indicator IND-042 stands twice in the plan",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][16]["children"][0]["indicators"][0].update(sex_disaggregated=True),
            "is not marked so in indicators.json",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2].update(region_level_only=True, units=[]),
            "IND-042 and its node do not agree on region_level_only",
        ),
        (
            "budget-2027.json",
            lambda d: d["nodes"][2].update(region_level_only=True),
            "budget-2027.json /nodes/2: Value error, region_level_only, and yet allocated to units",
        ),
        ("calendar-2027.json", lambda d: d["reports"][0].update(rs="i mars"), "calendar-2027.json /reports/0/rs"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_place(folder: Path, name: str, how: Change, expected: str) -> None:
    change(folder, name, how)
    found = remarks(folder)
    assert any(expected in remark and remark.startswith(name.split("/", maxsplit=1)[0]) for remark in found) or (
        # The model is put together from region.json and modules.json: its remarks stand at modules.json.
        any(expected in remark for remark in found) and name == "region.json"
    ), found


def test_all_remarks_come_at_once(folder: Path) -> None:
    change(folder, "units.json", lambda d: d["units"][3].update(colour="blue"))
    change(folder, "scales.json", lambda d: d.pop("scales"))
    change(folder, "scales.json", lambda d: d.update(scalez=[]))
    (folder / "indicators.json").write_text("{", encoding="utf-8")
    (folder / "modules.json").unlink()
    assert {remark.split()[0].rstrip(":") for remark in remarks(folder)} == {
        "units.json",
        "scales.json",
        "indicators.json",
        "modules.json",
    }


def test_a_key_twice_is_a_slip(folder: Path) -> None:
    (folder / "scales.json").write_text('{"source": "a", "source": "b"}', encoding="utf-8")
    assert remarks(folder) == ("scales.json: key 'source' stands twice in one object",)


def test_text_that_is_not_utf8(folder: Path) -> None:
    (folder / "scales.json").write_bytes(b'{"source": "\xe5"}')
    (found,) = remarks(folder)
    assert found.startswith("scales.json: 'utf-8' codec")
