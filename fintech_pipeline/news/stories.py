"""Stories: which articles tell one event. Pure.

Greedy, in the order in which the articles became known: each joins the story of the most similar
earlier article that shares a symbol and lies at most 48 hours back, or founds its own. A decision
sees earlier articles only, so one batch, many batches and a replay give the same stories.

Outlets word one event differently and all of them name the company, so words are weighed by how few
of the symbol's current stories use them (inverse document frequency, Spärck Jones 1972, over the
window instead of a corpus): "Apple" tells nothing in Apple's news, "Fortnite" nearly everything.
"""

import math
import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Key = int | str

STORY_WINDOW = timedelta(hours=48)
"""How long an article draws later ones into its story."""
SAME_STORY = 0.42
"""From this similarity on two headlines tell one story."""
MIN_SHARED = 1.5
"""The least weight of shared words: about two rare ones, so that short headlines need both."""
NUMBER_WEIGHT = 1.3
"""Figures ("$6.5b", "25%") are copied where words are paraphrased."""
PRIOR_STORIES = 10
"""Imagined stories that use none of the words: with few articles every word still counts."""
MIN_IDENTICAL = 3
"""Identical headlines of this many words are one story, however common the words."""

_MAX_LETTERS = 500
_CASHTAGS = re.compile(r"(?:[\s|]*\$[A-Z][A-Z.]{0,6})+\s*$")
_BYLINE = re.compile(r"\s*\([^()]{2,80}\)\s*$")
_OUTLET = re.compile(r"\s+(?:[|–—-]|::)\s+([^|–—]{2,40})$")
_OPENING = re.compile(
    r"^(?:sources?|reports?|exclusive|breaking|filing|update \d+|stock movers)\s*[:-]\s*",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)(?:\s?(%|percent|pct|million|mn|m|billion|bn|b|trillion|tn|t|k)(?![a-z]))?"
    r"|[^\W_]+"
)
_UNITS = {
    **dict.fromkeys(("%", "percent", "pct"), "%"),
    **dict.fromkeys(("million", "mn", "m"), "m"),
    **dict.fromkeys(("billion", "bn", "b"), "b"),
    **dict.fromkeys(("trillion", "tn", "t"), "t"),
    "k": "k",
}
_STOP = """
a about after against all also amid an and are as at be been before being but by can could did do
does down for from get got had has have he her here his how i in into is it its just may me might
more most must my new no nor not of off on or our out over report reportedly said say says shall
she should so source sources still than that the their them then these they this those to under up
us via vs was we were what when where which who why will with would yet you your
"""
_STOP_WORDS = frozenset(_STOP.split())


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article as clustering sees it.

    Attributes:
        key: The article's identifier; keys are all numbers or all strings.
        headline: Untrusted text.
        outlet: Who published it.
        symbols: The instruments it is about; without any it stays alone.
        known_at: From when it may be used (UTC).
        story: The story it is already in, None for a new article.
    """

    key: Key
    headline: str
    outlet: str
    symbols: frozenset[str]
    known_at: datetime
    story: Key | None = None
    tokens: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", headline_tokens(self.headline))


@dataclass(frozen=True, slots=True)
class StoryRef:
    """A story: one that exists, or one founded in this batch. Exactly one of the two is set.

    Attributes:
        story: The existing story's id.
        founder: The key of the new article that founds the story.
    """

    story: Key | None = None
    founder: Key | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The story of one new article.

    Attributes:
        key: The article.
        story: The existing story's id, None where the story is new.
        founder: The key of the batch's article that founds the new story (it may be this one),
            None where the story exists.
        similarity: To the member that drew it in; 0 for a founder.
    """

    key: Key
    story: Key | None
    founder: Key | None
    similarity: float


def assign_stories(
    articles: Sequence[StoryMember], open_stories: Sequence[StoryMember]
) -> list[Assignment]:
    """The story of each new article, in order of (known_at, key).

    Args:
        articles: The new articles, in any order.
        open_stories: The stored articles known in the 48 hours before the earliest new one and
            later, each with its story. Older ones change nothing.

    Raises:
        ValueError: An open article carries no story.
    """
    windows: dict[str, _Window] = defaultdict(_Window)
    placed = [(member, _existing(member)) for member in open_stories]
    queue: list[tuple[StoryMember, StoryRef | None]] = [*placed, *((a, None) for a in articles)]
    assignments = []
    for member, known_ref in sorted(queue, key=lambda item: _order(item[0])):
        near = [windows[symbol] for symbol in sorted(member.symbols)]
        for window in near:
            window.forget_before(member.known_at - STORY_WINDOW)
        ref = known_ref
        if ref is None:
            ref, similarity = _best_story(member, near)
            assignments.append(Assignment(member.key, ref.story, ref.founder, similarity))
        for window in near:
            window.add(member, ref)
    return assignments


def independent_outlets(outlets: Sequence[str]) -> int:
    """How many different outlets there are: `www.` and case do not make another one."""
    return len({same_outlet(outlet) for outlet in outlets})


