"""What a client of the stream wants to hear. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fintech_pipeline.api.event_log import Place, place_from
from fintech_pipeline.market.watchlist import symbol_of
from fintech_pipeline.storage.events import Topic

MOST_SYMBOLS = 500
LONGEST_SYMBOL = 40
FIELDS = {"topics", "symbols"}
PARAMETERS = {*FIELDS, "after"}
_POLICY = 1008


class WrongWish(Exception):
    """Something that no client may send; the sentence says what to do.

    Args:
        detail: The sentence.
        code: Why the stream is closed.
    """

    def __init__(self, detail: str, code: int = _POLICY) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants to hear.

    Attributes:
        topics: These topics; None for all.
        symbols: Of events that name symbols, those that name one of these; None for all.
        after: What happened after this place, first; None for only what is to come.
    """

    topics: frozenset[str] | None = None
    symbols: frozenset[str] | None = None
    after: Place | None = None

    def wants(self, topic: str, symbols: frozenset[str] | None) -> bool:
        """Whether an event is to be told."""
        if self.topics is not None and topic not in self.topics:
            return False
        return self.symbols is None or symbols is None or not self.symbols.isdisjoint(symbols)

    def shown(self) -> dict[str, Any]:
        """The wish as the client is told it."""
        topics, symbols = self.topics, self.symbols
        return {
            "topics": sorted(map(str, Topic)) if topics is None else sorted(topics),
            "symbols": None if symbols is None else sorted(symbols),
        }

    def changed(self, text: str) -> "Wish":
        """The wish after a client's frame: `{"topics": […], "symbols": […]}`, either or both.

        null stands for all.

        Raises:
            WrongWish: The frame is something else.
        """
        wrong = WrongWish('Send a JSON object such as {"topics": ["signals"], "symbols": null}.')
        try:
            sent = json.loads(text)
        except (ValueError, RecursionError):
            raise wrong from None
        if not isinstance(sent, dict) or not sent or not set(sent) <= FIELDS:
            raise wrong
        for value in sent.values():
            if value is not None and not (isinstance(value, list) and _all_text(value)):
                raise wrong
        changed = self
        if "topics" in sent:
            changed = replace(changed, topics=_topics(sent["topics"]))
        if "symbols" in sent:
            changed = replace(changed, symbols=_symbols(sent["symbols"]))
        return changed


def _all_text(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def wish_of(asked: Mapping[str, str]) -> Wish:
    """The wish in the address of a stream.

    Args:
        asked: Its parameters: `topics` and `symbols` with commas between them, and `after`, a
            cursor; each may lack.

    Raises:
        WrongWish: One of them is nothing of the kind, or there is another.
    """
    if not set(asked) <= PARAMETERS:
        raise WrongWish("A stream has the parameters topics, symbols and after, and no other.")
    after = asked.get("after")
    place = None if after is None else place_from(after)
    if after is not None and place is None:
        raise WrongWish("The cursor `after` is none of this stream; leave it out.")
    topics, symbols = _parts(asked.get("topics")), _parts(asked.get("symbols"))
    return Wish(_topics(topics), _symbols(symbols), place)


def _parts(text: str | None) -> list[str] | None:
    return None if text is None else [one.strip() for one in text.split(",") if one.strip()]


def _topics(sent: list[str] | None) -> frozenset[str] | None:
    if sent is None:
        return None
    if not set(sent) <= set(Topic):
        raise WrongWish(f"There is no such topic; there are {', '.join(Topic)}.")
    return frozenset(sent)


def _symbols(sent: list[str] | None) -> frozenset[str] | None:
    if sent is None:
        return None
    if len(sent) > MOST_SYMBOLS or any(len(one) > LONGEST_SYMBOL for one in sent):
        raise WrongWish(
            f"Name at most {MOST_SYMBOLS} symbols, each of at most {LONGEST_SYMBOL} letters."
        )
    return frozenset(map(symbol_of, sent))
