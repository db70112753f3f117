"""Bodies, measured while they are read."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Receive

from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.problems import Refusal

LEFT_BYTES, LEFT_SECONDS = 1024 * 1024, 1.0
"""So much of a refused body is still read: closed at once, the client might not see the answer."""


class Gone(Exception):
    """The client went away before its request was complete."""


async def body_of(receive: Receive, headers: Headers, limits: Limits) -> bytes:
    """The body of a request.

    Args:
        receive: Where it comes from, a piece at a time.
        headers: What the request says of itself.
        limits: How long it may be, and how long it may take.

    Raises:
        Refusal: It is too long (413) or too slow (408).
        Gone: The client went away.
    """
    most, body = limits.body_bytes, bytearray()
    told = headers.get("content-length", "0")
    too_long = Refusal(413, f"The body is longer than {most:,} bytes.")
    if told.isdecimal() and int(told) > most:
        raise too_long
    try:
        async with asyncio.timeout(limits.body_seconds):
            more = True
            while more:
                piece, more = await _piece(receive)
                body += piece
                if len(body) > most:
                    raise too_long
    except TimeoutError:
        seconds = limits.body_seconds
        raise Refusal(408, f"The body did not come within {seconds:.0f} seconds.") from None
    return bytes(body)


async def read_on(receive: Receive) -> None:
    """Reads what is left of a refused body, so much and so long.

    Args:
        receive: Where it comes from.

    Raises:
        Gone: The client went away.
    """
    read, more = 0, True
    try:
        async with asyncio.timeout(LEFT_SECONDS):
            while more and read < LEFT_BYTES:
                piece, more = await _piece(receive)
                read += len(piece)
    except TimeoutError:
        return


async def _piece(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)
