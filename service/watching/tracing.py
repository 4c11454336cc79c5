"""Spans to a collector, where the environment names one and the extra `tracing` is there."""

import threading
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from service.log import Log

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own; so are those of sampling, batches, headers and the resource, which its library reads itself."""
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
OUR_PROTOCOL = "http/protobuf"
_EXPORTER = "opentelemetry.exporter.otlp.proto.http"
_FLUSH_S = 2.0
"""How long the last spans may take to leave: a collector that is down holds up no drain."""


class Tracing:
    """Makes spans and sends them, in batches and from a thread of its own.

    Args:
        provider: Where they go. It is not made the process's own, as MLflow has one too.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self.tracer: Tracer = provider.get_tracer("shopkeeper", version("shopkeeper"))

    @classmethod
    def wanted(cls, environ: Mapping[str, str], log: Log) -> "Tracing | None":
        """As the environment wants it; None where it wants none, or cannot have it, which the log tells then."""
        endpoint = next((environ[name] for name in ENDPOINTS if environ.get(name)), None)
        if endpoint is None or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return None
        if not _is_there():
            log.warning(
                "tracing_off",
                cause=f"{ENDPOINTS[1]} is set, and the exporter is not installed",
                hint="pip install 'shopkeeper[service,tracing]'",
            )
            return None
        protocol = next((environ[name] for name in PROTOCOLS if environ.get(name)), OUR_PROTOCOL)
        if protocol != OUR_PROTOCOL:
            log.warning(
                "tracing_off",
                cause=f"{PROTOCOLS[1]} is {protocol!r}, and spans leave by {OUR_PROTOCOL} alone",
                hint="collectors take that at port 4318",
            )
            return None
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        own = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": "shopkeeper"}
        provider = TracerProvider(resource=Resource.create(own))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        log.info("tracing", protocol=OUR_PROTOCOL)
        return cls(provider)

    def close(self) -> None:
        """Send what has not been sent, if that can be done soon."""
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(_FLUSH_S)


def _is_there() -> bool:
    try:
        return find_spec(_EXPORTER) is not None
    except ModuleNotFoundError:
        return False
