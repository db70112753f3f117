"""Alert rules over HTTP: seen, made, changed by two at once, removed."""

import threading
from pathlib import Path

import sqlalchemy as sa

from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.alerts.tables import alert_events, alerts, standings
from fintech_pipeline.storage.database import Database, connect
from tests.api.alerting import FILE, NEW, Asking, announced, apply, asking, problem
from tests.api.asking import Answer
from tests.api.living import NOW
from tests.storage.alert_rows import open_alert, pending

SILENCE = {"tag": "core", "for": "2h"}
RULE = {"metric": "score", "above": 0.5, "notify": ["anna"]}


def tag(api: Asking, rule: str = "good") -> dict[str, str]:
    return {"If-Match": api.get(f"/rules/{rule}").headers["etag"]}


def test_rules_are_told_in_words_with_how_they_stand(database: Database) -> None:
    apply(database)
    with database.transaction() as connection:
        open_alert(connection, "good", "AAPL", NOW)
        pending(connection, "good", "KO", NOW)
    with asking(database) as api:
        page = api.get("/rules").document
        one = api.get("/rules/good").document
    assert [rule["name"] for rule in page["items"]] == ["core", "good"]
    good = page["items"][1]
    assert good["definition"] == {**FILE["rules"]["good"]}
    assert good["sentence"] == (
        "Fires at score above +0.60, about all symbols. Ends not above +0.40. Tells anna (warning)."
    )
    assert (good["firing"], good["pending"], good["version"]) == (1, 1, 1)
    assert [(one["subject"], one["phase"]) for one in one["standings"]] == [
        ("AAPL", "firing"),
        ("KO", "pending"),
    ]
    assert (
        "No email leaves: the configuration has no mail server, [alerts.smtp]." in (one["warnings"])
    )


