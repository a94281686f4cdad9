"""What is wrong with the form of a request, in Swedish too: pydantic speaks English only."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.api.problems import Wrong
from app.domain.texts import Text

_SWEDISH: Mapping[str, str] = {
    "missing": "Fältet saknas.",
    "extra_forbidden": "Fältet finns inte.",
    "json_invalid": "Kroppen är inte giltig JSON.",
    "string_type": "Ska vara en text.",
    "string_too_long": "Texten är för lång: högst {max_length} tecken.",
    "string_too_short": "Texten är för kort: minst {min_length} tecken.",
    "string_pattern_mismatch": "Texten har inte rätt form.",
    "string_unicode": "Texten är inte giltig Unicode.",
    "control_character": "Texten innehåller ett styrtecken (till exempel NUL).",
    "blank": "Texten säger ingenting: den är tom eller består av blanktecken.",
    "uuid_parsing": "Ska vara ett id (UUID).",
    "uuid_type": "Ska vara ett id (UUID).",
    "int_parsing": "Ska vara ett heltal.",
    "int_type": "Ska vara ett heltal.",
    "int_from_float": "Ska vara ett heltal.",
    "bool_parsing": "Ska vara true eller false.",
    "bool_type": "Ska vara true eller false.",
    "date_from_datetime_parsing": "Ska vara ett datum, åååå-mm-dd.",
    "date_parsing": "Ska vara ett datum, åååå-mm-dd.",
    "date_type": "Ska vara ett datum, åååå-mm-dd.",
    "decimal_parsing": "Ska vara ett tal.",
    "decimal_type": "Ska vara ett tal.",
    "finite_number": "Ska vara ett ändligt tal.",
    "enum": "Ska vara ett av {expected}.",
    "literal_error": "Ska vara ett av {expected}.",
    "greater_than_equal": "Ska vara minst {ge}.",
    "less_than_equal": "Ska vara högst {le}.",
    "greater_than": "Ska vara större än {gt}.",
    "less_than": "Ska vara mindre än {lt}.",
    "too_long": "För många: högst {max_length}.",
    "too_short": "För få: minst {min_length}.",
    "list_type": "Ska vara en lista.",
    "dict_type": "Ska vara ett objekt.",
    "model_type": "Ska vara ett objekt.",
    "model_attributes_type": "Ska vara ett objekt.",
    "half_a_ratio": "Täljare och nämnare anges tillsammans.",
    "not_a_ratio": "Bara en kvot har täljare och nämnare.",
    "catalogue_key_missing": "Utfall ur katalogen kräver en catalogue_key.",
    "unreadable_target": "Målet kan inte läsas. Skriv till exempel Öka, Öka >1 %, ≤10 % eller 90 %.",
    "child_or_children": "Ange antingen child eller children.",
    "unit_or_units": "Ange node, och antingen unit eller units.",
    "items_or_one": "Ange antingen items eller fälten för en enda nedfördelning.",
    "node_or_title": "Ange antingen node eller title.",
    "view_for_several": "Ange ett av permission_group, unit och units.",
    "own_origin": "En enhets egen nod fördelas inte till den.",
    "decimal_max_digits": "Talet har för många siffror.",
    "decimal_max_places": "Talet har för många decimaler.",
    "decimal_whole_digits": "Talet är för stort.",
}


_REFUSED = "Värdet godtas inte."
# Pydantic tells a bound of a day as Python would write it.
_DAY = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")


def wrongs(errors: Sequence[Mapping[str, Any]]) -> list[Wrong]:
    """Pydantic's errors, as FastAPI gives them, with JSON pointers and words in both languages."""
    return [_wrong(error) for error in errors]


def _wrong(error: Mapping[str, Any]) -> Wrong:
    kind = str(error["type"])
    place = list(error.get("loc", ()))
    english = _DAY.sub(_iso, str(error["msg"])).rstrip(".") + "."
    swedish = _SWEDISH.get(kind, _REFUSED)
    try:
        swedish = swedish.format(**error.get("ctx", {}))
    except (KeyError, IndexError, ValueError):
        swedish = _REFUSED
    text = Text(_DAY.sub(_iso, swedish), english)
    if place and place[0] in {"query", "path", "header", "cookie"}:
        return Wrong(text, kind, parameter=str(place[1]) if len(place) > 1 else None)
    steps = place[1:] if place and place[0] == "body" else place
    if kind == "json_invalid":
        steps = []
    return Wrong(text, kind, pointer=pointer(steps))


def _iso(day: re.Match[str]) -> str:
    return "{:04}-{:02}-{:02}".format(*map(int, day.groups()))


def pointer(steps: Sequence[object]) -> str:
    """A JSON pointer (RFC 6901) of the steps into a document."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
