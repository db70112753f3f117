"""The values of the chart that make a drill short; all else is what the chart renders."""

from datetime import date

from tests.kubernetes.objects import Document

SYMBOLS = ("KO", "META")
FIRST_DAY = date(2025, 1, 1)


def config(*, starts_on: date = FIRST_DAY, **pipeline: int | str) -> Document:
    """The application's configuration: few symbols and no long look-back.

    Args:
        starts_on: The first day that can be backfilled.
        pipeline: Other settings of `pipeline`.
    """
    return {
        "pipeline": {"starts_on": starts_on.isoformat(), "warm_up_days": 1, **pipeline},
        "watchlist": [{"symbol": s, "name": f"{s} Corporation", "mic": "XSIM"} for s in SYMBOLS],
    }


def values(*, executor: str = "in_process", start_timeout_seconds: int = 60) -> Document:
    """The values of a release whose daemon looks after its runs every second.

    Args:
        executor: The setting `pipeline.executor`.
        start_timeout_seconds: When a run that has not started is failed.
    """
    return {
        "config": config(executor=executor),
        # What the drills are not about is not started.
        "analyzer": {"enabled": False},
        "api": {"enabled": False},
        "deliverer": {"enabled": False},
        "runs": {"pollSeconds": 1, "startTimeoutSeconds": start_timeout_seconds},
    }
