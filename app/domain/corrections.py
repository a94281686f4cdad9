"""The correction inbox: a changed outcome of a locked period waits until the indicator's owner accepts it (I7, R6)."""

from collections.abc import Iterator
from enum import StrEnum

from app.domain import outcome_imports as _imports  # noqa: F401  # registers I7
from app.domain.findings import Finding, also
from app.domain.texts import Text


class CorrectionState(StrEnum):
    """Held until it is accepted or declined; superseded when another figure came in its place before that."""

    HELD = "held"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SUPERSEDED = "superseded"


_STATES = {
    CorrectionState.HELD: Text("väntande", "held"),
    CorrectionState.ACCEPTED: Text("godtagen", "accepted"),
    CorrectionState.DECLINED: Text("avböjd", "declined"),
    CorrectionState.SUPERSEDED: Text("ersatt av en senare uppgift", "superseded by a later figure"),
}


@also("I7")
def still_held(state: CorrectionState, pointer: str = "") -> Iterator[Finding]:
    """I7: a correction is decided once. Depends on the state of things: somebody else may have been faster."""
    if state is CorrectionState.HELD:
        return
    words = Text("Rättelsen är redan {state}.", "The correction is {state} already.").fill(state=_STATES[state])
    yield Finding("I7", words, pointer, facts={"state": state.value}, depends_on_state=True)
