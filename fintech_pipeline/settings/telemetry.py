"""How the application is seen from outside: its logs and its traces."""

from typing import Literal

from fintech_pipeline.settings.section import Section, Url


class LogSettings(Section):
    """Logs: `auto` is for a person at a terminal, and JSON where nobody sits before it."""

    format: Literal["auto", "json", "human"] = "auto"


class TraceSettings(Section):
    """Traces: where a collector of OpenTelemetry takes OTLP over HTTP; it takes `[otel]`."""

    endpoint: Url | None = None
