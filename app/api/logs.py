"""Structured logs: one JSON object per line, each with the id of the request it belongs to. Nothing secret.

What a request carries (headers, body, query) is never logged: tokens stand in the first, people's words in the others.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Id of the request that is being answered; None outside of one."""

# What every record has; whatever else is found on one was given as `extra`.
_ALWAYS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}


# What is a secret by its form, wherever it turns up: in a message, in an exception's text, in a library's debug line.
_SECRETS = (
    (re.compile(r"(styr_[a-z0-9]{1,16}_[0-9a-f-]{32,36}_)[A-Za-z0-9_-]+"), r"\1***"),
    (re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*"), "***"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"([a-z][a-z0-9+]*://[^\s:/@\"']*:)[^\s@/\"']+@"), r"\1***@"),
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|client_secret|access_token|api_key)(\\?[\"']?\s*[=:]\s*\\?[\"']?)[^\s\"'\\,&}]+"
        ),
        r"\1\2***",
    ),
)


def masked(line: str) -> str:
    """A line without the keys, tokens and passwords that stand in it."""
    for form, instead in _SECRETS:
        line = form.sub(instead, line)
    return line


class JsonFormatter(logging.Formatter):
    """A log record as a line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Never fails: what JSON does not know is written as text, and half a surrogate pair as its escape."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line |= {name: value for name, value in record.__dict__.items() if name not in _ALWAYS}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(json.dumps(line, default=str))


def configure(level: str) -> None:
    """Send all logs to standard error as JSON, uvicorn's too (start it with `log_config=None, access_log=False`)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
