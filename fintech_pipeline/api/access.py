"""Who may do what: by the method and the path, and closed unless listed here."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr
from starlette.requests import HTTPConnection
from starlette.types import Scope

from fintech_pipeline.api.callers import Caller, Role
from fintech_pipeline.api.limits import Buckets, Limits
from fintech_pipeline.api.login import Login
from fintech_pipeline.api.origins import is_foreign, is_local, origin_of
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.sessions import Session, Sessions
from fintech_pipeline.api.tokens import Tokens, same
from fintech_pipeline.clock import Clock

SESSION = "/api/v1/session"
SMS_STATUS = "/api/v1/sms/status"
OPEN = {("POST", SESSION), ("DELETE", SESSION), ("POST", SMS_STATUS)}
"""What anybody may ask: to log in and out, and what proves by itself who sends it."""
SERVED = ("/api", "/metrics", "/healthz", "/readyz")
"""What routes answer, with all that is below; everything else that is read is the dashboard's."""
FORMS = {SMS_STATUS}
"""What takes a form in place of JSON, as its sender knows nothing else."""
LOOKING = {"GET", "HEAD"}
"""What changes nothing; a WebSocket too only looks."""
LOCALLY = Caller(Role.EDITOR, "local")
"""Whoever asks where no tokens are set: then nobody else reaches the server."""
FOREIGN = "A page of another site may not ask here."
NO_CSRF = "Send the session's csrf_token as X-CSRF-Token; GET /api/v1/session tells it."
VIEWER = "A viewer may only look; log in with the editor's token to change things."
SAID_NAME = "x-forwarded-user"
"""Who is behind a bearer's token, as an authenticating proxy says it."""
MOST_LETTERS = 40
"""Of a name."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that may pass.

    Attributes:
        caller: Who asks; None of what anybody may ask.
        seconds_left: How long he may; None for ever.
    """

    caller: Caller | None
    seconds_left: float | None = None


class Access(Protocol):
    """Decides who may do what."""

    @property
    def https(self) -> bool:
        """Whether people reach the server encrypted only."""
        ...

    def admit(self, scope: Scope, address: str) -> Admitted:
        """Lets a request pass, HTTP's or a WebSocket's, before any of its body is read.

        Args:
            scope: ASGI's.
            address: Where it comes from.

        Raises:
            Refusal: It may not.
        """
        ...

    def takes_form(self, path: str) -> bool:
        """Whether the body sent to the path is a form in place of JSON."""
        ...


@dataclass(frozen=True, slots=True)
class TokenAccess:
    """All is open to who knows the one token.

    Attributes:
        token: None where only this machine can ask.
    """

    token: SecretStr | None
    https: bool = False

    def admit(self, scope: Scope, address: str) -> Admitted:  # noqa: ARG002  # as Access has it
        """Lets a request pass.

        Raises:
            Refusal: It is from somebody unknown.
        """
        headers = HTTPConnection(scope).headers
        if self.token is None:
            _require_local(headers.get("host", ""))
            return Admitted(LOCALLY)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if not same(given.strip(), self.token) or scheme.lower() != "bearer":
            raise Refusal(401, "The token is missing or wrong: Authorization: Bearer TOKEN.")
        return Admitted(Caller(Role.EDITOR, Role.EDITOR.value))

    def takes_form(self, path: str) -> bool:  # noqa: ARG002  # as Access has it
        """None does."""
        return False


