"""Reading an answer of Gemini's: what of it is good is kept, and why the rest is not. Pure.

Nothing is guessed: a verdict out of bounds, of an unknown label, or whose label contradicts its
score is no verdict, and what was said of something that was not asked is not heard.
"""

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.quota.payloads import json_object, text_in
from fintech_pipeline.sentiment.models.gemini.items import cleaned
from fintech_pipeline.sentiment.models.gemini.prompt import LONGEST_REASON, NEUTRAL_WITHIN, Pair
from fintech_pipeline.sentiment.scores import Label, SentimentScore

_VENDOR = "Gemini"
_CUT_OFF = "MAX_TOKENS"
_BLOCKS = frozenset(
    {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "JAILBREAK"}
)
"""Reasons to end an answer that are about its content."""
_LONGEST_NAME = 64
_MOST_TOKENS = 100_000_000
_DECODER = json.JSONDecoder()
_ADDRESS = re.compile(
    r"\S*(?:://|\bwww\.|@)\S*|\b[\w-]+\.(?:com|net|org|io|ru|xyz|info)\b\S*", re.IGNORECASE
)
_MARKUP = re.compile(r"<[^>]*>?|[<>{}\[\]`\\|]")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the vendor counted; thoughts are part of what came out."""

    came_in: int
    went_out: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says of what was asked.

    Attributes:
        scores: The good verdicts.
        failures: For every other pair, why there is none.
        invalid: Those of them of which something was said, and nothing that can be.
        tokens: None where the vendor did not say, or nothing that can be.
    """

    scores: Mapping[Pair, SentimentScore]
    failures: Mapping[Pair, str]
    invalid: frozenset[Pair]
    tokens: Tokens | None


def read(body: bytes, asked: Collection[Pair], model: str) -> Reading:
    """Reads an answer of `:generateContent`.

    Args:
        body: What came, whatever it is.
        asked: The pairs of id and symbol that were asked for; each is in one part of the result.
        model: What answered where the answer does not say it.

    Raises:
        Malformed: It is no answer of this vendor's at all.
    """
    payload = json_object(body, _VENDOR)
    if not payload.keys() & {"candidates", "promptFeedback", "usageMetadata"}:
        raise Malformed("Gemini sent JSON of another form; nothing was scored by it.")
    candidate = _first(payload.get("candidates"))
    answered_by = text_in(payload, "modelVersion")[:_LONGEST_NAME] or model
    told: dict[Pair, list[SentimentScore | str]] = {}
    for verdict in _verdicts(_text(candidate)):
        pair = (_plain(verdict, "id"), _plain(verdict, "symbol"))
        if pair in asked:
            told.setdefault(pair, []).append(_judged(verdict, answered_by))
    silence = _silence(payload, candidate, bool(told))
    outcomes = {pair: _agreed(told.get(pair, []), silence) for pair in asked}
    return Reading(
        {pair: one for pair, one in outcomes.items() if isinstance(one, SentimentScore)},
        {pair: one for pair, one in outcomes.items() if isinstance(one, str)},
        frozenset(pair for pair in told if isinstance(outcomes[pair], str)),
        _tokens(payload.get("usageMetadata")),
    )


def _first(candidates: Any) -> dict[str, Any]:
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, dict) else {}


def _text(candidate: Mapping[str, Any]) -> str:
    """What the model said; its thoughts are not part of it."""
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    said = parts if isinstance(parts, list) else []
    return "".join(
        part["text"]
        for part in said
        if isinstance(part, dict) and isinstance(part.get("text"), str) and not part.get("thought")
    )


def _verdicts(text: str) -> Iterator[dict[str, Any]]:
    """The objects of the array, up to where it breaks off or cannot be read."""
    place = text.find("[") + 1
    while place:
        start = re.compile(r"[\s,]*").match(text, place)
        try:
            verdict, place = _DECODER.raw_decode(text, start.end() if start else place)
        # Deep nesting ends in a RecursionError, an endless number in a ValueError.
        except (ValueError, RecursionError):
            return
        if isinstance(verdict, dict):
            yield verdict


def _judged(verdict: Mapping[str, Any], answered_by: str) -> SentimentScore | str:
    """The verdict, or what is wrong with it."""
    value, confidence = _number(verdict.get("score")), _number(verdict.get("confidence"))
    if value is None or not -1 <= value <= 1:
        return "the answer's score is no number in [-1, 1]"
    if confidence is None or not 0 <= confidence <= 1:
        return "the answer's confidence is no number in [0, 1]"
    try:
        label = Label(_plain(verdict, "label"))
    except ValueError:
        return "the answer's label is none of positive, neutral and negative"
    contradiction = f"the answer contradicts itself: {label} with a score of {value:g}"
    if label is Label.NEUTRAL and abs(value) > NEUTRAL_WITHIN:
        return contradiction
    try:
        return SentimentScore(value, label, confidence, reason(verdict.get("reason")), answered_by)
    except ValueError:
        return contradiction


def reason(told: Any) -> str:
    """The model's reason as it may be shown: one short line, without markup or addresses.

    It may repeat what a stranger wrote in a headline.
    """
    line = cleaned(told, LONGEST_REASON * 2) if isinstance(told, str) else ""
    plain = cleaned(_MARKUP.sub(" ", _ADDRESS.sub("…", line)), LONGEST_REASON)
    return plain or "no reason given"


def _agreed(told: list[SentimentScore | str], silence: str) -> SentimentScore | str:
    """The one verdict on a pair; one that is repeated counts once, where it is the same."""
    if not told:
        return silence
    verdicts = {(one.value, one.label) if isinstance(one, SentimentScore) else one for one in told}
    return told[0] if len(verdicts) == 1 else "the answer judged it twice, and not alike"


def _silence(payload: Mapping[str, Any], candidate: Mapping[str, Any], readable: bool) -> str:
    """Why an answer says nothing of something."""
    feedback = payload.get("promptFeedback")
    blocked = _plain(feedback, "blockReason") if isinstance(feedback, dict) else ""
    finish = _plain(candidate, "finishReason")
    if blocked or finish in _BLOCKS:
        return f"blocked by the vendor: {blocked or finish}"
    if finish == _CUT_OFF:
        return f"the answer was cut off ({finish})"
    if finish not in {"", "STOP"}:
        return f"the vendor ended the answer ({finish})"
    text = _text(candidate).strip()
    if not text:
        return "the answer was empty"
    if not readable and not (text.startswith("[") and text.endswith("]")):
        return "the answer could not be read"
    return "the answer said nothing of it"


def _tokens(usage: Any) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    names = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount")
    counts = [usage.get(name, 0) for name in names]
    if not all(type(one) is int and 0 <= one <= _MOST_TOKENS for one in counts) or not any(counts):
        return None
    came_in, answer, thoughts, total = counts
    # What is in the total and in no other count is paid for too.
    return Tokens(came_in, max(answer + thoughts, total - came_in))


def _plain(node: Mapping[str, Any], key: str) -> str:
    return cleaned(text_in(node, key), _LONGEST_NAME)


def _number(told: Any) -> float | None:
    """A finite number; JSON's true is none, nor is "0.9"."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
