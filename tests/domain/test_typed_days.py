from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from app.domain.typed_days import IsoDay

DAY = TypeAdapter[date](IsoDay)


@pytest.mark.parametrize("said", ["2027-04-30", date(2027, 4, 30)])
def test_a_day_is_read(said: object) -> None:
    assert DAY.validate_python(said) == date(2027, 4, 30)


@pytest.mark.parametrize("said", [0, 2027, 1.5, True, None, "0", "2027", "2027-4-30", "2027-02-30", "٢٠٢٧-٠٤-٣٠", ""])
def test_what_is_no_day_is_refused(said: object) -> None:
    with pytest.raises(ValidationError):
        DAY.validate_python(said)
