"""The API's tokens as the environment gives them: both, or neither."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings import secret

VIEWER, EDITOR = "API_VIEWER_TOKEN", "API_EDITOR_TOKEN"
LEAST_LETTERS = 16


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """What clients must know.

    Attributes:
        viewer: To look.
        editor: To look and to change.
    """

    viewer: SecretStr
    editor: SecretStr


def api_tokens(environment: Mapping[str, str] | None = None) -> ApiTokens | None:
    """The tokens; None where there are none, and then only this machine may ask.

    Args:
        environment: The environment to read; None is the process's own.

    Raises:
        ConfigurationError: One is missing, short or not in ASCII, or both are the same; the
            sentence names variables and no value.
    """
    viewer, editor = secret(VIEWER, environment), secret(EDITOR, environment)
    if viewer is None and editor is None:
        return None
    if viewer is None or editor is None:
        there, missing = (VIEWER, EDITOR) if editor is None else (EDITOR, VIEWER)
        raise ConfigurationError(f"{there} is set and {missing} is not; set both, or neither.")
    for name, token in ((VIEWER, viewer), (EDITOR, editor)):
        text = token.get_secret_value()
        if len(text) < LEAST_LETTERS:
            raise ConfigurationError(f"{name} needs at least {LEAST_LETTERS} letters.")
        if not (text.isascii() and text.isprintable() and " " not in text):
            raise ConfigurationError(
                f"{name} must be of letters, digits and signs that a header can hold, no spaces."
            )
    if viewer.get_secret_value() == editor.get_secret_value():
        raise ConfigurationError(f"{VIEWER} and {EDITOR} must differ.")
    return ApiTokens(viewer, editor)
