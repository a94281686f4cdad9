"""Today, said in one place: the domain has no clock of its own."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The date in Sweden, where the regions keep their calendars."""
    return now().astimezone(SWEDEN).date()
