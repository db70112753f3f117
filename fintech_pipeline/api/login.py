"""Logging in: a token for a session, so often and no more often."""

from collections.abc import Mapping
from dataclasses import dataclass

from fintech_pipeline.api.callers import Role
from fintech_pipeline.api.limits import Buckets
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.sessions import Session, SessionExpired, SessionForged, Sessions
from fintech_pipeline.api.tokens import Tokens

UNKNOWN = "The token is missing or wrong: log in, or send Authorization: Bearer TOKEN."
EXPIRED = "The session has expired; log in again."
FORGED = "The session is not known here; log in again."
TOO_MANY = "Too many wrong tokens came from this address; wait before the next."
ALL_TOO_MANY = "Too many try to log in just now; wait a moment."
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Login:
    """Knows tokens and sessions.

    Attributes:
        tokens: What clients know.
        sessions: What browsers hold.
        https: Whether people reach us encrypted only.
        tries: How often an address may come with a token that may be wrong.
        all_tries: How often all may who want to log in.
    """

    tokens: Tokens
    sessions: Sessions
    https: bool
    tries: Buckets
    all_tries: Buckets

    @property
    def cookie(self) -> str:
        """The cookie's name; browsers let nobody else's server set one with this prefix."""
        return "__Host-fintech-session" if self.https else "fintech-session"

    def begun(self, token: str, name: str | None, address: str) -> Session:
        """A session for a token.

        Args:
            token: What the person typed.
            name: Who it is, as it shall stand beside changes; None for the role.
            address: Where the request comes from.

        Raises:
            Refusal: The token is wrong (401), or too many were tried (429).
        """
        self._wait(self.tries.wait_seconds(address), TOO_MANY)
        self._wait(self.all_tries.wait_seconds(EVERYBODY), ALL_TOO_MANY)
        role = self.tokens.role_of(token)
        if role is None:
            raise Refusal(401, "The token is wrong.")
        return self.sessions.begun(role, name or role.value)

    def role_of(self, authorization: str, address: str) -> Role:
        """What the header Authorization allows.

        Args:
            authorization: As it was sent.
            address: Where the request comes from.

        Raises:
            Refusal: The token is wrong (401), or too many were tried (429).
        """
        # Before the comparison, as else nothing would keep anybody from guessing on.
        self._wait(self.tries.wait_seconds(address, take=False), TOO_MANY)
        scheme, _, token = authorization.partition(" ")
        role = self.tokens.role_of(token.strip())
        if role is None or scheme.lower() != "bearer":
            self.tries.wait_seconds(address)
            raise self.unknown()
        return role

    def session_in(self, cookies: Mapping[str, str]) -> Session | None:
        """The session that the browser holds; None where it holds none.

        Raises:
            Refusal: It has ended, or was never one (401); the answer takes the cookie away.
        """
        sealed = cookies.get(self.cookie)
        if sealed is None:
            return None
        try:
            return self.sessions.opened(sealed)
        except SessionExpired:
            raise self.unknown(EXPIRED, forget=True) from None
        except SessionForged:
            raise self.unknown(FORGED, forget=True) from None

    def unknown(self, why: str = UNKNOWN, *, forget: bool = False) -> Refusal:
        """The refusal of somebody who is not known.

        Args:
            why: The sentence for the person.
            forget: Whether the browser shall forget its cookie.
        """
        headers = {"WWW-Authenticate": "Bearer"}
        if forget:
            headers["Set-Cookie"] = self.forgotten()
        return Refusal(401, why, headers=headers)

    def kept(self, session: Session, *, https: bool) -> str:
        """The header Set-Cookie that has a browser keep the session.

        Args:
            session: A login.
            https: Whether this request came encrypted.
        """
        lasts = max(0, int(self.sessions.seconds_left(session)))
        return self._cookie(self.sessions.sealed(session), lasts, secure=https)

    def forgotten(self) -> str:
        """The header Set-Cookie that has a browser forget its session."""
        return self._cookie("", 0)

    def _cookie(self, value: str, seconds: int, *, secure: bool = False) -> str:
        told = f"{self.cookie}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict"
        return told + "; Secure" if secure or self.https else told

    @staticmethod
    def _wait(seconds: float, why: str) -> None:
        if seconds:
            raise Refusal(429, why, seconds)
