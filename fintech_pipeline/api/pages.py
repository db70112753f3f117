"""The dashboard's pages: the built files of a folder, held in memory; any route of it is its page.

What may be asked for is what was found in the folder, by its exact path, so no path leads out.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from fintech_pipeline.api.conditional import has_tag
from fintech_pipeline.api.problems import Refusal

INDEX, CONFIG, HASHED = "/index.html", "/config.json", "/assets/"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What is served, and as what; a source map is not among it."""
CODINGS = {"br": ".br", "gzip": ".gz"}
"""How a file may lie there packed, the best first."""
FOR_EVER = "public, max-age=31536000, immutable"
"""Of what has a hash of its content in its name."""
ASK_AGAIN = "no-cache"
NOT_BUILT = "The dashboard is not built here: run `make dashboard`; the API is at /api/v1."
NOT_BUILT_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Market watch</title>
<p>The dashboard is not built here: run <code>make dashboard</code>, then load this page again.</p>
<p>The API is there: <a href="/api/v1/overview">the overview</a>,
<a href="/api/v1/openapi.json">all there is</a>.</p>
</html>
"""
NOTHING = "There is nothing at this path."

log = logging.getLogger("fintech.api")


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is sent.

    Attributes:
        kind: Its media type.
        tag: Its weak ETag: it tells the content, however it is packed.
        packed: Its bytes by their coding; "identity" are the plain ones.
    """

    kind: str
    tag: str
    packed: Mapping[str, bytes]


@dataclass(slots=True)
class Pages:
    """Answers what a browser asks for outside the API.

    Attributes:
        folder: Where the built dashboard is, or will be.
        config: What is told as `/config.json`.
    """

    folder: Path | None
    config: Mapping[str, str | None]
    _files: dict[str, _File] = field(default_factory=dict)
    _before: dict[str, _File] = field(default_factory=dict)
    _mark: tuple[int, int, int] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        self._look()
        await self._answer(scope["path"], Headers(scope=scope))(scope, receive, send)

    def _answer(self, path: str, asked: Headers) -> Response:
        navigates = "text/html" in asked.get("accept", "")
        if path == CONFIG:
            return _sent(_file(KINDS[".json"], json.dumps(dict(self.config)).encode()), asked)
        # A page that is open goes on with what belongs to it when another is built.
        found = self._files.get(path) or self._before.get(path)
        if found is not None:
            return _sent(found, asked, FOR_EVER if path.startswith(HASHED) else ASK_AGAIN)
        index = self._files.get(INDEX)
        if path == "/" or (navigates and not path.startswith(HASHED)):
            if index is not None:
                return _sent(index, asked)
            if navigates:
                return HTMLResponse(NOT_BUILT_PAGE, 404)
            return Refusal(404, NOT_BUILT).response()
        return Refusal(404, NOTHING).response()

    def _look(self) -> None:
        """Reads the folder where it is another one by now; what is held outlives its removal."""
        if self.folder is None:
            return
        try:
            status = (self.folder / INDEX[1:]).stat()
        except OSError:
            return
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        if mark == self._mark:
            return
        try:
            files = dict(_found(self.folder))
        except OSError as error:
            log.warning("The dashboard can't be read: %s.", os.strerror(error.errno or 0))
            return
        self._before = {p: one for p, one in self._files.items() if p.startswith(HASHED)}
        self._files, self._mark = files, mark


def _found(folder: Path) -> Iterator[tuple[str, _File]]:
    """Every file that may be asked for, by its path; no link, and nothing that is hidden."""
    for file in sorted(folder.rglob("*")):
        name = PurePosixPath(file.relative_to(folder))
        kind = KINDS.get(file.suffix)
        hidden = any(part.startswith(".") for part in name.parts)
        linked = any(
            one.is_symlink() for one in (file, *file.parents) if one.is_relative_to(folder)
        )
        if kind is None or hidden or linked or not file.is_file():
            continue
        beside = {coding: file.with_name(file.name + suffix) for coding, suffix in CODINGS.items()}
        packed = {
            coding: one.read_bytes()
            for coding, one in beside.items()
            if one.is_file() and not one.is_symlink()
        }
        yield f"/{name}", _file(kind, file.read_bytes(), packed)


def _file(kind: str, content: bytes, packed: Mapping[str, bytes] | None = None) -> _File:
    tag = f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
    return _File(kind, tag, {**(packed or {}), "identity": content})


def _sent(file: _File, asked: Headers, kept: str = ASK_AGAIN) -> Response:
    """The file, packed as the browser can read it; nothing of it where the browser has it."""
    headers = {"ETag": file.tag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if has_tag(asked.get("if-none-match", ""), file.tag):
        return Response(status_code=304, headers=headers)
    wanted = ",".join(asked.getlist("accept-encoding"))
    coding = next((one for one in CODINGS if one in file.packed and takes(wanted, one)), "identity")
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(file.packed[coding], headers=headers, media_type=file.kind)


def takes(accepted: str, coding: str) -> bool:
    """Whether a client takes a coding (RFC 9110, section 12.5.3).

    Args:
        accepted: Its header Accept-Encoding; an empty one asks for nothing packed.
        coding: Such as gzip.
    """
    weights: dict[str, float] = {}
    for one in accepted.lower().split(","):
        name, _, parameter = one.partition(";")
        key, _, weight = parameter.replace(" ", "").partition("=")
        try:
            weights[name.strip()] = float(weight) if key == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get(coding, weights.get("*", 0.0)) > 0
