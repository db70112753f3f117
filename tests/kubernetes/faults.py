"""What can go wrong between a client and the API, for the next calls that a drill names."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from tests.kubernetes.objects import RefusedError
from tests.kubernetes.rbac import Call

REASONS = {
    429: ("TooManyRequests", "the server has received too many requests"),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "the server was unable to return a response in the time allotted"),
}
Effect = Literal["reset", "hang", "lost", "lost behind a gateway", "page"]
"""The connection breaks before or (lost) after the call was carried out; or no answer comes. A
gateway in between answers 504 in place of the lost answer, or a page of its own with a 200."""
PAGE = "<html>502 Bad Gateway</html>"


@dataclass
class Fault:
    """One fault, which the first `times` calls meet that match.

    Attributes:
        matches: Which calls.
        effect: An HTTP code, or what happens to the connection.
        times: For how many of them.
        met: How many have met it.
    """

    matches: Callable[[Call], bool]
    effect: int | Effect
    times: int
    met: int = 0


@dataclass
class Faults:
    """Those that are still to come."""

    coming: list[Fault] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def injected(
        self, matches: Callable[[Call], bool], *effects: int | Effect, times: int = 1
    ) -> Iterator[list[Fault]]:
        """Injects the effects, one after the other, until the block ends."""
        faults = [Fault(matches, effect, times) for effect in effects]
        self.coming += faults
        try:
            yield faults
        finally:
            self.coming = [fault for fault in self.coming if fault not in faults]
            self.released.set()
            self.released.clear()

    def next(self, call: Call) -> int | Effect | None:
        with self._lock:
            for fault in self.coming:
                if fault.met < fault.times and fault.matches(call):
                    fault.met += 1
                    return fault.effect
        return None


def refusal(code: int) -> RefusedError:
    reason, message = REASONS[code]
    return RefusedError(code, reason, message)
