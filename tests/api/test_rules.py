"""People, rules and trials over HTTP."""

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from fintech_pipeline.alerts.rules import Rule
from fintech_pipeline.alerts.trial import Firing, Trial
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.market.instrument_store import InstrumentStore
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.storage.database import Database
from tests.api.asking import JSON, Answer, Client
from tests.api.living import NOW, access_by, serving_api

NEW = {"If-None-Match": "*"}
ANNA = {
    "email": "anna@example.org",
    "sms": "+4915112345678",
    "time_zone": "Europe/Berlin",
    "quiet_hours": "22:00-07:00",
}
STRONG = {
    "metric": "score",
    "symbols": ["AAPL"],
    "above": 0.6,
    "clear": 0.4,
    "for": "1h",
    "notify": ["anna by sms"],
}
TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))


@pytest.fixture
def api(database: Database) -> Iterator[Client]:
    InstrumentStore(database).add(Instrument("AAPL", "Apple Inc.", ("Apple",), "XSIM", "USD"))
    with serving_api(database) as client:
        yield client


def put(api: Client, path: str, body: object, headers: Mapping[str, str] = NEW) -> Answer:
    return api.ask(body, method="PUT", path=f"/api/v1{path}", headers={**JSON, **headers})


def delete(api: Client, path: str, tag: str) -> Answer:
    return api.ask(method="DELETE", path=f"/api/v1{path}", headers={"If-Match": tag})


def test_a_person_is_made_changed_and_removed(api: Client) -> None:
    made = put(api, "/people/anna", ANNA)
    assert (made.status, made.headers["location"]) == (201, "/api/v1/people/anna")
    assert made.document["quiet_hours"] == "22:00-07:00"
    assert {one["channel"] for one in made.document["contacts"]} == {"email", "sms"}
    changed = put(
        api, "/people/anna", {"email": "a@example.org"}, {"If-Match": made.headers["etag"]}
    )
    assert changed.status == 200
    assert [one["address"] for one in changed.document["contacts"]] == ["a@example.org"]
    assert [one["name"] for one in api.get("/api/v1/people").document["people"]] == ["anna"]
    assert delete(api, "/people/anna", made.headers["etag"]).status == 412
    assert delete(api, "/people/anna", changed.headers["etag"]).status == 204
    assert api.get("/api/v1/people/anna").status == 404


def test_a_viewer_sees_no_whole_address_and_nobody_a_secret_one(database: Database) -> None:
    editor = {"Authorization": "Bearer what-an-editor-knows"}
    viewer = {"Authorization": "Bearer what-a-viewer-knows"}
    secret = {**ANNA, "apprise": "ntfy://token-that-nobody-sees@ntfy.example/topic"}
    with serving_api(database, access=access_by(TOKENS)) as api:
        assert put(api, "/people/anna", secret, {**NEW, **editor}).status == 201
        path = "/api/v1/people/anna"
        seen = {
            name: api.ask(method="GET", path=path, headers=headers)
            for name, headers in (("viewer", viewer), ("editor", editor))
        }
    assert b"token-that-nobody-sees" not in seen["viewer"].body + seen["editor"].body
    assert b"anna@example.org" in seen["editor"].body
    assert b"anna@example.org" not in seen["viewer"].body
    assert b"+4915112345678" not in seen["viewer"].body
    assert b'"+49\xe2\x80\xa678"' in seen["viewer"].body


def test_a_rule_is_made_read_changed_and_removed(api: Client) -> None:
    put(api, "/people/anna", ANNA)
    made = put(api, "/rules/strong", STRONG)
    assert made.status == 201
    assert made.document["rule"]["version"] == 1
    assert made.document["rule"]["sentence"].startswith("Fires at score above +0.60, for 1h")
    assert (
        made.document["warnings"]
        == [
            "No SMS leaves: the configuration has no SMS vendor, [alerts.twilio].",
            "No email leaves: the configuration has no mail server, [alerts.smtp].",
        ][::-1]
    )
    read = api.get("/api/v1/rules/strong")
    assert read.document == made.document
    changed = put(
        api, "/rules/strong", {**STRONG, "above": 0.7}, {"If-Match": read.headers["etag"]}
    )
    assert (changed.status, changed.document["rule"]["version"]) == (200, 2)
    assert [one["name"] for one in api.get("/api/v1/rules").document["items"]] == ["strong"]
    refused = delete(api, "/people/anna", '"1"')
    assert refused.status == 422
    assert refused.detail == "anna is told by strong; take them out of notify there first."
    assert delete(api, "/rules/strong", changed.headers["etag"]).status == 204
    assert api.get("/api/v1/rules/strong").status == 404


