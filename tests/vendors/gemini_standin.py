"""A stand-in of Gemini's API: `:generateContent` and the model's card, in the vendor's own form.

The forms are those of the recorded answers in `../shared/data/responses/gemini`. It judges an
article by a few words, so that a test knows what is right, and can be told to misbehave: to answer
late, in part, or with a refusal, and to do what a headline orders.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.vendors.standin import KEY, Does, Reply, Request, StandIn, as_json

MODEL = "gemini-3.5-flash-lite"
DATED = "gemini-3.5-flash-lite-2026-10"
GOOD = ("record", "beats", "soars", "raises", "wins", "jumps", "upgrade")
BAD = ("bankruptcy", "fraud", "misses", "falls", "cuts", "recall", "probe", "slump")
Verdict = dict[str, Any]


@dataclass
class Question:
    """A request of `:generateContent`, read.

    Attributes:
        articles: What is to be judged.
        schema: The form the answer is to have.
        most_tokens: How long it may be.
        number: Of the request, from 1.
    """

    articles: list[dict[str, Any]]
    schema: dict[str, Any]
    most_tokens: int
    number: int

    @property
    def texts(self) -> int:
        return sum(len(article["symbols"]) for article in self.articles)


def honest(article: dict[str, Any], symbol: str) -> Verdict:
    """What the words of an article say of it."""
    words = re.findall(r"[a-z]+", f"{article['headline']} {article.get('summary', '')}".lower())
    tone = sum(word in GOOD for word in words) - sum(word in BAD for word in words)
    score = max(-0.9, min(0.9, 0.45 * tone))
    label = "positive" if score > 0 else "negative" if score < 0 else "neutral"
    found = [word for word in words if word in GOOD + BAD]
    return {
        "id": article["id"],
        "symbol": symbol,
        "reason": f"Says {', '.join(found[:3])}." if found else "No news of weight.",
        "label": label,
        "score": score,
        "confidence": 0.8 if found else 0.3,
    }


def refused(status: int, word: str, message: str, *details: dict[str, Any]) -> Reply:
    """An error in Google's form."""
    told = [{**one, "@type": f"type.googleapis.com/google.rpc.{one['@type']}"} for one in details]
    error: dict[str, Any] = {"code": status, "message": message, "status": word}
    return as_json({"error": {**error, **({"details": told} if told else {})}}, status)


