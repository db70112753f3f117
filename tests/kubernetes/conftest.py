"""What the tests of the chart need: helm, and the chart rendered."""

from pathlib import Path

import pytest

from tests.kubernetes.chart import Helm, Rendered
from tests.kubernetes.tools import program


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    found = program("helm")
    if found is None:
        pytest.skip("needs helm on PATH, or npm on Linux and x86-64")
    return Helm(found, tmp_path_factory.mktemp("helm"))


@pytest.fixture(scope="session")
def defaults(helm: Helm) -> Rendered:
    """The chart with no value given."""
    return helm.render()


@pytest.fixture(scope="session")
def kubectl() -> Path:
    found = program("kubectl")
    if found is None:
        pytest.skip("needs kubectl on PATH, or npm on Linux and x86-64")
    return found
