"""`fintech doctor` on the API's tokens: as good as `fintech api` takes them, and never shown."""

import pytest

from fintech_pipeline.cli.doctor.api import tokens
from fintech_pipeline.cli.doctor.findings import State

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
