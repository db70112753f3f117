"""Ids of spans: random, but for the span that stands for a slot."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

_GIVEN: ContextVar[tuple[int, int] | None] = ContextVar("given_ids", default=None)


class GivenIds(RandomIdGenerator):
    """Gives random ids, or those that somebody wants for a span."""

    @contextlib.contextmanager
    def given(self, trace_id: int, span_id: int) -> Iterator[None]:
        """The next span gets these ids."""
        token = _GIVEN.set((trace_id, span_id))
        try:
            yield
        finally:
            _GIVEN.reset(token)

    def generate_trace_id(self) -> int:
        """The trace of a span without a parent."""
        given = _GIVEN.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """The span."""
        given = _GIVEN.get()
        return given[1] if given else super().generate_span_id()