def test_rules_come_by_the_page(database: Database) -> None:
    rules = {f"r{number:02}": RULE for number in range(5)}
    apply(database, {"people": FILE["people"], "rules": rules})
    names, cursor = [], ""
    with asking(database) as api:
        while True:
            page = api.get(f"/rules?limit=2{cursor}").document
            names += [one["name"] for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        wrong = [api.get(f"/rules?cursor={one}") for one in ("nonsense", "WzFd", "WyJcdTAwMDAiXQ")]
    assert names == sorted(rules)
    assert {one.status for one in wrong} == {400}
    assert wrong[0].detail.startswith("The cursor is none of this list")


def test_a_rule_is_made_changed_and_removed(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        made = api.put("/rules/fresh", RULE)
        assert (made.status, made.headers["location"]) == (201, "/api/v1/rules/fresh")
        changed = api.put(
            "/rules/fresh",
            {**RULE, "above": 0.7, "clear": None},
            {"If-Match": made.headers["etag"]},
        )
        assert (changed.status, changed.document["version"]) == (200, 2)
        assert changed.document["definition"]["above"] == 0.7
        gone = api.delete("/rules/fresh", {"If-Match": changed.headers["etag"]})
        assert (gone.status, gone.body) == (204, b"")
        assert api.get("/rules/fresh").status == 404
        again = api.put("/rules/fresh", RULE)
    assert (again.status, again.document["version"]) == (201, 4)
    told = [one for one in announced(database, "rules") if one["names"] == ["fresh"]]
    assert len(told) == 4, "made, changed, removed and made again"


def test_a_change_over_http_is_the_change_of_a_file(database: Database) -> None:
    apply(database)
    with database.transaction() as connection:
        ended = open_alert(connection, "good", "AAPL", NOW)
        kept = open_alert(connection, "core", "KO", NOW)
        pending(connection, "good", "KO", NOW)
    with asking(database) as api:
        answer = api.put("/rules/good", {**RULE, "metric": "sentiment"}, tag(api))
    why = "Its rule was changed by lena and looks at something else now."
    assert answer.document["ended"] == [
        {"alert_id": ended, "rule": "good", "subject": "AAPL", "reason": why}
    ]
    with database.transaction() as connection:
        rows = connection.execute(sa.select(alerts).order_by(alerts.c.id)).all()
        assert [(one.id, one.resolved_at) for one in rows] == [(ended, NOW), (kept, None)]
        last = connection.execute(
            sa.select(alert_events.c.event, alert_events.c.reason)
            .where(alert_events.c.alert_id == ended)
            .order_by(alert_events.c.id.desc())
        ).first()
        assert last == ("resolved", why)
        assert connection.execute(sa.select(standings.c.subject)).scalars().all() == ["KO"]
    (told,) = announced(database, "alerts")
    assert [(one["id"], one["event"]) for one in told["alerts"]] == [(ended, "resolved")]
    stored = RuleStore(database).rules()
    assert [(one.rule.name, one.version) for one in stored] == [("good", 2), ("core", 1)]
    file = {**FILE, "rules": {**FILE["rules"], "good": {**RULE, "metric": "sentiment"}}}
    apply(database, file)
    assert [one.version for one in RuleStore(database).rules()] == [2, 1]


def test_an_edit_that_changes_nothing_is_no_change(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        before = len(announced(database, "rules"))
        same = api.put("/rules/good", FILE["rules"]["good"], tag(api))
    assert (same.status, same.document["version"]) == (200, 1)
    assert len(announced(database, "rules")) == before


def test_of_two_editors_at_once_one_wins_and_the_other_is_told(database: Database) -> None:
    apply(database)
    answers: list[Answer] = []
    with asking(database) as api:
        known = tag(api)

        def edit(above: float) -> None:
            answers.append(api.put("/rules/good", {**RULE, "above": above}, known))

        editors = [threading.Thread(target=edit, args=(0.7 + 0.01 * one,)) for one in range(6)]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join()
        [won] = [one for one in answers if one.status == 200]
        stale = [one for one in answers if one.status == 412]
        stored = api.get("/rules/good").document
    assert len(stale) == 5
    assert stale[0].detail.startswith("It was changed meanwhile; read it again")
    assert (stored["version"], stored["definition"]) == (2, won.document["definition"])


def test_who_does_not_say_what_he_changes_changes_nothing(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        answers = [
            api.put("/rules/good", RULE, {}),
            api.put("/rules/good", RULE, NEW),
            api.put("/rules/good", RULE, {"If-Match": '"7"'}),
            api.put("/rules/nope", RULE, {"If-Match": '"1"'}),
            api.put("/rules/nope", RULE, {}),
            api.delete("/rules/good"),
            api.delete("/rules/good", {"If-Match": '"2"'}),
            api.delete("/rules/nope", {"If-Match": "*"}),
        ]
        assert api.put("/rules/good", RULE, {"If-Match": '"1"'}).status == 200
    assert [one.status for one in answers] == [428, 412, 412, 404, 428, 428, 412, 404]
    assert answers[1].detail == "There is a rule good already; change it with If-Match."
    assert all(one.detail for one in answers)


def test_every_mistake_is_told_at_once(database: Database) -> None:
    apply(database)
    wrong = {
        "metric": "scor",
        "severity": "loud",
        "notify": ["ana", "ben by sms"],
        "for": "soon",
        "clera": 0.2,
    }
    with asking(database) as api:
        told = problem(api.put("/rules/bad", wrong))
        contradictory = api.put("/rules/bad", {**RULE, "clear": 0.7})
        nothing = api.put("/rules/bad", {"metric": None})
        assert api.get("/rules/bad").status == 404
    assert told["status"] == 422
    assert told["errors"] == [
        'Rule bad: "clera" is not a key; did you mean clear.',
        'Rule bad: metric can\'t be "scor"; did you mean score.',
        'Rule bad: for: "soon" is no span of time; write it like 45m, 2h or 1d 12h.',
        'Rule bad: severity can\'t be "loud"; there is info, warning, critical.',
        'Rule bad: notify names "ana", who is not there; did you mean anna.',
        "Rule bad: notify names ben by sms, but ben has only email; write sms = … under"
        " [people.ben].",
    ]
    assert contradictory.detail.startswith("Rule bad: clear = 0.7 contradicts above = 0.5:")
    assert "Rule bad: metric is missing" in problem(nothing)["detail"]


def test_what_is_no_name_is_refused(database: Database) -> None:
    with asking(database) as api:
        for name in ("a" * 300, "Crash", "%C3%BC", "a%00b", "-x"):
            for answer in (api.get(f"/rules/{name}"), api.put(f"/rules/{name}", RULE)):
                assert answer.status == 422, name
                assert answer.detail.startswith("The parameter name is wrong")


def test_what_is_shown_of_a_rule_is_never_stale(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        first = api.get("/rules/good").headers["etag"]
        assert api.get("/rules/good", **{"If-None-Match": first}).status == 304
        with database.transaction() as connection:
            open_alert(connection, "good", "AAPL", NOW)
        assert api.get("/rules/good", **{"If-None-Match": first}).document["firing"] == 1
        # It is still the same rule that is changed.
        assert api.put("/rules/good", RULE, {"If-Match": first}).status == 200


def test_a_database_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    away = connect(f"postgresql:///x?host={tmp_path}")
    with asking(away) as api:
        answers = [api.get("/rules"), api.put("/rules/good", RULE), api.post("/silences", SILENCE)]
    for answer in answers:
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"
        assert "can't be reached" in answer.detail
