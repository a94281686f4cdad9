"""A use case's beginning, from a call."""

from app.api.dependencies import Call
from app.services.facts import Asked, asked


async def asking(call: Call) -> Asked:
    """The transaction, the caller, the day and the steering model."""
    return await asked(call.uow, call.principal, call.on)
