"""The requests that yfinance makes: each is granted before, and accounted for after.

Beside a chart it fetches a cookie and a "crumb" once a process, from other addresses, and both
anew after a refusal, followed by the chart once more. A refusal of the vendor's is therefore raised
here, before the library asks again at once what was just refused. That no cookie can be had says
nothing about the charts, which are given without one too: so it stands apart in the ledger.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from curl_cffi import CurlError
from curl_cffi.const import CurlECode
from curl_cffi.requests import Session

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import Malformed, ProviderError, RateLimited, Unavailable
from fintech_pipeline.market.providers.yahoo.history import PAUSE, YAHOO
from fintech_pipeline.quota.caller import retry_after
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.granting import Granted, Outcome

CHARTS = "/v8/finance/chart/"
COOKIE_SECONDS = 5
"""A chart comes without a cookie too, so none is waited for; the library would for 30 s."""
_NEVER_MADE = {
    CurlECode.COULDNT_RESOLVE_HOST,
    CurlECode.COULDNT_RESOLVE_PROXY,
    CurlECode.COULDNT_CONNECT,
    CurlECode.PEER_FAILED_VERIFICATION,
}
"""What keeps a connection from standing: the vendor has certainly not seen the request."""


class GrantedSession(Session[Any]):
    """The HTTP session of yfinance.

    Args:
        granted: Grants each chart.
        cookies: Grants what is fetched beside.
        clock: The present, for a Retry-After that names an instant.
        base_url: `https://host`, perhaps with a path. Another than Yahoo's own is asked for all
            that yfinance would ask of any host of Yahoo's; the library has no setting for it.
    """

    def __init__(
        self, granted: Granted, cookies: Granted, clock: Clock, base_url: str = YAHOO
    ) -> None:
        # As the library's own: Yahoo refuses what does not look like a browser.
        super().__init__(impersonate="chrome")
        self._granted, self._beside, self._clock = granted, cookies, clock
        self._base_url = base_url.rstrip("/")
        self._wanted = Call(CHARTS, {}, "bars")
        self._first: Outcome | None = None

    @contextmanager
    def charting(self, call: Call) -> Iterator[None]:
        """Grants a chart, before anything is fetched for it; a second one inside is granted anew.

        Raises:
            ProviderError: It may not be asked for now.
        """
        self._wanted = call
        with self._granted(call) as outcome:
            outcome.made, self._first = False, outcome
            yield

    def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
        """Makes the request, where it is granted.

        Raises:
            ProviderError: It may not be made now, or Yahoo refused the chart.
            CurlError: The network failed, as the library knows it.
            TimeoutError: There is no cookie now; the library then goes on without one.
        """
        parts = urlsplit(url)
        path = parts.path
        if self._base_url != YAHOO:
            url = self._base_url + parts._replace(scheme="", netloc="").geturl()
        if path.startswith(CHARTS):
            first, self._first = self._first, None
            kwargs["allow_redirects"] = False
            with nullcontext(first) if first else self._granted(self._wanted) as outcome:
                return self._answer(outcome, method, url, *args, **kwargs)
        kwargs["timeout"] = COOKIE_SECONDS
        try:
            with self._beside(Call(path, {}, "cookie")) as outcome:
                return self._answer(outcome, method, url, *args, **kwargs)
        except ProviderError as error:
            raise TimeoutError(str(error)) from None

    def _answer(self, outcome: Outcome, *args: Any, **kwargs: Any) -> Any:
        outcome.made = True
        try:
            response = super().request(*args, **kwargs)
        except CurlError as error:
            outcome.made = error.code not in _NEVER_MADE
            outcome.error = self._unavailable("cannot be reached")
            raise
        asked_a_chart = kwargs.get("allow_redirects") is False
        outcome.error = self._refusal(response) or (_no_chart(response) if asked_a_chart else None)
        if outcome.error is not None:
            raise outcome.error
        return response

    def _refusal(self, response: Any) -> ProviderError | None:
        """What the library would repeat at once or take for an answer that cannot be read."""
        if response.status_code == 429:
            wish = retry_after(response.headers.get("retry-after"), self._clock())
            return RateLimited("Yahoo was asked too often and wants a pause.", wish or PAUSE)
        if response.status_code >= 500:
            return self._unavailable(f"failed with HTTP {response.status_code}")
        if b"Will be right back" in response.content:
            return self._unavailable("says that it is down")
        return None

    def _unavailable(self, told: str) -> Unavailable:
        symbol = ", ".join(self._wanted.symbols)
        return Unavailable(f"Yahoo {told}, asked for {symbol}; ask again later.")


def _no_chart(response: Any) -> Malformed | None:
    """A redirect, which is not followed, or a page; the library would take it for "not listed"."""
    if 300 <= response.status_code < 400:
        return Malformed("Yahoo redirects, which is not followed; its address may have changed.")
    if response.status_code == 200 and b'"chart"' not in response.content[:64]:
        return Malformed("Yahoo sent something else than a chart; nothing stored was changed.")
    return None
