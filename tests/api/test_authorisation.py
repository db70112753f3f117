"""Who may ask what: a line for every route there is, so that no new one is open by oversight."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest
from fastapi.routing import iter_route_contexts
from pydantic import SecretStr

from fintech_pipeline.api.access import FOREIGN, NO_CSRF, VIEWER
from fintech_pipeline.api.app import described_app
from fintech_pipeline.api.callers import Role
from fintech_pipeline.api.login import EXPIRED, FORGED, UNKNOWN, Login
from fintech_pipeline.api.sessions import Sessions
from fintech_pipeline.api.tokens import Tokens
from fintech_pipeline.storage.database import Database
from tests.api.asking import JSON, Answer, Client
from tests.api.living import NOW, access_by, serving_api

TOKENS = Tokens(SecretStr("what-a-viewer-knows"), SecretStr("what-an-editor-knows"))
PUBLIC = "http://watch.example"
LOOK, CHANGE, OPEN = "a viewer may", "an editor may", "anybody may"
PROBE = "whoever reaches it may, by whatever name"
ROUTES = {
    "GET /api/v1/openapi.json": LOOK,
    "GET /api/v1/session": LOOK,
    "POST /api/v1/session": OPEN,
    "DELETE /api/v1/session": OPEN,
    "GET /api/v1/overview": LOOK,
    "GET /api/v1/watchlist": LOOK,
    "GET /api/v1/watchlist/{symbol}": LOOK,
    "PUT /api/v1/watchlist/{symbol}": CHANGE,
    "DELETE /api/v1/watchlist/{symbol}": CHANGE,
    "GET /api/v1/instruments": LOOK,
    "GET /api/v1/instruments/{symbol}": LOOK,
    "GET /api/v1/instruments/{symbol}/actions": LOOK,
    "GET /api/v1/instruments/{symbol}/bars": LOOK,
    "GET /api/v1/signals": LOOK,
    "GET /api/v1/instruments/{symbol}/signals": LOOK,
    "GET /api/v1/instruments/{symbol}/signals/{slot_at}": LOOK,
    "GET /api/v1/instruments/{symbol}/sentiment": LOOK,
    "GET /api/v1/strategies": LOOK,
    "GET /api/v1/outcomes": LOOK,
    "GET /api/v1/backtests": LOOK,
    "GET /api/v1/backtests/{number}": LOOK,
    "GET /api/v1/forecasts/models": LOOK,
    "GET /api/v1/articles": LOOK,
    "GET /api/v1/articles/{article_id}": LOOK,
    "GET /api/v1/stories": LOOK,
    "GET /api/v1/stories/{story_id}": LOOK,
    "GET /api/v1/people": LOOK,
    "GET /api/v1/people/{name}": LOOK,
    "PUT /api/v1/people/{name}": CHANGE,
    "DELETE /api/v1/people/{name}": CHANGE,
    "POST /api/v1/people/{name}/contacts/{channel}/enable": CHANGE,
    "GET /api/v1/rules": LOOK,
    "GET /api/v1/rules/{name}": LOOK,
    "PUT /api/v1/rules/{name}": CHANGE,
    "DELETE /api/v1/rules/{name}": CHANGE,
    "POST /api/v1/trials": CHANGE,
    "GET /api/v1/alerts": LOOK,
    "GET /api/v1/alerts/{alert_id}": LOOK,
    "POST /api/v1/alerts/{alert_id}/acknowledgement": CHANGE,
    "GET /api/v1/silences": LOOK,
    "GET /api/v1/silences/{silence_id}": LOOK,
    "POST /api/v1/silences": CHANGE,
    "DELETE /api/v1/silences/{silence_id}": CHANGE,
    "GET /api/v1/deliveries": LOOK,
    "POST /api/v1/sms/status": OPEN,
    "GET /api/v1/quotas": LOOK,
    "GET /api/v1/costs": LOOK,
    "GET /api/v1/calls": LOOK,
    "POST /api/v1/analyze": CHANGE,
    "GET /api/v1/runs": LOOK,
    "GET /api/v1/runs/{run_id}": LOOK,
    "POST /api/v1/ticks": CHANGE,
    "POST /api/v1/backfills": CHANGE,
    "GET /api/v1/slots": LOOK,
    "GET /api/v1/slots/known": LOOK,
    "GET /api/v1/freshness": LOOK,
    "GET /api/v1/cluster": LOOK,
    "STREAM /api/v1/stream": LOOK,
    "GET /api/v1/stream": LOOK,
    "GET /healthz": PROBE,
    "GET /readyz": PROBE,
    "GET /metrics": LOOK,
}
"""Every route and who may ask it; a WebSocket's method is STREAM."""
ABSENT = {
    "GET /api/v1/nothing": LOOK,
    "POST /api/v1/nothing": CHANGE,
    "PUT /api/v1/instruments/{symbol}": CHANGE,
    "OPTIONS /api/v1/instruments/{symbol}": CHANGE,
    "GET /api": LOOK,
    "GET /healthz/": LOOK,
    "POST /": CHANGE,
    "STREAM /": LOOK,
    "POST /api/v1/session/": CHANGE,
    "POST /api/v1//session": CHANGE,
    "POST /API/v1/session": CHANGE,
}
"""What is no route: nobody unknown learns of that."""
PAGES = {
    "GET /": OPEN,
    "GET /symbols/AAPL": OPEN,
    "GET /assets/index-a1.js": OPEN,
    "GET /config.json": OPEN,
    "GET /API/v1/session": OPEN,
    "GET //api/v1/overview": OPEN,
    "GET /metricsx": OPEN,
}
"""The dashboard's, which reach no route: it is seen before one logs in."""
SENTENCES = {UNKNOWN, EXPIRED, FORGED, FOREIGN, NO_CSRF, VIEWER}
PASSES = 0
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


