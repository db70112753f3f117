"""Several processes that ask the ledger for grants at once, as runs do."""

import json
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import replace
from decimal import Decimal
from multiprocessing.synchronize import Barrier

from fintech_pipeline.errors import QuotaExhausted, RateLimited
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call, Usage
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import connect

CALL = Call("/query", {}, "daily bars", ("AAPL",))
MOST_USD, REAL = Decimal("0.05"), Usage(900, 100, Decimal("0.02"))


def main(url: str, limits: str, seconds: float, hows: list[str]) -> None:
    """Forks one process for each of `hows`, and waits for them.

    Args:
        url: The database.
        limits: Per second, minute, day, and dollars a day, 0 for none: "1,0,25,0".
        seconds: For how long each asks.
        hows: "go" asks on and on, "die" kills itself between the first grant and its call.
    """
    forking = multiprocessing.get_context("fork")
    barrier = forking.Barrier(len(hows))
    children = [
        forking.Process(target=ask, args=(url, limits, seconds, how, barrier)) for how in hows
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()


def ask(url: str, limits: str, seconds: float, how: str, barrier: Barrier) -> None:
    """Asks until the time is over or the quota is; prints how many grants it got."""
    *counts, usd = limits.split(",")
    per_second, per_minute, per_day = (int(limit) or None for limit in counts)
    budget = Decimal(usd) or None
    allowance = Allowance(per_second, per_minute, per_day, usd_per_day=budget)
    call = replace(CALL, most_usd=MOST_USD) if budget else CALL
    ledger = Ledger(connect(url))
    ledger.standing("vendor")
    barrier.wait()
    end, got, told = time.monotonic() + seconds, 0, "time is over"
    while time.monotonic() < end:
        try:
            grant = ledger.grant("vendor", allowance, call)
        except (QuotaExhausted, RateLimited) as error:
            told = type(error).__name__
            break
        got += 1
        if how == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        ledger.settle(grant, usage=REAL)
    # One write of less than PIPE_BUF: the lines of two processes never mix.
    os.write(1, f"{json.dumps([told, got])}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:])
