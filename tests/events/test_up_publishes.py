"""`fintech up` publishes where a broker is configured, and starts the publisher again."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.events.rabbit import Rabbit
from tests.events.telling import until
from tests.faults.conftest import Drill, Served, drill_in, free_port, serve

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("whole systems")]


@pytest.fixture
def drill(tmp_path: Path, rabbit: Rabbit) -> Iterator[Drill]:
    made = drill_in(tmp_path / "drill")
    text = made.config.read_text("utf-8")
    made.config.write_text(f'{text}\n[events]\nurl = "{rabbit.url}"\n', "utf-8")
    yield made
    made.end()


def publishers(served: Served) -> list[psutil.Process]:
    """Those that publish, the guardian first."""
    family = psutil.Process(served.command.process.pid).children(recursive=True)
    return [one for one in family if one.cmdline()[-2:] == ["events", "publish"]]


def test_it_publishes_and_a_publisher_that_is_killed_is_started_again(drill: Drill) -> None:
    served = serve(drill, "--port", str(free_port()), "--api-port", str(free_port()))
    until(lambda: served.command.said().count("Events go to RabbitMQ at") == 1, 120)
    publishers(served)[-1].kill()
    until(lambda: "The publisher stopped by itself; it is started again." in served.command.said())
    until(lambda: served.command.said().count("Events go to RabbitMQ at") == 2, 60)
    served.command.signalled(signal.SIGINT)
    assert served.command.ended(60) == 0
    assert "No event is published any more." in served.command.said()
    drill.assert_nothing_left(5)
