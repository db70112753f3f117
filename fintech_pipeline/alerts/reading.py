"""Tables that a person wrote, read key by key: what is wrong is noted, and reading goes on. Pure.

Each mistake is one sentence that names the place and the key and says what to write instead.
"""

import difflib
import math
import re
import reprlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from fintech_pipeline.alerts.spans import span_of, written

T = TypeVar("T")
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://).*")


class Table:
    """One table of a file or of the database.

    Args:
        where: What it is, as a sentence begins: `rules.toml, rule crash`.
        tree: Its keys and values.
    """

    def __init__(self, where: str, tree: Mapping[str, Any]) -> None:
        self._where = where
        self._tree = tree
        self.mistakes: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._tree

    def wrong(self, told: str) -> None:
        """Notes a mistake, a sentence without its end: what is wrong, and what to write."""
        self.mistakes.append(f"{self._where}: {told}.")

    def only(self, known: Collection[str]) -> None:
        """Notes every key that is not known."""
        for key in self._tree:
            if key not in known:
                self.wrong(f"{short(key)} is not a key; {near(key, known)}")

    def text(self, key: str, default: str = "") -> str:
        """A text of one line; white space is joined."""
        value = self._tree.get(key, default)
        if not isinstance(value, str):
            self.wrong(f'{key} must be a text like "…", not {short(value)}')
            return default
        return " ".join(value.split())

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one alone; empty where the key is missing or wrong."""
        value = self._tree.get(key, [])
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.wrong(f'{key} must be a list like ["…", "…"], not {short(value)}')
            return ()
        if key in self._tree and not found:
            self.wrong(f"{key} is empty; name at least one")
        return tuple(found)

    def flag(self, key: str, default: bool) -> bool:
        """Yes or no."""
        value = self._tree.get(key, default)
        if not isinstance(value, bool):
            self.wrong(f"{key} must be true or false, not {short(value)}")
            return default
        return value

    def number(self, key: str) -> float | None:
        """A number; None where the key is missing or wrong."""
        value = self._tree.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                if math.isfinite(value):
                    return float(value)
            except OverflowError:
                pass
        self.wrong(f"{key} must be a number, not {short(value)}")
        return None

    def count(self, key: str, most: int) -> int | None:
        """A whole number of at least 1; None where the key is missing or wrong."""
        value = self._tree.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            self.wrong(
                f"{key} must be a whole number from 1 to {most}, not {short(value)}; leave it out"
                " for no limit"
            )
            return None
        return value

    def span(self, key: str, least: timedelta, most: timedelta) -> timedelta | None:
        """A span of time within bounds; None where the key is missing or wrong."""
        value = self._tree.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(
                f'{key} must be a span of time like "45m", "2h" or "1d 12h", not {short(value)}'
            )
            return None
        try:
            found = span_of(value)
        except ValueError as error:
            self.wrong(f"{key}: {error}")
            return None
        if not least <= found <= most:
            bound = f"at least {written(least)} and " if least else ""
            self.wrong(f"{key} must be {bound}at most {written(most)}, not {short(value)}")
            return None
        return found

    def once(self, key: str, found: Sequence[str]) -> None:
        """Notes what a list names twice."""
        if twice := sorted({one for one in found if found.count(one) > 1}):
            self.wrong(f"{key} names {', '.join(twice)} twice")

    def one_of(self, key: str, kind: Callable[[str], T], known: Collection[str]) -> T | None:
        """One of the known words; None where the key is missing or wrong."""
        value = self._tree.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or value not in known:
            self.wrong(f"{key} can't be {short(value)}; {near(value, known)}")
            return None
        return kind(value)


def near(word: object, known: Collection[str]) -> str:
    """Which known word is meant, or which ones there are, as the end of a sentence."""
    found = difflib.get_close_matches(str(word).lower(), known, n=1)
    return f"did you mean {found[0]}" if found else f"there is {', '.join(known)}"


def short(value: object) -> str:
    """What was written, at no greater length than a sentence bears, and of an address its kind."""
    if isinstance(value, str):
        seen = "".join(one if one.isprintable() else "�" for one in value[:40])
        # What follows may be a password, also where no address belongs.
        kind = _ADDRESS.sub(r"\1…", seen)
        return f'"{kind}"'
    try:
        whole = repr(value)
    except ValueError:  # Python writes out no number of more than 4,300 digits
        return "so great a number"
    return "what holds an address" if _ADDRESS.search(whole) else reprlib.repr(value)
