"""A line to a server that is cut for good after so many bytes."""

import socket
import threading
from contextlib import suppress


class CutLine:
    """Carries what is sent to an address, until it cuts every connection and takes no other."""

    def __init__(self, endpoint: str, most_bytes: int) -> None:
        host, _, port = endpoint.removeprefix("http://").partition(":")
        self._server, self._left = (host, int(port)), most_bytes
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends = [self._listening]
        self._serving = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> str:
        self._serving.start()
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._cut()
        self._serving.join(10)
        for end in self._ends:
            end.close()

    def _cut(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                self._ends.extend((client, server))
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(65_536):
                self._left -= len(block)
                if self._left < 0:
                    self._cut()
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
