"""What a line of the log holds: JSON for machines, words for a terminal; both with the trace id of what runs now."""

import json
import logging
import re
from datetime import UTC, datetime

from workers.kernel.trace import current_trace

_PLACE = re.compile(r"(?:(\w+)=)?%[sdr]")


class TraceFilter(logging.Filter):
    """Adds the trace id of what runs now, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.trace = current_trace() or "-"
        return True


class JsonFormatter(logging.Formatter):
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


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """The arguments that the message names; none for a message that was formatted by whoever logged it."""
    names, values = _PLACE.findall(str(record.msg)), record.args
    if not isinstance(values, tuple) or len(names) != len(values):
        return {}
    return {name: value for name, value in zip(names, values, strict=True) if name}
