"""Gemini's batch mode: many requests handed over at once, answered within a day at half the price.

What an answer says of each article is known by the ids of its request, so these are kept until it
comes: `BatchRequest.asked`. What fails of a batch is not asked again by it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from itertools import islice
from types import MappingProxyType
from typing import Any

from fintech_pipeline.errors import Malformed
from fintech_pipeline.quota.calls import NO_USAGE, Usage
from fintech_pipeline.quota.exchange import Broken
from fintech_pipeline.sentiment.models.gemini.answers import read
from fintech_pipeline.sentiment.models.gemini.controls import with_controls
from fintech_pipeline.sentiment.models.gemini.items import chunked, grouped
from fintech_pipeline.sentiment.models.gemini.model import ALWAYS_SENT, GeminiModel, verdicts_of
from fintech_pipeline.sentiment.models.gemini.pricing import most_tokens_out
from fintech_pipeline.sentiment.models.gemini.prompt import question
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text, Unscored, Verdict

BATCH_PRICE = Decimal("0.5")
"""Of what the same tokens cost at once (ai.google.dev/gemini-api/docs/batch-api, November 2026)."""
LISTED = 100
"""How many of the account's batches are looked at for one that was handed over: the newest."""
Key = tuple[int, str]
"""An article and a symbol."""


class Standing(Enum):
    """How a batch stands with the vendor."""

    OPEN = auto()
    ANSWERED = auto()
    FAILED = auto()


_STATES: Mapping[str, Standing] = MappingProxyType(
    {
        "JOB_STATE_SUCCEEDED": Standing.ANSWERED,
        "JOB_STATE_PARTIALLY_SUCCEEDED": Standing.ANSWERED,
        "JOB_STATE_FAILED": Standing.FAILED,
        "JOB_STATE_CANCELLED": Standing.FAILED,
        "JOB_STATE_EXPIRED": Standing.FAILED,
    }
)
"""Every other state is still open, also one that does not exist yet."""


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch.

    Attributes:
        document: What is sent.
        asked: Whom each id and symbol of the document stand for: `id/symbol` to the article. A
            control article of ours has a negative number.
        controls: How each control is to be judged, by its number.
    """

    document: str
    asked: dict[str, int]
    controls: dict[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the vendor has it.

    Attributes:
        name: The vendor's name of it.
        display_name: Ours.
        standing: How it stands.
        state: In the vendor's word.
        answers: The answer to each request in order, empty where there is none.
    """

    name: str
    display_name: str
    standing: Standing
    state: str
    answers: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class GeminiBatches:
    """Hands batches over and reads them, for one model."""

    model: GeminiModel

    def requests(self, texts: Sequence[Text]) -> list[BatchRequest]:
        """The requests that ask for a verdict on each text."""
        most = self.model.texts_per_request
        made = []
        for items in chunked(grouped(texts, most), most):
            mixed, expected = with_controls(items, self.model.chance)
            put = question(mixed, self.model.ids(len(mixed)))
            asked = {"/".join(pair): text.article_id for pair, text in put.asked.items()}
            controls = {str(text.article_id): str(label) for text, label in expected.items()}
            made.append(BatchRequest(put.document, asked, controls))
        return made

    def most_usd(self, requests: Sequence[BatchRequest]) -> Decimal:
        """What they cost at most."""
        prices = self.model.prices
        each = (prices.most(ALWAYS_SENT + one.document, len(one.asked)) for one in requests)
        return sum(each, Decimal(0)) * BATCH_PRICE

    def hand_over(self, display_name: str, requests: Sequence[BatchRequest]) -> str | Broken:
        """Creates the batch; gives the vendor's name of it."""
        from google.genai import types

        from fintech_pipeline.sentiment.models.gemini.asking import configured

        inlined = [
            types.InlinedRequest(
                contents=types.UserContent(one.document),
                config=configured(most_tokens_out(len(one.asked))),
            )
            for one in requests
        ]
        job = self.model.asking.tried(
            lambda client: client.batches.create(
                model=self.model.model,
                src=inlined,
                config=types.CreateBatchJobConfig(display_name=display_name),
            )
        )
        if isinstance(job, Broken):
            return job
        return job.name or Broken(Malformed("Gemini named no batch."))

    def look(self, name: str) -> Batch | Broken:
        """The batch as it stands."""
        return self.model.asking.tried(lambda client: _read(client.batches.get(name=name)))

    def handed_over(self) -> dict[str, str] | Broken:
        """The vendor's names of the account's newest batches, by ours."""
        return self.model.asking.tried(
            lambda client: {
                job.display_name or "": job.name or ""
                for job in islice(client.batches.list(), LISTED)
            }
        )

    def verdicts(self, request: BatchRequest, body: bytes) -> tuple[dict[Key, Verdict], Usage]:
        """What an answer says of each text of its request, and what it used."""
        pairs = {_pair(name): _stands_for(name, of) for name, of in request.asked.items()}
        expected = {
            text: Label(request.controls[str(text.article_id)])
            for text in pairs.values()
            if text.article_id < 0
        }
        texts = [text for text in pairs.values() if text.article_id >= 0]
        try:
            reading = read(body, pairs, self.model.model)
        except Malformed as error:
            return {_key(text): Unscored(str(error)) for text in texts}, NO_USAGE
        used = NO_USAGE
        if reading.tokens is not None:
            at_once = self.model.prices.usage(reading.tokens)
            used = replace(at_once, cost_usd=at_once.cost_usd * BATCH_PRICE)
        found = verdicts_of(pairs, expected, reading, used)
        return {_key(text): found[text] for text in texts}, used


def scores(verdicts: Mapping[Key, Verdict]) -> dict[Key, SentimentScore]:
    """The verdicts that are scores."""
    return {key: one for key, one in verdicts.items() if isinstance(one, SentimentScore)}


def _pair(name: str) -> tuple[str, str]:
    identity, _, symbol = name.partition("/")
    return identity, symbol


def _stands_for(name: str, article_id: int) -> Text:
    """The text without its words, which are asked no more."""
    return Text(article_id, _pair(name)[1], (), "", "")


def _key(text: Text) -> Key:
    return text.article_id, text.symbol


def _read(job: Any) -> Batch:
    """The library's batch job as ours."""
    state = str(getattr(job.state, "value", job.state) or "")
    told = (job.dest.inlined_responses if job.dest else None) or []
    answers = tuple(
        json.dumps(one.response.model_dump(mode="json", by_alias=True, exclude_none=True)).encode()
        if one.response
        else b""
        for one in told
    )
    standing = _STATES.get(state, Standing.OPEN)
    return Batch(job.name or "", job.display_name or "", standing, state, answers)
