import re
import socket
from pathlib import Path

import pytest

from fintech_pipeline.alerts.channels.channel import Receipt
from fintech_pipeline.errors import Ambiguous, DeliveryError, Rejected, Retryable
from tests.vendors.loopback import self_signed
from tests.vendors.mail_server import (
    PASSWORD,
    STEPS,
    USER,
    Acts,
    drops,
    hangs,
    misbehaving,
    raw,
    receiving,
)
from tests.vendors.mailing import emailing, outcomes, to

ANNA = "anna@example.com"
SENTENCE = re.compile(r"The mail server 127\.0\.0\.1:\d+ [^\n]{10,300}[.]")
BREAKS: dict[str, Acts] = {
    "drops": drops,
    "hangs": hangs,
    "says nothing": raw(b"\r\n"),
    "talks of other things": raw(b"hello\r\n"),
    "talks without a line": raw(b"x" * 9000),
}
NOTHING_TAKEN = ("greeting", "EHLO", "MAIL", "RCPT", "DATA")


def outcome_at(step: str, act: str | Acts) -> Receipt | DeliveryError:
    with misbehaving(**{step: act}) as server:
        channel = emailing(server.port, timeout_seconds=0.3)
        (outcome,) = outcomes(channel, to(ANNA))
    if step in NOTHING_TAKEN:
        assert server.contents == []
    return outcome


@pytest.mark.parametrize("step", STEPS)
def test_what_passes_is_tried_again(step: str) -> None:
    outcome = outcome_at(step, "451 4.3.0 try again later")
    if step == "EHLO":  # then HELO is tried, as RFC 5321 says
        assert isinstance(outcome, Retryable)
        return
    assert type(outcome) is Retryable
    assert SENTENCE.fullmatch(str(outcome))
    assert "451 4.3.0 try again later" in str(outcome)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "content"])
def test_what_is_refused_of_the_mail_is_not_tried_again(step: str) -> None:
    outcome = outcome_at(step, "554 5.7.1 spam")
    assert type(outcome) is Rejected
    assert SENTENCE.fullmatch(str(outcome))
    assert "554 5.7.1 spam" in str(outcome)


@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL"])
def test_what_is_refused_of_us_may_be_mended_and_is_tried_again(step: str) -> None:
    outcome = outcome_at(step, "554 5.7.1 not from there")
    assert type(outcome) is Retryable
    assert SENTENCE.fullmatch(str(outcome))


def test_a_mail_that_is_too_large_is_not_tried_again() -> None:
    assert type(outcome_at("MAIL", "552 5.3.4 too large")) is Rejected


