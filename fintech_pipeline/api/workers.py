"""Scoring beside the event loop: so many at once, so many waiting, and nobody waits for long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.problems import Refusal

Result = TypeVar("Result")
FULL = "The analyzer has more to score than it can take on; ask again soon."


class Workers:
    """Threads that score.

    Args:
        limits: How many work, how many may wait, and how long.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="scoring")
        self._free = asyncio.Semaphore(limits.workers)
        self._waiting = 0

    async def do(self, work: Callable[[], Result]) -> Result:
        """What the work gives, done in a thread.

        Raises:
            Refusal: Too many are waiting, or this one has waited too long.
        """
        if self._waiting >= self._limits.queue:
            raise Refusal(503, FULL, 1)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.queue_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Refusal(503, FULL, 1) from None
        finally:
            self._waiting -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._free.release()
