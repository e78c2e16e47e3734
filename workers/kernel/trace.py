"""One trace id from a request to its events, jobs and webhooks: an operator can follow a walk through the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_trace: ContextVar[str] = ContextVar("trace", default="")


def current_trace() -> str:
    """Return the trace id of what runs now, or an empty string."""
    return _trace.get()


@contextmanager
def traced(trace: str) -> Iterator[None]:
    """Run the block under a trace id."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)
