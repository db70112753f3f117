"""The deliverer at work: a thread a channel, woken by the database, and a look at the pipeline."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event

from fintech_pipeline.alerts.delivery import Deliverer
from fintech_pipeline.alerts.outbox import Outbox
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.waking import listen
from fintech_pipeline.errors import PipelineError, StorageError

POLL_SECONDS = 2.0
"""How long a message waits at most that nobody was told of."""
AWAY_SECONDS = 1.0
"""How long to wait for a database that is away."""
LOOK_SECONDS = 60.0
END_SECONDS = 25.0
"""How long what is being sent may take at the end; what takes longer is recovered."""
BEAT_SECONDS = 5.0
STUCK_SECONDS = 600.0
"""A thread that has not been round for so long is stuck; one batch takes minutes at the worst."""
LOG = logging.getLogger("fintech.deliver")


@dataclass
class DeliveryService:
    """Sends what is due until it is stopped.

    Attributes:
        deliverer: What sends; its `stopped` ends this as well.
        look: Looks at the pipeline, once a minute; what it raises is told and stops nothing.
        mend: Called while the database is away, before it is tried again.
        complain: Is given what goes wrong, a sentence, once.
        beat: Called every few seconds as long as no thread is stuck.
    """

    deliverer: Deliverer
    look: Callable[[], None] = lambda: None
    mend: Callable[[], None] = lambda: None
    complain: Callable[[str], None] = LOG.warning
    beat: Callable[[], None] = lambda: None
    _wakes: dict[ChannelName, Event] = field(
        default_factory=lambda: {name: Event() for name in ChannelName}, init=False
    )
    _complained: str = field(default="", init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _rounds: dict[ChannelName, float] = field(default_factory=dict, init=False)

    def run(self) -> bool:
        """Works until `deliverer.stopped` is set.

        Returns:
            Whether all that was being sent has come to its end by then.
        """
        stopped, started = self.deliverer.stopped, time.monotonic()
        self._rounds = dict.fromkeys(ChannelName, started)
        targets: list[Callable[[], None]] = [self._listen, self._look]
        targets += [partial(self._deliver, name) for name in ChannelName]
        threads = [threading.Thread(target=one, daemon=True) for one in targets]
        for thread in threads:
            thread.start()
        while not stopped.is_set():
            if time.monotonic() - min(self._rounds.values()) < STUCK_SECONDS:
                self.beat()
            stopped.wait(BEAT_SECONDS)
        self._wake()
        deadline = time.monotonic() + END_SECONDS
        # Not the look: nothing of it needs an end.
        for thread in [threads[0], *threads[2:]]:
            thread.join(max(deadline - time.monotonic(), 0.0))
        return not any(thread.is_alive() for thread in threads[2:])

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _listen(self) -> None:
        listen(self.deliverer.database.url, self._wake, self.deliverer.stopped)

    def _deliver(self, name: ChannelName) -> None:
        """Sends by one channel, again and again."""
        wake, stopped = self._wakes[name], self.deliverer.stopped
        while not stopped.is_set():
            self._rounds[name] = time.monotonic()
            wake.clear()
            try:
                seconds = self._round(name)
                self._complained = ""
            except StorageError as error:
                self._away(error)
                seconds = AWAY_SECONDS
            except Exception:
                LOG.exception("Sending by %s failed", name)
                seconds = AWAY_SECONDS
            wake.wait(seconds)
        # What became of the last batch may be known here alone.
        self._write_at_the_end(name)

    def _round(self, name: ChannelName) -> float:
        """Sends what is due; gives how many seconds to wait."""
        self.deliverer.write_known(name)
        next_at = Outbox(self.deliverer.database).next_at(name)
        now = self.deliverer.clock()
        if next_at is None:
            return POLL_SECONDS
        if next_at > now:
            return min((next_at - now) / timedelta(seconds=1), POLL_SECONDS)
        # What is due and can't leave is looked at again with the next poll.
        return 0.0 if self.deliverer.drain_channel(name) else POLL_SECONDS

    def _away(self, error: StorageError) -> None:
        with self._lock:
            if str(error) != self._complained:
                self._complained = str(error)
                self.complain(f"{str(error).rstrip('.')}. Sending goes on when it is back.")
            try:
                self.mend()
            except PipelineError:
                LOG.debug("The database is not back yet", exc_info=True)

    def _write_at_the_end(self, name: ChannelName) -> None:
        deadline = time.monotonic() + END_SECONDS
        while time.monotonic() < deadline:
            try:
                self.deliverer.write_known(name)
            except StorageError as error:
                self._away(error)
                time.sleep(AWAY_SECONDS)
            else:
                return

    def _look(self) -> None:
        while not self.deliverer.stopped.wait(LOOK_SECONDS):
            try:
                self.look()
            except StorageError as error:
                self._away(error)
            except PipelineError as error:
                self.complain(f"The pipeline could not be looked at: {error}")
            except Exception:
                LOG.exception("The pipeline could not be looked at")