class Who(NamedTuple):
    """Somebody, and what he is told where a viewer and where an editor may, and on logging out."""

    headers: dict[str, str]
    looking: int
    changing: int
    leaving: int = PASSES


def _login() -> Login:
    login = access_by(TOKENS, public_url=PUBLIC).login
    assert login is not None
    return login


def _cookie(sessions: Sessions, role: Role, **others: str) -> dict[str, str]:
    session = sessions.begun(role, "Ada")
    held = {"Cookie": f"fintech-session={sessions.sealed(session)}", "Origin": PUBLIC}
    return {**held, "X-CSRF-Token": sessions.csrf_token(session), **others}


def _everybody() -> dict[str, Who]:
    ours = _login().sessions
    ended = Sessions(TOKENS.key(), 12, lambda: NOW - timedelta(hours=13))
    renewed = replace(TOKENS, viewer=SecretStr("what-a-viewer-knows-now"))
    before = Sessions(renewed.key(), 12, lambda: NOW)
    editor, another = _cookie(ours, Role.EDITOR), _cookie(ours, Role.EDITOR)
    said, seal = editor["Cookie"].rsplit(".", 1)
    altered = f"{said}.{'A' if seal[0] != 'A' else 'B'}{seal[1:]}"
    without_csrf = {name: editor[name] for name in ("Cookie", "Origin")}
    without_origin = {name: editor[name] for name in ("Cookie", "X-CSRF-Token")}
    foreign = {"Origin": "https://evil.example"}
    return {
        "nobody": Who({}, 401, 401),
        "a wrong token": Who({"Authorization": "Bearer what-nobody-knows"}, 401, 401),
        "a token of another scheme": Who({"Authorization": "Basic what-an-editor-knows"}, 401, 401),
        "a viewer": Who({"Authorization": "Bearer what-a-viewer-knows"}, PASSES, 403),
        "an editor": Who({"Authorization": "Bearer what-an-editor-knows"}, PASSES, PASSES),
        "a viewer's session": Who(_cookie(ours, Role.VIEWER), PASSES, 403),
        "an editor's session": Who(editor, PASSES, PASSES),
        "by our own address": Who(_cookie(ours, Role.EDITOR, Origin="OWN"), PASSES, PASSES),
        "without the CSRF token": Who(without_csrf, PASSES, 403, 403),
        "with another's CSRF token": Who(
            {**without_csrf, "X-CSRF-Token": another["X-CSRF-Token"]}, PASSES, 403, 403
        ),
        "without an origin": Who(without_origin, PASSES, 403, 403),
        "from another site": Who({**editor, **foreign}, 403, 403, 403),
        "from a page that hides its site": Who({**editor, "Origin": "null"}, 403, 403, 403),
        "embedded elsewhere": Who(
            {**without_origin, "Sec-Fetch-Site": "cross-site"}, 403, 403, 403
        ),
        "an ended session": Who(_cookie(ended, Role.EDITOR), 401, 401),
        "a session before new tokens": Who(_cookie(before, Role.EDITOR), 401, 401),
        "an altered session": Who({**editor, "Cookie": altered}, 401, 401),
        "no session at all": Who({**editor, "Cookie": "fintech-session=x"}, 401, 401),
    }


