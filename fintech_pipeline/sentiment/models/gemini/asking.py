"""The one place that speaks to Gemini through Google's library, and translates what it raises.

The library is given all it would else take from the environment: the key, the address, that it is
not Vertex. It repeats nothing, follows no redirect (its key header would go along), and answers are
read by `answers.py`: its own classes warn of values they do not know and hide what they drop.
Importing it takes seconds, so this module is imported when Gemini is asked.
"""

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from time import monotonic
from typing import TypeVar, cast

import httpx2
from google import genai
from google.genai import errors, types
from pydantic import SecretStr

from fintech_pipeline.clock import Clock, utc_now
from fintech_pipeline.errors import Malformed, ProviderError, Unavailable
from fintech_pipeline.quota.calls import Usage
from fintech_pipeline.quota.exchange import Broken
from fintech_pipeline.sentiment.models.gemini.prompt import INSTRUCTION, SCHEMA
from fintech_pipeline.sentiment.models.gemini.refusals import refusal
from fintech_pipeline.telemetry.traces import tracing

T = TypeVar("T")
API_VERSION = "v1beta"
MOST_BYTES = 4_000_000
FOREIGN = (
    errors.APIError,
    errors.ContinuationInterruptedError,
    httpx2.HTTPError,
    httpx2.StreamError,
    httpx2.InvalidURL,
    httpx2.CookieConflict,
    # Also pydantic's, json's and the library's own for an answer it cannot read.
    ValueError,
    RecursionError,
    OSError,
)
"""What the library and the HTTP client below it raise; `translated` knows each."""
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)
_FREE = frozenset({*range(400, 499), 500, 503})
"""Refusals of the vendor's own, for which it charges nothing: "Am I charged for failed requests?"
at ai.google.dev/gemini-api/docs/billing. Behind what a gateway says (502, 504) it may have worked.
"""
_CATEGORIES = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")


class TooMuch(OSError):
    """The answer is larger than anybody needs."""


@dataclass(frozen=True, eq=False)
class Asking:
    """Makes the requests of one account to one model.

    Attributes:
        key: The account's.
        model: The vendor's name of the model.
        base_url: `https://host`.
        timeout: For silence, and for the whole of an answer.
        clock: The present.
    """

    key: SecretStr = field(repr=False)
    model: str
    base_url: str
    timeout: timedelta
    clock: Clock = utc_now

    @cached_property
    def client(self) -> genai.Client:
        """The library's client; it keeps its connections and is safe for threads."""
        options = types.HttpOptions(
            base_url=self.base_url,
            api_version=API_VERSION,
            timeout=int(self.timeout / timedelta(milliseconds=1)),
            client_args={"follow_redirects": False, "event_hooks": {"response": [self._bound]}},
        )
        return genai.Client(
            api_key=self.key.get_secret_value(), vertexai=False, http_options=options
        )

    def tried(self, call: Callable[[genai.Client], T]) -> T | Broken:
        """What a call of the library gives, or what its error means."""
        try:
            return call(self.client)
        except FOREIGN as error:
            return translated(error, self.model, self.clock)

    def generate(self, document: str, most_tokens_out: int) -> bytes | Broken:
        """The answer of `:generateContent` to a document of articles, unread."""
        with tracing.span("ask gemini", model=self.model) as more:
            response = self.tried(
                lambda client: client.models.generate_content(
                    model=self.model, contents=document, config=configured(most_tokens_out)
                )
            )
            if isinstance(response, Broken):
                more["error.type"] = type(response.error).__name__
                return response
        told = response.sdk_http_response
        return ((told.body if told else None) or "").encode()

    def look_up(self) -> Broken | None:
        """Whether there is the model for our key, None where there is; costs nothing."""
        found = self.tried(lambda client: client.models.get(model=self.model))
        return found if isinstance(found, Broken) else None

    def _bound(self, response: httpx2.Response) -> None:
        deadline = monotonic() + self.timeout.total_seconds()
        response.stream = _Bounded(cast("httpx2.SyncByteStream", response.stream), deadline)


@dataclass(frozen=True)
class _Bounded(httpx2.SyncByteStream):
    """An answer that is neither endless nor dripping; a time-out is only for each silence."""

    stream: httpx2.SyncByteStream
    deadline: float

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self.stream:
            size += len(piece)
            if size > MOST_BYTES:
                raise TooMuch
            if monotonic() > self.deadline:
                raise httpx2.ReadTimeout("still answering")
            yield piece

    def close(self) -> None:
        """Gives the connection back."""
        self.stream.close()


def translated(error: Exception, model: str, clock: Clock) -> Broken:
    """What a foreign error means; its text is never passed on.

    Args:
        error: One of `FOREIGN`.
        model: The model that was asked.
        clock: The present.
    """
    if isinstance(error, errors.APIError):
        status = error.code or 0
        usage = Usage() if status in _FREE else None
        return Broken(refusal(status, error.details, model, clock()), usage=usage)
    return Broken(_meaning(error), made=not isinstance(error, _NEVER_SENT))


def _meaning(error: Exception) -> ProviderError:
    match error:
        case TooMuch():
            return Malformed(f"Gemini sent more than {MOST_BYTES / 1e6:g} MB; it was not read.")
        case httpx2.TimeoutException():
            return Unavailable("Gemini did not answer in time (sentiment.gemini.timeout_seconds).")
        case httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return Unavailable("Gemini cannot be asked at sentiment.gemini.base_url.")
        case httpx2.ProxyError():
            return Unavailable("Gemini cannot be reached: the proxy on the way to it failed.")
        case httpx2.ConnectError() | ssl.SSLError():
            return Unavailable(
                "Gemini cannot be reached: no connection, or none to be trusted; nothing was asked."
            )
        case json.JSONDecodeError() | ValueError() | RecursionError() | httpx2.DecodingError():
            return Malformed("Gemini sent an answer that cannot be read; nothing was scored by it.")
        case _:
            return Unavailable("Gemini ended the connection before its answer was whole.")


def configured(most_tokens_out: int) -> types.GenerateContentConfig:
    """How the model answers. The temperature is the vendor's: its newer models lose by another."""
    return types.GenerateContentConfig(
        system_instruction=INSTRUCTION,
        response_mime_type="application/json",
        response_schema=types.Schema.model_validate(SCHEMA),
        max_output_tokens=most_tokens_out,
        # News tells of violence and fraud; it is to be judged, not shown.
        safety_settings=[
            types.SafetySetting(
                category=types.HarmCategory(f"HARM_CATEGORY_{name}"),
                threshold=types.HarmBlockThreshold.BLOCK_NONE,
            )
            for name in _CATEGORIES
        ],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        should_return_http_response=True,
    )
