"""The broker that events are published to, where one is configured."""

import asyncio
from collections.abc import Iterator

from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.errors import PipelineError
from fintech_pipeline.settings import Settings

NOT_ASKED = "not asked, as you wish."


def broker(settings: Settings, asking: bool | None) -> Iterator[Finding]:
    """Whether the broker would take events; none is published.

    Args:
        settings: Nothing is found where they name no broker.
        asking: False asks nobody.
    """
    own = settings.events
    if own is None:
        return
    if asking is False:
        yield Finding("events", State.WAITS, NOT_ASKED)
        return
    try:
        asyncio.run(_connected(settings))
    except PipelineError as error:
        yield Finding("events", State.FAIL, str(error))
    else:
        yield Finding("events", State.OK, f"{own.address.shown} takes events.")


async def _connected(settings: Settings) -> None:
    # FastStream costs a second to import.
    from fintech_pipeline.publishing.broker import connecting

    own = settings.events
    assert own is not None  # noqa: S101  # for the type checker: the caller has looked
    async with connecting(own.address, own.url.get_secret_value(), settings.name)():
        pass
