"""OpenTelemetry, where it is wanted: spans of requests, reactions and deliveries go to an OTLP collector."""

import sys
from importlib import import_module
from importlib.util import find_spec

_EXPORTER = "opentelemetry.exporter.otlp.proto.http.trace_exporter"


def install() -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT; the SDK reads that and its other settings (OTEL_…) itself."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        print(  # noqa: T201 - logging is not set up yet
            "Cannot start: OTEL_EXPORTER_OTLP_ENDPOINT is set, and the extra `otel` is not installed.", file=sys.stderr
        )
        raise SystemExit(2)
    trace, sdk = import_module("opentelemetry.trace"), import_module("opentelemetry.sdk.trace")
    export = import_module("opentelemetry.sdk.trace.export")
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.BatchSpanProcessor(import_module(_EXPORTER).OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
