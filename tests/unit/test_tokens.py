"""Tokens and the sessions that stand for them."""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from fintech_pipeline.api.callers import Role
from fintech_pipeline.api.sessions import Session, SessionExpired, SessionForged, Sessions
from fintech_pipeline.api.tokens import Tokens, checked_tokens
from fintech_pipeline.errors import ConfigurationError

NOW = datetime(2026, 3, 2, 15, 10, 0, 250_000, tzinfo=UTC)
VIEWER, EDITOR = SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows")
TOKENS = Tokens(VIEWER, EDITOR)
KEY = TOKENS.key()


def sessions(now: datetime = NOW, key: bytes = KEY) -> Sessions:
    return Sessions(key, 1.5, lambda: now)


def test_without_any_token_there_are_none_and_two_good_ones_are_taken() -> None:
    assert checked_tokens(None, None) is None
    assert checked_tokens(VIEWER, EDITOR) == TOKENS


@pytest.mark.parametrize(
    ("viewer", "editor", "told"),
    [
        (None, EDITOR, "belong together; set API_VIEWER_TOKEN too."),
        (VIEWER, None, "belong together; set API_EDITOR_TOKEN too."),
        (SecretStr("a" * 15), EDITOR, "API_VIEWER_TOKEN needs at least 16 letters."),
        (VIEWER, SecretStr("a" * 15), "API_EDITOR_TOKEN needs at least 16 letters."),
        (VIEWER, VIEWER, "are the same; choose another for one."),
    ],
    ids=["no viewer", "no editor", "a short viewer", "a short editor", "the same"],
)
def test_tokens_that_protect_nothing_are_refused_in_a_sentence_without_them(
    viewer: SecretStr | None, editor: SecretStr | None, told: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        checked_tokens(viewer, editor)
    sentence = str(refused.value)
    assert sentence.endswith(told)
    for token in (viewer, editor):
        assert token is None or token.get_secret_value() not in sentence


@given(st.text())
def test_only_the_tokens_themselves_are_known(given_token: str) -> None:
    assert TOKENS.role_of(given_token) is None
    assert TOKENS.role_of(VIEWER.get_secret_value()) is Role.VIEWER
    assert TOKENS.role_of(EDITOR.get_secret_value()) is Role.EDITOR


def test_what_is_shown_of_tokens_holds_none() -> None:
    assert "knows" not in repr(TOKENS)


def test_every_pod_makes_the_same_key_and_other_tokens_another_one() -> None:
    assert Tokens(VIEWER, EDITOR).key() == KEY
    others = [Tokens(EDITOR, VIEWER), Tokens(VIEWER, SecretStr("another-editor-knows"))]
    assert len({KEY, *(tokens.key() for tokens in others)}) == 3


@given(st.sampled_from(Role), st.text(max_size=40))
def test_a_session_comes_back_whole_until_its_last_second(role: Role, name: str) -> None:
    begun = sessions().begun(role, name)
    sealed = sessions().sealed(begun)
    assert sealed.isascii()
    assert not set(sealed) & set('" ,;\\')
    last = NOW + timedelta(hours=1.5)
    assert sessions(last - timedelta(seconds=1)).opened(sealed) == begun
    with pytest.raises(SessionExpired):
        sessions(last).opened(sealed)


def test_no_session_is_known_with_another_letter_anywhere() -> None:
    ends_at = NOW.replace(microsecond=0) + timedelta(hours=1)
    begun = Session("fixed", Role.VIEWER, "Ada", ends_at)
    sealed, known = sessions().sealed(begun), []
    for place, letter in itertools.product(range(len(sealed)), map(chr, range(128))):
        altered = sealed[:place] + letter + sealed[place + 1 :]
        with contextlib.suppress(SessionForged):
            assert sessions().opened(altered) == begun
            known.append(place)
    # The last letter of a seal holds two bits that mean nothing; the others are each known once.
    assert known == [*range(len(sealed)), *[len(sealed) - 1] * 3]


@given(st.text())
def test_nothing_made_up_is_a_session(sealed: str) -> None:
    with pytest.raises(SessionForged):
        sessions().opened(sealed)


def test_what_another_key_signed_is_no_session() -> None:
    sealed = sessions(key=b"another").sealed(sessions().begun(Role.EDITOR, "Ada"))
    with pytest.raises(SessionForged):
        sessions().opened(sealed)


def test_each_session_has_a_csrf_token_of_its_own() -> None:
    first, second = (sessions().begun(Role.EDITOR, "Ada") for _ in range(2))
    token = sessions().csrf_token(first)
    assert sessions().knows_csrf(first, token)
    assert not sessions().knows_csrf(second, token)
    assert not sessions(key=b"another").knows_csrf(first, token)
    for wrong in ("", token[:-1], token + "0", token.upper(), "é"):
        assert not sessions().knows_csrf(first, wrong)
