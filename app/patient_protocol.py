"""HTTP on a connection that must say what it wants within a time: uvicorn waits for the head of a request for ever.

Between requests uvicorn itself closes a connection that is silent; one that sends a byte now and then it does not.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, closing a connection on which no whole head of a request has come for `seconds`."""

    seconds = 20.0
    _closing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Wait for the first head."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait no more, if that was the rest of a head."""
        super().data_received(data)
        if not self._waits():
            self._wait_no_more()

    def on_response_complete(self) -> None:
        """Wait for the next head; what comes of the last body meanwhile is none."""
        super().on_response_complete()
        if self._waits():
            self._wait()

    def _waits(self) -> bool:
        cycle = getattr(self, "cycle", None)  # none before the first head
        return cycle is None or bool(cycle.response_complete)

    def _wait(self) -> None:
        self._wait_no_more()
        self._closing = self.loop.call_later(self.seconds, self._close)

    def _wait_no_more(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _close(self) -> None:
        if self._waits() and not self.transport.is_closing():
            self.transport.close()


def patient_protocol(seconds: float) -> type[PatientProtocol]:
    """The protocol with its patience."""
    return type("PatientProtocol", (PatientProtocol,), {"seconds": seconds})
