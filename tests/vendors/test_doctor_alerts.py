"""What `fintech doctor` says of the mail server and of Twilio; neither gets a message."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.storage.database import Database
from tests.vendors.standin import Reply, standing_in
from tests.vendors.trying import TOKEN, Mailbox, TwilioStandIn, mail_server


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


CONFIG = """
name = "demo"
[pipeline]
starts_on = 2026-01-01
[market]
providers = ["simulated"]
[[watchlist]]
symbol = "KO"
name = "Coca-Cola"
mic = "XSIM"
"""
ALERTS = """
[alerts.smtp]
host = "127.0.0.1"
port = ${PORT}
security = "none"
sender = "watch@example.org"
timeout_seconds = 3
[alerts.twilio]
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = "${TWILIO_AUTH_TOKEN}"
sender = "+15005550006"
base_url = "${TWILIO}"
"""


def doctor(
    database: Database, folder: Path, more: str, *words: str, token: str = TOKEN
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Its exit code, and what it found by name."""
    file = folder / "fintech.toml"
    file.write_text(CONFIG + more)
    environment = {"TWILIO_AUTH_TOKEN": token, "DATABASE_URL": database.url, "FINTECH_CONFIG": None}
    command = ["--config", str(file), "doctor", "--json", *words]
    done: Result = CliRunner().invoke(fintech, command, env=environment, catch_exceptions=False)
    assert token not in done.output
    return done.exit_code, {one["what"]: one for one in json.loads(done.output)}


def test_the_doctor_tries_both_ways_and_sends_nothing(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    box = Mailbox()
    with mail_server(box) as server:
        more = ALERTS.replace("${PORT}", str(server.port)).replace("${TWILIO}", vendor.url)
        code, found = doctor(database, tmp_path, more)
        assert code == 0
        assert found["alerts.smtp"]["told"].startswith(f"127.0.0.1:{server.port} takes messages of")
        assert found["alerts.twilio"]["told"] == "the account is active."
        spent = len(box.senders), len(vendor.requests)
        code, found = doctor(database, tmp_path, more, "--no-probe")
    assert code == 0
    assert found["alerts.smtp"]["state"] == found["alerts.twilio"]["state"] == "wait"
    assert (len(box.senders), len(vendor.requests)) == spent == (1, 1)
    assert box.messages == []
    assert [one.head.split()[0] for one in vendor.requests] == ["GET"]


def test_the_doctor_fails_by_what_is_wrong_with_each_and_looks_at_the_rest(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    more = ALERTS.replace("${PORT}", str(port)).replace("${TWILIO}", vendor.url)
    code, found = doctor(database, tmp_path, more, token="1" * 32)
    assert code == 1
    assert "nobody listens there" in found["alerts.smtp"]["told"]
    assert "check TWILIO_AUTH_TOKEN" in found["alerts.twilio"]["told"]
    failed = {what for what, one in found.items() if not one["healthy"]}
    assert failed == {"alerts.smtp", "alerts.twilio"}
    assert found["database"]["state"] == "ok"


def test_a_pause_of_twilio_is_waited_for_and_does_not_fail_the_doctor(
    database: Database, vendor: TwilioStandIn, tmp_path: Path
) -> None:
    vendor.instead = Reply(b"{}", 429, headers={"Retry-After": "600"})
    twilio = ALERTS[ALERTS.index("[alerts.twilio]") :].replace("${TWILIO}", vendor.url)
    code, found = doctor(database, tmp_path, twilio)
    assert code == 0
    assert found["alerts.twilio"]["state"] == "wait"
    assert "alerts.smtp" not in found


def test_where_alerts_leave_by_neither_the_doctor_says_nothing_of_them(
    database: Database, tmp_path: Path
) -> None:
    code, found = doctor(database, tmp_path, "")
    assert code == 0
    assert not [what for what in found if what.startswith("alerts")]