def too_many(
    delay: str | None, quota: str = "GenerateRequestsPerMinutePerProjectPerModel"
) -> Reply:
    """429, with the quota it is about and the pause that is asked for."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {"quotaMetric": metric, "quotaId": f"{quota}-FreeTier", "quotaValue": "15"}
    details = [{"@type": "QuotaFailure", "violations": [violation]}]
    pause = [{"@type": "RetryInfo", "retryDelay": delay}] if delay else []
    message = "You exceeded your current quota, please check your plan and billing details."
    return refused(429, "RESOURCE_EXHAUSTED", message, *details, *pause)


def bad_key() -> Reply:
    info = {"@type": "ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
    return refused(400, "INVALID_ARGUMENT", f"API key not valid: {KEY}. Please pass another.", info)


@dataclass
class GeminiStandIn(StandIn):
    """Answers as the vendor does.

    Attributes:
        seconds: How long an answer takes.
        refuses: What it does instead of answering, by the number of the request.
        says: Changes the verdicts before they are sent: `(question, verdicts)`.
        writes: Makes the whole text of an answer: `(question, verdicts)`.
        finish: Why the answer ended: `(question)`.
        blocks: Whether the prompt is blocked, and why: `(question)`.
        usage: Whether it tells what was used.
        keeps_to_schema: Whether labels are always of the enum; bounds are the asker's to check.
        questions: What was asked.
        at_once: How many requests it was ever answering at a time.
    """

    seconds: float = 0.0
    refuses: dict[int, Does] = field(default_factory=dict)
    says: Callable[[Question, list[Verdict]], list[Verdict]] | None = None
    writes: Callable[[Question, list[Verdict]], str] | None = None
    finish: Callable[[Question], str] = field(default=lambda _: "STOP")
    blocks: Callable[[Question], str | None] = field(default=lambda _: None)
    usage: bool = True
    keeps_to_schema: bool = True
    questions: list[Question] = field(default_factory=list)
    at_once: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._lock, self._open = threading.Lock(), 0

    def __call__(self, request: Request) -> Does:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
            self._open += 1
            self.at_once = max(self.at_once, self._open)
        answer = self.refuses.get(number) or self._answer(request, number)

        def ends(wire: Any) -> None:
            try:
                answer(wire)
            finally:
                with self._lock:
                    self._open -= 1

        return ends

    def _answer(self, request: Request, number: int) -> Does:
        if request.headers.get("x-goog-api-key") != KEY:
            return bad_key()
        method = request.head.partition(" ")[0]
        found = re.fullmatch(r"/v1beta/models/([\w.-]+)(:generateContent)?", request.path)
        if not found or found.group(1) != MODEL:
            word = f"models/{found and found.group(1)} is not found for API version v1beta"
            return refused(404, "NOT_FOUND", word)
        if method == "GET":
            methods = ["generateContent", "countTokens", "batchGenerateContent"]
            return as_json({"name": f"models/{MODEL}", "supportedGenerationMethods": methods})
        question = _question(json.loads(request.body), number)
        if isinstance(question, Reply):
            return question
        with self._lock:
            self.questions.append(question)
        return self._generated(question, len(request.body))

    def _generated(self, question: Question, size: int) -> Reply:
        reason = self.blocks(question)
        if reason:
            counted = {"promptTokenCount": size // 4, "totalTokenCount": size // 4}
            feedback = {"promptFeedback": {"blockReason": reason}, "usageMetadata": counted}
            return self._sent({**feedback, "modelVersion": DATED})
        verdicts = [
            honest(article, asked["symbol"])
            for article in question.articles
            for asked in article["symbols"]
        ]
        if self.says is not None:
            verdicts = self.says(question, verdicts)
        if self.keeps_to_schema:
            verdicts = [_by(question.schema["items"], verdict) for verdict in verdicts]
        text = self.writes(question, verdicts) if self.writes else json.dumps(verdicts)
        content = {"role": "model", **({"parts": [{"text": text}]} if text else {})}
        candidate = {"content": content, "finishReason": self.finish(question), "index": 0}
        tokens = {"promptTokenCount": size // 4, "candidatesTokenCount": len(text) // 4}
        tokens |= {"thoughtsTokenCount": 7, "totalTokenCount": sum(tokens.values()) + 7}
        told: dict[str, Any] = {"candidates": [candidate], "modelVersion": DATED}
        told["responseId"] = f"answer-{question.number}"
        return self._sent({**told, **({"usageMetadata": tokens} if self.usage else {})})

    def _sent(self, tree: dict[str, Any]) -> Reply:
        return Reply(json.dumps(tree).encode(), seconds=self.seconds)


def _question(body: dict[str, Any], number: int) -> Question | Reply:
    """The request, or why it is refused: the vendor takes no field that it does not know."""
    known = {"contents", "systemInstruction", "generationConfig", "safetySettings"}
    if body.keys() - known:
        word = f'Invalid JSON payload received. Unknown name "{min(body.keys() - known)}"'
        return refused(400, "INVALID_ARGUMENT", word)
    config = body["generationConfig"]
    assert body["systemInstruction"]["parts"][0]["text"]
    if config["responseMimeType"] != "application/json":
        return refused(400, "INVALID_ARGUMENT", "a schema needs application/json")
    (content,) = body["contents"]
    (part,) = content["parts"]
    articles = json.loads(part["text"])["articles"]
    return Question(articles, config["responseSchema"], config["maxOutputTokens"], number)


def _by(schema: dict[str, Any], verdict: Verdict) -> Verdict:
    """The verdict as decoding by the schema leaves it: the right fields, types and enums."""
    kept: Verdict = {}
    # Google's JSON takes a name in either spelling, and its own library sends this one.
    for name in schema.get("propertyOrdering") or schema["property_ordering"]:
        of, value = schema["properties"][name], verdict.get(name)
        if of["type"] == "NUMBER":
            number = isinstance(value, int | float) and not isinstance(value, bool)
            kept[name] = value if number else 0
        else:
            kept[name] = str(value or "")
        if "enum" in of and kept[name] not in of["enum"]:
            kept[name] = of["enum"][0]
    return kept
