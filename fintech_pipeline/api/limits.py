"""How much may be asked, how fast and for how long one waits. Pure, but for its own counting."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_CLIENTS = 10_000
"""How many addresses are remembered; the one that asked longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes on.

    Attributes:
        body_bytes: The longest body.
        body_seconds: How long a client may take to send it.
        per_minute: How many requests a client's address may make, a tenth of them at once.
        workers: How many texts are scored at once.
        queue: How many may wait for that.
        queue_seconds: How long one may wait.
        path_bytes: The longest path with its query.
        head_bytes: How long all headers may be together.
        logins_per_minute: How many tokens an address may try, all of them at once.
        all_logins_per_minute: How many all may try to log in with.
    """

    body_bytes: int = 64 * 1024
    body_seconds: float = 10.0
    per_minute: int = 600
    workers: int = 1
    queue: int = 256
    queue_seconds: float = 5.0
    path_bytes: int = 8_000
    head_bytes: int = 16_000
    logins_per_minute: int = 10
    all_logins_per_minute: int = 60


@dataclass(slots=True)
class Buckets:
    """A token bucket for each client: it fills at a steady rate, and each request takes a token.

    Attributes:
        per_minute: How many tokens come in a minute.
        seconds: A clock that never goes back, in seconds.
        at_once: How many a bucket holds; None is a tenth of what comes in a minute.
    """

    per_minute: int
    seconds: Callable[[], float]
    at_once: int | None = None
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def wait_seconds(self, address: str, *, take: bool = True) -> float:
        """Takes a token for a request of the address; 0, or how long until there is one.

        Args:
            address: Whose bucket it is.
            take: Whether it is taken; else one only looks.
        """
        client, now = _client(address), self.seconds()
        most, rate = self.at_once or max(1.0, self.per_minute / 10), self.per_minute / 60
        left, since = self._left.pop(client, (most, now))
        left = min(most, left + (now - since) * rate)
        granted = left >= 1.0
        self._left[client] = (left - (granted and take), now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return 0.0 if granted else (1.0 - left) / rate


def _client(address: str) -> str:
    """Whose address it is: of the new internet's each customer has a whole /64."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    return str(known.ipv4_mapped or ipaddress.ip_network((int(known), 64), strict=False))
