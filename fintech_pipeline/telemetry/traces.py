"""Traces: what became of a slot, from its tick to the last message, as one trace of OpenTelemetry.

The tick is a Job, its steps may be Jobs, alerts are decided by a sensor and sent by the deliverer:
nothing that lives hands a trace on. So nothing need be handed on: the trace of a slot is a hash of
the configuration's name and the slot, and whoever works for the slot knows it.

Nothing is recorded unless `traces.endpoint` names a collector; that takes the extra `[otel]`.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fintech_pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanContext, Tracer

TIMEOUT_SECONDS = 5
"""How long a collector may take; one that is away holds up the end of a process no longer."""
_PATH = "/v1/traces"
Value = str | int | float | bool | None


@dataclass
class Tracing:
    """Where spans go; nowhere until it is started.

    Attributes:
        service: The configuration's name.
    """

    service: str = ""
    _provider: "TracerProvider | None" = field(default=None, repr=False)
    _tracer: "Tracer | None" = field(default=None, repr=False)
    _ids: Any = field(default=None, repr=False)

    def start(self, endpoint: str | None, service: str) -> None:
        """Sends spans to a collector from now on; a second time it changes nothing.

        Args:
            endpoint: Its address, OTLP over HTTP, such as http://localhost:4318; None: nowhere.
            service: The configuration's name.

        Raises:
            ConfigurationError: The extra is not installed.
        """
        if endpoint is None or self._provider is not None:
            return
        if find_spec("opentelemetry.sdk") is None:
            raise ConfigurationError(
                "traces.endpoint is set, and OpenTelemetry is not installed; "
                'run pip install "fintech-pipeline[otel]", or leave the setting out.'
            )
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        from fintech_pipeline.telemetry.trace_ids import GivenIds

        self.service, self._ids = service, GivenIds()
        resource = Resource.create(
            {"service.name": "fintech-pipeline", "service.namespace": service}
        )
        self._provider = TracerProvider(resource=resource, id_generator=self._ids)
        exporter = OTLPSpanExporter(_of_traces(endpoint), timeout=TIMEOUT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("fintech")

    def stop(self) -> None:
        """Sends what was not sent yet, and nothing more."""
        if self._provider is not None:
            self._provider.shutdown()
        self._provider = self._tracer = None

    @contextlib.contextmanager
    def span(
        self, name: str, slot_at: datetime | None = None, **attributes: Value
    ) -> Iterator[dict[str, Value]]:
        """A span around what is done; of a slot, or of what is done just now.

        An error is told by its class alone: its words may hold what nobody should read there.

        Args:
            name: What is done.
            slot_at: The slot it is done for (UTC); None: it belongs to the span around it.
            attributes: What is known of it, without a secret.

        Yields:
            Takes more attributes, known at its end.
        """
        if self._tracer is None:
            yield {}
            return
        from opentelemetry.trace import Status, StatusCode

        more: dict[str, Value] = {}
        with self._tracer.start_as_current_span(
            name,
            context=self._around(slot_at),
            attributes=_known(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield more
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                span.set_attribute("error.type", type(error).__name__)
                raise
            finally:
                span.set_attributes(_known(more))

    def done(
        self,
        name: str,
        began_at: datetime,
        ended_at: datetime,
        slot_at: datetime | None = None,
        **attributes: Value,
    ) -> None:
        """Records what was done already; see `span`.

        Args:
            name: What was done.
            began_at: Since when (UTC).
            ended_at: Until when (UTC).
            slot_at: The slot it was done for (UTC).
            attributes: What is known of it, without a secret.
        """
        if self._tracer is not None:
            began = self._tracer.start_span(
                name, self._around(slot_at), attributes=_known(attributes), start_time=_ns(began_at)
            )
            began.end(_ns(ended_at))

    def slot_done(self, slot_at: datetime, ended_at: datetime, **attributes: Value) -> None:
        """Records the span that all others of a slot belong to, from the slot to its signals.

        Args:
            slot_at: The slot (UTC).
            ended_at: When its signals were stored (UTC).
            attributes: What is known of it.
        """
        if self._tracer is None:
            return
        from opentelemetry.context import Context

        context = self._of_slot(slot_at)
        with self._ids.given(context.trace_id, context.span_id):
            root = self._tracer.start_span(
                "slot", Context(), attributes=_known(attributes), start_time=_ns(slot_at)
            )
        root.end(_ns(ended_at))

    def _around(self, slot_at: datetime | None) -> Any:
        from opentelemetry import trace

        current = trace.get_current_span().get_span_context()
        if slot_at is None:
            return None
        of_slot = self._of_slot(slot_at)
        if current.is_valid and current.trace_id == of_slot.trace_id:
            return None  # the span around it is of that slot already
        return trace.set_span_in_context(trace.NonRecordingSpan(of_slot))

    def _of_slot(self, slot_at: datetime) -> "SpanContext":
        from opentelemetry.trace import SpanContext, TraceFlags

        digest = hashlib.sha256(f"{self.service} {slot_at.isoformat()}".encode()).digest()
        return SpanContext(
            int.from_bytes(digest[:16]),
            int.from_bytes(digest[16:24]),
            is_remote=True,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        )


tracing = Tracing()
"""This process's, as `logging` is; nothing until the composition root starts it."""


def _of_traces(endpoint: str) -> str:
    """Where a collector takes spans; some give that address itself, as other programs want it."""
    parts = urlsplit(endpoint)
    path = parts.path.rstrip("/").removesuffix(_PATH) + _PATH
    return parts._replace(path=path).geturl()


def _known(attributes: Mapping[str, Value]) -> dict[str, str | int | float | bool]:
    return {key: value for key, value in attributes.items() if value is not None}


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1e9)
