"""What a line of the log holds: JSON for machines, words for a terminal; both with the trace id of what runs now."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import OperationalError

from workers.kernel.trace import current_trace

_AWAY_STATES = ("08", "57P")  # SQLSTATEs: no connection, and PostgreSQL is starting or stopping
_PLACE = re.compile(r"(?:(\w+)=)?%[sdr]")


class TraceFilter(logging.Filter):
    """Adds the trace id of what runs now, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.trace = current_trace() or "-"
        return True


class BriefFormatter(logging.Formatter):
    """As logging's own, but of a server of ours that is away it tells what its client said, and no traceback.

    Where it was asked explains nothing then, and each of many who ask in vain would have a hundred lines.
    """

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback, or what the server's client said."""
        kind, error, _ = ei
        if not _is_away(error):
            return super().formatException(ei)
        said, _, _ = str(error).partition("\n")
        return f"{kind.__name__}: {said}"


class JsonFormatter(BriefFormatter):
    """One JSON object a line: at, level, logger, trace, process, message; `name=%s` in a message is a field as well."""

    def format(self, record: logging.LogRecord) -> str:
        """Never raises for what a message holds: what JSON does not know becomes text."""
        line = _fields(record) | {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "trace": getattr(record, "trace", "-"),
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _is_away(error: BaseException | None) -> bool:
    """Whether a server could not be reached, or hung up; a statement that it refused is another thing."""
    from redis import exceptions as redis  # noqa: PLC0415 - a command that asks it nothing starts without it

    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return True
    cause = error.__cause__ if isinstance(error, OperationalError) else None
    if not isinstance(cause, psycopg.OperationalError) or isinstance(cause, psycopg.errors.PipelineAborted):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith(_AWAY_STATES)


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """The arguments that the message names; none for a message that was formatted by whoever logged it."""
    names, values = _PLACE.findall(str(record.msg)), record.args
    if not isinstance(values, tuple) or len(names) != len(values):
        return {}
    return {name: value for name, value in zip(names, values, strict=True) if name}
