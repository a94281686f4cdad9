"""The application on this worker's database, and the service on a port of its own for requests by the dozen."""

from tests.api.conftest import anonymous, app, world
from tests.contract.live import live

__all__ = ["anonymous", "app", "live", "world"]
