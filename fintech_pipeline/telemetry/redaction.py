"""Taking secrets out of whatever is about to be written. Pure.

It works on the finished text, so that no way leads around it: a message, an argument, a key of a
dictionary, an error's own words, a line of a traceback. Each secret is looked for letter by letter,
as it is and as it may have been written on the way: in JSON, in an address, in HTML, by Python's
`repr`, in any of them twice; in hexadecimal; in base64, as HTTP's Basic scheme has it. Passwords
in addresses, in headers and beside the word are taken out as well, whoever's they are.
"""

import base64
import re
from collections.abc import Callable, Iterable, Iterator

LEFT_OUT = "…"
_ESCAPES = {"\n": "n", "\t": "t", "\r": "r", "\f": "f", "\b": "b"}
_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
SHORTEST = 4
"""A secret of fewer letters is a word like any other, and stands in half of all lines."""
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@:'\"]*:[^\s/'\"]*@")
# Of these a colon tells a value, and no sentence that goes on, as after "key: the plan".
_VALUED = r"api[_-]?key|(?:access|auth|bearer|id|refresh)[_-]?token|passw(?:or)?d|pwd|secret"
_IN_QUERY = re.compile(
    rf"(?i)\b((?:(?:{_VALUED})\\?[\"']?\s*[=:]|(?:[_-]?token|key|sig(?:nature)?)\\?[\"']?\s*=)"
    r"\s*\\?[\"']?)[^\s\"'&;,)\\]+"
)
_IN_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-(?:api-key|goog-api-key|twilio-signature)|(?:set-)?cookie)"
    r"(\\?[\"']?\s*[:,=]\s*\\?[\"']?)[^\r\n\"'\\]+"
)

Redaction = Callable[[str], str]
"""Gives a text without any secret."""


def redaction(secrets: Iterable[str]) -> Redaction:
    """What takes these secrets out of a text, and passwords that show themselves as such.

    Args:
        secrets: The secrets themselves; those that are too short are left alone.
    """
    known = {one.strip() for one in secrets}
    # The longest first: one may begin with another.
    long = sorted((one for one in known if len(one) >= SHORTEST), key=len, reverse=True)
    ways = [
        way for one in long for way in (_written(one), one.encode().hex(), *_base64(one.encode()))
    ]
    pattern = re.compile("|".join(ways), re.IGNORECASE) if ways else None

    def redacted(text: str) -> str:
        if pattern is not None:
            text = pattern.sub(LEFT_OUT, text)
        text = _IN_ADDRESS.sub(f"{LEFT_OUT}@", text)
        text = _IN_HEADER.sub(rf"\1\2{LEFT_OUT}", text)
        return _IN_QUERY.sub(rf"\1{LEFT_OUT}", text)

    return redacted


def _written(secret: str) -> str:
    """A pattern of a secret, each of its letters as it may be written, however often it was.

    It begins where backslashes begin and gives none back, so that a text full of them takes no
    longer than any other: what is logged may be a stranger's.
    """
    parts = re.findall(r"\\+|[^\\]", secret)
    return r"(?<!\\)" + "".join(
        rf"(?:%(?:25)*5c|\\(?:x5c|u005c)?){{{len(part)},}}+"
        if part.startswith("\\")
        else rf"\\*+(?:{'|'.join(_letter(part))})"
        for part in parts
    )


def _letter(letter: str) -> Iterator[str]:
    """The patterns of a letter, after its backslashes: itself, as addresses, JSON, Python do."""
    yield re.escape(letter)
    data = letter.encode("utf-8", "surrogatepass")
    yield "".join(f"%(?:25)*{one:02x}" for one in data)
    yield _escaped(f"x{one:02x}" for one in data)
    units = letter.encode("utf-16-be", "surrogatepass")
    yield _escaped(f"u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
    if ord(letter) < 256:
        yield _escaped([f"x{ord(letter):02x}"])
    yield f"&(?:amp;)*#(?:{ord(letter)}|x0*{ord(letter):x});"
    if letter in _ENTITIES:
        yield f"&(?:amp;)*{_ENTITIES[letter]};"
    if letter == " ":
        yield r"\+"
    if letter in _ESCAPES:
        yield _escaped([_ESCAPES[letter]])


def _escaped(codes: Iterable[str]) -> str:
    return r"(?<=\\)" + r"\\++".join(codes)


def _base64(secret: bytes) -> Iterator[str]:
    """What every base64 text has in common that holds the secret, wherever in it.

    Three bytes are four letters; at the edges a letter is made of a neighbour's bits as well.
    """
    for before in range(3):
        text = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        begin = -(-before * 4 // 3)
        spare = (before + len(secret)) % 3
        common = text[begin : len(text) - 1 if spare else len(text)]
        if len(common) >= SHORTEST:
            yield re.escape(common)
            yield re.escape(common.replace("+", "-").replace("/", "_"))
