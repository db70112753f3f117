"""The lexicon model: a small word list of our own, read with negation, direction and clauses.

It needs no key, no network and no training, and says which words made its mind up. What it knows
stands in `lexicon.toml`; how it reads stands here.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import product, zip_longest
from pathlib import Path
from typing import NamedTuple

from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Verdict

VERSION = "lexicon-1"
NEUTRAL_BELOW = 0.15
"""A value nearer to zero than this is labelled neutral."""
SILENT_CONFIDENCE, _SUREST = 0.2, 0.9
"""The confidence of "neutral" when no word of the lexicon was found, and the most there can be."""
_MAX_HEADLINE, _MAX_SUMMARY = 500, 2_000
_SUMMARY_WEIGHT = 0.4
_SHIFTS = {"negators": -0.7, "escapes": -0.6, "hedges": 0.7, "boosters": 1.3}
_REACH = 3
"""How many words a negator, escape, hedge or booster reaches ahead."""
_THING_AHEAD, _THING_BEHIND = 3, 9
"""How far from a move what moves may stand: "cuts costs", "profit for the quarter rose"."""
_COMPARED, _TURNED, _SAME_UNIT = 0.7, 1.0, 20
"""The weight of figures compared without a verb, of a turn; beyond this factor units differ."""
_ELSEWHERE, _ABOUT_OTHERS, _BACKGROUND = 0.6, 0.2, 0.5
"""The weight of a clause where only another one names the instrument; of one that names somebody
else instead; of a background."""

_TOKEN = re.compile(r"[^\W_]+(?:(?:[-'’.&]|,(?=\d{3}))[^\W_]+)*|\.(?!\d)|[,;:!?…—–|()]")
_BREAKS = frozenset(".,;:!?…—–|()")
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[a-z]{0,3}(\d[\d,]*(?:\.\d+)?)[a-z]{0,3}")
_PERIOD = re.compile(r"\d+-(?:day|week|month|year)")
_LEGAL = frozenset(
    {"inc", "corp", "corporation", "company", "co", "ltd", "limited", "plc", "group"}
)

Phrase = tuple[str, ...]


class _Lexicon(NamedTuple):
    """What `lexicon.toml` says, each phrase in all its forms."""

    tones: dict[Phrase, float]
    moves: dict[Phrase, float]
    alone: dict[Phrase, float]
    things: dict[Phrase, float]
    shifts: dict[str, frozenset[Phrase]]
    clauses: dict[str, frozenset[str]]
    known: frozenset[Phrase]
    longest: int


class _Hit(NamedTuple):
    """A phrase of the lexicon in a clause, from word `start` up to `end`."""

    phrase: Phrase
    start: int
    end: int


class _Cue(NamedTuple):
    """A found phrase and what it says: above zero good, below zero bad."""

    phrase: str
    value: float


class LexiconModel:
    """Scores texts by a word list: deterministic, without a network, in time linear in the text."""

    version = VERSION
    costs = False

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """One verdict a text, in the same order; never `Unscored`: silence is neutral, and unsure.

        The value is a squashed sum of the found words, in [-1, 1]; the confidence, in [0.2, 0.9],
        grows with how much was found and how far it agrees; the reason names the two strongest.
        """
        return [_verdict(text) for text in texts]


def _verdict(text: Text) -> SentimentScore:
    names = _name_phrases(text.names)
    cues = list(_cues(text.headline[:_MAX_HEADLINE], names))
    summary = _cues(text.summary[:_MAX_SUMMARY], names)
    cues.extend(_Cue(cue.phrase, cue.value * _SUMMARY_WEIGHT) for cue in summary)
    evidence = math.fsum(abs(cue.value) for cue in cues)
    if evidence == 0.0:
        return SentimentScore(0.0, Label.NEUTRAL, SILENT_CONFIDENCE, "no telling word found")
    total = math.fsum(cue.value for cue in cues)
    value = round(math.tanh(total), 4)
    sure = evidence / (evidence + 1.0) * abs(total) / evidence
    confidence = round(SILENT_CONFIDENCE + (_SUREST - SILENT_CONFIDENCE) * sure, 4)
    tone = Label.POSITIVE if value > 0 else Label.NEGATIVE
    label = tone if abs(value) >= NEUTRAL_BELOW else Label.NEUTRAL
    return SentimentScore(value, label, confidence, _reason(cues))


def _reason(cues: Iterable[_Cue]) -> str:
    strongest: dict[str, str] = {}
    for cue in sorted(cues, key=lambda c: (-abs(c.value), c.phrase)):
        strongest.setdefault(cue.phrase, "good" if cue.value > 0 else "bad")
    return ", ".join(f'"{phrase}" is {tone}' for phrase, tone in list(strongest.items())[:2])


def _cues(text: str, names: frozenset[Phrase]) -> Iterator[_Cue]:
    """What the text says, each phrase weighed by where it stands."""
    clauses = [(clause, _name_positions(clause, names)) for clause in _clauses(text)]
    anywhere = any(named for _, named in clauses)
    subject = 0.0
    for clause, named in clauses:
        words = [_plain(word) for word in clause]
        hits = [h for h in _hits(words) if named.isdisjoint(range(h.start, h.end))]
        place = 1.0 if named or not anywhere else _elsewhere(clause)
        if words[0] in _lexicon().clauses["backgrounds"]:
            place *= _BACKGROUND
        for cue in _read(words, hits, subject):
            yield _Cue(cue.phrase, cue.value * place)
        # "Costs were 5 mn, up from 4 mn": what moves may stand one clause back.
        subject = next((w for h in hits if (w := _lexicon().things.get(h.phrase))), 0.0)


def _elsewhere(clause: Sequence[str]) -> float:
    """The weight of a clause that does not name the instrument: least if it names somebody else."""
    known = _lexicon().known
    others = any(word[:1].isupper() and (_plain(word),) not in known for word in clause)
    return _ABOUT_OTHERS if others else _ELSEWHERE


def _clauses(text: str) -> Iterator[list[str]]:
    """The text's words, cut at punctuation, at "but" and before what opens a background."""
    lexicon = _lexicon()
    cuts = _BREAKS | lexicon.clauses["breaks"]
    clause: list[str] = []
    told, tokens = False, _TOKEN.findall(text)
    for token, following in zip_longest(tokens, tokens[1:], fillvalue=""):
        word = token.lower()
        # "Apple rises and Microsoft falls" is two clauses, "Apple and Microsoft fall" is one.
        cut = word in cuts or (told and word == "and" and following[:1].isupper())
        if word in lexicon.clauses["backgrounds"]:
            cut = following.lower() not in lexicon.clauses["not_before"]
        if cut and clause:
            yield clause
            clause, told = [], False
        if word not in _BREAKS:
            clause.append(token)
            told = told or (word,) in lexicon.tones or (word,) in lexicon.moves
    if clause:
        yield clause


