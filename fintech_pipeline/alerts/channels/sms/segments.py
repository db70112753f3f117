"""How many SMS a text is, by the alphabets and lengths of 3GPP TS 23.038 and 23.040. Pure.

A message of GSM-7 has 160 septets, or 153 in each segment where it takes several: six octets are
then the header that joins them. One character outside that alphabet makes all of it UCS-2: 70
units of 16 bits, or 67. Neither an escape and its character nor a surrogate pair is ever divided,
so a segment may end one unit early.
"""

from collections.abc import Iterable

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet, 3GPP TS 23.038 section 6.2.1, without the escape: 127 characters."""
EXTENSION = frozenset("\f^{}\\[~]|€")
"""The extension table, section 6.2.1.1: each is an escape and a septet."""
ELLIPSIS = "..."
"""What stands where a text was cut; the one character "…" would make all of it UCS-2."""
_GSM_7, _UCS_2 = (160, 153), (70, 67)
"""Of a single message, and of each segment of several."""


def is_gsm_7(text: str) -> bool:
    """Whether the text can be sent in the cheap alphabet."""
    return all(character in BASIC or character in EXTENSION for character in text)


def segments(text: str) -> int:
    """How many SMS the text is, and is paid as; an empty one is one too."""
    if is_gsm_7(text):
        return _packed((2 if character in EXTENSION else 1 for character in text), *_GSM_7)
    return _packed((2 if character > "\uffff" else 1 for character in text), *_UCS_2)


def marked(text: str, mark: str, most: int) -> str:
    """The text and the mark after it, cut with an ellipsis where it is more than so many SMS.

    A text is cut between words where that costs less than half of it, so that no half address is
    left of a link.

    Args:
        text: What to say; blanks at its ends are dropped.
        mark: What stands at the end whatever happens, of so few characters that it fits.
        most: How many SMS it may be at most, one or more.
    """
    whole = f"{text.strip()} {mark}".strip()
    if segments(whole) <= most:
        return whole
    text, fits, fails = text.strip(), 0, len(text.strip())
    while fails - fits > 1:  # the longest beginning that fits
        middle = (fits + fails) // 2
        if segments(_cut(text[:middle], mark)) <= most:
            fits = middle
        else:
            fails = middle
    beginning = text[:fits]
    words = beginning if text[fits].isspace() else _whole_words(beginning)
    return _cut(words, mark)


def _cut(beginning: str, mark: str) -> str:
    return f"{beginning.rstrip()}{ELLIPSIS} {mark}"


def _whole_words(beginning: str) -> str:
    """The beginning up to its last blank, where that keeps half of it."""
    end = max((place for place, letter in enumerate(beginning) if letter.isspace()), default=0)
    return beginning[:end] if end * 2 >= len(beginning) else beginning


def _packed(units: Iterable[int], single: int, joined: int) -> int:
    """How many messages hold the characters of so many units each, none of them divided."""
    count, held, total = 1, 0, 0
    for unit in units:
        total += unit
        if held + unit > joined:
            count, held = count + 1, 0
        held += unit
    return 1 if total <= single else count
