"""Reviews for the API: one at a time, and the same one again for whoever asks soon after."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.reviews_shown import ReviewShown

KEPT = timedelta(minutes=1)
MOST_KEPT = 16
PATIENCE_SECONDS = 20.0
BUSY = "Another review is still being made; ask again in half a minute."
Key = tuple[object, ...]


class Reviews:
    """Makes reviews: each reads many signals, so two at once would slow everybody else."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._kept: dict[Key, tuple[datetime, ReviewShown]] = {}

    async def of(self, key: Key, now: datetime, make: Callable[[], ReviewShown]) -> ReviewShown:
        """The review; one that was made in the last minute is given again.

        Args:
            key: What was asked.
            now: The present (UTC).
            make: Makes it; blocking, so it is called in a thread.

        Raises:
            Refusal: 503, others are before this one.
            StorageError: The database cannot be read.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise Refusal(503, BUSY, 30) from None
        try:
            for old in [k for k, (at, _) in self._kept.items() if now - at > KEPT]:
                del self._kept[old]
            if key not in self._kept:
                made = await asyncio.to_thread(make)
                while len(self._kept) >= MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = (now, made)
            return self._kept[key][1]
        finally:
            self._turn.release()


def _reviews(connection: HTTPConnection) -> Reviews:
    state = connection.app.state
    if not hasattr(state, "reviews"):
        state.reviews = Reviews()
    made: Reviews = state.reviews
    return made


GivenReviews = Annotated[Reviews, Depends(_reviews)]
"""A route's argument: makes reviews."""
