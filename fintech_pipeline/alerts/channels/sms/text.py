"""The text of an SMS: in the cheap alphabet, not too long, with the mark that recognises it."""

import unicodedata

from anyascii import anyascii

from fintech_pipeline.alerts.channels.sms.segments import BASIC, EXTENSION, marked

MOST_SEGMENTS = 3
"""Nobody reads a longer alert on a phone; each further one costs as much as the first."""
_BETTER = {
    "`": "'",
    "\t": " ",
    "\u2028": "\n",
    "\u2029": "\n",
    "×": "x",
    "−": "-",
    "→": "->",
    "←": "<-",
    "▲": "up",
    "▼": "down",
}
"""What GSM-7 lacks and anyascii leaves as it is or renders worse for our texts."""


def sms_text(text: str, delivery_id: int, most: int = MOST_SEGMENTS) -> str:
    """What is sent: the text in GSM-7, cut to so many SMS, with the message's mark at the end."""
    return marked(in_gsm_7(text), mark_of(delivery_id), most)


def mark_of(delivery_id: int) -> str:
    """The mark by which a message is found again at the vendor, who keeps no number of ours."""
    return f"[d{delivery_id}]"


def carries(body: str, delivery_id: int) -> bool:
    """Whether a body that the vendor lists is this message's."""
    return body.rstrip().endswith(mark_of(delivery_id))


def in_gsm_7(text: str) -> str:
    """The text in the characters that GSM-7 has, any text at all.

    What it has is kept (ä, ñ, €); of the rest each becomes what `anyascii` makes of it ("“" a plain
    quote, "č" a c, "株" the sound of it), and what has no likeness is left out.
    """
    return "".join(map(_in_gsm_7, unicodedata.normalize("NFC", text)))


def _in_gsm_7(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    likeness = _BETTER.get(character) or anyascii(character)
    return "".join(_BETTER.get(one, one) for one in likeness if one in BASIC or one in _KEPT)


_KEPT = EXTENSION | _BETTER.keys()
