from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from fintech_pipeline.alerts.channels.channel import Channel, Progress, Receipt
from fintech_pipeline.errors import ContactEnded, Rejected, Retryable
from tests.unit.made_messages import AT, BERLIN, FALLS, FIRED, HOSTILE
from tests.vendors.loopback import self_signed
from tests.vendors.mail_server import PASSWORD, UNSPEAKABLE, USER, WRONG, Inbox, receiving
from tests.vendors.mailing import SENDER, emailing, outcomes, prices, to

ANNA = "anna@example.com"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as server:
        yield server


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    text = part.get_content()
    assert isinstance(text, str)
    return text


def test_the_channel_is_one() -> None:
    channel: Channel = emailing(2525)
    assert channel.repeatable


def test_a_mail_arrives_as_a_reader_would_want_it(inbox: Inbox) -> None:
    (receipt,) = outcomes(emailing(inbox.port, prices_of=prices), to(ANNA))
    assert receipt == Receipt(Progress.SENT, f"The mail server 127.0.0.1:{inbox.port} took it.")
    assert inbox.envelopes[0].mail_from == SENDER
    assert inbox.envelopes[0].rcpt_tos == [ANNA]
    mail = inbox.mails[0]
    assert not mail.defects
    assert mail["Subject"] == "Critical · NVDA: score -0.72 is below -0.60, for 1h"
    assert mail["From"] == f"Market watch <{SENDER}>"
    assert mail["To"] == ANNA
    assert mail["Date"].datetime == AT + timedelta(minutes=1)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail["List-Unsubscribe"] == (
        f"<mailto:{SENDER}?subject=unsubscribe>, <https://watch.example.com/alerts>"
    )
    assert "To acknowledge: fintech alerts ack 12" in body(mail, "plain")
    assert "https://watch.example.com/signals/NVDA/2026-11-30T15:30Z" in body(mail, "html")


