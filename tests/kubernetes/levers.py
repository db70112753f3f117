"""What drills do to pods that are yet to start, and what they see of those that worked."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.kubernetes.objects import Document


@dataclass
class Life:
    """When the containers of a pod worked: what proves that two never did at once."""

    pod: str
    labels: dict[str, str]
    began: float = 0.0
    ended: float = 0.0

    def overlaps(self, other: "Life") -> bool:
        return self.began < (other.ended or time.monotonic()) and other.began < (
            self.ended or time.monotonic()
        )


@dataclass
class Levers:
    """What drills do to pods that are yet to start.

    Attributes:
        unschedulable: Why a pod fits on no node, as the scheduler says it; empty where it fits.
        start_delay_seconds: How long after its creation a pod starts.
    """

    unschedulable: Callable[[Document], str] = lambda _: ""
    start_delay_seconds: float = 0.0
