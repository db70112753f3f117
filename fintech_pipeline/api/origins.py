"""Where a request comes from: its address, and the page that sent it. Pure."""

import re
from collections.abc import Mapping

LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
FOREIGN_SITES = {"cross-site", "same-site"}
"""What browsers tell of a page that is not of the very same origin (Fetch Metadata)."""
ADDRESS = re.compile(r"[0-9A-Fa-f.:%\w]{2,60}")


def is_local(host: str) -> bool:
    """Whether the header Host names this machine; an empty one names nothing.

    Args:
        host: As it was sent, with a port or without.
    """
    name, _, port = host.rpartition(":")
    return (name if port.isdecimal() else host).lower() in LOCAL_NAMES


def is_foreign(headers: Mapping[str, str], public_origin: str | None) -> bool:
    """Whether a page of somebody else sent it, by what the browser says; others say nothing.

    A link to us is none, though it stands on a page of somebody else.

    Args:
        headers: The request's, names in lower case.
        public_origin: Where people reach us, like https://watch.example.com.
    """
    origin = headers.get("origin")
    if origin is not None:
        return not is_ours(origin, headers.get("host", ""), public_origin)
    followed = headers.get("sec-fetch-mode") == "navigate"
    return headers.get("sec-fetch-site") in FOREIGN_SITES and not followed


def is_ours(origin: str, host: str, public_origin: str | None) -> bool:
    """Whether the header Origin names us.

    Args:
        origin: As it was sent; "null" of a page that hides where it is from.
        host: The header Host. A page cannot choose it, so it tells what the browser asked for.
        public_origin: Where people reach us.
    """
    said = origin.lower()
    if public_origin is not None and public_origin in {said, *_origins(host)}:
        return said == public_origin  # its scheme too: http is none of a site on https
    return said in _origins(host)


def origin_of(url: str) -> str:
    """The origin of an address: scheme, host, and the port where it is not the usual one."""
    scheme, _, rest = url.lower().partition("://")
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    usual = {"http": ":80", "https": ":443"}.get(scheme, "")
    return f"{scheme}://{place.removesuffix(usual) if usual else place}"


def address_of(peer: str, forwarded_for: str, proxies: int) -> str:
    """Whose request it is.

    Args:
        peer: Who is connected.
        forwarded_for: The header X-Forwarded-For; anybody can write what he likes at its left.
        proxies: How many proxies of ours stand in front; each adds at the right whom it heard.
    """
    if proxies == 0:
        return peer
    told = [one.strip() for one in forwarded_for.split(",")]
    if len(told) < proxies or not ADDRESS.fullmatch(told[-proxies]):
        return peer
    return told[-proxies]


def _origins(host: str) -> set[str]:
    return {f"http://{host.lower()}", f"https://{host.lower()}"} if host else set()
