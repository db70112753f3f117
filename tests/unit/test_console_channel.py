import io
from dataclasses import replace

from fintech_pipeline.alerts.channels.channel import Channel, Receipt
from fintech_pipeline.alerts.channels.console.channel import ConsoleChannel
from fintech_pipeline.errors import Retryable
from tests.unit.made_messages import AT, FIRED, HOSTILE, LINKS, message


def console(stream: io.TextIOBase | io.StringIO) -> ConsoleChannel:
    return ConsoleChannel(stream, LINKS, lambda: AT)  # type: ignore[arg-type]


def test_a_message_is_written_whole_with_whom_it_is_for() -> None:
    stream = io.StringIO()
    channel: Channel = console(stream)
    ((sent, receipt),) = channel.send([message()])
    assert sent == message()
    assert isinstance(receipt, Receipt)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("── Alert for anna ──")
    assert lines[1] == "NVDA (NVIDIA Corporation): score -0.72 is below -0.60, for 1h."
    assert channel.repeatable


def test_nothing_that_a_stranger_wrote_moves_the_cursor() -> None:
    stream = io.StringIO()
    told = replace(FIRED, reason=HOSTILE, note=HOSTILE, subject_name=HOSTILE)
    list(console(stream).send([message(told, person=HOSTILE)]))
    assert not set(stream.getvalue()) & set("\x1b\x00\r\u202e")


def test_a_terminal_that_knows_few_letters_gets_question_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    told = replace(FIRED, note="Grüße 🚀")
    ((_, receipt),) = console(stream).send([message(told)])
    assert isinstance(receipt, Receipt)
    assert b"Note: Gr??e ?" in raw.getvalue()


def test_a_stream_that_is_closed_keeps_the_message() -> None:
    stream = io.StringIO()
    stream.close()
    ((_, outcome),) = console(stream).send([message()])
    assert isinstance(outcome, Retryable)