def _read(words: Sequence[str], hits: Sequence[_Hit], subject: float) -> Iterator[_Cue]:
    """The cues of one clause, before its place is weighed; `subject` was moved one clause back."""
    lexicon = _lexicon()
    things = [hit for hit in hits if hit.phrase in lexicon.things]
    moves = [hit for hit in hits if hit.phrase in lexicon.moves]
    if turned := _comparison(words, things, subject, bare=not moves):
        yield turned
        return
    moved = {move: _what_moves(move, things, words) for move in moves}
    for hit in hits:
        value = lexicon.tones.get(hit.phrase, 0.0) if hit not in moved.values() else 0.0
        if hit in moved:
            thing = moved[hit]
            alone = subject if hit.start == 0 and subject else lexicon.alone[hit.phrase]
            value = lexicon.moves[hit.phrase] * (lexicon.things[thing.phrase] if thing else alone)
        if value:
            yield _Cue(" ".join(hit.phrase), _shifted(value, hit, hits))


def _hits(words: Sequence[str]) -> Iterator[_Hit]:
    """The lexicon's phrases in the clause from left to right, the longest at each word."""
    lexicon, start = _lexicon(), 0
    while start < len(words):
        phrases = (tuple(words[start : start + n]) for n in range(lexicon.longest, 0, -1))
        phrase = next((phrase for phrase in phrases if phrase in lexicon.known), ())
        if phrase:
            yield _Hit(phrase, start, start + len(phrase))
        start += len(phrase) or 1


def _what_moves(move: _Hit, things: Sequence[_Hit], words: Sequence[str]) -> _Hit | None:
    """What a move speaks of: closely ahead ("cuts costs"), else the last behind ("profit rose")."""
    ahead = [t for t in things if 0 <= t.start - move.end <= _THING_AHEAD]
    if move.phrase[-1] == "from" or (ahead and words[move.end] == "to"):
        ahead = []  # "slipped to a loss" tells where it went, not what moved
    behind = [t for t in things if 0 <= move.start - t.end <= _THING_BEHIND]
    if ahead and not (behind and move.start == behind[-1].end):
        return ahead[0]
    return behind[-1] if behind else None


def _shifted(value: float, hit: _Hit, hits: Sequence[_Hit]) -> float:
    """The value after the negators, escapes, hedges and boosters shortly before the phrase."""
    shifts = _lexicon().shifts
    for other in (o.phrase for o in hits if 0 <= hit.start - o.end < _REACH):
        for kind, factor in _SHIFTS.items():
            if other in shifts[kind] and (kind != "escapes" or value < 0.0):
                value *= factor
    return value