@pytest.mark.parametrize("act", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("step", NOTHING_TAKEN)
def test_a_connection_that_breaks_before_the_mail_has_sent_nothing(step: str, act: Acts) -> None:
    outcome = outcome_at(step, act)
    assert type(outcome) is Retryable
    assert SENTENCE.fullmatch(str(outcome))


@pytest.mark.parametrize("act", BREAKS.values(), ids=BREAKS)
def test_a_connection_that_breaks_after_the_mail_leaves_it_open_whether_it_was_sent(
    act: Acts,
) -> None:
    outcome = outcome_at("content", act)
    assert type(outcome) is Ambiguous
    assert SENTENCE.fullmatch(str(outcome))
    assert "may or may not have been sent" in str(outcome)


def test_a_time_out_is_called_one() -> None:
    assert "did not answer in time" in str(outcome_at("MAIL", hangs))
    assert "closed the connection" in str(outcome_at("MAIL", drops))


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (outcome,) = outcomes(emailing(port), to(ANNA))
    assert str(outcome) == (
        f"The mail server 127.0.0.1:{port} cannot be reached: it refuses connections;"
        " nothing was sent."
    )
    assert type(outcome) is Retryable


def test_a_name_that_nobody_knows_is_told() -> None:
    (outcome,) = outcomes(emailing(25, host="mail.invalid"), to(ANNA))
    assert type(outcome) is Retryable
    assert str(outcome).startswith("The mail server mail.invalid:25 cannot be reached: it ")


def test_a_server_that_is_not_there_is_asked_once_for_a_batch() -> None:
    with misbehaving(greeting=hangs) as server:
        channel = emailing(server.port, timeout_seconds=0.3)
        got = outcomes(channel, *(to(ANNA, n) for n in range(50)))
    assert server.connections == 1
    assert {type(one) for one in got} == {Retryable}


def test_a_server_that_hangs_at_every_mail_is_left_alone_for_the_batch() -> None:
    with misbehaving(RCPT=hangs) as server:
        channel = emailing(server.port, timeout_seconds=0.2)
        got = outcomes(channel, *(to(ANNA, n) for n in range(50)))
    assert server.connections == 3
    assert {type(one) for one in got} == {Retryable}
    assert "3 connections one after the other" in str(got[-1])


def test_a_server_that_closes_after_each_mail_gets_all_of_them_once() -> None:
    def closes(connection: socket.socket) -> None:
        connection.sendall(b"250 OK\r\n")
        drops(connection)

    with misbehaving(content=closes) as server:
        got = outcomes(emailing(server.port), *(to(ANNA, n) for n in range(5)))
    assert [type(one) for one in got] == [Receipt] * 5
    assert len(server.contents) == 5
    assert len({content.split(b"Message-ID: ")[1].split()[0] for content in server.contents}) == 5


def test_a_mail_that_was_lost_on_the_way_keeps_no_other_from_going() -> None:
    times = iter([drops, raw(b"250 OK\r\n"), raw(b"250 OK\r\n")])

    def once(connection: socket.socket) -> None:
        next(times)(connection)

    with misbehaving(content=once) as server:
        got = outcomes(emailing(server.port), to(ANNA, 1), to(ANNA, 2), to(ANNA, 3))
    assert [type(one) for one in got] == [Ambiguous, Receipt, Receipt]
    assert len(server.contents) == 3


def test_a_server_that_says_goodbye_is_left_and_found_again() -> None:
    with misbehaving(RCPT="421 4.7.0 too much from you") as server:
        got = outcomes(emailing(server.port), to(ANNA, 1), to(ANNA, 2))
    assert [type(one) for one in got] == [Retryable, Retryable]
    assert server.connections == 2


def test_a_refusal_is_cleared_before_the_next_mail() -> None:
    with misbehaving(RCPT="550 5.1.1 nobody") as server:
        got = outcomes(emailing(server.port), to(ANNA, 1), to(ANNA, 2))
    assert [type(one) for one in got] == [Rejected, Rejected]
    assert (server.connections, server.times["RSET"]) == (1, 2)


def test_plain_text_where_tls_is_spoken_is_told(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, implicit=True) as inbox:
        (outcome,) = outcomes(
            emailing(inbox.port, security="starttls", timeout_seconds=0.5), to(ANNA)
        )
    assert type(outcome) is Retryable
    assert "cannot be reached" in str(outcome)


def test_tls_where_plain_text_is_spoken_is_told() -> None:
    with receiving() as inbox:
        (outcome,) = outcomes(emailing(inbox.port, security="tls"), to(ANNA))
    assert type(outcome) is Retryable
    assert 'does not speak TLS as alerts.smtp.security = "tls" expects' in str(outcome)


def test_a_login_where_none_is_offered_is_told() -> None:
    with misbehaving() as server:
        channel = emailing(server.port, user=USER, password=PASSWORD)
        (outcome,) = outcomes(channel, to(ANNA))
    assert type(outcome) is Retryable
    assert "offers no login that we know" in str(outcome)


@pytest.mark.parametrize("answer", ["454 4.7.0 later", "535 5.7.8 no", "550 what"])
def test_no_answer_to_a_login_is_passed_on(answer: str) -> None:
    offers = raw(b"250-mail.example.com\r\n250 AUTH PLAIN\r\n")
    echo = f"{answer} {PASSWORD} AHdhdGNoAHA0c3M="
    with misbehaving(EHLO=offers, AUTH=echo) as server:
        channel = emailing(server.port, user=USER, password=PASSWORD)
        (outcome,) = outcomes(channel, to(ANNA))
    assert type(outcome) is Retryable
    assert PASSWORD not in str(outcome)
    assert "AHdhdGNo" not in str(outcome)


def test_a_server_that_talks_without_end_is_cut_short() -> None:
    outcome = outcome_at("RCPT", f"550 {'bla ' * 200}\x1b[31m")
    assert type(outcome) is Rejected
    assert len(str(outcome)) < 320
    assert "\x1b" not in str(outcome)
