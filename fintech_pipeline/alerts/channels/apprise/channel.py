"""The channel `apprise`: whatever the library Apprise can reach, by the address of a contact."""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Sequence

import apprise

from fintech_pipeline.alerts.channels.apprise.address import NotSet, expanded, shown
from fintech_pipeline.alerts.channels.channel import Progress, Receipt
from fintech_pipeline.alerts.message import plain_text, subject_line
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Links, Message, Telling
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import Ambiguous, DeliveryError, Rejected, Retryable
from fintech_pipeline.quota.exchange import TALKATIVE

APPLICATION = "Market watch"
TIMEOUT_SECONDS = 20
_KINDS = {
    Severity.INFO: apprise.NotifyType.INFO,
    Severity.WARNING: apprise.NotifyType.WARNING,
    Severity.CRITICAL: apprise.NotifyType.FAILURE,
}
_STATUS = re.compile(r"error=(\d{3})\b")
"""How Apprise's plugins tell of an HTTP status; the rest of their texts may hold an address."""
Outcome = Receipt | DeliveryError


class AppriseChannel:
    """Alerts by Apprise.

    Args:
        environment: The value of a variable that an address names; None where it is not set.
        links: Where pages are.
        clock: The time, for the remark that a message is late.
    """

    name = ChannelName.APPRISE
    repeatable = True
    together = 20

    def __init__(
        self,
        environment: Callable[[str], str | None],
        links: Links,
        clock: Clock,
    ) -> None:
        self._environment = environment
        self._links = links
        self._clock = clock
        self._asset = apprise.AppriseAsset(
            app_id=APPLICATION,
            app_desc=APPLICATION,
            secure_logging=True,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        _keep_to_itself()

    def send(self, messages: Sequence[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Sends the messages one after the other; see `Channel.send`."""
        for message in messages:
            yield message, self._sent(message)

    def _sent(self, message: Message) -> Outcome:
        address = message.contact.address
        told = f"The Apprise address {shown(address)} of {message.person}"
        try:
            whole = expanded(address, self._environment)
        except NotSet as error:
            return Retryable(f"{told} needs {error.name}, which the environment does not set.")
        with _QUIET:
            service = apprise.Apprise.instantiate(whole, asset=self._asset)
            if not isinstance(service, apprise.NotifyBase):
                return Rejected(
                    f"{told} is of no kind that Apprise knows, is not whole,"
                    " or needs a library that is not here."
                )
            return self._notified(service, message, told)

    def _notified(self, service: apprise.NotifyBase, message: Message, told: str) -> Outcome:
        courier = apprise.Apprise(asset=self._asset)
        courier.add(service)
        result = courier.notify(
            body=plain_text(message, message.zone, self._links, self._clock()),
            title=subject_line(message),
            notify_type=_kind(message),
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
            timeout=TIMEOUT_SECONDS,
        )
        if result:
            return Receipt(Progress.SENT, f"{told} took it.")
        if result.status is apprise.AppriseResultStatus.TIMEOUT:
            return Ambiguous(
                f"{told} did not answer within {TIMEOUT_SECONDS} s: it may or may not have been"
                " sent."
            )
        codes = [code for entry in result.logs() for code in _STATUS.findall(entry.message)]
        why = f"answered {codes[-1]}" if codes else "could not be reached, or refused"
        return Retryable(f"{told} did not take the message: it {why}.")


def _kind(message: Message) -> apprise.NotifyType:
    """The colour or icon that a service shows it with."""
    if all(one.telling is Telling.RESOLVED for one in message.told):
        return apprise.NotifyType.SUCCESS
    return _KINDS[message.severity]


class _Quiet:
    """While something is sent, the loggers of urllib3 say nothing: paths are secrets here.

    Apprise sends in threads of its own, so that it cannot be told whose line it is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sending = 0

    def __enter__(self) -> None:
        with self._lock:
            self._sending += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._sending -= 1

    def allows(self, _: logging.LogRecord) -> bool:
        """Whether a line may be logged."""
        return self._sending == 0


_QUIET = _Quiet()


_NOWHERE = logging.NullHandler()


def _keep_to_itself() -> None:
    """Apprise's own lines may hold an address, so they go nowhere; twice changes nothing."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(_NOWHERE)
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_QUIET.allows)