def test_whoever_does_not_say_what_they_change_is_refused(api: Client) -> None:
    put(api, "/people/anna", ANNA)
    put(api, "/rules/strong", STRONG)
    assert put(api, "/rules/strong", STRONG, {}).status == 428
    assert put(api, "/rules/strong", STRONG).status == 412
    assert put(api, "/rules/strong", STRONG, {"If-Match": '"7"'}).status == 412
    assert put(api, "/rules/other", STRONG, {"If-Match": '"1"'}).status == 412
    assert delete(api, "/rules/nobody", '"1"').status == 404
    assert delete(api, "/people/nobody", '"1"').status == 404


def test_of_two_editors_at_once_one_wins_and_the_other_is_told(api: Client) -> None:
    put(api, "/people/anna", ANNA)
    tag = put(api, "/rules/strong", STRONG).headers["etag"]
    told: list[int] = []

    def edit(above: float) -> None:
        told.append(put(api, "/rules/strong", {**STRONG, "above": above}, {"If-Match": tag}).status)

    editors = [threading.Thread(target=edit, args=(0.6 + n / 100,)) for n in range(1, 9)]
    for one in editors:
        one.start()
    for one in editors:
        one.join()
    assert sorted(told) == [200] + [412] * 7
    assert api.get("/api/v1/rules/strong").document["rule"]["version"] == 2


def test_all_that_is_wrong_with_a_rule_is_told_at_once(api: Client) -> None:
    wrong = put(
        api,
        "/rules/strong",
        {"metric": "score", "above": 0.2, "clear": 0.4, "notify": ["nobody"], "colour": "red"},
    )
    assert wrong.status == 422
    errors = wrong.document["errors"]
    assert len(errors) == 3
    assert any("colour" in one for one in errors)
    assert any("nobody" in one for one in errors)
    assert any("clear" in one for one in errors)
    assert api.get("/api/v1/rules").document["items"] == []


@pytest.mark.parametrize("path", ["/rules/" + "r" * 300, "/people/" + "p" * 300, "/rules/%00"])
def test_names_that_nobody_has_are_refused_in_a_sentence(api: Client, path: str) -> None:
    for answer in (api.get(f"/api/v1{path}"), put(api, path, ANNA)):
        assert answer.status == 422
        assert "The parameter name is wrong" in answer.detail


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_table_is_refused(api: Client, body: object) -> None:
    sent = api.ask(
        body=b"null" if body is None else None,
        document=body,
        method="PUT",
        path="/api/v1/rules/strong",
        headers={**JSON, **NEW},
    )
    assert sent.status == 422


def tried(**others: Any) -> dict[str, Any]:
    asked: list[tuple[list[str], int]] = []

    def try_rules(rules: list[Rule], days: int) -> list[Trial]:
        asked.append(([one.name for one in rules], days))
        firing = Firing("AAPL", NOW, NOW + timedelta(hours=1), "Score above.", 0.7)
        return [Trial(one.name, (firing,), 5, 6) for one in rules]

    return {"try_rules": try_rules, "asked": asked, **others}


def test_rules_are_tried_and_nothing_of_them_is_stored(database: Database) -> None:
    given = tried()
    asked = given.pop("asked")
    with serving_api(database, **given) as api:
        wanted = {"rules": {"strong": STRONG}, "days": 30}
        answer = api.ask(wanted, path="/api/v1/trials")
        rules = api.get("/api/v1/rules").document
    assert answer.status == 200
    (trial,) = answer.document["trials"]
    assert trial["sentence"] == (
        "strong (score above +0.60) would have fired once in the last 30 days, about 1 of 6"
        " symbols."
    )
    assert trial["warning"].endswith("a rule that fires on everything tells nothing.")
    assert trial["firings"][0]["subject"] == "AAPL"
    assert asked == [(["strong"], 30)]
    assert rules["items"] == []


def test_one_trial_goes_at_a_time(database: Database) -> None:
    let, at_work = threading.Event(), threading.Event()

    def slow(rules: list[Rule], _days: int) -> list[Trial]:
        at_work.set()
        assert let.wait(20)
        return [Trial(one.name, (), 0, 1) for one in rules]

    with serving_api(database, try_rules=slow) as api:
        wanted = {"rules": {"strong": STRONG}}
        first: list[Answer] = []
        asking = threading.Thread(
            target=lambda: first.append(api.ask(wanted, path="/api/v1/trials"))
        )
        asking.start()
        assert at_work.wait(20)
        second = api.ask(wanted, path="/api/v1/trials")
        let.set()
        asking.join(20)
    assert (second.status, second.headers["retry-after"]) == (503, "5")
    assert first[0].status == 200


def test_mistakes_of_rules_to_be_tried_are_told_at_once(api: Client) -> None:
    wanted = {"rules": {"a": {"metric": "sorrow"}, "b": {"metric": "score", "above": "much"}}}
    answer = api.ask(wanted, path="/api/v1/trials")
    assert answer.status == 422
    assert {one.partition(":")[0] for one in answer.document["errors"]} == {"Rule a", "Rule b"}
