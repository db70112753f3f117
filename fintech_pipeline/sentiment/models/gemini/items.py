"""What goes into a request: articles, each seen from its symbols, cleaned and in bounds. Pure.

Headlines are written by strangers. What hides in a text (control, bidirectional and zero-width
characters, variation selectors) is taken out, what is long is clipped, and what seems to speak to
the model is asked apart from the others, so that it shares no request with honest news.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from fintech_pipeline.sentiment.scores import Text

LONGEST_HEADLINE, LONGEST_SUMMARY, LONGEST_NAME = 400, 1_000, 80
MOST_NAMES = 4
PIECES = 4
"""Into how many pieces what failed of a request is cut: one bad text then spoils few others."""
_HIDDEN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""Variation selectors, which can carry a hidden text."""
_TO_THE_MODEL = (
    r"\b(?:ignor|disregard|forget|overrid|bypass)\w*\b.{0,40}\b(?:all|any|above|previous|prior"
    r"|earlier|your|these|rule|order|instruct)\w*"
    r"|\b(?:instructions?|prompts?|jailbreak|json|base64|rot13|assistant|chatbot|language model"
    r"|llm|gemini|gpt|developer mode|system (?:message|note|update|override|notice))\b"
    r"|\b(?:you (?:are|must|should|will|have) (?:now|to)?|as an ai|act as|respond|reply|answer"
    r"|output|print|return|translate)\b.{0,60}\b(?:score|label|confidence|positive|negative"
    r"|neutral|only|with)\b"
    r"|\b(?:score|label|confidence|sentiment)\w*\b\W{0,6}(?:[=:]|of|is|to|at|as)\W{0,4}"
    r"(?:[-+]?\d|positive|negative|neutral)"
    r"|\b(?:rate|label|mark|score|grade|classify|treat)\b.{0,50}\b(?:as|at|with)\b.{0,12}"
    r"(?:positive|negative|neutral|[-+]?[01]\b)"
    r"|[{}<>`\[\]\\]|\"\s*[,:}\]]|^\W*(?:system|user|assistant|model|developer)\s*:"
    r"|&\w+;|[A-Za-z0-9+/]{24,}={0,2}|(?:\\u[0-9a-f]{4})"
)


@cache
def _to_the_model() -> re.Pattern[str]:
    """Compiled when it is needed: that takes longer than most of our commands load anything."""
    return re.compile(_TO_THE_MODEL, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Item:
    """An article, and the texts that ask of it: one for each symbol."""

    texts: tuple[Text, ...]

    @property
    def headline(self) -> str:
        """Cleaned and clipped."""
        return cleaned(self.texts[0].headline, LONGEST_HEADLINE)

    @property
    def summary(self) -> str:
        """The same."""
        return cleaned(self.texts[0].summary, LONGEST_SUMMARY)


def cleaned(text: str, longest: int) -> str:
    """The text on one line, without what cannot be seen, at most so many characters."""
    # No more is looked at than could be kept: a text may have megabytes.
    start = text[: longest * 4]
    if not (start.isascii() and start.isprintable()):
        shown = _HIDDEN.sub("", start)
        seen = "".join(" " if _is_space(char) else char for char in shown if _is_seen(char))
        start = unicodedata.normalize("NFC", seen)
    line = " ".join(start.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def grouped(texts: Iterable[Text], most: int) -> list[Item]:
    """The texts by article, in the order in which they come; an item has at most `most`."""
    by_article: dict[tuple[int, str, str], list[Text]] = {}
    for text in dict.fromkeys(texts):
        by_article.setdefault((text.article_id, text.headline, text.summary), []).append(text)
    return [
        Item(tuple(same[start : start + most]))
        for same in by_article.values()
        for start in range(0, len(same), most)
    ]


def chunked(items: Iterable[Item], most: int) -> list[tuple[Item, ...]]:
    """The requests: items of at most `most` texts together, what speaks to the model apart."""
    apart: dict[bool, list[Item]] = {False: [], True: []}
    for item in items:
        apart[speaks_to_the_model(item)].append(item)
    return [chunk for part in apart.values() for chunk in _filled(part, most)]


def pieces(failed: Sequence[Text]) -> list[tuple[Item, ...]]:
    """The requests that ask once more for what failed of one, a quarter of it each."""
    most = max(1, math.ceil(len(failed) / PIECES))
    return chunked(grouped(failed, most), most)


def speaks_to_the_model(item: Item) -> bool:
    """Whether the article looks as if it gave orders; an honest one only changes its place."""
    told = unicodedata.normalize("NFKC", f"{item.headline}\n{item.summary}")
    return _to_the_model().search(told) is not None


def _filled(items: Sequence[Item], most: int) -> Iterator[tuple[Item, ...]]:
    chunk: list[Item] = []
    for item in items:
        if chunk and sum(len(one.texts) for one in [*chunk, item]) > most:
            yield tuple(chunk)
            chunk = []
        chunk.append(item)
    if chunk:
        yield tuple(chunk)


def _is_space(char: str) -> bool:
    return char.isspace() or unicodedata.category(char).startswith("Z")


def _is_seen(char: str) -> bool:
    return _is_space(char) or not unicodedata.category(char).startswith("C")
