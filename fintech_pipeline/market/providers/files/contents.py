"""The bytes of a file: unpacked by what it is and not by its name, and what is whole of a cut one.

The texts of the errors are predicates; whoever catches them puts the file's name before them.
"""

import gzip
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path

from fintech_pipeline.errors import Malformed, Unavailable

Stamp = tuple[int, int]
"""Changes with the file: its time of change and its size."""

_GZIP = b"\x1f\x8b"
_ZIP, _WORKBOOK = b"PK\x03\x04", b"xl/workbook."
_FOREIGN = {
    _ZIP: "is a zip archive; unpack it",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save it as CSV",
    _GZIP: "is packed twice; unpack it once",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"<": "is a web page or XML; save the table itself",
}
_HEAD = 4_096
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds.

    Attributes:
        payload: Its bytes, unpacked.
        cut: Whether the packed file ends too early, so that the payload lacks its end.
    """

    payload: bytes
    cut: bool = False


def stamp_of(path: Path) -> Stamp:
    """The file's present version.

    Raises:
        Unavailable: It is missing, a directory, a loop of links or anything else but a file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise Unavailable(f"cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(status.st_mode):
        raise Unavailable("cannot be read: Is a directory")
    if not stat.S_ISREG(status.st_mode):
        # A pipe would never end.
        raise Unavailable("cannot be read: it is no regular file")
    return status.st_mtime_ns, status.st_size


def read_contents(path: Path) -> Contents:
    """The file's bytes, unpacked where they are gzipped.

    Raises:
        Malformed: It is empty, packed in another way, or the packing is damaged.
        Unavailable: It cannot be read.
    """
    stamp_of(path)
    try:
        content = path.read_bytes()
        packed = content.startswith(_GZIP) or (path.suffix.lower() == ".gz" and content.strip())
        contents = _unpacked(content) if packed else Contents(content)
    except (gzip.BadGzipFile, zlib.error):
        raise Malformed("is no intact gzip file; copy it again") from None
    except OSError as error:
        raise Unavailable(f"cannot be read: {error.strerror}") from error
    _require_a_table(contents)
    return contents


def _require_a_table(contents: Contents) -> None:
    """Refuses what can be no table, by the name of what it is."""
    payload = contents.payload
    # A disk that lost power leaves nothing but NUL.
    if not payload.strip(b"\0 \t\r\n"):
        raise Malformed("ends too early; copy it again" if contents.cut else "is empty")
    if payload.startswith(_ZIP) and _WORKBOOK in payload:
        raise Malformed("is an Excel workbook; save it as CSV")
    # Without a byte order mark, every other byte of plain letters is NUL.
    if [byte == 0 for byte in payload[:4]] in ([False, True] * 2, [True, False] * 2):
        raise Malformed("is UTF-16 text; save it as UTF-8")
    for start, told in _FOREIGN.items():
        if payload.startswith(start):
            raise Malformed(told)


def head_of(path: Path) -> bytes:
    """The first thousands of bytes of the file, unpacked where it is gzipped; empty on any error.

    It is what a look at many files costs: no more than this is read.
    """
    try:
        stamp_of(path)
        with path.open("rb") as opened:
            content = opened.read(_HEAD)
        if content.startswith(_GZIP):
            return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content, _HEAD)
    except (Unavailable, OSError, zlib.error):
        return b""
    return content


def whole_lines(contents: Contents, quoted: bool = False) -> bytes:
    """The payload as valid UTF-8, without the last line where the file was cut in it.

    Args:
        contents: What the file holds.
        quoted: Whether a line may go on inside a quoted cell, as in CSV.

    Raises:
        Malformed: Nothing whole is left.
    """
    payload = contents.payload.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if contents.cut:
        payload = payload[: payload.rfind(b"\n") + 1]
        while quoted and payload.count(b'"') % 2:
            payload = payload[: payload.rfind(b"\n", 0, -1) + 1]
        if not payload.strip():
            raise Malformed("ends too early; copy it again")
    if b"\n" not in payload:
        # Lines that end as on an old Mac.
        payload = payload.replace(b"\r", b"\n")
    # A stray byte costs its cell and not the file; Arrow could not even hand the row over.
    return payload if payload.isascii() else payload.decode("utf-8", "replace").encode()


def _unpacked(content: bytes) -> Contents:
    try:
        return Contents(gzip.decompress(content))
    except EOFError:
        return Contents(_before_the_cut(content), cut=True)


def _before_the_cut(content: bytes) -> bytes:
    """What unpacks of a gzip file, of one member or several, that ends too early."""
    parts = []
    while content:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts.append(member.decompress(content))
        content = member.unused_data
    return b"".join(parts)
