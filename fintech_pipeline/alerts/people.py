"""People: how each can be reached, and when not. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fintech_pipeline.alerts.rules import ChannelName


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A stretch of every day, in the person's time zone: only what is critical rings in it.

    Attributes:
        begins: Its first moment.
        ends: The first moment after it; before `begins` where midnight lies inside.
    """

    begins: time
    ends: time

    def over_at(self, instant: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours around the instant end (UTC); None where there are none then.

        Where clocks are put back over their end it comes twice, and both are ends. Where clocks are
        put forward over it, it is as long after the old midnight as on other days; where they skip
        all the time that is not quiet, quiet hours go on to the next day's end.
        """
        local = instant.astimezone(zone)
        day, now = local.date(), local.time()
        if self.begins < self.ends:
            inside, ends_on = self.begins <= now < self.ends, day
        else:
            inside = now >= self.begins or now < self.ends
            ends_on = day + timedelta(days=1) if now >= self.begins else day
        if not inside:
            return None
        end = datetime.combine(ends_on, self.ends, tzinfo=zone)
        first = end.astimezone(UTC)
        found = first if first > instant else end.replace(fold=1).astimezone(UTC)
        return self.over_at(found, zone) or found


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a person.

    Attributes:
        channel: Which way.
        address: A mail address, a phone number in E.164 form, or an Apprise address. The latter may
            hold a secret, so it is kept as it is written, with `${NAME}` for what the environment
            gives, and is never shown whole. Empty for the console.
        contact_id: Its number in the database; None before it is stored.
        disabled_because: Why nothing is sent to it any more, as a sentence; None where it works.
    """

    channel: ChannelName
    address: str
    contact_id: int | None = None
    disabled_because: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who is told.

    Attributes:
        name: Unique.
        contacts: How to reach them.
        time_zone: IANA name; quiet hours and days are theirs.
        quiet: Their quiet hours; None for none.
        sms_per_day: How many SMS they get in a day of theirs at most; None: no limit.
    """

    name: str
    contacts: tuple[Contact, ...]
    time_zone: str = "UTC"
    quiet: QuietHours | None = None
    sms_per_day: int | None = None

    def quiet_until(self, instant: datetime) -> datetime | None:
        """When the quiet hours around the instant end (UTC); None where it is not quiet."""
        return self.quiet.over_at(instant, ZoneInfo(self.time_zone)) if self.quiet else None

    def day_start(self, instant: datetime) -> datetime:
        """The first moment of the person's day around the instant (UTC)."""
        zone = ZoneInfo(self.time_zone)
        midnight = datetime.combine(instant.astimezone(zone).date(), time(), tzinfo=zone)
        return midnight.astimezone(UTC)
