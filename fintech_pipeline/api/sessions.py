"""Sessions: what a browser holds in place of a token, signed and with an end."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from fintech_pipeline.api.callers import Role
from fintech_pipeline.clock import Clock


@dataclass(frozen=True, slots=True)
class Session:
    """A login.

    Attributes:
        session_id: Random; what its CSRF token is made of.
        role: What it may.
        name: Who logged in, as he says.
        expires_at: Its end (UTC), a whole second.
    """

    session_id: str
    role: Role
    name: str
    expires_at: datetime


class SessionExpired(Exception):
    """It was one, until its end."""


class SessionForged(Exception):
    """It is none that this key signed."""


class Sessions:
    """Signs sessions and knows them again; nothing is stored, so all pods know them.

    Args:
        key: What signs.
        hours: How long one lasts.
        clock: The present.
    """

    def __init__(self, key: bytes, hours: float, clock: Clock) -> None:
        self._key, self._clock = key, clock
        self._lasts = timedelta(hours=hours)
        self._signed = URLSafeSerializer(
            key,
            salt="fintech session",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def begun(self, role: Role, name: str) -> Session:
        """A session that begins now."""
        ends_at = (self._clock() + self._lasts).replace(microsecond=0)
        return Session(secrets.token_urlsafe(18), role, name, ends_at)

    def sealed(self, session: Session) -> str:
        """What the cookie holds."""
        ends = int(session.expires_at.timestamp())
        return str(self._signed.dumps([session.session_id, session.role.value, session.name, ends]))

    def opened(self, sealed: str) -> Session:
        """The session of a cookie.

        Raises:
            SessionForged: It is none of ours, or of other tokens.
            SessionExpired: It has ended.
        """
        try:
            session_id, role, name, ends = self._signed.loads(sealed)
        except BadData:
            raise SessionForged from None
        session = Session(session_id, Role(role), name, datetime.fromtimestamp(ends, UTC))
        if self.seconds_left(session) <= 0:
            raise SessionExpired
        return session

    def seconds_left(self, session: Session) -> float:
        """How long it still lasts."""
        return (session.expires_at - self._clock()).total_seconds()

    def csrf_token(self, session: Session) -> str:
        """What a page of ours sends with every change, and a page of others cannot know."""
        return hmac.new(self._key, b"csrf " + session.session_id.encode(), "sha256").hexdigest()

    def knows_csrf(self, session: Session, given: str) -> bool:
        """Whether the token is that of the session."""
        return hmac.compare_digest(given.encode(), self.csrf_token(session).encode())
