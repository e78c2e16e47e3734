"""One trace id from a request to its events, jobs, webhooks and e-mails: an operator can follow a walk through the log.

An id is a W3C trace-id (Trace Context, https://www.w3.org/TR/trace-context/): 32 lower-case hexadecimal digits, not
all zero. A request brings one in `traceparent` or gets one; rows that continue its work later carry it.

Where OpenTelemetry is installed (the extra `otel`) and an SDK is set up, `span` opens a span in the trace of that id;
else it does nothing.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import Any

from workers.kernel.ids import new_id

try:
    from opentelemetry import trace as telemetry
except ImportError:  # the extra `otel` is not installed
    telemetry = None  # type: ignore[assignment]  # what is used of it has None beside it

TRACE_LENGTH = 32
_PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_trace: ContextVar[str] = ContextVar("trace", default="")


def new_trace() -> str:
    """Return a fresh trace id; it sorts by time, and its right half is random, as W3C asks."""
    return new_id().hex


def current_trace() -> str:
    """Return the trace id of what runs now, or an empty string."""
    return _trace.get()


def trace_or_new() -> str:
    """Return the trace id of what runs now, or a fresh one where nothing does: a timer that fires begins a walk."""
    return _trace.get() or new_trace()


def trace_of(traceparent: str) -> str:
    """Return the trace id of a `traceparent` header, or a fresh one when the header is missing or malformed."""
    match = _PARENT.fullmatch(traceparent) if len(traceparent) < 200 else None
    is_known = match is not None and (traceparent[:2] != "00" or not match[4])  # version 00 has no more fields
    return match[1] if match is not None and is_known else new_trace()


@contextmanager
def traced(trace: str) -> Iterator[None]:
    """Run the block under a trace id."""
    token = _trace.set(trace)
    try:
        yield
    finally:
        _trace.reset(token)


def span(name: str, *, trace: str = "", **attributes: str) -> AbstractContextManager[Any]:
    """A span of `trace`, or of the current one, around the block; `attributes` are codes, nothing about anybody."""
    return _open_span(name, trace or current_trace(), attributes) if _is_told() else nullcontext()


@cache
def _is_told() -> bool:
    """Whether an SDK is set up; without one the API's stand-ins would cost a request 7 % of its time for nothing.

    Asked once, for to ask costs as much as a signature: config/telemetry.py has set one up by then.
    """
    return telemetry is not None and not isinstance(telemetry.get_tracer_provider(), telemetry.ProxyTracerProvider)


def _open_span(name: str, trace_id: str, attributes: dict[str, str]) -> AbstractContextManager[Any]:
    """The span's parent is whatever span is open, else the trace itself: what a row carries over is only its id."""
    tracer, context = telemetry.get_tracer("workers"), None
    if not telemetry.get_current_span().get_span_context().is_valid and trace_id:
        number = int(trace_id, 16)
        root = telemetry.SpanContext(
            trace_id=number,
            span_id=(number & 0xFFFFFFFFFFFFFFFF) or 1,
            is_remote=True,
            trace_flags=telemetry.TraceFlags(telemetry.TraceFlags.SAMPLED),
        )
        context = telemetry.set_span_in_context(telemetry.NonRecordingSpan(root))
    opened: AbstractContextManager[Any] = tracer.start_as_current_span(name, context=context, attributes=attributes)
    return opened
