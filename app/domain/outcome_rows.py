"""I9: rows of outcomes as they come from outside. Every fault of form is a finding, none a crash."""

import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from reprlib import Repr
from typing import Any, NamedTuple

from app.domain.findings import Finding, also, rule
from app.domain.indicators import Figures, OutcomeStatus, Sex
from app.domain.numbers import NumberRefusedError, read_number
from app.domain.periods import Period, parse_period
from app.domain.plan_versions import PlanStatus
from app.domain.reporting_periods import plan_open
from app.domain.texts import Text

LONGEST_NAME = 100
LONGEST_COMMENT = 2000
_LONGEST_SHOWN = 100
# Lists in lists a thousand deep are shown without going to their bottom.
_BRIEFLY = Repr()
_BREAKS = frozenset("\n\r\t")
_STATUSES = {status.value: status for status in OutcomeStatus}
_STATUS = Text(
    "Ange status som normal, missing, suppressed eller not_applicable.",
    "Give the status as normal, missing, suppressed or not_applicable.",
)
_SEXES = {sex.value: sex for sex in Sex}
_SEX = Text("Ange kön som T (totalt), K (kvinnor) eller M (män).", "Give the sex as T (total), K (women) or M (men).")
_PERIOD = Text("Ange perioden som 2027, 2027-T1 eller 2027-04.", "Give the period as 2027, 2027-T1 or 2027-04.")
_NAME = Text("Ange en kod på högst {most} synliga tecken.", "Give a code of at most {most} visible characters.")
_COMMENT = Text(
    "Kommentaren är text utan styrtecken, högst {most} tecken.",
    "The comment is text without control characters, at most {most} long.",
)


class RawOutcome(NamedTuple):
    """A row as it came: anything may stand anywhere. An empty text stands for nothing given, as in CSV."""

    indicator: Any = None
    unit: Any = None
    period: Any = None
    sex: Any = None
    value: Any = None
    numerator: Any = None
    denominator: Any = None
    comment: Any = None
    status: Any = None


class ReadOutcome(NamedTuple):
    """A row whose form is right. Whether its indicator and unit exist is asked next (`names_known`)."""

    indicator: str
    """Catalogue key or code."""
    unit: str
    period: Period
    sex: Sex
    figures: Figures
    comment: str | None = None
    status: OutcomeStatus = OutcomeStatus.NORMAL


@rule(
    "I9",
    title=Text("Okänt blir en konflikt", "The unknown is a conflict"),
    statement=Text(
        "Ett utfall för en okänd indikator, en okänd enhet eller en stängd period är en konflikt, inte en krasch;"
        " likaså okänt kön, okänt periodformat och tal utanför gränserna.",
        "An outcome for an unknown indicator, unit or a closed period is a conflict, not a crash; unknown sex, period"
        " format and numbers out of bounds likewise.",
    ),
    source="000 §8.3",
)
def read_outcome(raw: RawOutcome, pointer: str = "") -> ReadOutcome | list[Finding]:
    """I9: the row, or everything that is wrong with its form. `facts["code"]` says what, for programs."""
    wrong: list[Finding] = []

    def refuse(field: str, code: str, message: Text) -> None:
        wrong.append(Finding("I9", message, f"{pointer}/{field}", facts={"code": code}))

    names = []
    for field, given in (("indicator", raw.indicator), ("unit", raw.unit)):
        # A code is printable: neither NUL nor half a character, which no database can be asked about.
        if not isinstance(given, str) or not 0 < len(given) <= LONGEST_NAME or not given.isprintable():
            refuse(field, "not_a_code", _NAME.fill(most=LONGEST_NAME))
        names.append(given)
    try:
        period = parse_period(raw.period if isinstance(raw.period, str) else "")
    except ValueError:
        refuse("period", "period_format", _PERIOD)
    sex = _SEXES.get(raw.sex) if isinstance(raw.sex, str) else None
    if sex is None:
        refuse("sex", "unknown_sex", _SEX)
    figures = _numbers(raw, refuse)
    comment = raw.comment if raw.comment != "" else None
    if comment is not None and not (isinstance(comment, str) and _is_keepable(comment)):
        refuse("comment", "not_a_text", _COMMENT.fill(most=LONGEST_COMMENT))
    status = _status(raw.status)
    if status is None:
        refuse("status", "unknown_status", _STATUS)
    if wrong or sex is None or status is None:
        return wrong
    return ReadOutcome(names[0], names[1], period, sex, figures, comment, status)


def _numbers(raw: RawOutcome, refuse: Callable[[str, str, Text], None]) -> Figures:
    numbers: dict[str, Decimal] = {}
    for field, given in (("value", raw.value), ("numerator", raw.numerator), ("denominator", raw.denominator)):
        try:
            if given is not None and given != "":
                numbers[field] = read_number(given)
        except NumberRefusedError as error:
            refuse(field, error.code, error.text)
    return Figures(**numbers)


def _status(given: object) -> OutcomeStatus | None:
    if given is None or given == "":
        return OutcomeStatus.NORMAL
    return _STATUSES.get(given) if isinstance(given, str) else None


@also("I9")
def names_known(
    indicator: str, unit: str, *, indicator_known: bool, unit_known: bool, pointer: str = ""
) -> Iterator[Finding]:
    """I9: indicator and unit exist, and the caller may see them (B2: the two look alike)."""
    if not indicator_known:
        words = Text("Indikatorn {name} finns inte.", "There is no indicator {name}.")
        facts = {"code": "unknown_indicator"}
        yield Finding("I9", words.fill(name=shown(indicator)), f"{pointer}/indicator", facts=facts)
    if not unit_known:
        words = Text("Enheten {name} finns inte.", "There is no unit {name}.")
        yield Finding("I9", words.fill(name=shown(unit)), f"{pointer}/unit", facts={"code": "unknown_unit"})


@also("I9")
def period_open(period: Period, status: PlanStatus | None, pointer: str = "/period") -> Iterator[Finding]:
    """I9: the period's year has an open plan version; `status` is None where it has no version."""
    yield from plan_open(period, status, pointer, rule_id="I9")


def shown(given: object) -> str:
    """What was given, fit to be kept and shown: at most 100 characters, none that a database or a screen refuses."""
    spelt = _BRIEFLY.repr if isinstance(given, list | dict) else repr
    words = given if isinstance(given, str) else spelt(given)
    cut = words[:_LONGEST_SHOWN]
    return "".join("\ufffd" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in cut)


def _is_keepable(comment: str) -> bool:
    """Whether a database can hold the text: a NUL or half a character (a lone surrogate) it can't."""
    if len(comment) > LONGEST_COMMENT:
        return False
    return comment.isprintable() or not any(
        unicodedata.category(c) in {"Cc", "Cs"} and c not in _BREAKS for c in comment
    )
