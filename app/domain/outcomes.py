"""Which outcomes an indicator takes: by the way it says (I2), and on region level only where it says so (I10)."""

from collections.abc import Iterator

from app.domain.findings import Finding, rule
from app.domain.indicators import IndicatorView, InputWay
from app.domain.texts import Text

_WAYS = {
    InputWay.MANUAL: Text("för hand", "by hand"),
    InputWay.CATALOGUE: Text("från indikatorkatalogen", "from the indicator catalogue"),
}


@rule(
    "I2",
    title=Text("Ett sätt att lämna utfall", "One way in for outcomes"),
    statement=Text(
        "Utfall kommer för hand, från den som ansvarar för inmatningen, eller från indikatorkatalogen genom"
        " integration; indikatorn säger vilket, och det andra sättet nekas.",
        "Outcomes come by hand, from the one who is responsible for entering them, or from the indicator catalogue by"
        " integration; an indicator says which, and the other way is refused.",
    ),
    source="000 §8.3, §9.1",
)
def input_way(indicator: IndicatorView, way: InputWay, pointer: str = "/indicator") -> Iterator[Finding]:
    """I2."""
    if indicator.input is way:
        return
    words = Text("Utfall för {code} kommer {expected}, inte {way}.", "Outcomes for {code} come {expected}, not {way}.")
    message = words.fill(code=indicator.code, expected=_WAYS[indicator.input], way=_WAYS[way])
    yield Finding("I2", message, pointer, facts={"indicator": indicator.code, "input": indicator.input.value})


@rule(
    "I10",
    title=Text("Bara på regionnivå", "On region level only"),
    statement=Text(
        "En indikator som är endast på regionnivå tar emot utfall bara på regionnivån.",
        "A region-level-only indicator takes outcomes on region level only.",
    ),
    source="001 §8",
)
def on_its_level(indicator: IndicatorView, *, at_region: bool, pointer: str = "/unit") -> Iterator[Finding]:
    """I10: `at_region` tells whether the outcome's unit is the region itself."""
    if indicator.region_level_only and not at_region:
        words = Text(
            "Indikatorn {code} finns endast på regionnivå: lämna utfallet där.",
            "The indicator {code} is on region level only: give the outcome there.",
        )
        yield Finding("I10", words.fill(code=indicator.code), pointer, facts={"indicator": indicator.code})
