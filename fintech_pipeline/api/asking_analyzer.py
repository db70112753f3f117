"""Asking for a verdict: the analyzer where there is one, else this process itself."""

import asyncio
from http import HTTPStatus
from typing import Protocol

import httpx2
from pydantic import BaseModel, Field, SecretStr, ValidationError

from fintech_pipeline.api.analysis import Analysis, Question
from fintech_pipeline.api.problems import MEDIA_TYPE, Refusal

PATH = "/v1/analyze"
CONNECT_SECONDS = 2.0
PATIENCE_SECONDS = 75.0
"""In all. The analyzer lets a question wait for 5 s, and a vendor's model take a minute."""
POOL_SECONDS = 5.0
CONNECTIONS = 16
"""So many questions at once, whatever many people ask."""
MOST_BYTES = 64 * 1024
DEAD_SECONDS = 10.0
"""After how long a dead analyzer may be back: a new pod of it needs about so long."""
PASSED_ON = frozenset({400, 413, 415, 422, 429, 503})
"""What concerns the question, or passes; anything else is between the API and the analyzer."""

DEAD = "The analyzer can't be reached; ask again soon, and look at its process if that stays so."
SLOW = f"The analyzer did not answer within {PATIENCE_SECONDS:.0f} seconds; ask again soon."
BUSY = "More texts are being judged than the API asks for at once; ask again soon."
REFUSED = "The analyzer refused the API: set the same ANALYZER_TOKEN for both, and restart them."
STRANGE = "What answers at api.analyzer_url is no analyzer of this version; check the address."


class Analyzer(Protocol):
    """Judges texts."""

    async def judge(self, question: Question) -> Analysis:
        """The verdict on the text.

        Raises:
            Refusal: There is none; its sentence says why.
        """
        ...

    async def close(self) -> None:
        """Closes every connection."""
        ...


class _Told(BaseModel):
    detail: str = Field(max_length=2000)


class RemoteAnalyzer:
    """The analyzer of another process, over HTTP; contacts nothing yet.

    Args:
        url: Its address, `http://analyzer:8090`.
        token: What it wants to be told; None where it asks for none.
        patience_seconds: How long an answer may take in all.
    """

    def __init__(
        self, url: str, token: SecretStr | None, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        known = {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
        self._url = url.rstrip("/") + PATH
        self._patience_seconds = patience_seconds
        self._client = httpx2.AsyncClient(
            headers=known,
            timeout=httpx2.Timeout(patience_seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS),
            limits=httpx2.Limits(max_connections=CONNECTIONS),
            # Neither a proxy nor a redirection nor a .netrc has any business with the token.
            trust_env=False,
            follow_redirects=False,
        )

    async def judge(self, question: Question) -> Analysis:
        """The analyzer's verdict, or its problem under its own status.

        Raises:
            Refusal: It refused, is away, slow, busy, or no analyzer.
        """
        try:
            async with asyncio.timeout(self._patience_seconds):
                status, headers, body = await self._answer(question)
        except httpx2.PoolTimeout:
            raise Refusal(503, BUSY, 1) from None
        except (TimeoutError, httpx2.ReadTimeout):
            raise Refusal(503, SLOW, DEAD_SECONDS) from None
        except httpx2.DecodingError:
            raise Refusal(502, STRANGE) from None
        except httpx2.HTTPError:
            raise Refusal(503, DEAD, DEAD_SECONDS) from None
        if status != HTTPStatus.OK:
            raise _refusal(status, headers, body)
        try:
            return Analysis.model_validate_json(body)
        except ValidationError:
            raise Refusal(502, STRANGE) from None

    async def close(self) -> None:
        """Closes every connection."""
        await self._client.aclose()

    async def _answer(self, question: Question) -> tuple[int, httpx2.Headers, bytes]:
        body = bytearray()
        asked = question.model_dump(mode="json")
        async with self._client.stream("POST", self._url, json=asked) as response:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise Refusal(502, STRANGE)
            return response.status_code, response.headers, bytes(body)


def _refusal(status: int, headers: httpx2.Headers, body: bytes) -> Refusal:
    if status in {401, 403, 421}:
        # Passed on, it would send whoever asks us to log in again.
        return Refusal(502, REFUSED)
    try:
        if headers.get("content-type") != MEDIA_TYPE:
            return Refusal(502, STRANGE)
        told = _Told.model_validate_json(body)
    except ValidationError:
        return Refusal(502, STRANGE)
    if status not in PASSED_ON:
        return Refusal(502, f"The analyzer failed: {told.detail}")
    wait = headers.get("retry-after", "")
    return Refusal(status, told.detail, float(wait) if wait.isdecimal() else None)
