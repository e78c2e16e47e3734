"""What the log adds to each line."""

import logging

from workers.kernel.trace import current_trace


class TraceFilter(logging.Filter):
    """Adds the trace id of what runs now, or a dash."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        record.trace = current_trace() or "-"
        return True
