"""`fintech doctor` on the API: tokens as good as it takes them, never shown; and its dashboard."""

from pathlib import Path

import pytest

from fintech_pipeline.cli.doctor.api import dashboard, tokens
from fintech_pipeline.cli.doctor.findings import State
from fintech_pipeline.settings import load_settings

VIEWER, EDITOR = "a-viewer-of-many-letters", "an-editor-of-many-letters"


@pytest.mark.parametrize(
    ("viewer", "editor", "state"),
    [
        ("", "", State.OFF),
        (VIEWER, EDITOR, State.OK),
        (VIEWER, "", State.FAIL),
        ("", EDITOR, State.FAIL),
        ("short", EDITOR, State.FAIL),
        (VIEWER, VIEWER, State.FAIL),
        (VIEWER, "with a space in the middle", State.FAIL),
    ],
)
def test_tokens_are_told_good_or_bad_by_their_names(
    monkeypatch: pytest.MonkeyPatch, viewer: str, editor: str, state: State
) -> None:
    monkeypatch.setenv("API_VIEWER_TOKEN", viewer)
    monkeypatch.setenv("API_EDITOR_TOKEN", editor)
    found = tokens()
    assert (found.what, found.state) == ("api", state)
    assert (state is State.OK) == ("_TOKEN" not in found.told)
    assert not [one for one in (viewer, editor) if one and one in found.told]


def test_a_dashboard_that_is_not_built_is_told_with_what_builds_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FINTECH_API__DASHBOARD", str(tmp_path))
    found = dashboard(load_settings())
    assert (found.what, found.state) == ("dashboard", State.OFF)
    assert "run `make dashboard`" in found.told


def test_a_built_dashboard_is_told_with_its_age(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    monkeypatch.setenv("FINTECH_API__DASHBOARD", str(tmp_path))
    found = dashboard(load_settings())
    assert (found.what, found.state) == ("dashboard", State.OK)
    assert found.told.startswith("built at 20")
