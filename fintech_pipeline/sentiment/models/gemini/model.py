"""The `gemini` model: many headlines a request, several requests at a time, each one granted.

What failed of a request is asked again once, in smaller pieces; what still fails is unscored, with
its reason. Where nothing more may be asked (the quota, the budget, the key, an outage), no further
request is started, and what has no verdict was not asked.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pydantic import SecretStr

from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.errors import (
    Malformed,
    NotConfigured,
    Paused,
    PremiumOnly,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Rationed,
    Unauthorized,
)
from fintech_pipeline.quota.allowances import LONGEST_WAIT
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.exchange import Broken
from fintech_pipeline.quota.granting import Granted, Outcome
from fintech_pipeline.quota.repeating import repeating
from fintech_pipeline.sentiment.models.gemini.answers import Reading, read
from fintech_pipeline.sentiment.models.gemini.controls import MISLED, misled, with_controls
from fintech_pipeline.sentiment.models.gemini.items import Item, chunked, grouped, pieces
from fintech_pipeline.sentiment.models.gemini.pricing import Prices, most_tokens_out, shared
from fintech_pipeline.sentiment.models.gemini.prompt import (
    INSTRUCTION,
    SCHEMA,
    VERSION,
    Pair,
    Question,
    question,
)
from fintech_pipeline.sentiment.scores import Label, NotAsked, Text, Unscored, Verdict

if TYPE_CHECKING:
    from fintech_pipeline.sentiment.models.gemini.asking import Asking

GOOGLE = "https://generativelanguage.googleapis.com"
PURPOSE, PROBE = "sentiment", "probe"
ALWAYS_SENT = f"{INSTRUCTION}{dict(SCHEMA)}"
_ENDS = (QuotaExhausted, Paused, Unauthorized, NotConfigured, PremiumOnly)
"""What the next request would meet as well."""
Verdicts = dict[Text, Verdict]


@dataclass(slots=True)
class _Pass:
    """What the requests of one `score` share: why no further one is started, once there is a why.

    Attributes:
        ended: Set by whichever thread learns it first.
    """

    ended: ProviderError | None = None

    def end(self, error: ProviderError) -> None:
        """Starts no further request, for this reason or one that came before."""
        self.ended = self.ended or error

    def require_open(self) -> None:
        """Raises the reason why no further request is started."""
        if self.ended is not None:
            raise self.ended


@dataclass(frozen=True, eq=False)
class GeminiModel:
    """Scores by Google's Gemini.

    Attributes:
        key: The account's.
        model: The vendor's name of the model.
        granted: Asked before each request, and told what came of it.
        prices: What the vendor asks for its tokens.
        base_url: Where it is asked.
        texts_per_request: How many verdicts a request asks for at most.
        concurrency: How many requests run at a time.
        timeout: For an answer.
        clock: The present.
        chance: Draws the articles' ids, and spreads repetitions.
        sleep: Waits for so many seconds between two attempts.
    """

    key: SecretStr = field(repr=False)
    model: str
    granted: Granted
    prices: Prices
    base_url: str = GOOGLE
    texts_per_request: int = 25
    concurrency: int = 4
    timeout: timedelta = timedelta(seconds=60)
    clock: Clock = utc_now
    chance: random.Random = field(default_factory=random.SystemRandom, repr=False)
    sleep: Callable[[float], None] = time.sleep

    @property
    def version(self) -> str:
        """The model and the prompt: scores of two prompts are not the same measure."""
        return f"{self.model}+{VERSION}"

    @property
    def costs(self) -> bool:
        """Asking costs money and quota."""
        return True

    def score(self, texts: Sequence[Text]) -> list[Verdict]:
        """One verdict a text, in the same order; no fault of the model's is raised.

        Raises:
            StorageError: The ledger is away; nothing more was asked.
        """
        if not texts:
            return []
        most, this = self.texts_per_request, _Pass()
        chunks = chunked(grouped(texts, most), most)
        self.asking.client  # noqa: B018  # made before there are threads
        with ThreadPoolExecutor(self.concurrency, "gemini") as pool:
            asked = partial(self._asked, pool, this)
            first = asked(chunks)
            failed = [_failed(verdicts) for verdicts in first]
            second = asked(piece for texts in failed for piece in pieces(texts))
        verdicts = {text: verdict for part in [*first, *second] for text, verdict in part.items()}
        return [verdicts[text] for text in texts]

    def probe(self) -> None:
        """Asks whether there is the model for our key; that costs no tokens.

        Raises:
            ProviderError: There is not, or nobody answers.
            StorageError: The ledger is away; nothing was asked.
        """
        call = Call(self._path(""), {}, PROBE, waited_for=True)

        def once() -> None:
            with self.granted(call) as outcome:
                broken = self.asking.look_up()
                if broken is not None:
                    raise _noted(outcome, broken)
                outcome.usage = Usage()

        repeating(self.sleep, self.chance)(once)

    @cached_property
    def asking(self) -> "Asking":
        """The way to the vendor; made when it is first needed, because the library is slow."""
        from fintech_pipeline.sentiment.models.gemini.asking import Asking

        return Asking(self.key, self.model, self.base_url, self.timeout, self.clock)

    def _asked(
        self, pool: ThreadPoolExecutor, this: _Pass, requests: Iterable[Sequence[Item]]
    ) -> list[Verdicts]:
        """What became of each request.

        What the budget refused while others had a part of it set aside is asked again once they
        have settled, as long as that helps.
        """
        done: list[Verdicts] = []
        left = list(requests)
        while True:
            came = _results([pool.submit(self._ask, one, this) for one in left], this)
            again = [one for one, told in zip(left, came, strict=True) if _rationed(told)]
            if not again or len(again) == len(left):
                return done + came
            done += [told for told in came if not _rationed(told)]
            left, this.ended = again, None

    def _ask(self, items: Sequence[Item], this: _Pass) -> Verdicts:
        """One request, repeated where that may help."""
        mixed, expected = with_controls(items, self.chance)
        put = question(mixed, self.ids(len(mixed)))
        texts = [text for item in items for text in item.texts]
        try:
            verdicts = repeating(self.sleep, self.chance)(self._once, put, expected, this)
        except ProviderError as error:
            if _ends(error):
                this.end(error)
            return dict.fromkeys(texts, NotAsked(error))
        return {text: verdicts[text] for text in texts}

    def _once(self, put: Question, expected: Mapping[Text, Label], this: _Pass) -> Verdicts:
        this.require_open()
        count = len(put.asked)
        call = Call(
            self._path(":generateContent"),
            {},
            PURPOSE,
            tuple(sorted({symbol for _, symbol in put.asked})),
            most_usd=self.prices.most(ALWAYS_SENT + put.document, count),
        )
        with self.granted(call) as outcome:
            outcome.made = False
            this.require_open()  # it may have ended while this one waited for its grant
            outcome.made = True
            body = self.asking.generate(put.document, most_tokens_out(count))
            if isinstance(body, Broken):
                raise _noted(outcome, body)
            try:
                reading = read(body, put.asked, self.model)
            except Malformed as error:
                outcome.error = error
                raise
            if reading.tokens is not None:
                outcome.usage = self.prices.usage(reading.tokens)
        used = outcome.usage or Usage(cost_usd=call.most_usd)
        return verdicts_of(put.asked, expected, reading, used)

    def ids(self, count: int) -> list[str]:
        """So many ids of articles, which nobody can have known."""
        return [f"{number:04x}" for number in self.chance.sample(range(0x1000, 0x10000), count)]

    def _path(self, method: str) -> str:
        return f"/v1beta/models/{self.model}{method}"


def _noted(outcome: Outcome, broken: Broken) -> ProviderError:
    """The error, once the ledger knows of it."""
    outcome.error, outcome.made, outcome.usage = broken.error, broken.made, broken.usage
    return broken.error


def _ends(error: ProviderError) -> bool:
    too_long = isinstance(error, RateLimited) and error.retry_after > LONGEST_WAIT
    return too_long or isinstance(error, _ENDS)


def verdicts_of(
    asked: Mapping[Pair, Text], controls: Mapping[Text, Label], reading: Reading, used: Usage
) -> Verdicts:
    """A verdict a text; those that are scores carry what the whole request used.

    None is believed where a control was misjudged.
    """
    if misled(asked, controls, reading):
        return dict.fromkeys(asked.values(), Unscored(MISLED))
    failed: Verdicts = {asked[pair]: Unscored(why) for pair, why in reading.failures.items()}
    scores = {asked[pair]: score for pair, score in reading.scores.items()}
    bought = {text: score for text, score in scores.items() if text not in controls}
    paid = shared(list(bought.values()), used)
    return {**failed, **dict(zip(bought, paid, strict=True))}


def _rationed(verdicts: Verdicts) -> bool:
    """Whether our own count of the day alone kept the request from being made."""
    return all(
        isinstance(verdict, NotAsked) and isinstance(verdict.error, Rationed)
        for verdict in verdicts.values()
    )


def _failed(verdicts: Verdicts) -> list[Text]:
    """What is worth asking again in smaller pieces: not what could not be asked at all."""
    return [
        text
        for text, verdict in verdicts.items()
        if isinstance(verdict, Unscored)
        or (isinstance(verdict, NotAsked) and isinstance(verdict.error, Malformed))
    ]


def _results(futures: Sequence[Future[Verdicts]], this: _Pass) -> list[Verdicts]:
    try:
        return [future.result() for future in futures]
    except BaseException:
        this.end(ProviderError("Scoring was broken off."))
        for future in futures:
            future.cancel()
        raise
