"""Which ways to reach people a configuration means; contacts nobody."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TextIO

import sqlalchemy as sa

from fintech_pipeline.alerts.channels.apprise.channel import AppriseChannel
from fintech_pipeline.alerts.channels.channel import Channel
from fintech_pipeline.alerts.channels.console.channel import ConsoleChannel
from fintech_pipeline.alerts.message import short_text
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Links
from fintech_pipeline.clock import Clock
from fintech_pipeline.quota.granting import Granting
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings, secret
from fintech_pipeline.storage.database import SCHEMA, Database

if TYPE_CHECKING:
    from fintech_pipeline.alerts.channels.email.price_line import PriceLine

MOST_IN_SMS = 290
"""Letters; with its mark it then fits into two messages."""
PICTURED = timedelta(days=5)
"""What the picture of a price shows, where there are bars."""
# A split is no cliff: closes count in the shares of the last one.
_CLOSES = sa.text(f"""
    SELECT b.closed_at, b.close / coalesce((
        SELECT exp(sum(ln(a.value))) FROM {SCHEMA}.corporate_actions AS a
        WHERE a.symbol = b.symbol AND a.kind = 'split'
            AND a.ex_at > b.opened_at AND a.ex_at <= :at
    ), 1) AS close
    FROM {SCHEMA}.bars AS b
    WHERE b.symbol = :symbol AND b.interval = '30m'
        AND b.opened_at >= :start AND b.opened_at < :at AND b.closed_at <= :at
    ORDER BY b.opened_at
""")  # noqa: S608  # the schema is a constant


def channels_of(
    settings: Settings,
    database: Database,
    ledger: Ledger,
    clock: Clock,
    stream: TextIO,
) -> dict[ChannelName, Channel]:
    """The ways that are configured; the console and Apprise always are.

    Args:
        settings: The mail server, the SMS vendor, the dashboard's address.
        database: Where people and prices are.
        ledger: What grants the vendor's calls.
        clock: The present.
        stream: Where the console's messages go.
    """
    links = Links(settings.alerts.public_url)
    found: dict[ChannelName, Channel] = {
        ChannelName.APPRISE: AppriseChannel(of_environment, links, clock),
        ChannelName.CONSOLE: ConsoleChannel(stream, links, clock),
    }
    if settings.alerts.smtp is not None:
        # With matplotlib, for the pictures; only who has a mail server pays for its import.
        from fintech_pipeline.alerts.channels.email.channel import EmailChannel

        found[ChannelName.EMAIL] = EmailChannel(
            settings.alerts.smtp,
            settings.name,
            prices_of(database),
            links,
            clock,
        )
    twilio = settings.alerts.twilio
    if twilio is not None:
        from fintech_pipeline.alerts.channels.sms.channel import SmsChannel

        found[ChannelName.SMS] = SmsChannel(
            twilio.account_sid,
            twilio.auth_token,
            twilio.sender,
            lambda message: short_text(message, message.zone, clock(), links, MOST_IN_SMS),
            Granting(ledger, "twilio", settings.allowance("twilio")),
            twilio.usd_per_segment,
            twilio.base_url,
            timedelta(seconds=twilio.timeout_seconds),
            clock,
            settings.alerts.sms_status_url,
        )
    return found


def prices_of(database: Database) -> "Callable[[str, datetime], PriceLine | None]":
    """A symbol's closes of the last days up to an instant (UTC); None where there are none.

    Raises (the function it gives):
        StorageError: They could not be read.
    """
    from fintech_pipeline.alerts.channels.email.price_line import PriceLine

    def prices(symbol: str, at: datetime) -> PriceLine | None:
        values = {"symbol": symbol, "start": at - PICTURED, "at": at}
        with database.transaction() as connection:
            rows = connection.execute(_CLOSES, values).all()
        if not rows:
            return None
        return PriceLine(tuple(row.closed_at for row in rows), tuple(row.close for row in rows))

    return prices


def of_environment(variable: str) -> str | None:
    """What the environment has under the name, for an address; None where it has nothing."""
    found = secret(variable)
    return found.get_secret_value() if found else None
