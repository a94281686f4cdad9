"""What an export says in SDMX's words, held against the code lists that SDMX publishes (registry.sdmx.org).

SDMX:CL_SEX(2.1) is here whole; of SDMX:CL_OBS_STATUS the codes that tell of values that are there or not.
"""

import pytest

from app.domain.indicators import OutcomeStatus, Sex
from app.exports.outcome_columns import Cell, ColumnSet, OutcomeRecord, columns_of

CL_SEX = {"F": "Female", "M": "Male", "_N": "Not allocated", "_O": "Other", "_T": "Total", "_U": "Unknown",
          "_Z": "Not applicable"}  # fmt: skip
CL_OBS_STATUS = {
    "A": "Normal value",
    "H": "Missing value; holiday or weekend",
    "L": "Missing value; data exist but were not collected",
    "M": "Missing value; data cannot exist",
    "O": "Missing value",
    "Q": "Missing value; suppressed",
}


def told(column: str, *, sex: Sex = Sex.TOTAL, status: OutcomeStatus = OutcomeStatus.NORMAL) -> Cell:
    kept = None if status is OutcomeStatus.NORMAL else status.value
    record = OutcomeRecord("IND-1", "SU", "2027-T2", sex.value, None, None, None, None, kept)
    [shown] = [each for each in columns_of(ColumnSet.SDMX) if each.name == column]
    return shown.cell(record)


@pytest.mark.parametrize(("sex", "name"), [(Sex.TOTAL, "Total"), (Sex.WOMEN, "Female"), (Sex.MEN, "Male")], ids=str)
def test_each_sex_has_the_code_of_its_name(sex: Sex, name: str) -> None:
    assert CL_SEX[str(told("SEX", sex=sex))] == name


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (OutcomeStatus.NORMAL, "Normal value"),
        (OutcomeStatus.MISSING, "Missing value"),
        (OutcomeStatus.SUPPRESSED, "Missing value; suppressed"),
        (OutcomeStatus.NOT_APPLICABLE, "Missing value; data cannot exist"),
    ],
)
def test_each_status_has_the_code_of_its_meaning(status: OutcomeStatus, name: str) -> None:
    assert CL_OBS_STATUS[str(told("OBS_STATUS", status=status))] == name


def test_no_two_of_ours_share_a_code() -> None:
    assert len({told("OBS_STATUS", status=each) for each in OutcomeStatus}) == len(OutcomeStatus)
    assert len({told("SEX", sex=each) for each in Sex}) == len(Sex)
