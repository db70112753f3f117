"""Whether Twilio's account may send, by its own resource; no SMS is sent."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from fintech_pipeline.alerts.channels.sms import checking as sms
from fintech_pipeline.errors import DeliveryError, RateLimited, Rejected, Retryable
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.circuit import Circuit
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.storage.database import Database
from tests.vendors.loopback import resets, self_signed
from tests.vendors.standin import Does, Reply, standing_in
from tests.vendors.trying import PATH, SID, TOKEN, TwilioStandIn, refusal, sentence


def asked(database: Database, vendor: TwilioStandIn, *, sid: str = SID, token: str = TOKEN) -> str:
    """What the check says; a repetition does not really wait."""
    access = sms.account_access(sid, SecretStr(token), vendor.url)
    ledger = Ledger(database, Circuit(), "test/1")
    chance = random.Random(7)  # noqa: S311  # spreads repetitions, hides nothing
    caller = Caller(access, Allowance(), ledger, chance=chance, sleep=lambda _: None)
    return sms.check(caller, sid)


def sms_failure(database: Database, vendor: TwilioStandIn, **others: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        asked(database, vendor, **others)
    return sentence(caught.value)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.upper(), raising=False)


@pytest.fixture
def vendor() -> Iterator[TwilioStandIn]:
    made = TwilioStandIn()
    with standing_in(made) as made.url:
        yield made


def test_an_active_account_is_told_of_and_sends_nothing(
    database: Database, vendor: TwilioStandIn
) -> None:
    assert asked(database, vendor) == "the account is active"
    (request,) = vendor.requests
    assert request.head.startswith(f"GET {PATH} ")
    assert request.params == {}


def test_a_trial_account_is_told_of_with_what_it_cannot_do(
    database: Database, vendor: TwilioStandIn
) -> None:
    vendor.account["type"] = "Trial"
    assert asked(database, vendor) == (
        "the account is active, a trial account, which reaches verified numbers alone and begins"
        " each SMS with a line of Twilio's"
    )


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_may_send_nothing_is_told_of(
    database: Database, vendor: TwilioStandIn, status: str
) -> None:
    vendor.account["status"] = status
    error = sms_failure(database, vendor)
    assert type(error) is Rejected
    assert str(error) == f"Twilio's account is {status}; look into Twilio's Console."


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (refusal(401, 20003), Rejected, "Twilio refuses the login; check TWILIO_AUTH_TOKEN and"),
        (refusal(401, 20005), Rejected, "Twilio's account is not active; look into"),
        (refusal(403, 20403), Rejected, "Twilio's account is not active; look into"),
        (refusal(404, 20404), Rejected, "Twilio knows no such account at this address; check"),
        (refusal(500, 20500), Retryable, "twilio answered the call for account with HTTP 500"),
        (Reply(b"<html>log in</html>"), Retryable, "twilio sent a web page in place of account"),
        (Reply(b"[1]"), Retryable, "twilio sent no account; check alerts.twilio.base_url."),
        (Reply(b'{"status": "active"}'), Retryable, "twilio sent no account; check"),
        (Reply(b"{" * 200_000), Retryable, "twilio sent no account; check"),
        (Reply(b"", 401), Rejected, "Twilio refuses the login"),
        (Reply(b"", 302, headers={"Location": f"https://x.example/{TOKEN}"}), Retryable, "redire"),
        (resets, Retryable, "twilio gave no answer"),
    ],
)
def test_what_else_twilio_answers_is_one_sentence_without_the_token(
    database: Database, vendor: TwilioStandIn, answer: Does, kind: type[DeliveryError], told: str
) -> None:
    vendor.instead = answer
    error = sms_failure(database, vendor)
    assert type(error) is kind
    assert told in str(error)


def test_a_wrong_token_is_told_of(database: Database, vendor: TwilioStandIn) -> None:
    error = sms_failure(database, vendor, token="0" * 32)
    assert str(error) == (
        "Twilio refuses the login; check TWILIO_AUTH_TOKEN and alerts.twilio.account_sid."
    )


def test_a_certificate_of_twilio_that_nobody_vouches_for_is_told_of(
    database: Database, tmp_path: Path
) -> None:
    impostor = TwilioStandIn()
    with standing_in(impostor, self_signed(tmp_path / "other.pem")) as impostor.url:
        error = sms_failure(database, impostor)
    assert "the certificate of 127.0.0.1 is not to be trusted" in str(error)
    assert impostor.requests == []


def test_a_pause_that_twilio_asks_for_is_no_fault(
    database: Database, vendor: TwilioStandIn
) -> None:
    vendor.instead = Reply(b"{}", 429, headers={"Retry-After": "600"})
    with pytest.raises(RateLimited, match="asks for a pause of 600 s"):
        asked(database, vendor)