EVERYBODY = _everybody()


@pytest.fixture(scope="module")
def api(empty: Database) -> Iterator[Client]:
    with serving_api(empty, access=access_by(TOKENS, public_url=PUBLIC)) as client:
        yield client


def _asked(client: Client, route: str, headers: dict[str, str]) -> Answer:
    method, path = route.split(" ", 1)
    own = headers.get("Origin") == "OWN"
    sent = {**headers, "Origin": f"http://127.0.0.1:{client.port}"} if own else headers
    if method == "STREAM":
        return client.ask(method="GET", path=path, headers={**UPGRADE, **sent})
    body: object = {} if method in {"POST", "PUT", "PATCH"} else None
    return client.ask(
        body, method=method, path=re.sub(r"\{\w+(:\w+)?\}", "1", path), headers={**JSON, **sent}
    )


def _told(answer: Answer) -> int:
    """The guard's refusal, or that it let the request pass to a route or to nothing."""
    if answer.status in {401, 403} and answer.detail in SENTENCES:
        return answer.status
    assert answer.status != 500
    return PASSES


def test_every_route_has_a_line_in_the_table() -> None:
    app = described_app(access_by())
    found = {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in set(getattr(route, "methods", None) or {"STREAM"}) - {"HEAD"}
    }
    assert found == set(ROUTES)


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_is_told_what_the_table_says(api: Client, who: str) -> None:
    headers, looking, changing, _ = EVERYBODY[who]
    for route, may in {**ROUTES, **ABSENT}.items():
        if may in {OPEN, PROBE}:
            continue
        answer = _asked(api, route, headers)
        assert _told(answer) == (looking if may is LOOK else changing), route
        if answer.status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert ("set-cookie" in answer.headers) == ("Cookie" in headers)


@pytest.mark.parametrize("who", EVERYBODY)
def test_what_is_open_is_open_to_all_but_pages_of_other_sites(api: Client, who: str) -> None:
    told = EVERYBODY[who]
    for route in (route for route, may in {**ROUTES, **PAGES}.items() if may is OPEN):
        foreign = 403 if told.looking == 403 else PASSES
        expected = told.leaving if route == "DELETE /api/v1/session" else foreign
        assert _told(_asked(api, route, told.headers)) == expected, route


@pytest.mark.parametrize("who", EVERYBODY)
def test_probes_are_answered_to_anybody(api: Client, who: str) -> None:
    for route in (route for route, may in ROUTES.items() if may is PROBE):
        asked = {**EVERYBODY[who].headers, "Host": "10.0.0.7"}
        assert _told(_asked(api, route, asked)) == PASSES, route


def test_who_is_unknown_learns_nothing_of_what_there_is(api: Client) -> None:
    wrong = {"Authorization": "Bearer what-nobody-knows"}
    answers = [
        api.ask(method="GET", path=path, headers=headers)
        for path in ("/api/v1/instruments/AAPL", "/api/v1/nothing", "/api")
        for headers in (wrong, {}, {"Authorization": "Bearer "})
    ]
    told = {(one.status, one.body, tuple(sorted(_lasting(one).items()))) for one in answers}
    assert len(told) == 1


def _lasting(answer: Answer) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k not in {"x-request-id", "date"}}


def test_without_tokens_this_machine_may_everything_and_no_page_of_others(
    database: Database,
) -> None:
    with serving_api(database) as api:
        for route in (
            route for route, may in {**ROUTES, **ABSENT, **PAGES}.items() if may is not PROBE
        ):
            assert _told(_asked(api, route, {})) == PASSES, route
            assert _told(_asked(api, route, {"Origin": "OWN"})) == PASSES, route
            for foreign in ("http://evil.example", "null", f"http://localhost:{api.port + 1}"):
                assert _told(_asked(api, route, {"Origin": foreign})) == 403, route
            named = _asked(api, route, {"Host": "evil.example"})
            assert named.status == 421, route