@dataclass(frozen=True, slots=True)
class ApiAccess:
    """A viewer may look and an editor change things; without tokens this machine may do both.

    Attributes:
        login: Knows tokens and sessions; None where no tokens are set.
        public_origin: Where people reach us, like https://watch.example.com; None if not told.
    """

    login: Login | None
    public_origin: str | None

    @property
    def https(self) -> bool:
        """Whether people reach the server encrypted only."""
        return (self.public_origin or "").startswith("https:")

    def admit(self, scope: Scope, address: str) -> Admitted:
        """Lets a request pass.

        Raises:
            Refusal: 401 from somebody unknown, 403 from who may not, 421 by a name of others.
        """
        asked = HTTPConnection(scope)
        method, path = scope.get("method", "GET"), scope["path"]
        if self.login is None:
            _require_local(asked.headers.get("host", ""))
            self._require_own(asked)
            return Admitted(LOCALLY)
        if (method, path) in OPEN or is_page(scope):
            self._require_own(asked)
            return Admitted(None)
        caller, left = self._known(asked, self.login, address, changing=method not in LOOKING)
        if method not in LOOKING and caller.role is not Role.EDITOR:
            raise Refusal(403, VIEWER)
        return Admitted(caller, left)

    def _known(
        self, asked: HTTPConnection, login: Login, address: str, *, changing: bool
    ) -> tuple[Caller, float | None]:
        authorization = asked.headers.get("authorization")
        if authorization is not None:
            role = login.role_of(authorization, address)
            # A proxy may add the token to whatever a browser sends, a page of others' too.
            self._require_own(asked)
            return Caller(role, _name(asked.headers.get(SAID_NAME, ""), role)), None
        session = self.by_cookie(asked, login, changing=changing)
        return Caller(session.role, session.name), login.sessions.seconds_left(session)

    def by_cookie(self, asked: HTTPConnection, login: Login, *, changing: bool) -> Session:
        """The session of a browser.

        Args:
            asked: What it asked.
            login: Knows sessions.
            changing: Whether it wants to change something, which only a page of ours may.

        Raises:
            Refusal: 401 without a session, 403 from a page that is not ours.
        """
        session = login.session_in(asked.cookies)
        if session is None:
            raise login.unknown()
        self._require_own(asked)
        if changing:
            if "origin" not in asked.headers:
                raise Refusal(403, FOREIGN)
            if not login.sessions.knows_csrf(session, asked.headers.get("x-csrf-token", "")):
                raise Refusal(403, NO_CSRF)
        return session

    def takes_form(self, path: str) -> bool:
        """Whether the body sent to the path is a form."""
        return path in FORMS

    def _require_own(self, asked: HTTPConnection) -> None:
        if is_foreign(asked.headers, self.public_origin):
            raise Refusal(403, FOREIGN)


def is_page(scope: Scope) -> bool:
    """Whether it asks for a page or a file of the dashboard: one sees it before one logs in.

    Whatever is a page is answered of the dashboard's files alone, and reaches no route.

    Args:
        scope: ASGI's.
    """
    if scope["type"] != "http" or scope["method"] not in LOOKING:
        return False
    return not any(scope["path"] == one or scope["path"].startswith(f"{one}/") for one in SERVED)


def api_access(
    tokens: Tokens | None,
    *,
    session_hours: float,
    public_url: str | None,
    limits: Limits,
    clock: Clock,
    seconds: Callable[[], float] = time.monotonic,
) -> ApiAccess:
    """The API's access.

    Args:
        tokens: What clients know; None lets only this machine ask.
        session_hours: How long a login lasts.
        public_url: Where people reach us, as messages link to it.
        limits: How often one may try to log in.
        clock: The present.
        seconds: A clock that never goes back, in seconds.
    """
    origin = None if public_url is None else origin_of(public_url)
    if tokens is None:
        return ApiAccess(None, origin)
    own, most = limits.logins_per_minute, limits.all_logins_per_minute
    login = Login(
        tokens,
        Sessions(tokens.key(), session_hours, clock),
        https=(origin or "").startswith("https:"),
        tries=Buckets(own, seconds, at_once=own),
        all_tries=Buckets(most, seconds, at_once=most),
    )
    return ApiAccess(login, origin)


def _name(said: str, role: Role) -> str:
    name = "".join(letter for letter in said if letter.isprintable()).strip()
    return name[:MOST_LETTERS] or role.value


def _require_local(host: str) -> None:
    # A page on the internet may give its own name this machine's address.
    if not is_local(host):
        raise Refusal(421, "Without a token it is asked as localhost only.")
