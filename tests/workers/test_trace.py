"""A trace id comes in by `traceparent`, and OpenTelemetry's spans lie in its trace."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace as telemetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from workers.deliveries.queueing import register_endpoint
from workers.events import Envelope, Event, reacts_to
from workers.kernel import trace
from workers.kernel.actor import Actor, Role, acting_as
from workers.kernel.ids import new_id
from workers.outbox.draining import drain
from workers.outbox.publishing import publish


@dataclass(frozen=True, kw_only=True)
class Walked(Event, name="tests.walked.v1"):
    """For these tests."""

    endpoint_id: UUID


@reacts_to(Walked)
def walk_on(event: Walked, envelope: Envelope) -> None:
    """Does nothing."""


ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{ID}-00f067aa0ba902b7-01"


@pytest.mark.parametrize("header", [PARENT, f"01-{ID}-00f067aa0ba902b7-00-what-will-be"])
def test_the_id_of_a_wellformed_header_is_taken_over(header):
    assert trace.trace_of(header) == ID


@pytest.mark.parametrize(
    "header",
    [
        "",
        ID,
        PARENT.upper(),
        PARENT + "-more",
        PARENT + "\n",
        f"ff-{ID}-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{ID}-{'0' * 16}-01",
        f"01-{ID}-00f067aa0ba902b7-01-" + "x" * 1000,
    ],
)
def test_a_malformed_header_begins_a_trace_of_its_own(header):
    found = trace.trace_of(header)
    assert re.fullmatch("[0-9a-f]{32}", found)
    assert found != ID


@given(st.text())
def test_any_header_gives_an_id_that_can_be_stored_and_logged(header):
    assert re.fullmatch("[0-9a-f]{32}", trace.trace_of(header))


def test_outside_a_trace_a_fresh_one_begins():
    with trace.traced(ID):
        assert trace.trace_or_new() == ID
    assert trace.current_trace() == ""
    assert trace.trace_or_new() not in ("", ID, trace.trace_or_new())


@pytest.fixture(scope="session")
def exporter() -> InMemorySpanExporter:
    """Once in a process, as OpenTelemetry has it: a worker may come back to this module (tests are stolen)."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    trace._is_told.cache_clear()  # a test without telemetry may have asked before
    exporter.clear()
    yield exporter
    exporter.clear()
    trace._is_told.cache_clear()


def test_spans_lie_in_the_trace_and_in_each_other(spans):
    with trace.traced(ID), trace.span("request", method="GET"), trace.span("reaction", consumer="a.b"):
        pass
    inner, outer = spans.get_finished_spans()
    assert (inner.name, outer.name) == ("reaction", "request")
    assert f"{outer.context.trace_id:032x}" == f"{inner.context.trace_id:032x}" == ID
    assert inner.parent.span_id == outer.context.span_id
    assert dict(outer.attributes) == {"method": "GET"}


def test_a_later_hop_continues_the_trace_by_its_id_alone(spans):
    with trace.traced(ID), trace.span("delivery"):
        pass
    with trace.span("outside"):
        pass
    later, outside = spans.get_finished_spans()
    assert f"{later.context.trace_id:032x}" == ID
    assert outside.parent is None


def test_a_request_is_a_span_of_the_trace_it_was_given(spans):
    Client().get("/healthz", headers={"traceparent": PARENT})
    [request] = spans.get_finished_spans()
    assert (request.name, f"{request.context.trace_id:032x}") == ("request", ID)
    assert dict(request.attributes) == {"method": "GET"}


def test_a_reaction_is_a_span_of_its_events_trace(spans, committed_db, now):
    with trace.traced(ID), acting_as(Actor(role=Role.OPERATOR)):
        endpoint = register_endpoint(owner_id=new_id(), url="https://clinic.example/")
        publish(Walked(endpoint_id=endpoint.pk), about=endpoint, now=now)
    drain("domain")
    [reaction] = spans.get_finished_spans()
    assert (reaction.name, f"{reaction.context.trace_id:032x}") == ("reaction", ID)
    assert dict(reaction.attributes) == {"consumer": "tests.walk_on", "events": "1"}


def test_without_opentelemetry_nothing_happens(spans, monkeypatch):
    monkeypatch.setattr(trace, "telemetry", None)
    trace._is_told.cache_clear()
    with trace.traced(ID), trace.span("request"):
        pass
    assert spans.get_finished_spans() == ()
