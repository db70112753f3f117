"""Answers that need not be sent again, and edits that know what they change (RFC 9110, 13)."""

import hashlib
from typing import Annotated

from fastapi import Header
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fintech_pipeline.api.problems import Refusal

STALE = "It was changed meanwhile; read it again, and decide whether your change still fits."
WHICH = 'Send If-None-Match: * to make it, or its ETag, as in If-Match: "3", to change it.'
GONE = "It is not there, or not any more; send If-None-Match: * to make it."
THERE = "It is there already; read it, and send its ETag as If-Match to change it."
MISSING = 'Say which state you change: send its ETag, as in If-Match: "3".'

IfMatch = Annotated[
    str | None, Header(max_length=400, description="The ETag of the state that is changed.")
]
IfNoneMatch = Annotated[
    str | None, Header(max_length=400, description="`*` where there is nothing yet.")
]


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
    if not _has(asked.get("if-none-match", ""), tag):
        return start, body
    del headers["content-length"]
    if "content-type" in headers:
        del headers["content-type"]
    return {**start, "status": 304}, {**body, "body": b""}


def _has(given: str, tag: str) -> bool:
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


def require_state(
    version: int | str | None, if_match: str | None, if_none_match: str | None
) -> None:
    """Lets pass whoever makes what is not there yet, or changes the state that is stored.

    Args:
        version: The state that is stored now, read in the transaction of the edit; None where
            nothing is.
        if_match: The header If-Match.
        if_none_match: The header If-None-Match.

    Raises:
        Refusal: 428 with neither header, 412 where it is otherwise than was meant.
    """
    if if_match is None and (if_none_match or "").strip() != "*":
        raise Refusal(428, WHICH)
    if version is None:
        if if_match is not None:
            raise Refusal(412, GONE)
        return
    if if_match is None:
        raise Refusal(412, THERE)
    require_match(if_match, version)
