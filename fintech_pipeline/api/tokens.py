"""What clients know: a token to look, and another one to change things."""

import hashlib
import hmac
from dataclasses import dataclass

from pydantic import SecretStr

from fintech_pipeline.api.callers import Role
from fintech_pipeline.errors import ConfigurationError

VIEWER, EDITOR = "API_VIEWER_TOKEN", "API_EDITOR_TOKEN"
"""Where they stand in the environment."""
LEAST_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Tokens:
    """The two tokens.

    Attributes:
        viewer: Of who may look.
        editor: Of who may change things.
    """

    viewer: SecretStr
    editor: SecretStr

    def role_of(self, given: str) -> Role | None:
        """What the token allows; None of one that is wrong. Always takes the same time.

        Args:
            given: What the client sent.
        """
        viewer, editor = same(given, self.viewer), same(given, self.editor)
        if editor:
            return Role.EDITOR
        return Role.VIEWER if viewer else None

    def key(self) -> bytes:
        """The key that signs sessions: every pod makes the same; another token, another key."""
        secrets = (self.viewer.get_secret_value(), self.editor.get_secret_value())
        digests = b"".join(hashlib.sha256(one.encode()).digest() for one in secrets)
        return hmac.digest(digests, b"fintech api session", "sha256")


def checked_tokens(viewer: SecretStr | None, editor: SecretStr | None) -> Tokens | None:
    """The tokens; None where neither is set, and then only this machine may ask.

    Args:
        viewer: What the environment has for it.
        editor: Likewise.

    Raises:
        ConfigurationError: One lacks, is short, or both are the same; it quotes neither.
    """
    if viewer is None and editor is None:
        return None
    if viewer is None or editor is None:
        missing = VIEWER if viewer is None else EDITOR
        raise ConfigurationError(f"{VIEWER} and {EDITOR} belong together; set {missing} too.")
    for name, token in ((VIEWER, viewer), (EDITOR, editor)):
        text = token.get_secret_value()
        if len(text) < LEAST_LETTERS:
            raise ConfigurationError(f"{name} needs at least {LEAST_LETTERS} letters.")
        if not (text.isascii() and text.isprintable() and " " not in text):
            raise ConfigurationError(
                f"{name} must be of letters, digits and signs that a header can hold, no spaces."
            )
    if viewer.get_secret_value() == editor.get_secret_value():
        raise ConfigurationError(f"{VIEWER} and {EDITOR} are the same; choose another for one.")
    return Tokens(viewer, editor)


def same(given: str, token: SecretStr) -> bool:
    """Whether it is the token; how long that takes tells nothing of it, not even its length."""
    known = hashlib.sha256(token.get_secret_value().encode()).digest()
    return hmac.compare_digest(hashlib.sha256(given.encode("utf-8", "replace")).digest(), known)
