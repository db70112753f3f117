"""Serving an app until a signal, and ending so that no request is lost."""

import asyncio
import contextlib
import resource
import signal
import threading
from collections.abc import Iterator

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from fintech_pipeline.api.guard import State
from fintech_pipeline.api.stream_wire import LONGEST_FRAME, PING_SECONDS, StreamProtocol

HEAD_SECONDS = 10.0
"""How long the head of a request may take; uvicorn itself waits for ever."""
KEEP_ALIVE_SECONDS = 30
MOST_CONNECTIONS = 1000


def open_more_files() -> int:
    """Lets this process have as many connections open as it may; gives how many files that is.

    Many systems allow 1,024 unless a process asks for more, and each client takes one.
    """
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        allowed = most
    return allowed


class PromptProtocol(H11Protocol):
    """HTTP of clients that say what they want; one that only holds a connection loses it."""

    _head: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Waits for the head of a request."""
        super().connection_made(transport)
        self.access_log = False  # it would hold the query
        self._head = self.loop.call_later(HEAD_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """Takes what came; the wait begins with a head's first byte and ends with its last."""
        super().data_received(data)
        if self._upgraded:
            return
        rest, _ = self.conn.trailing_data
        complete = self.cycle is not None and not self.cycle.response_complete
        if self._head is not None and (complete or not rest):
            self._head.cancel()
            self._head = None
        elif self._head is None and rest and not complete:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hands the connection on to a stream, which may be silent for as long as it likes."""
        self._upgraded = True
        if self._head is not None:
            self._head.cancel()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        if self._head is not None:
            self._head.cancel()
        super().connection_lost(exc)


class DrainingServer(uvicorn.Server):
    """A server that ends in peace.

    SIGTERM makes it not ready; it goes on answering for `drain_seconds`, while those who route to
    it learn of that, and then ends. SIGINT, or a second SIGTERM, ends it at once. Requests under
    way are finished in either case.

    Args:
        config: What is served, and how long requests under way may take at the end.
        state: What `/readyz` tells.
        drain_seconds: How long it goes on.
    """

    def __init__(self, config: uvicorn.Config, state: State, drain_seconds: float) -> None:
        super().__init__(config)
        self._state, self._drain_seconds = state, drain_seconds

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listens for signals; unlike uvicorn's own it does not die of them in the end."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals come to the main thread only
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._drain)
        loop.add_signal_handler(signal.SIGINT, self._end)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _drain(self) -> None:
        if self._state.draining:
            self._end()
            return
        self._state.draining = True
        asyncio.get_running_loop().call_later(self._drain_seconds, self._end)

    def _end(self) -> None:
        self._state.draining = True
        self.should_exit = True


def draining_server(
    app: ASGIApp,
    state: State,
    *,
    drain_seconds: float,
    grace_seconds: int,
    streams: bool = False,
    most_connections: int = MOST_CONNECTIONS,
) -> DrainingServer:
    """The server of an app; `run([listener])` serves until a signal, and all that was under way.

    Args:
        app: What answers.
        state: How it is; `cut_off` counts the requests that took longer than the grace.
        drain_seconds: How long it goes on after SIGTERM.
        grace_seconds: How long requests under way may take after that.
        streams: Whether it answers WebSockets; those that are open at the end are closed with 1012.
        most_connections: How many clients may be connected, those of streams among them.
    """
    config = uvicorn.Config(
        app,
        http=PromptProtocol,
        ws=StreamProtocol if streams else "none",
        ws_max_size=LONGEST_FRAME,
        ws_per_message_deflate=False,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=most_connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=grace_seconds,
    )
    return DrainingServer(config, state, drain_seconds)
