"""WebSockets on the wire: uvicorn's protocol, and an end for those whose client takes nothing."""

import asyncio
import logging

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

LONGEST_FRAME = 32 * 1024
"""What a client may send at once: five hundred symbols."""
PING_SECONDS = 20.0
LAST_SECONDS = 3.0
"""How long a closed connection may take to send what is left; uvicorn would wait for ever."""
WIRE = "fintech.wire"
"""The extension of a scope with which an app ends its connection, or sends, without waiting."""
_NO_HANDSHAKE = (
    b'{"title":"Bad Request","status":400,"detail":"A WebSocket is asked for with GET and at most'
    b' 128 headers of at most 8,000 bytes."}'
)
NO_HANDSHAKE = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_NO_HANDSHAKE), _NO_HANDSHAKE)
)
"""What no app can answer, as it was never asked."""

log = logging.getLogger("fintech.wire")
log.setLevel(logging.WARNING)  # what is told for each connection would hold its query
# A refusal over HTTP, which the app has answered whole, is none of uvicorn's failures.
log.addFilter(lambda record: "without completing handshake" not in record.getMessage())


class StreamProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that never outlives its end."""

    _asked = False

    def data_received(self, data: bytes) -> None:
        """Takes what came; of what is no request for a WebSocket uvicorn would never tell anybody.

        Such are a POST with an Upgrade, too many headers, or too long ones.
        """
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self._asked:
            self._asked = True
            self._tell_no_handshake()

    def handle_connect(self, event: Request) -> None:
        """Begins to answer."""
        self._asked = True
        self.logger = log
        if event.method != "GET":
            self._tell_no_handshake()
            return
        super().handle_connect(event)
        if hasattr(self, "scope"):
            self.scope["extensions"][WIRE] = {"end": self.end, "offer": self.offer}

    def offer(self, frame: bytes) -> bool:
        """Sends a frame that is made already, if the client has taken what it got before.

        Args:
            frame: As it is on the wire.

        Returns:
            Whether it was sent; otherwise the app sends it as any other, and waits.
        """
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        if self.conn.state is not State.OPEN or self.conn.extensions or not self.writable.is_set():
            return False
        self.transport.write(frame)
        return True

    def end(self, code: int, reason: str) -> None:
        """Closes at once; a client that takes nothing may not learn why."""
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.transport.close()
        self._abort_soon()

    def keepalive_timeout(self) -> None:
        """The client did not answer."""
        super().keepalive_timeout()
        self._abort_soon()

    def shutdown(self) -> None:
        """The server ends: clients are told to connect to another."""
        super().shutdown()
        self._abort_soon()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The app is done with it."""
        super().on_task_complete(task)
        self.loop.call_later(self.close_timeout + LAST_SECONDS, self.transport.abort)

    def _tell_no_handshake(self) -> None:
        self.transport.write(NO_HANDSHAKE)
        self.transport.close()
        self._abort_soon()

    def _abort_soon(self) -> None:
        self.loop.call_later(LAST_SECONDS, self.transport.abort)
