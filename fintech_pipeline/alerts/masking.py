"""What of an address is shown to whom. Pure.

An Apprise address may hold a secret, so nobody is shown it; other addresses are whole for those
who may change them.
"""

from dataclasses import replace

from fintech_pipeline.alerts.alert_shown import EventShown, NoticeShown
from fintech_pipeline.alerts.channels.apprise.address import shown
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName

LEFT_OUT = "…"


def address_shown(contact: Contact, whole: bool) -> str:
    """The address, or what of it may be shown: `a…@example.org`, `+49…67`, `ntfy://…`.

    Args:
        contact: Whose.
        whole: Whether all of it may be, but for a secret.
    """
    address = contact.address
    if contact.channel is ChannelName.APPRISE:
        return shown(address)
    if whole or not address:
        return address
    if contact.channel is ChannelName.EMAIL:
        name, _, host = address.rpartition("@")
        return f"{name[:1]}{LEFT_OUT}@{host}"
    return f"{address[:3]}{LEFT_OUT}{address[-2:]}"


def contact_shown(contact: Contact, whole: bool) -> Contact:
    """The same contact with what may be shown of its address."""
    because = contact.disabled_because
    return replace(
        contact,
        address=address_shown(contact, whole),
        disabled_because=because and discreet(because, contact, whole),
    )


def discreet(text: str, contact: Contact, whole: bool) -> str:
    """A sentence about a message to the contact, in which its address may stand."""
    if not contact.address:
        return text
    return text.replace(contact.address, address_shown(contact, whole))


def event_shown(event: EventShown, whole: bool) -> EventShown:
    """The same event with what may be shown of each address."""
    return replace(event, notices=tuple(_notice(one, whole) for one in event.notices))


def _notice(notice: NoticeShown, whole: bool) -> NoticeShown:
    def of(text: str) -> str:
        return discreet(text, notice.contact, whole)

    return replace(
        notice,
        contact=contact_shown(notice.contact, whole),
        reason=of(notice.reason),
        told=of(notice.told),
        instead_of=of(notice.instead_of),
    )