def test_the_picture_of_the_price_is_inside_and_shown(inbox: Inbox) -> None:
    outcomes(emailing(inbox.port, prices_of=prices), to(ANNA))
    pictures = [part for part in inbox.mails[0].walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 1
    content = pictures[0].get_content()
    assert content.startswith(b"\x89PNG")
    assert f'src="cid:{pictures[0]["Content-ID"][1:-1]}"' in body(inbox.mails[0], "html")
    assert pictures[0].get_content_disposition() == "inline"


def test_without_prices_the_mail_goes_without_a_picture(inbox: Inbox) -> None:
    outcomes(emailing(inbox.port), to(ANNA))
    assert {part.get_content_type() for part in inbox.mails[0].walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }
    assert "<img" not in body(inbox.mails[0], "html")


def test_a_message_that_is_sent_again_is_the_same_mail_to_the_byte(inbox: Inbox) -> None:
    for _ in range(2):
        outcomes(emailing(inbox.port, prices_of=prices), to(ANNA))
    assert inbox.contents[0] == inbox.contents[1]
    assert inbox.mails[0]["Message-ID"] == inbox.mails[1]["Message-ID"]


def test_no_two_messages_share_a_message_id(inbox: Inbox) -> None:
    others = [to(ANNA, 8), to(ANNA, 7, created_at=AT + timedelta(seconds=1)), to(ANNA)]
    outcomes(emailing(inbox.port), *others)
    outcomes(emailing(inbox.port, name="office"), to(ANNA))
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 4


def test_a_message_id_does_not_hang_on_how_the_instant_is_written(inbox: Inbox) -> None:
    outcomes(
        emailing(inbox.port),
        to(ANNA),
        to(ANNA, created_at=(AT + timedelta(minutes=1)).astimezone(BERLIN)),
    )
    assert inbox.mails[0]["Message-ID"] == inbox.mails[1]["Message-ID"]


def test_an_answer_stands_below_the_mail_that_it_answers(inbox: Inbox) -> None:
    first = to(ANNA, 7)
    later = to(ANNA, 9, answers=7, answered_at=first.created_at, created_at=AT + timedelta(hours=4))
    outcomes(emailing(inbox.port), first, later)
    assert inbox.mails[1]["In-Reply-To"] == inbox.mails[0]["Message-ID"]
    assert inbox.mails[1]["References"] == inbox.mails[0]["Message-ID"]
    assert inbox.mails[0]["In-Reply-To"] is None


def test_a_batch_goes_through_one_connection(inbox: Inbox) -> None:
    got = outcomes(emailing(inbox.port), *(to(f"p{n}@example.com", n) for n in range(20)))
    assert all(isinstance(one, Receipt) for one in got)
    assert inbox.connections == 1
    assert [one.rcpt_tos for one in inbox.envelopes] == [[f"p{n}@example.com"] for n in range(20)]


def test_one_refused_recipient_keeps_nobody_else_from_their_mail(inbox: Inbox) -> None:
    inbox.refuses = {"b@example.com": "550 5.1.1 No such user", "c@example.com": "451 4.7.1 Later"}
    got = outcomes(
        emailing(inbox.port), *(to(f"{name}@example.com", n) for n, name in enumerate("abcd"))
    )
    assert [type(one) for one in got] == [Receipt, Rejected, Retryable, Receipt]
    assert "550 5.1.1 No such user" in str(got[1])
    assert "451 4.7.1 Later" in str(got[2])
    assert [one.rcpt_tos for one in inbox.envelopes] == [["a@example.com"], ["d@example.com"]]


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "a@b@c.com",
        "",
        "anna@example.com\r\nBcc: all@example.com",
        "anna@example.com, ben@example.com",
        "<anna@example.com>",
        "anna@example.com> SIZE=1",
        "Anna Ä <anna@example.com>",
        "änna@example.com",
        "anna@" + "x" * 80 + ".com",
        "anna @example.com",
    ],
)
def test_what_is_no_mail_address_is_never_sent_to(inbox: Inbox, address: str) -> None:
    ended, fine = outcomes(emailing(inbox.port), to(address, 1), to(ANNA, 2))
    assert isinstance(ended, ContactEnded)
    assert "\n" not in str(ended)
    assert isinstance(fine, Receipt)
    assert [one.rcpt_tos for one in inbox.envelopes] == [[ANNA]]


def test_a_domain_of_another_script_is_written_as_servers_know_it(inbox: Inbox) -> None:
    outcomes(emailing(inbox.port), to("anna@bücher.example"))
    assert inbox.envelopes[0].rcpt_tos == ["anna@xn--bcher-kva.example"]


def test_hostile_texts_stay_texts(inbox: Inbox) -> None:
    told = replace(
        FIRED,
        subject=HOSTILE,
        subject_name=HOSTILE,
        reason=HOSTILE,
        note=HOSTILE * 900,
        why=(HOSTILE, HOSTILE),
        rule=HOSTILE,
        strategy=HOSTILE,
        action=HOSTILE,
        currency=HOSTILE,
    )
    outcomes(emailing(inbox.port, prices_of=prices), to(ANNA, told=(told,), instead_of=HOSTILE))
    assert inbox.envelopes[0].rcpt_tos == [ANNA]
    mail = inbox.mails[0]
    assert mail["Bcc"] is None
    assert set(mail.keys()) == {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
        "List-Unsubscribe",
        "Importance",
        "MIME-Version",
        "Content-Type",
    }
    page = body(mail, "html")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in page + body(mail, "plain")
    assert len(inbox.contents[0]) < 60_000


def test_a_line_that_begins_with_a_dot_arrives_whole(inbox: Inbox) -> None:
    told = replace(FIRED, subject=".", reason=". .. \r\n.\r\nMAIL FROM:<x@y>", note=".")
    outcomes(emailing(inbox.port), to(ANNA, told=(told,)))
    assert len(inbox.envelopes) == 1
    assert body(inbox.mails[0], "plain").startswith(
        ". (NVIDIA Corporation): . .. . MAIL FROM:<x@y>"
    )


