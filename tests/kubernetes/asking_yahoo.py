"""What a run of the provider `yahoo` writes, and where: `python -m … ADDRESS`, in a run's pod.

It tells as JSON how many tables of bars came, and every path that was made, opened to be written,
renamed or connected to as a database from the start of Python's imports on.
"""

import contextlib
import dataclasses
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
written: set[str] = set()


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: https://docs.python.org/3/library/audit_events.html."""
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, str) and flags & WRITING and path != os.devnull:
            written.add(os.path.realpath(path))
    elif event in {"os.mkdir", "os.rename", "sqlite3.connect"}:
        written.add(os.path.realpath(arguments[-1] if event == "os.rename" else arguments[0]))


def main(address: str) -> None:
    """Asks the stand-in of Yahoo at this address for a week of days, as the settings say."""
    from fintech_pipeline.clock import Window
    from fintech_pipeline.composition import compose
    from fintech_pipeline.market.providers.yahoo.provider import Yahoo
    from fintech_pipeline.market.watchlist import Instrument
    from fintech_pipeline.quota.calls import Call
    from fintech_pipeline.quota.granting import Outcome
    from fintech_pipeline.settings import load_settings
    from fintech_pipeline.storage.database import connect

    @contextlib.contextmanager
    def granted(_: Call) -> Iterator[Outcome]:
        yield Outcome()

    settings = load_settings()
    pipeline = compose(settings, connect(str(settings.database.url)))
    (yahoo,) = (one for one in pipeline.market_providers if isinstance(one, Yahoo))
    asking = dataclasses.replace(yahoo, granted=granted, cookies=granted, base_url=address)
    week = Window(datetime(2024, 11, 25, tzinfo=UTC), datetime(2024, 11, 30, tzinfo=UTC))
    answer = asking.bars([Instrument("AAPL", "Apple Inc.")], week)
    print(json.dumps({"tables": len(answer.bars), "written": sorted(written)}))


if __name__ == "__main__":
    sys.addaudithook(watch)
    main(sys.argv[1])
