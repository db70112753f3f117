import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from fintech_pipeline.alerts.channels.apprise.address import NotSet, expanded, shown
from fintech_pipeline.alerts.channels.apprise.channel import AppriseChannel
from fintech_pipeline.alerts.channels.channel import Channel, Receipt
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName
from fintech_pipeline.alerts.told import Message
from fintech_pipeline.errors import DeliveryError, Rejected, Retryable
from tests.unit.made_messages import AT, FIRED, LINKS, RESOLVED, message
from tests.vendors.standin import Does, Reply, Request, StandIn, standing_in

HIDDEN = "t0k3n-S3CRET"
"""A part of the address that may be shown nowhere."""


class Service(StandIn):
    """What a message is posted to; it answers with `status`."""

    status = 200

    def reply(self, _: Request) -> Does:
        return Reply(b"{}", self.status)

    @property
    def posted(self) -> list[dict[str, str]]:
        """What was posted, as it was meant."""
        return [json.loads(request.body) for request in self.requests]


@pytest.fixture
def service() -> Iterator[Service]:
    stand_in = Service()
    with standing_in(stand_in) as stand_in.url:
        yield stand_in


def channel(**environment: str) -> AppriseChannel:
    return AppriseChannel(environment.get, LINKS, lambda: AT)


def to(address: str, told: Message | None = None) -> Message:
    return replace(told or message(), contact=Contact(ChannelName.APPRISE, address, 3))


def outcome(sending: AppriseChannel, one: Message) -> Receipt | DeliveryError:
    ((sent, told),) = sending.send([one])
    assert sent == one
    return told


def address(service: Service) -> str:
    return f"{service.url.replace('http', 'json')}/{HIDDEN}/hook"


def test_the_channel_is_one() -> None:
    sending: Channel = channel()
    assert sending.repeatable


def test_a_message_arrives_with_its_title_and_text(service: Service) -> None:
    got = outcome(channel(HOOK=address(service)), to("${HOOK}"))
    assert got.told == "The Apprise address ${HOOK} of anna took it."  # type: ignore[union-attr]
    (posted,) = service.posted
    assert posted["title"] == "Critical · NVDA: score -0.72 is below -0.60, for 1h"
    assert "Strong sell, score -0.72, confidence 81 %\n" in posted["message"]
    assert "To acknowledge: fintech alerts ack 12" in posted["message"]
    assert posted["type"] == "failure"
    assert service.requests[0].path == f"/{HIDDEN}/hook"


def test_what_has_ended_is_shown_as_good_news(service: Service) -> None:
    outcome(channel(HOOK=address(service)), to("${HOOK}", message(RESOLVED)))
    assert service.posted[0]["type"] == "success"


def test_a_text_is_not_read_as_code(service: Service) -> None:
    told = replace(FIRED, note=r"a\nb \x41 <b>bold</b> *star* :rocket: {{title}}")
    outcome(channel(HOOK=address(service)), to("${HOOK}", message(told)))
    assert rf"Note: {told.note}" in service.posted[0]["message"]


def test_only_a_part_of_an_address_may_come_from_the_environment(service: Service) -> None:
    host = service.url.removeprefix("http://")
    got = outcome(channel(TOKEN=HIDDEN), to(f"json://{host}/${{TOKEN}}/hook"))
    assert isinstance(got, Receipt)
    assert service.requests[0].path == f"/{HIDDEN}/hook"
    assert HIDDEN not in got.told


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_is_tried_again_and_named_by_its_number(service: Service, status: int) -> None:
    service.status = status
    got = outcome(channel(HOOK=address(service)), to("${HOOK}"))
    assert type(got) is Retryable
    assert str(got) == (
        f"The Apprise address ${{HOOK}} of anna did not take the message: it answered {status}."
    )


@pytest.mark.parametrize("written", ["${HOOK}", "json://127.0.0.1:9/t0k3n-S3CRET"])
def test_a_service_that_is_away_is_tried_again(written: str) -> None:
    got = outcome(channel(HOOK=f"json://127.0.0.1:9/{HIDDEN}"), to(written))
    assert type(got) is Retryable
    assert "could not be reached" in str(got)
    assert HIDDEN not in str(got)


@pytest.mark.parametrize(
    "value", ["carrierpigeon://t0k3n-S3CRET@roof", "t0k3n-S3CRET", "tgram://", "://t0k3n-S3CRET"]
)
def test_an_address_of_no_known_kind_is_rejected(value: str) -> None:
    for sending, written in ((channel(HOOK=value), "${HOOK}"), (channel(), value)):
        got = outcome(sending, to(written))
        assert type(got) is Rejected
        assert "is of no kind that Apprise knows" in str(got)
        assert HIDDEN not in str(got)


@pytest.mark.parametrize("environment", [{}, {"HOOK": ""}, {"HOOK": "  "}])
def test_a_variable_that_is_not_set_is_named(environment: dict[str, str]) -> None:
    got = outcome(channel(**environment), to("${HOOK}"))
    assert type(got) is Retryable
    assert str(got) == (
        "The Apprise address ${HOOK} of anna needs HOOK, which the environment does not set."
    )


class Heard(logging.Handler):
    """All that reaches the root of the loggers, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Pytest's own handler also listens to loggers that pass nothing on.

    The client of Kubernetes, wherever it was used before in this process, has silenced urllib3.
    """
    handler, root = Heard(), logging.getLogger()
    levels = {logger: logger.level for logger in (root, logging.getLogger("urllib3"))}
    root.addHandler(handler)
    for logger in levels:
        logger.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    for logger, level in levels.items():
        logger.setLevel(level)


@pytest.mark.parametrize("status", [200, 403])
def test_no_line_of_any_log_holds_the_address(
    service: Service, heard: Heard, capfd: pytest.CaptureFixture[str], status: int
) -> None:
    service.status = status
    outcome(channel(HOOK=address(service)), to("${HOOK}"))
    outcome(channel(HOOK=f"json://127.0.0.1:9/{HIDDEN}"), to("${HOOK}"))
    outcome(channel(HOOK=f"pigeon://{HIDDEN}"), to("${HOOK}"))
    logging.getLogger("urllib3.connectionpool").debug("of another call")
    assert len(service.requests) == 1
    assert HIDDEN not in "\n".join(heard.lines)
    assert "of another call" in heard.lines
    out, err = capfd.readouterr()
    assert HIDDEN not in out + err


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("${ANNA_URL}", "${ANNA_URL}"),
        ("ntfy://user:secret@host/topic", "ntfy://…"),
        ("TGRAM://123:secret/1", "tgram://…"),
        ("secret", "…"),
        ("://secret", "…"),
        ("${A}${B}", "…"),
        ("", "…"),
    ],
)
def test_of_an_address_only_its_kind_or_its_variable_is_shown(written: str, said: str) -> None:
    assert shown(written) == said


def test_an_address_takes_what_the_environment_has() -> None:
    have: Callable[[str], str | None] = {"A": " x ", "B": "${A}"}.get
    assert expanded("ntfy://${A}/${B}", have) == "ntfy://x/${A}"
    with pytest.raises(NotSet, match="C"):
        expanded("${A}${C}", have)
