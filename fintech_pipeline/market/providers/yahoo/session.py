"""Leading yfinance to another address than Yahoo's own, which the library has no setting for."""

from typing import Any
from urllib.parse import urlsplit

YAHOO = "https://query2.finance.yahoo.com"
"""Where yfinance asks by itself; its cookie comes from other hosts of Yahoo's."""


def session_to(base_url: str) -> Any:
    """The HTTP session that yfinance is to use, for the chart and for Yahoo's cookie alike.

    Args:
        base_url: `https://host`, perhaps with a path; what yfinance would ask of any host of
            Yahoo's is asked below it.

    Returns:
        None for Yahoo's own address: the library makes its session itself.
    """
    if base_url == YAHOO:
        return None
    from curl_cffi.requests import Session

    class Led(Session):  # type: ignore[type-arg]  # its types are of its own kind
        def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
            parts = urlsplit(url)
            query = f"?{parts.query}" if parts.query else ""
            address = f"{base_url.rstrip('/')}{parts.path}{query}"
            return super().request(method, address, *args, **kwargs)

    return Led(impersonate="chrome")
