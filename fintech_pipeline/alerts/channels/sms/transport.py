"""How Twilio's SDK reaches Twilio: once, within a time, and so that nothing of it is logged.

The SDK's own client has no end to a slow answer, keeps connections that may have died when the next
message needs them (which nobody could tell from one that died with it), and logs numbers and texts.
"""

import json
import logging
from typing import Any

from twilio.http import HttpClient
from twilio.http.response import Response

from fintech_pipeline.clock import Clock
from fintech_pipeline.quota.exchange import Limits, new_session, pieces

_SILENT = logging.getLogger(f"{__name__}.silent")


class Unreadable(Exception):
    """An answer of success that is no JSON object."""


class Refused(Exception):
    """An answer of any other status.

    Args:
        status: The HTTP status, which the SDK's own exceptions take from the body where one is in
            it.
        code: Twilio's code, where the body holds one.
    """

    def __init__(self, status: int, code: int | None) -> None:
        super().__init__(status, code)
        self.status, self.code = status, code


class Transport(HttpClient):  # type: ignore[misc]  # the SDK ships no types
    """The HTTP client that the SDK is given: a new connection each time, no repetition.

    Args:
        limits: What an exchange may take.
        clock: The present.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        super().__init__(_SILENT, False)
        self._limits, self._clock = limits, clock

    def request(  # the SDK's own signature
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002  # ours hold for every request
        allow_redirects: bool = False,  # noqa: ARG002  # they would carry the token anywhere
    ) -> Response:
        """Makes the request.

        Raises:
            requests.RequestException: The network failed, like urllib3's errors and OSError.
            TooMuch: The answer is larger than anybody needs.
            TooSlow: It drips.
            Refused: It is none of success.
            Unreadable: It is one of success, and no JSON object.
        """
        limits = self._limits
        sent: dict[str, Any] = {"params": params, "data": data, "headers": headers, "auth": auth}
        with (
            new_session() as session,
            session.request(
                method,
                uri,
                timeout=(limits.connect_seconds, limits.silence_seconds),
                allow_redirects=False,
                stream=True,
                **sent,
            ) as response,
        ):
            body = b"".join(pieces(response, limits, self._clock)).decode("utf-8", "replace")
            status, told = response.status_code, dict(response.headers)
        tree = _object(body)
        if status >= 300:
            raise Refused(status, _code(tree or {}))
        if tree is None:
            raise Unreadable
        return Response(status, body, told)


def _object(body: str) -> dict[str, Any] | None:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict) else None


def _code(tree: dict[str, Any]) -> int | None:
    """Twilio's own, of five digits; anything else is not its."""
    code = tree.get("code")
    return code if isinstance(code, int) and 10_000 <= code < 1_000_000 else None
