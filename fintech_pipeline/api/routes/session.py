"""The session: a login without which nobody asks, where tokens are set."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from fintech_pipeline.api.access import LOCALLY, MOST_LETTERS, SESSION, ApiAccess
from fintech_pipeline.api.callers import By, Role
from fintech_pipeline.api.login import Login
from fintech_pipeline.api.problems import Refusal
from fintech_pipeline.api.sessions import Session

router = APIRouter(tags=["session"])
NO_STORE = {"Cache-Control": "no-store"}


def _access(request: Request) -> ApiAccess:
    access: ApiAccess = request.app.state.access
    return access


Entrance = Annotated[ApiAccess, Depends(_access)]


def _said(name: str) -> str:
    if not name.strip().isprintable():
        raise ValueError("it has letters that cannot be printed")
    return name.strip()


class Entry(BaseModel):
    """A token, and who comes with it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"token": "the-token-of-an-editor", "name": "Ada"}]},
    )

    token: Annotated[SecretStr, Field(min_length=1, max_length=500)] = Field(
        description="The viewer's or the editor's."
    )
    name: Annotated[str, Field(max_length=MOST_LETTERS), AfterValidator(_said)] | None = Field(
        default=None, description="Who you are; it stands beside what you change."
    )


class SessionShown(BaseModel):
    """Who asks, and how long without logging in again."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "role": "editor",
                    "name": "Ada",
                    "login": "cookie",
                    "expires_at": "2026-03-03T03:10:00Z",
                    "csrf_token": "5f0c…",
                }
            ]
        },
    )

    role: Role = Field(description="A viewer may look, an editor change things.")
    name: str = Field(description="What stands beside changes.")
    login: Literal["none", "bearer", "cookie"] = Field(
        description="How it is known: by nothing, as only this machine can ask; by a token; or by"
        " the cookie of a session."
    )
    expires_at: datetime | None = Field(description="When the session ends (UTC); null if never.")
    csrf_token: str | None = Field(
        description="To be sent as X-CSRF-Token with every change; null without a cookie."
    )


NOBODY = SessionShown(
    role=LOCALLY.role, name=LOCALLY.name, login="none", expires_at=None, csrf_token=None
)


@router.get("/session")
async def read_session(
    request: Request, response: Response, by: By, entrance: Entrance
) -> SessionShown:
    """Tell who asks, how it is known and until when."""
    response.headers.update(NO_STORE)
    login = entrance.login
    if login is None:
        return NOBODY
    if "authorization" in request.headers:
        return SessionShown(
            role=by.role, name=by.name, login="bearer", expires_at=None, csrf_token=None
        )
    session = login.session_in(request.cookies)
    if session is None:
        raise login.unknown()
    return _shown(login, session)


@router.post("/session", status_code=201)
async def begin_session(
    entry: Entry, request: Request, response: Response, entrance: Entrance
) -> SessionShown:
    """Log in: exchange a token for a cookie, of which scripts see nothing."""
    response.headers.update({**NO_STORE, "Location": SESSION})
    login = entrance.login
    if login is None:
        return NOBODY
    token = entry.token.get_secret_value()
    session = login.begun(token, entry.name, request.state.address)
    response.headers["Set-Cookie"] = login.kept(session, https=request.url.scheme == "https")
    return _shown(login, session)


@router.delete("/session", status_code=204)
async def end_session(request: Request, response: Response, entrance: Entrance) -> None:
    """Log out; who is logged in sends X-CSRF-Token, as with any change."""
    login = entrance.login
    if login is None:
        return
    response.headers["Set-Cookie"] = login.forgotten()
    try:
        known = login.session_in(request.cookies)
    except Refusal:
        return  # it has ended already
    if known is not None:
        entrance.by_cookie(request, login, changing=True)


def _shown(login: Login, session: Session) -> SessionShown:
    return SessionShown(
        role=session.role,
        name=session.name,
        login="cookie",
        expires_at=session.expires_at,
        csrf_token=login.sessions.csrf_token(session),
    )
