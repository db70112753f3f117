"""When `fintech up` opens a browser: for whoever sits before the terminal, and for nobody else."""

import sys
import webbrowser

import pytest

from fintech_pipeline.cli.browsing import show, somebody_looks


@pytest.mark.parametrize(
    ("environment", "terminal", "platform", "looks"),
    [
        ({"DISPLAY": ":0"}, True, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True, "linux", True),
        ({}, True, "darwin", True),
        ({}, True, "linux", False),
        ({"DISPLAY": ""}, True, "linux", False),
        ({"DISPLAY": ":0"}, False, "linux", False),
        ({"DISPLAY": ":0", "CI": "true"}, True, "linux", False),
    ],
)
def test_a_person_sits_at_a_terminal_with_a_display(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    terminal: bool,
    platform: str,
    looks: bool,
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    assert somebody_looks(environment) is looks


def test_a_machine_without_a_browser_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_address: str) -> bool:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "open", fails)
    show("http://127.0.0.1:8080/")
