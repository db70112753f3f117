"""Answers that need not be sent again (RFC 9110, section 13): ETag and If-None-Match."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintech_pipeline.api.problems import Refusal

STALE = "It was changed meanwhile; read it again, and decide whether your change still fits."
MISSING = 'Say which state you change: send its ETag, as in If-Match: "3".'


class Conditional:
    """Gives every whole answer to a GET an ETag, and sends no body that the client has.

    A weak one (`W/"…"`) where the route gave none: it tells the content, however it is encoded.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        held: list[Message] = []
        streaming = False

        async def told(message: Message) -> None:
            nonlocal streaming
            if streaming:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.start":
                return
            if message.get("more_body", False) or held[0]["status"] != 200:
                streaming = True
                for one in held:
                    await send(one)
                return
            for one in _conditional(held[0], message, Headers(scope=scope)):
                await send(one)

        await self._app(scope, receive, told)


def _conditional(start: Message, body: Message, asked: Headers) -> tuple[Message, Message]:
    headers = MutableHeaders(scope=start)
    content = body.get("body", b"")
    tag = headers.get("etag") or f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    headers["ETag"] = tag
    headers.setdefault("Cache-Control", "private, no-cache")
    if not has_tag(asked.get("if-none-match", ""), tag):
        return start, body
    del headers["content-length"]
    if "content-type" in headers:
        del headers["content-type"]
    return {**start, "status": 304}, {**body, "body": b""}


def has_tag(given: str, tag: str) -> bool:
    """Whether a client has the state already.

    Args:
        given: Its header If-None-Match.
        tag: The state's ETag.
    """
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def version_tag(version: int | str) -> str:
    """The strong ETag of a state that can be edited."""
    return f'"{version}"'


def require_match(if_match: str | None, version: int | str) -> None:
    """Lets an edit pass that knows the state it changes: nobody's change is lost (RFC 6585).

    Args:
        if_match: The header If-Match.
        version: The state that is stored now, read in the transaction of the edit.

    Raises:
        Refusal: 428 without the header, 412 where the state is another one by now.
    """
    if if_match is None:
        raise Refusal(428, MISSING)
    given = {one.strip() for one in if_match.split(",")}
    if version_tag(version) not in given and "*" not in given:
        raise Refusal(412, STALE)