def _comparison(
    words: Sequence[str], things: Sequence[_Hit], subject: float, *, bare: bool
) -> _Cue | None:
    """Now against then: a profit after a loss, or (without a verb) "EPS of 1.20 versus 1.10"."""
    weights, pivots = _lexicon().things, _lexicon().clauses["pivots"]
    pivot = next((n for n, word in enumerate(words) if word in pivots), len(words))
    spoken = [weights[t.phrase] for t in things if t.end <= pivot]
    now = spoken[-1] if spoken else subject * (pivot <= 1)
    then = [weights[t.phrase] for t in things if 0 < t.start - pivot <= _THING_AHEAD + 1]
    if now and then and then[0] != now:
        return _Cue("good after bad" if now > 0 else "bad after good", _TURNED * now)
    before = [f for f in map(_figure, words[max(0, pivot - 4) : pivot]) if f is not None]
    after = [f for f in map(_figure, words[pivot + 1 : pivot + 9]) if f is not None]
    if not (bare and now and before and after):
        return None
    new, old = before[-1], after[0]
    if new == old or max(new, old) > _SAME_UNIT * min(new, old):
        return None
    return _Cue(f"{new:g} {words[pivot]} {old:g}", _COMPARED * (now if new > old else -now))


def _figure(word: str) -> float | None:
    """The number in a word such as `eur13.1mn`; a year is none."""
    hit = _FIGURE.fullmatch(word)
    return float(hit.group(1).replace(",", "")) if hit else None


def _plain(word: str) -> str:
    """The word as the lexicon spells it: lower case, straight apostrophe, no possessive."""
    plain = word.lower().replace("’", "'").removesuffix("'s")
    return "period" if _PERIOD.fullmatch(plain) else plain


def _name_phrases(names: Iterable[str]) -> frozenset[Phrase]:
    """The names word by word; those in capitals stay so, lest `ALL` be found in "all"."""
    phrases = set()
    for name in names:
        words = [word for word in _TOKEN.findall(name) if word not in _BREAKS]
        while len(words) > 1 and words[-1].lower() in _LEGAL:
            words.pop()
        phrases.add(tuple(words if name.isupper() else map(_plain, words)))
    return frozenset(phrases - {()})


def _name_positions(clause: Sequence[str], names: frozenset[Phrase]) -> frozenset[int]:
    """Which words of the clause belong to the instrument's name."""
    plain = [_plain(word) for word in clause]
    found: set[int] = set()
    for start, length in product(range(len(clause)), {len(name) for name in names}):
        end = start + length
        if tuple(plain[start:end]) in names or tuple(clause[start:end]) in names:
            found.update(range(start, end))
    return frozenset(found)


@cache
def _lexicon() -> _Lexicon:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    tones = _weighted((row["phrases"], row["weight"]) for row in data["tone"])
    moves = _weighted((row["phrases"], row["weight"]) for row in data["move"])
    things = _weighted([(data["things"]["good"], 1.0), (data["things"]["bad"], -1.0)])
    shifts = {kind: frozenset(_forms(phrases)) for kind, phrases in data["shifts"].items()}
    clauses = {kind: frozenset(words) for kind, words in data["clauses"].items()}
    alone = _weighted((row["phrases"], row["alone"]) for row in data["move"])
    known = frozenset({*tones, *moves, *things}.union(*shifts.values()))
    return _Lexicon(tones, moves, alone, things, shifts, clauses, known, max(map(len, known)))


def _weighted(groups: Iterable[tuple[Iterable[str], float]]) -> dict[Phrase, float]:
    return {form: weight for phrases, weight in groups for form in _forms(phrases)}


def _forms(phrases: Iterable[str]) -> Iterator[Phrase]:
    """Each phrase word by word, a verb marked `*` in all its regular forms."""
    for phrase in phrases:
        verb, star, rest = phrase.partition("*")
        for form in _conjugated(verb) if star else (verb,):
            yield tuple(f"{form}{rest}".split())


def _conjugated(verb: str) -> tuple[str, ...]:
    """The regular forms of the verb that ends the phrase: soar, soars, soared, soaring."""
    if verb.endswith("e"):
        return verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"
    if re.search(r"[^aeiou]y$", verb):
        return verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"
    third = f"{verb}es" if re.search(r"(?:s|x|ch|sh)$", verb) else f"{verb}s"
    # A short verb doubles its last consonant: drop, dropped. Nobody writes the false forms.
    doubled = verb + verb[-1] if re.search(r"[^aeiou][aeiou][bgmnpt]$", verb) else verb
    return verb, third, f"{verb}ed", f"{verb}ing", f"{doubled}ed", f"{doubled}ing"
