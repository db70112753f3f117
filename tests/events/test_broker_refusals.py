"""A broker that is away or refuses: one sentence without the password, and nothing is lost."""

import json

import pytest

from tests.events.rabbit import Rabbit, free_port
from tests.events.telling import Teller, until

SECRET = "hunter2"  # noqa: S105  # nobody's


def refusals(rabbit: Rabbit) -> list[tuple[str, str]]:
    """Addresses, and what is said of each."""
    here, nowhere = f"127.0.0.1:{rabbit.port}", f"127.0.0.1:{free_port()}"
    return [
        (
            f"amqp://guest:{SECRET}@{here}",
            f"RabbitMQ at {here} refused the login of guest; check events.url.",
        ),
        (
            f"amqp://guest:guest@{here}/{SECRET}",
            f"RabbitMQ at {here} has no virtual host '{SECRET}' for guest; check events.url.",
        ),
        (f"amqp://guest:{SECRET}@{nowhere}", f"RabbitMQ at {nowhere} can't be reached: "),
        (f"amqp://guest:{SECRET}@nobody.invalid", "RabbitMQ at nobody.invalid:5672 can't be "),
        (f"amqp://guest:{SECRET}@127.0.0.1:{rabbit.names_port}", "RabbitMQ at 127.0.0.1:"),
        (f"amqps://guest:{SECRET}@{here}", f"RabbitMQ at {here} can't be reached: "),
        (f"kafka://guest:{SECRET}@{nowhere}", f"Kafka at {nowhere} can't be reached"),
    ]


@pytest.mark.parametrize("case", range(7))
def test_a_wrong_address_is_one_sentence_without_the_password(teller: Teller, case: int) -> None:
    url, sentence = refusals(teller.rabbit)[case]
    teller.configure(url)
    done = teller.fintech("events", "publish", "--once")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: {sentence}")
    if "virtual host" not in sentence:
        assert SECRET not in line


def test_what_is_encrypted_is_trusted_where_somebody_vouches_for_it(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    teller.slot()
    here = f"127.0.0.1:{teller.rabbit.encrypted_port}"
    teller.configure(f"amqps://guest:guest@{here}")
    done = teller.fintech("events", "publish", "--once")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: RabbitMQ at {here} can't be reached: ")
    assert "certificate verify failed" in line
    monkeypatch.setenv("SSL_CERT_FILE", str(teller.rabbit.certificate))
    assert teller.once() == 0  # it begins
    teller.slot()
    assert teller.fintech("events", "publish", "--once").stdout == "3 messages published.\n"


def test_an_exchange_of_another_kind_is_told_and_left_alone(teller: Teller) -> None:
    teller.name = f"{teller.name}f"
    teller.rabbit.bind(teller.exchange, teller.queue, kind="fanout")
    teller.configure(teller.rabbit.url)
    done = teller.fintech("events", "publish", "--once")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"Error: RabbitMQ at 127.0.0.1:{teller.rabbit.port} refused: ")
    assert "inequivalent arg 'type' for exchange" in line


def test_while_it_is_refused_it_says_so_once_and_goes_on_when_it_is_let_in(
    teller: Teller,
) -> None:
    teller.once()
    user = f"user-{teller.name}"
    teller.configure(teller.rabbit.url.replace("guest:guest", f"{user}:{SECRET}"))
    process = teller.start()
    until(lambda: teller.cursor() is not None and teller.cursor().error)
    teller.slot()
    told = f"RabbitMQ at 127.0.0.1:{teller.rabbit.port} refused the login of {user}"
    assert teller.cursor().error == f"{told}; check events.url."
    said = json.loads(teller.fintech("events", "status", "--json").stdout)
    assert said["waiting"]["events"] == 1
    assert said["waiting"]["served"] is True
    assert said["cursor"]["error"].startswith(told)
    lines = teller.fintech("events", "status").stdout
    assert "1 events wait, the oldest of just now.\n" in lines
    assert f"Z nothing is: {told}" in lines
    teller.rabbit.control("add_user", user, SECRET)
    # As little as it needs: to make its exchange and to write there.
    teller.rabbit.control("set_permissions", user, r"^fintech\.", r"^fintech\.", "^$")
    until(teller.published)
    assert teller.cursor().error is None
    assert teller.said().count("refused the login") == 1
    assert SECRET not in teller.said() + lines
    assert len(teller.rabbit.take(teller.queue, 3)) == 3
    process.terminate()
    assert process.wait(20) == 0
    assert teller.said().endswith("No event is published any more.\n")


def test_the_doctor_tries_the_broker_and_publishes_nothing(teller: Teller) -> None:
    said = teller.fintech("doctor").stdout
    assert f"ok    events: RabbitMQ at 127.0.0.1:{teller.rabbit.port} takes events." in said
    teller.configure(f"amqp://guest:{SECRET}@127.0.0.1:{teller.rabbit.port}")
    done = teller.fintech("doctor")
    assert done.returncode == 1
    assert "FAIL  events: RabbitMQ at" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert "wait  events: not asked" in teller.fintech("doctor", "--no-probe").stdout
    assert teller.rabbit.waiting(teller.queue) == 0


def test_without_a_broker_it_says_what_to_set(teller: Teller) -> None:
    path = teller.folder / "watch.toml"
    lines = path.read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if "events" not in line and "amqp" not in line)
    path.write_text(text, "utf-8")
    done = teller.fintech("events", "publish")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: No broker is configured; set events.url, such as ")
    assert "No broker is configured" in teller.fintech("events", "status").stdout
    assert "events" not in teller.fintech("doctor", "--no-probe").stdout
