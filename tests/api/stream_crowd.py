"""Very many clients of the live stream, in a process of their own: `python -m … COUNT LAST URL …`.

It prints "connected" when all have heard hello, and at the end what they heard, as JSON. They are
as cheap as can be, since they share the cores with what is measured: of what comes, only the heads
of frames are looked at, and an event's frame is understood after the last has come.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

ASK = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, CLOSE, PING = 0x81, 0x88, 0x89
PONG = 0x8A


def future() -> asyncio.Future[None]:
    """Something that is still to happen."""
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Client(asyncio.Protocol):
    """One client.

    Attributes:
        url: What it follows.
        last: What the last event counts.
        frames: When each frame of an event came, on the machine's steady clock in seconds, and it.
        ready: It has heard hello.
        done: The last event came.
    """

    url: str
    last: int
    ready: asyncio.Future[None] = field(default_factory=future)
    done: asyncio.Future[None] = field(default_factory=future)
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    _rest: bytes = b""
    _upgraded: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        parts = urlsplit(self.url)
        path = f"{parts.path}?{parts.query}"
        transport.write(ASK.format(path=path, host=parts.netloc).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        for waited in (self.ready, self.done):
            if not waited.done():
                waited.set_exception(exc or ConnectionError("The server has closed it."))

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        data = self._rest + data
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            assert head.startswith(b"HTTP/1.1 101 "), head
            self._upgraded = True
        while len(data) >= 4:
            length, begin = data[1], 2
            if length == 126:
                length, begin = int.from_bytes(data[2:4], "big"), 4
            assert length != 127, "no frame is as long"
            if len(data) < begin + length:
                break
            self._take(data[0], data[begin : begin + length], at)
            data = data[begin + length :]
        self._rest = data

    def _take(self, kind: int, said: bytes, at: float) -> None:
        if kind == PING:  # a client's frames are masked, here with zeros
            self.transport.write(bytes([PONG, 0x80 | len(said), 0, 0, 0, 0]) + said)
        elif kind == TEXT and said.startswith(b'{"type":"event"'):
            self.frames.append((at, said))
            if b'"n":%d,' % self.last in said or b'"n":%d}' % self.last in said:
                self.done.set_result(None)
        elif kind == TEXT and said.startswith(b'{"type":"hello"'):
            self.ready.set_result(None)
        else:
            assert said.startswith(b'{"type":"heartbeat"'), said

    def heard(self) -> tuple[list[int], list[float]]:
        """What its events count, and when each came."""
        numbers = [json.loads(said)["payload"]["n"] for _, said in self.frames]
        return numbers, [at for at, _ in self.frames]


async def crowd(urls: list[str], count: int, last: int) -> list[Client]:
    """So many clients, spread over the addresses."""
    loop = asyncio.get_running_loop()
    turn = asyncio.Semaphore(50)
    clients = [Client(urls[place % len(urls)], last) for place in range(count)]

    async def come(client: Client) -> None:
        parts = urlsplit(client.url)
        async with turn:
            await loop.create_connection(lambda: client, parts.hostname or "", parts.port or 0)
            await client.ready

    await asyncio.gather(*map(come, clients))
    print("connected", flush=True)
    await asyncio.gather(*(client.done for client in clients))
    for client in clients:
        client.transport.abort()
    return clients


def main() -> None:
    """Prints, of each client, what it heard and when."""
    count, last, *urls = sys.argv[1:]
    clients = asyncio.run(crowd(urls, int(count), int(last)))
    print(json.dumps([client.heard() for client in clients]), flush=True)


if __name__ == "__main__":
    main()
