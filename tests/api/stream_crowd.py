"""Very many clients of the live stream, in a process of their own: `python -m … URL COUNT …`.

It prints "connected" when all have heard hello, and at the end what they heard, as JSON.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

from websockets.asyncio.client import connect


@dataclass
class Heard:
    """What one client heard.

    Attributes:
        numbers: What its events count.
        at: When each came, on the machine's steady clock in seconds.
    """

    numbers: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)


async def follow(
    url: str, last: int, heard: Heard, turn: asyncio.Semaphore, ready: asyncio.Event
) -> None:
    """Listens until the event that counts `last` has come."""
    async with turn:
        wire = await connect(url, compression=None, ping_interval=None, open_timeout=60)
        hello = json.loads(await wire.recv())
        assert hello["type"] == "hello", hello
    ready.set()
    while not heard.numbers or heard.numbers[-1] < last:
        text = await wire.recv()
        at = time.monotonic()
        frame = json.loads(text)
        assert frame["type"] != "missed", frame
        if frame["type"] == "event":
            heard.numbers.append(frame["payload"]["n"])
            heard.at.append(at)
    await wire.close()


async def crowd(urls: list[str], count: int, last: int) -> list[Heard]:
    """So many clients, spread over the addresses."""
    heard = [Heard() for _ in range(count)]
    turn, readies = asyncio.Semaphore(50), [asyncio.Event() for _ in range(count)]
    async with asyncio.TaskGroup() as group:
        for place, (one, ready) in enumerate(zip(heard, readies, strict=True)):
            group.create_task(follow(urls[place % len(urls)], last, one, turn, ready))
        await asyncio.gather(*(ready.wait() for ready in readies))
        print("connected", flush=True)
    return heard


def main() -> None:
    """Prints, of each client, what it heard and when."""
    count, last, *urls = sys.argv[1:]
    heard = asyncio.run(crowd(urls, int(count), int(last)))
    print(json.dumps([[one.numbers, one.at] for one in heard]), flush=True)


if __name__ == "__main__":
    main()
