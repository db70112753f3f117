"""What the API needs to know of the pipeline's progress; `orchestration` is behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

import sqlalchemy as sa
from prometheus_client.metrics_core import Metric

Asset = Literal["market_bars", "news_articles", "article_sentiment", "trading_signals"]
State = Literal["done", "partial", "closed"]


@dataclass(frozen=True, slots=True)
class Instead:
    """Why a row is not the preferred provider's.

    Attributes:
        provider: Who gave it.
        because: Why no provider before it in the chain was used, in their words.
    """

    provider: str
    because: str


@dataclass(frozen=True, slots=True)
class SlotShown:
    """What an asset did for a slot.

    Attributes:
        slot_at: The slot (UTC).
        asset: The asset's name.
        state: Done; partial where something lacks; closed where nothing was due.
        rows: How many rows the asset has for it.
        expected: How many there should be; None where nobody can know (news).
        reasons: Why something lacks, by symbol or provider.
        fallbacks: For each symbol with a row of another provider than the preferred one, why.
        live: Whether a live tick did it.
        cutoff_at: When its inputs were read (UTC).
        run_id: The run that wrote it last.
        updated_at: When (UTC).
    """

    slot_at: datetime
    asset: str
    state: State
    rows: int
    expected: int | None
    reasons: dict[str, str]
    fallbacks: dict[str, Instead]
    live: bool
    cutoff_at: datetime
    run_id: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SlotsAsked:
    """Which slots somebody wants to see.

    Attributes:
        limit: How many at the most.
        asset: Of which asset; None means all.
        state: In which state; None means any.
        since: From this instant on (UTC); None means from the first.
        until: Before this instant (UTC); None means to the newest.
        after: The slot and the asset of the last one that was seen.
    """

    limit: int
    asset: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class AssetFreshness:
    """How an asset stands over the last day.

    Attributes:
        asset: Its name.
        newest_slot_at: The newest slot with something in it (UTC); None where there is none.
        age_seconds: How long ago that was; None where there is none.
        updated_at: When that slot was last written (UTC).
        due: How many slots were due.
        done: How many of them are done.
        partial: How many lack something.
        missing: How many nobody has done.
    """

    asset: str
    newest_slot_at: datetime | None
    age_seconds: float | None
    updated_at: datetime | None
    due: int
    done: int
    partial: int
    missing: int


@dataclass(frozen=True, slots=True)
class Lacking:
    """What an asset lacks of one symbol, or through one provider.

    Attributes:
        asset: Its name.
        who: The symbol or the provider.
        slots: In how many slots of the last day.
        newest_slot_at: The newest of them (UTC).
        reason: What was said of that one.
    """

    asset: str
    who: str
    slots: int
    newest_slot_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class InsteadUsed:
    """How often a symbol was served by another provider than the preferred one.

    Attributes:
        asset: Its name.
        symbol: Whose rows.
        provider: Who gave them.
        slots: In how many slots of the last day.
        newest_slot_at: The newest of them (UTC).
        because: Why no provider before it was used for that one.
    """

    asset: str
    symbol: str
    provider: str
    slots: int
    newest_slot_at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh everything is.

    Attributes:
        read_at: When this was read (UTC); it is kept for a few seconds.
        configuration: The configuration's name.
        simulated: Whether its data are made up.
        next_tick_at: When the next tick is due (UTC).
        missing_days: The days of the last month with slots that nobody has done.
        assets: How each asset stands.
        lacking: What their sources lack, what lacks most often first.
        fallbacks: What came from another provider than the preferred one.
    """

    read_at: datetime
    configuration: str
    simulated: bool
    next_tick_at: datetime
    missing_days: tuple[date, ...]
    assets: tuple[AssetFreshness, ...]
    lacking: tuple[Lacking, ...]
    fallbacks: tuple[InsteadUsed, ...]


class Progress(Protocol):
    """How far the pipeline is."""

    def slots(self, connection: sa.Connection, asked: SlotsAsked) -> list[SlotShown]:
        """The slots that are recorded, the newest first."""
        ...

    def newest(self, connection: sa.Connection) -> Mapping[str, datetime]:
        """The newest slot of each asset with something in it (UTC); without those that have none.

        One look into an index for each.
        """
        ...

    def families(self, connection: sa.Connection, now: datetime) -> list[Metric]:
        """What Prometheus is told of slots, runs and Dagster's daemon at this present (UTC)."""
        ...

    def freshness(self) -> Freshness:
        """How fresh everything is; it blocks.

        Raises:
            StorageError: The database cannot be reached.
        """
        ...

    def missing_days(self, first_on: date, last_on: date) -> list[date]:
        """The days of these, both included, that lack a slot some asset owes; it blocks.

        Raises:
            StorageError: The database cannot be reached.
        """
        ...