def test_no_line_of_a_mail_is_longer_than_mail_allows(inbox: Inbox) -> None:
    long = replace(FIRED, note="ü" * 10_000, subject_name="🚀" * 400, why=("文" * 900,))
    domain = f"{'very-long-domain-name.' * 5}example.com"
    channel = emailing(inbox.port, prices_of=prices, sender=f"watch@{domain}")
    outcomes(channel, to(ANNA, told=(long, *FALLS), answers=3, answered_at=AT))
    content = inbox.contents[0]
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    mail = inbox.mails[0]
    assert mail["In-Reply-To"].startswith("<d3.")
    assert mail["In-Reply-To"].endswith(f"@{domain}>")
    assert mail["List-Unsubscribe"].startswith(
        f"<mailto:watch@{domain}?subject=unsubscribe>, <http"
    )


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_goes_through_tls(tmp_path: Path, security: str) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, implicit=security == "tls", login=True) as inbox:
        channel = emailing(
            inbox.port, security=security, user=USER, password=PASSWORD, trusted=certificate
        )
        (receipt,) = outcomes(channel, to(ANNA))
    assert isinstance(receipt, Receipt)
    assert inbox.logins == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_gets_neither_login_nor_mail(
    tmp_path: Path, security: str
) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, implicit=security == "tls", login=True) as inbox:
        channel = emailing(inbox.port, security=security, user=USER, password=PASSWORD)
        (refused,) = outcomes(channel, to(ANNA))
    assert isinstance(refused, Retryable)
    assert str(refused) == (
        f"The mail server 127.0.0.1:{inbox.port} has a certificate that cannot be trusted"
        " (self-signed certificate); nothing was sent."
    )
    assert (inbox.logins, inbox.envelopes) == (0, [])


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, login=True) as inbox:
        channel = emailing(
            inbox.port, security="starttls", user=USER, password=WRONG, trusted=certificate
        )
        refused = outcomes(channel, to(ANNA, 1), to(ANNA, 2))
    assert [str(one) for one in refused] == [
        f'The mail server 127.0.0.1:{inbox.port} refused the login of "watch" (535): check'
        " alerts.smtp.user and password; nothing was sent."
    ] * 2
    assert inbox.connections == 1
    for one in refused:
        assert isinstance(one, Retryable)
        assert (one.__context__, one.__cause__) == (None, None)


def test_a_password_that_no_login_carries_is_told_without_it(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, login=True) as inbox:
        channel = emailing(
            inbox.port, security="starttls", user=USER, password=UNSPEAKABLE, trusted=certificate
        )
        (refused,) = outcomes(channel, to(ANNA))
    assert isinstance(refused, Retryable)
    assert "letters that a mail login cannot carry" in str(refused)
    assert UNSPEAKABLE not in repr(refused)


def test_a_server_that_wants_a_login_says_what_to_set(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "mail.pem")
    with receiving(certificate, login=True) as inbox:
        channel = emailing(inbox.port, security="starttls", trusted=certificate)
        (refused,) = outcomes(channel, to(ANNA))
    assert isinstance(refused, Retryable)
    assert not isinstance(refused, Rejected)
    assert "set alerts.smtp.user and password (530" in str(refused)


def test_a_login_is_never_sent_in_the_clear_where_starttls_is_asked(inbox: Inbox) -> None:
    channel = emailing(inbox.port, security="starttls", user=USER, password=PASSWORD)
    (refused,) = outcomes(channel, to(ANNA))
    assert isinstance(refused, Retryable)
    assert "does not offer STARTTLS" in str(refused)
    assert inbox.envelopes == []


def test_a_picture_is_drawn_once_for_all_who_get_it(inbox: Inbox) -> None:
    asked = []

    def counted(symbol: str, at: object) -> None:
        asked.append((symbol, at))

    channel = emailing(inbox.port, prices_of=counted)
    outcomes(channel, *(to(f"p{n}@example.com", n) for n in range(10)))
    assert asked == [("NVDA", AT.astimezone(UTC))]


def test_nothing_to_send_asks_no_server(inbox: Inbox) -> None:
    assert outcomes(emailing(inbox.port)) == []
    assert inbox.connections == 0
