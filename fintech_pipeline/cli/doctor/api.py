"""The API: its tokens, the dashboard that it serves, and the replica that it reads."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.settings import Settings, secret
from fintech_pipeline.storage.database import Database


def tokens() -> Finding:
    """Whether `fintech api` would take the tokens of this environment."""
    # FastAPI, which it brings along, costs half a second to import.
    from fintech_pipeline.api.tokens import EDITOR, VIEWER, checked_tokens

    try:
        found = checked_tokens(secret(VIEWER), secret(EDITOR))
    except ConfigurationError as error:
        return Finding("api", State.FAIL, str(error))
    if found is None:
        told = f"no tokens ({VIEWER}, {EDITOR}), so `fintech api` serves this machine alone."
        return Finding("api", State.OFF, told)
    return Finding("api", State.OK, "tokens of a viewer and of an editor")


def dashboard(settings: Settings) -> Finding:
    """Whether there is a built dashboard for `fintech api` to serve."""
    from fintech_pipeline.api.pages import INDEX, NOT_BUILT

    page = settings.api.dashboard_folder / INDEX.lstrip("/")
    try:
        built_at = datetime.fromtimestamp(page.stat().st_mtime, UTC)
    except OSError:
        return Finding("dashboard", State.OFF, NOT_BUILT)
    return Finding("dashboard", State.OK, f"built at {built_at:%Y-%m-%d %H:%M} UTC")


def replica(database: Database, url: str | None) -> Iterator[Finding]:
    """Whether the replica answers and keeps up, as the API itself finds out.

    Args:
        database: The primary.
        url: The replica's address; nothing is found where there is none.
    """
    if url is not None:
        yield asyncio.run(_looked(database.url, url))


async def _looked(primary: str, url: str) -> Finding:
    from fintech_pipeline.api.reading import Reads, read_engine
    from fintech_pipeline.api.replica import ReplicaWatch

    try:
        reads = Reads(read_engine(primary), read_engine(url))
    except PipelineError as error:
        return Finding("replica", State.FAIL, str(error))
    watch = ReplicaWatch(reads)
    try:
        await watch.look()
    finally:
        await reads.close()
    if watch.reason is not None:
        return Finding("replica", State.FAIL, watch.reason)
    return Finding("replica", State.OK, f"{watch.lag_seconds:.1f} s behind; the API reads it")
