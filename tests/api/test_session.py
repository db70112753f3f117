"""Logging in, what the browser then holds, and its end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from pydantic import SecretStr

from fintech_pipeline.api.access import ApiAccess
from fintech_pipeline.api.limits import Limits
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.api.asking import JSON, PLENTY, Answer, Client
from tests.api.living import NOW, access_by, serving_api

VIEWER, EDITOR = "what-a-viewer-knows", "what-an-editor-knows"
TOKENS = Tokens(SecretStr(VIEWER), SecretStr(EDITOR))
PATH = "/api/v1/session"


class Clock:
    """A present that a test moves."""

    def __init__(self) -> None:
        self.now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(empty: Database, clock: Clock) -> Iterator[Client]:
    with serving_api(empty, access=access_by(TOKENS, clock=clock)) as client:
        yield client


def _enter(api: Client, token: str = EDITOR, **others: Any) -> Answer:
    return api.ask({"token": token, **others}, path=PATH)


def _held(answer: Answer) -> dict[str, str]:
    """What a browser sends after the answer."""
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def _own(api: Client, answer: Answer) -> dict[str, str]:
    """What a page of ours sends after the answer."""
    return {
        **_held(answer),
        "Origin": f"http://127.0.0.1:{api.port}",
        "X-CSRF-Token": answer.document["csrf_token"],
    }


def test_a_token_is_exchanged_for_a_cookie_that_scripts_do_not_see(api: Client) -> None:
    answer = _enter(api, name=" Ada Lovelace ")
    assert (answer.status, answer.headers["location"]) == (201, PATH)
    csrf_token = answer.document["csrf_token"]
    assert answer.document == {
        "role": "editor",
        "name": "Ada Lovelace",
        "login": "cookie",
        "expires_at": "2026-03-03T03:10:00Z",
        "csrf_token": csrf_token,
    }
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    assert morsel.key == "fintech-session"
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/")
    assert (morsel["max-age"], morsel["secure"], morsel["domain"]) == ("43200", "", "")
    assert EDITOR not in answer.headers["set-cookie"] + answer.body.decode()
    again = api.ask(method="GET", path=PATH, headers=_held(answer))
    assert (again.status, again.document) == (200, answer.document)


def test_where_people_come_by_https_the_cookie_goes_no_other_way(empty: Database) -> None:
    access = access_by(TOKENS, public_url="https://watch.example/")
    with serving_api(empty, access=access) as api:
        answer = _enter(api)
        (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert (morsel.key, morsel["secure"]) == ("__Host-fintech-session", True)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        plain = {**_held(answer), "Origin": "http://watch.example", "Host": "watch.example"}
        assert api.ask(method="GET", path=PATH, headers=plain).status == 403
        right = {**plain, "Origin": "https://watch.example"}
        assert api.ask(method="GET", path=PATH, headers=right).status == 200


def test_what_a_session_is_told_is_neither_stored_nor_compressed(api: Client) -> None:
    entered = _enter(api, name="A" * 40)
    told = api.ask(
        method="GET", path=PATH, headers={**_held(entered), "Accept-Encoding": "gzip, br"}
    )
    for answer in (entered, told):
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
    document = api.ask(
        method="GET",
        path="/api/v1/openapi.json",
        headers={**_held(entered), "Accept-Encoding": "gzip"},
    )
    assert document.headers["content-encoding"] == "gzip"
    assert document.headers["cache-control"] == "private, no-cache"


def test_a_wrong_token_is_told_and_gets_no_cookie(api: Client) -> None:
    for wrong in ("what-nobody-knows", VIEWER + " ", "é\ud83d\ude00", "a" * 500):
        answer = _enter(api, wrong)
        assert (answer.status, answer.detail) == (401, "The token is wrong.")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "The field token is missing."),
        ({"token": 7}, "The field token is wrong: input should be a valid string."),
        ({"token": ""}, "The field token is wrong: value should have at least 1 item"),
        ({"token": "a" * 501}, "The field token is wrong: value should have at most 500 items"),
        ({"token": EDITOR, "name": "a" * 41}, "The field name is wrong: string should have at"),
        ({"token": EDITOR, "name": "a\nb"}, "The field name is wrong: it has letters that cannot"),
        ({"token": EDITOR, "x": 1}, "The body has a field that is not known here"),
    ],
    ids=repr,
)
def test_what_makes_no_sense_is_told_without_the_token(
    api: Client, body: dict[str, object], told: str
) -> None:
    answer = api.ask(body, path=PATH)
    assert (answer.status, answer.detail[: len(told)]) == (422, told)
    assert EDITOR not in answer.detail


def test_a_session_ends_and_the_browser_forgets_it(api: Client, clock: Clock) -> None:
    held = _held(_enter(api, VIEWER))
    clock.now = NOW + timedelta(hours=12) - timedelta(seconds=1)
    assert api.ask(method="GET", path=PATH, headers=held).status == 200
    clock.now = NOW + timedelta(hours=12)
    answer = api.ask(method="GET", path=PATH, headers=held)
    assert (answer.status, answer.detail) == (401, "The session has expired; log in again.")
    assert answer.headers["set-cookie"].startswith("fintech-session=; Max-Age=0; Path=/;")


def test_logging_out_has_the_browser_forget_the_session(api: Client) -> None:
    own = _own(api, _enter(api, VIEWER))
    answer = api.ask(method="DELETE", path=PATH, headers=own)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["set-cookie"].startswith("fintech-session=; Max-Age=0; Path=/;")


def test_new_tokens_end_every_session_and_another_pod_knows_it(
    empty: Database, clock: Clock
) -> None:
    with serving_api(empty, access=access_by(TOKENS, clock=clock)) as first:
        held = _held(_enter(first))
    with serving_api(empty, access=access_by(TOKENS, clock=clock)) as second:
        assert second.ask(method="GET", path=PATH, headers=held).document["role"] == "editor"
    for changed in (
        replace(TOKENS, viewer=SecretStr("what-a-viewer-knows-now")),
        replace(TOKENS, editor=SecretStr("what-an-editor-knows-now")),
    ):
        with serving_api(empty, access=access_by(changed, clock=clock)) as api:
            answer = api.ask(method="GET", path=PATH, headers=held)
        assert (answer.status, answer.detail) == (
            401,
            "The session is not known here; log in again.",
        )


def test_a_bearer_is_told_who_it_is_and_may_say_who_is_behind_it(api: Client) -> None:
    bearer = {"Authorization": f"Bearer {VIEWER}"}
    answer = api.ask(method="GET", path=PATH, headers=bearer)
    assert answer.document == {
        "role": "viewer",
        "name": "viewer",
        "login": "bearer",
        "expires_at": None,
        "csrf_token": None,
    }
    behind = {**bearer, "X-Forwarded-User": "ada@watch.example" + "x" * 100}
    named = api.ask(method="GET", path=PATH, headers=behind).document["name"]
    assert named == ("ada@watch.example" + "x" * 100)[:40]


def test_without_tokens_nobody_need_log_in(empty: Database) -> None:
    with serving_api(empty) as api:
        answer = api.get(PATH)
        entered = api.ask({"token": "anything"}, path=PATH)
        ended = api.ask(method="DELETE", path=PATH, headers={})
    assert answer.document == {
        "role": "editor",
        "name": "local",
        "login": "none",
        "expires_at": None,
        "csrf_token": None,
    }
    assert (entered.status, entered.document) == (201, answer.document)
    assert "set-cookie" not in entered.headers
    assert ended.status == 204


def _limited(limits: Limits) -> ApiAccess:
    return access_by(TOKENS, limits=limits)


def test_an_address_may_try_only_so_many_tokens(empty: Database) -> None:
    access = _limited(replace(PLENTY, logins_per_minute=3))
    with serving_api(empty, access=access) as api:
        assert [_enter(api, "wrong").status for _ in range(4)] == [401, 401, 401, 429]
        right = _enter(api)
        assert right.status == 429
        assert right.detail == "Too many wrong tokens came from this address; wait before the next."
        assert 1 <= int(right.headers["retry-after"]) <= 20
        other = api.ask({"token": EDITOR}, path=PATH, source="127.0.0.2")
        assert other.status == 201


def test_wrong_tokens_count_however_they_are_sent(empty: Database) -> None:
    access = _limited(replace(PLENTY, logins_per_minute=3))
    right = {"Authorization": f"Bearer {EDITOR}"}
    with serving_api(empty, access=access) as api:
        held = _held(_enter(api))
        assert all(api.ask(method="GET", path=PATH, headers=right).status == 200 for _ in range(9))
        wrong = {"Authorization": "Bearer wrong"}
        statuses = [api.ask(method="GET", path=PATH, headers=wrong).status for _ in range(4)]
        assert statuses == [401, 401, 429, 429]
        assert _enter(api).status == 429
        assert api.ask(method="GET", path=PATH, headers=held).status == 200


def test_all_together_may_try_only_so_many_logins(empty: Database) -> None:
    access = _limited(replace(PLENTY, all_logins_per_minute=4))
    with serving_api(empty, access=access) as api:
        statuses = [
            api.ask({"token": "wrong"}, path=PATH, source=f"127.0.0.{last}").status
            for last in range(1, 6)
        ]
        assert statuses == [401, 401, 401, 401, 429]
        bearer = {**JSON, "Authorization": f"Bearer {EDITOR}"}
        assert api.ask(method="GET", path=PATH, headers=bearer).status == 200


def test_only_as_many_proxies_are_believed_as_are_said_to_stand_in_front(
    empty: Database,
) -> None:
    """Whoever writes addresses of his own at the left gains no further tries."""
    settings = load_settings(environment={})
    behind = settings.model_copy(update={"api": settings.api.model_copy(update={"proxies": 1})})
    limits = replace(PLENTY, logins_per_minute=1)

    def tried(api: Client, forwarded_for: str) -> int:
        headers = {**JSON, "X-Forwarded-For": forwarded_for}
        return api.ask({"token": "wrong"}, path=PATH, headers=headers).status

    with serving_api(empty, access=_limited(limits)) as api:
        assert [tried(api, f"203.0.113.{last}") for last in (1, 2)] == [401, 429]
    with serving_api(empty, access=_limited(limits), settings=behind) as api:
        assert [tried(api, f"203.0.113.{last}") for last in (1, 2)] == [401, 401]
        assert tried(api, "198.51.100.9, 203.0.113.1") == 429


def test_the_end_of_a_session_is_an_instant_in_utc(api: Client) -> None:
    told = datetime.fromisoformat(_enter(api).document["expires_at"])
    assert told == datetime(2026, 3, 3, 3, 10, tzinfo=UTC)
