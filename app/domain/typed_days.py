"""Days that people and machines write: ISO 8601 (2027-04-30) and nothing else.

Pydantic by itself also reads a number as seconds since 1970, so that a year in the wrong place became a day in 1970.
"""

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

ISO_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_form(said: object) -> object:
    if isinstance(said, date) or (isinstance(said, str) and ISO_FORM.fullmatch(said)):
        return said
    raise PydanticCustomError("date_type", "Write a day as YYYY-MM-DD")


IsoDay = Annotated[date, BeforeValidator(_iso_form)]
"""A day, written YYYY-MM-DD."""
