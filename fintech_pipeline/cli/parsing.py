"""Arguments as a person types them: days, slots, symbols."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import click

from fintech_pipeline.clock import is_slot, slot_at_or_before
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.watchlist import Instrument, symbol_of
from fintech_pipeline.signals.strategy import Strategy

FOLLOW = "`fintech watchlist add` follows it"


class Slot(click.ParamType[datetime]):
    """A slot: an instant on the half-hour grid, such as 2025-05-20T16:00Z."""

    name = "slot"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant in UTC; a text without an offset means UTC."""
        try:
            instant = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time; write it like 2025-05-20T16:00Z", param, ctx)
        aware = instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
        if not is_slot(aware):
            before = slot_at_or_before(aware)
            self.fail(
                f"{value!r} is not on the half-hour grid; the slots around it are "
                f"{before:%H:%MZ} and {before + timedelta(minutes=30):%H:%MZ}",
                param,
                ctx,
            )
        return aware


class Day(click.ParamType[date]):
    """A UTC day, such as 2025-05-20."""

    name = "day"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """The date."""
        text = str(value)
        try:
            # strptime, because fromisoformat also takes 20250520 and 2025-W21-2.
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            self.fail(f"{text!r} is not a date; write it like 2025-05-20", param, ctx)


def known_symbol(symbol: str, watched: Sequence[Instrument], hint: str = FOLLOW) -> Instrument:
    """The watched instrument of that symbol, in whatever case it was typed.

    Args:
        symbol: As it was typed.
        watched: The watchlist.
        hint: What helps where it is not there.

    Raises:
        ConfigurationError: It is not on the watchlist.
    """
    for instrument in watched:
        if instrument.symbol == symbol_of(symbol):
            return instrument
    names = ", ".join(instrument.symbol for instrument in watched)
    raise ConfigurationError(f"{symbol} is not on the watchlist ({names}); {hint}.")


def known_strategy(named: str, configured: Sequence[Strategy]) -> Strategy:
    """The configured strategy of that name or label.

    Raises:
        ConfigurationError: It is not configured.
    """
    for strategy in configured:
        if named in {strategy.name, strategy.label}:
            return strategy
    labels = ", ".join(strategy.label for strategy in configured)
    raise ConfigurationError(
        f"{named} is not among the strategies that are configured ({labels}); `signals.strategies` "
        "names them."
    )
