"""OpenTelemetry, where it is wanted: spans of requests, reactions and deliveries go to an OTLP collector."""

import sys


def install() -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT; the SDK reads that and its other settings (OTEL_…) itself."""
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        print(  # noqa: T201 - logging is not set up yet
            "Cannot start: OTEL_EXPORTER_OTLP_ENDPOINT is set, and the extra `otel` is not installed.", file=sys.stderr
        )
        raise SystemExit(2) from None
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
