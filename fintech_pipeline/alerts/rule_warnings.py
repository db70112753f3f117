"""What of a file of people and rules is right and yet tells nobody anything."""

from collections.abc import Callable, Sequence

from fintech_pipeline.alerts.channels.apprise.address import NAME
from fintech_pipeline.alerts.rule_files import RuleFile
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.settings import Settings, is_set
from fintech_pipeline.settings.alerts import AlertSettings


def warnings_of(
    file: RuleFile,
    settings: Settings,
    watched: Sequence[Instrument],
    known: Callable[[str], bool] = is_set,
) -> list[str]:
    """What of the file is right and yet tells nobody anything, a sentence each.

    Args:
        file: People and rules.
        settings: By which ways messages can leave.
        watched: What is followed.
        known: Whether a variable of the environment is set.
    """
    tags = {tag for one in watched for tag in one.tags}
    return [
        *_nowhere(file, {one.symbol for one in watched}, tags),
        *_unsendable(file, settings.alerts),
        *_unset(file, known),
    ]


def _nowhere(file: RuleFile, followed: set[str], tags: set[str]) -> list[str]:
    told = []
    for rule in file.rules:
        if strange := [one for one in rule.scope.symbols if one not in followed]:
            told.append(
                f"The rule {rule.name} names {_some(strange)}, which nobody follows;"
                f" `fintech watchlist add {strange[0]}` does."
            )
        if strange := [one for one in rule.scope.tags if one not in tags]:
            told.append(
                f"The rule {rule.name} names the tag {_some(strange)}, which no symbol carries;"
                f" `fintech watchlist add SYMBOL --tag {strange[0]}` gives it."
            )
    return told


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def _unsendable(file: RuleFile, alerts: AlertSettings) -> list[str]:
    """The channels of the people by which this configuration sends nothing."""
    used = {contact.channel for person in file.people for contact in person.contacts}
    told = []
    if ChannelName.EMAIL in used and alerts.smtp is None:
        told.append("No email leaves: the configuration has no mail server, [alerts.smtp].")
    if ChannelName.SMS in used and alerts.twilio is None:
        told.append("No SMS leaves: the configuration has no SMS vendor, [alerts.twilio].")
    return told


def _unset(file: RuleFile, known: Callable[[str], bool]) -> list[str]:
    return [
        f"{person.name}'s Apprise address uses ${{{name}}}, which is not set here; `fintech"
        " deliver` needs it."
        for person in file.people
        for contact in person.contacts
        if contact.channel is ChannelName.APPRISE
        for name in NAME.findall(contact.address)
        if not known(name)
    ]
