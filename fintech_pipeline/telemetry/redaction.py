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
_BASE64 = {"+": r"(?:[+-]|%2b)", "/": r"(?:[/_]|%2f|\\+/)"}
SHORTEST = 4
"""A secret of fewer letters is a word like any other, and stands in half of all lines."""
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/@:'\"]*:[^\s/'\"]*@")
_NAMES = (
    r"(?<![a-z0-9])(?:api[_-]?key|(?:access|auth|bearer|id|refresh)[_-]?token"
    r"|(?:pg)?passw(?:or)?d|pwd|passphrase|secret)\\?[\"']?\s*"
)
_QUOTED = r"\\?\"[^\"\\\r\n]+|\\?'[^'\\\r\n]+"
_LETTER = r"[^\s\"'&;,)\\]"
_BARE = rf"{_LETTER}+"
# After a colon a sentence may go on, as in "the password: it is wrong"; a digit tells a value.
_BESIDE_NAME = re.compile(
    rf"(?i)({_NAMES}(?:=|%3d)\s*)(?:{_QUOTED}|{_BARE})"
    rf"|({_NAMES}:\s*)(?:{_QUOTED}|(?={_LETTER}{{0,64}}\d){_BARE})"
    rf"|(\b(?:token|key|sig(?:nature)?)\\?[\"']?\s*=\s*)(?:{_QUOTED}|{_BARE})"
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
        return _BESIDE_NAME.sub(_named, text)

    return redacted


def _named(found: re.Match[str]) -> str:
    """What stands in place of a value: its name, and the quote that opens it."""
    name = found[found.lastindex or 1]
    opened = re.match(r"\\?[\"']?", found[0][len(name) :])
    return f"{name}{opened[0] if opened else ''}{LEFT_OUT}"


def _written(secret: str) -> str:
    """A pattern of a secret, each of its letters as it may be written, however often it was.

    It begins where backslashes begin and gives none back, so that a text full of them takes no
    longer than any other: what is logged may be a stranger's. What a secret itself begins with in
    backslashes may stay before a text of them.
    """
    rest = secret.lstrip("\\")
    if len(rest) < SHORTEST:
        return re.escape(secret)
    begins = r"(?:(?<!5c)(?:%(?:25)*5c)++)?+" if rest != secret else ""
    return rf"(?<!\\){begins}" + "".join(
        rf"(?:%(?:25)*5c|&(?:amp;)*#(?:0*92|x0*5c);|\\(?:x5c|u005c)?){{{len(part)},}}+"
        if part.startswith("\\")
        else rf"\\*+(?:{'|'.join(_letter(part))})"
        for part in re.findall(r"\\+|[^\\]", rest)
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
    if ord(letter) > 0xFFFF:
        yield _escaped([f"U{ord(letter):08x}"])
    yield f"&(?:amp;)*#(?:0*{ord(letter)}|x0*{ord(letter):x});"
    if letter in _ENTITIES:
        yield f"&(?:amp;)*{_ENTITIES[letter]};"
    if letter == " ":
        yield r"\+"
    if letter == "\n":  # of a key in lines, which stands indented elsewhere
        yield r"\r?\n[ \t]*"
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
            # Some write it in lines, some with a hyphen and an underscore, some in an address.
            yield r"(?:\s|\\+[nr])*".join(_BASE64.get(letter, letter) for letter in common)