def same_outlet(outlet: str) -> str:
    """The outlet's name in one spelling."""
    return outlet.casefold().removeprefix("www.").strip()


def headline_tokens(headline: str) -> tuple[str, ...]:
    """What of a headline tells its event: word stems and figures, sorted, each once.

    Outlet names, bylines, cashtags at the end, stop words and case are dropped; "$6.5 billion" and
    "6.5bn" are the same figure.
    """
    text = _without_outlet(headline[:_MAX_LETTERS]).casefold().replace("’", "'")
    text = re.sub(r"(?<=[^\W\d_])\.(?=[^\W\d_])", "", re.sub(r"'s\b|'", "", text))
    tokens = set()
    for hit in _TOKEN.finditer(text):
        if figure := hit.group(1):
            tokens.add(figure.replace(",", "") + _UNITS.get(hit.group(2) or "", ""))
        elif hit.group() not in _STOP_WORDS:
            tokens.add(_stem(hit.group()))
    return tuple(sorted(tokens))


def _without_outlet(headline: str) -> str:
    """The headline without outlet and reporter, as in " - The Ledger" or "(J. Doe/AP)"."""
    text = _BYLINE.sub("", _CASHTAGS.sub("", headline))
    ending = _OUTLET.search(text)
    if ending and _names_an_outlet(ending.group(1)) and len(text[: ending.start()].split()) > 2:
        text = text[: ending.start()]
    return _OPENING.sub("", text)


def _names_an_outlet(ending: str) -> bool:
    words = ending.split()
    if ending.casefold() in {"report", "reports", "source", "sources"}:
        return True
    named = all(word[0].isupper() or word in {"of", "the", "and", "on"} for word in words)
    return named and len(words) <= 4 and not re.search(r"[\d?!]", ending)


def _stem(word: str) -> str:
    """The word without plural, -ed and -ing; crude, and the same for every form of most words."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) >= len(ending) + 4:
            word = word.removesuffix(ending)
            if word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > 4 else word


class _Window:
    """One symbol's articles of the last 48 hours, and how many of its stories use each word."""

    def __init__(self) -> None:
        self.members: deque[tuple[StoryMember, frozenset[str], StoryRef]] = deque()
        self._stories: Counter[StoryRef] = Counter()
        self._users: dict[str, Counter[StoryRef]] = defaultdict(Counter)

    def add(self, member: StoryMember, ref: StoryRef) -> None:
        self.members.append((member, frozenset(member.tokens), ref))
        self._stories[ref] += 1
        for token in member.tokens:
            self._users[token][ref] += 1

    def forget_before(self, instant: datetime) -> None:
        while self.members and self.members[0][0].known_at < instant:
            member, _, ref = self.members.popleft()
            _take_one(self._stories, ref)
            for token in member.tokens:
                _take_one(self._users[token], ref)
                if not self._users[token]:
                    del self._users[token]

    def weight(self, token: str) -> float:
        """In (0, 1.3]: 1 for a word no story uses, towards 0 for one that all use.

        Stories are counted, not articles: a story told by many must not make its own words common.
        """
        scale = len(self._stories) + PRIOR_STORIES + 1
        users = len(self._users.get(token, ()))
        weight = math.log(scale / (users + 1)) / math.log(scale)
        return weight * NUMBER_WEIGHT if token[0].isdigit() else weight


def _best_story(member: StoryMember, near: Sequence[_Window]) -> tuple[StoryRef, float]:
    """The most similar earlier article's story (the earliest of equals), or a new one."""
    best, similarity = StoryRef(founder=member.key), 0.0
    for window in near:
        weights = {token: window.weight(token) for token in member.tokens}
        own = sum(weights.values())
        for other, tokens, ref in window.members:
            shared = sum(weights[token] for token in member.tokens if token in tokens)
            if other.tokens == member.tokens and len(tokens) >= MIN_IDENTICAL:
                likeness = 1.0
            elif shared >= MIN_SHARED:
                theirs = sum(window.weight(token) for token in other.tokens)
                likeness = round(_similarity(shared, own, theirs), 9)
            else:
                continue
            if likeness >= SAME_STORY and likeness > similarity:
                best, similarity = ref, likeness
    return best, similarity


def _similarity(shared: float, own: float, theirs: float) -> float:
    """The mean of weighted Jaccard overlap and containment.

    Jaccard alone misses the short headline inside a long one, containment alone trusts short
    headlines too much.
    """
    return (shared / (own + theirs - shared) + shared / min(own, theirs)) / 2


def _existing(member: StoryMember) -> StoryRef:
    if member.story is None:
        raise ValueError(f"the stored article {member.key!r} carries no story")
    return StoryRef(story=member.story)


def _order(member: StoryMember) -> tuple[datetime, int, str]:
    return (member.known_at, member.key if isinstance(member.key, int) else 0, str(member.key))


def _take_one(counter: Counter[StoryRef], ref: StoryRef) -> None:
    counter[ref] -= 1
    if not counter[ref]:
        del counter[ref]
