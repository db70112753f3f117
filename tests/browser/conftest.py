"""One watch for all the journeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.watch import Watch, watching


@pytest.fixture(scope="session")
def watch(built_dashboard: Path) -> Iterator[Watch]:
    """A watch that serves the dashboard as it is built now."""
    assert (built_dashboard / "index.html").is_file()
    with watching() as started:
        yield started
