"""Programs of Debian's packages that tests run, which `.ci/run` installs."""

import shutil

import pytest


def program(name: str) -> str:
    """Where a program of Debian's prometheus is; the test is skipped where it is not."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name} (Debian's prometheus), which .ci/run installs")
    return found
