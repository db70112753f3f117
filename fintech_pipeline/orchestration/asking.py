"""Asking a Dagster webserver for a run: it is queued there, and nobody waits for it here."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

import requests
from dagster._core.storage.tags import PARTITION_NAME_TAG
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

from fintech_pipeline.clock import slot_day
from fintech_pipeline.errors import ConfigurationError, PipelineError
from fintech_pipeline.orchestration.jobs import TICK_JOB, TICK_PRIORITY
from fintech_pipeline.orchestration.launch import range_tags
from fintech_pipeline.orchestration.partitions import SLOT_TAG
from fintech_pipeline.orchestration.runs import BACKFILL_TAG

ASK_SECONDS = 60.0


def tick_tags(slot_at: datetime) -> dict[str, str]:
    """The tags that make a run the tick of a slot (UTC)."""
    tags = {SLOT_TAG: slot_at.isoformat(), "dagster/priority": TICK_PRIORITY}
    return {**tags, PARTITION_NAME_TAG: slot_day(slot_at).isoformat()}


def backfill_tags(days: Sequence[date]) -> dict[str, str]:
    """The tags that make a run the backfill of consecutive days, which must be in order."""
    return {BACKFILL_TAG: "true", **range_tags(days)}


def ask_for_run(webserver: str, tags: Mapping[str, str], seconds: float = ASK_SECONDS) -> str:
    """Asks for a run of the tick's job and returns its id, without waiting for the run.

    Args:
        webserver: Its address, `http://host:port`.
        tags: What the run is to do.
        seconds: How long to wait for its answer.

    Raises:
        ConfigurationError: It is no address.
        PipelineError: Nobody took it.
    """
    address = urlsplit(webserver)
    try:
        client = DagsterGraphQLClient(
            address.hostname or "",
            address.port,
            use_https=address.scheme == "https",
            timeout=round(seconds),
        )
        return client.submit_job_execution(TICK_JOB, tags=dict(tags))
    except ValueError as error:  # the port
        raise ConfigurationError(f"{webserver} is no address: {error}.") from error
    except DagsterGraphQLClientError as error:
        # The client's own words quote its query; what it met says more.
        met = error.__cause__ or error
        # The transport wraps what it met, in a newer version.
        lost = any(
            isinstance(one, requests.exceptions.ConnectionError) for one in (met, met.__cause__)
        )
        said = "nobody answers there" if lost else str(met).partition("\n")[0][:200].rstrip(".")
        raise PipelineError(
            f"The webserver at {webserver} did not take the run: {said}."
        ) from error
