"""One HTTP exchange with a vendor: the answer, or what went wrong as an error that is not raised.

A foreign exception holds the address and with it the key; so do its request, its context and the
frames of its traceback. It is therefore dropped here whole: what this module returns is raised
elsewhere, with neither a cause nor a context.
"""

import logging
import os
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.client import IncompleteRead
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
import urllib3

from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import Malformed, ProviderError, Unavailable
from fintech_pipeline.quota.access import Access
from fintech_pipeline.quota.calls import Answer, Call, Usage

PIECE_BYTES = 64 * 1024
TALKATIVE = [
    f"urllib3.{module}"
    for module in ("connection", "connectionpool", "poolmanager", "response", "util.retry")
]
"""Loggers that tell whole addresses: each call's at DEBUG, one with odd headers as a warning."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an exchange may take.

    Attributes:
        connect_seconds: Until the connection stands.
        silence_seconds: Between two bytes of the answer.
        total_seconds: For all of the answer's body.
        body_bytes: Of the answer, unpacked.
    """

    connect_seconds: float = 5.0
    silence_seconds: float = 20.0
    total_seconds: float = 60.0
    body_bytes: int = 10_000_000


@dataclass(frozen=True, slots=True)
class Broken:
    """An exchange without a usable answer.

    Attributes:
        error: What to raise.
        made: Whether the vendor may have seen the call; False only where it certainly has not.
        usage: What it used, where the vendor sells by use; None where that is not known.
    """

    error: ProviderError
    made: bool = True
    usage: Usage | None = None


def new_session() -> requests.Session:
    """Connections that keep no cookies, try nothing again and log no query."""
    for name in TALKATIVE:
        logging.getLogger(name).addFilter(_without_query)  # a second time it adds nothing
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "fintech-pipeline"
    return session


def exchange(
    session: requests.Session, access: Access, call: Call, limits: Limits, clock: Clock
) -> Answer | Broken:
    """Makes the call once. Redirects are not followed: they could carry the key anywhere."""
    try:
        with session.get(
            access.base_url.rstrip("/") + call.path,
            params={**call.params, **access.params()},
            headers=access.all_headers(),
            timeout=(limits.connect_seconds, limits.silence_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.is_redirect:
                return Broken(_redirect(access, response.headers["Location"]))
            body = b"".join(pieces(response, limits, clock))
            headers = {name.lower(): value for name, value in response.headers.items()}
            status = response.status_code
    except TooMuch as error:
        return Broken(Malformed(f"{access.provider} sent an answer {error}; it was not read."))
    except TooSlow as error:
        return Broken(Unavailable(f"{access.provider} was still answering after {error}."))
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        return _broken(access, error)
    shown = {name: _redacted(access, value) for name, value in headers.items()}
    return Answer(status, shown, access.redacted(body))


class TooMuch(Exception):
    """The answer is larger than anybody needs."""


class TooSlow(Exception):
    """The answer drips."""


def pieces(response: requests.Response, limits: Limits, clock: Clock) -> Iterator[bytes]:
    """The body, unpacked, as it comes: `read1` gives what is there, so that a drip is noticed.

    Raises:
        TooMuch: It is larger than anybody needs.
        TooSlow: It drips.
    """
    deadline = clock() + timedelta(seconds=limits.total_seconds)
    size = 0
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
        size += len(piece)
        if size > limits.body_bytes:
            raise TooMuch(f"of more than {limits.body_bytes / 1e6:g} MB")
        if clock() > deadline:
            raise TooSlow(f"{limits.total_seconds:g} s")
        yield piece


def _redirect(access: Access, location: str) -> Malformed:
    try:
        to = urlsplit(location)
        place = f"{to.scheme}://{to.hostname}{to.path}" if to.hostname else to.path
    except ValueError:
        place = "no address"
    return Malformed(
        f"{access.provider} redirects to {_redacted(access, place)}, which is not followed; its "
        "address may have changed."
    )


def meaning(host: str, error: Exception) -> tuple[str, bool]:
    """What an error of the network means; its own text is never passed on.

    Args:
        host: Who was asked.
        error: What `requests` or `urllib3` raised.

    Returns:
        What happened, a clause; and whether the vendor may have seen the call.
    """
    told, made = _meaning(host, _reason(error))
    if isinstance(error, requests.exceptions.ProxyError):
        told = f"the proxy on the way to {host} failed"
    return told, made


def _broken(access: Access, error: Exception) -> Broken:
    """What a foreign error means."""
    told, made = meaning(access.host, error)
    kept = "" if made else "; nothing was asked"
    return Broken(Unavailable(f"{access.provider} gave no answer: {told}{kept}."), made)


def _meaning(host: str, reason: BaseException) -> tuple[str, bool]:
    """What happened, and whether the vendor may have seen the call."""
    certificate = _certificate(reason)
    if certificate is not None:
        return f"the certificate of {host} is not to be trusted ({certificate})", False
    never = _never_sent(host, reason)
    return (_while_answering(host, reason), True) if never is None else (never, False)


def _never_sent(host: str, reason: BaseException) -> str | None:
    """What kept the connection from standing; None where it may have stood."""
    match reason:
        case urllib3.exceptions.NameResolutionError():
            return f"the name {host} is not known here"
        case urllib3.exceptions.NewConnectionError():
            return f"{host} can't be reached ({_system_word(reason)})"
        case urllib3.exceptions.ConnectTimeoutError():
            return f"{host} took no connection in time"
        case _:
            return None


def _while_answering(host: str, reason: BaseException) -> str:
    match reason:
        case urllib3.exceptions.ReadTimeoutError() | TimeoutError():
            return f"{host} fell silent"
        case urllib3.exceptions.SSLError() | ssl.SSLError():
            return f"the encrypted connection to {host} failed"
        case _ if any(isinstance(part, IncompleteRead) for part in (reason, *reason.args)):
            return f"{host} broke off in the middle of its answer"
        case urllib3.exceptions.DecodeError():
            return f"the answer of {host} can't be unpacked"
        case _:
            return f"{host} ended the connection before its answer was whole"


def _reason(error: BaseException) -> BaseException:
    """The innermost of the errors that `requests` and `urllib3` have wrapped each other in."""
    inner = getattr(error, "reason", None) or next(iter(error.args), None)
    wrapped = isinstance(error, (requests.RequestException, urllib3.exceptions.MaxRetryError))
    return _reason(inner) if wrapped and isinstance(inner, Exception) else error


def _certificate(reason: BaseException) -> str | None:
    """Why a certificate was refused: before anything was sent."""
    for error in (reason, *reason.args):
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
    return None


def _system_word(error: BaseException) -> str:
    number = getattr(error.__cause__, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) and number > 0 else "no route"


def _redacted(access: Access, text: str) -> str:
    return access.redacted(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _without_query(record: logging.LogRecord) -> bool:
    """Cuts out of a record the queries of its addresses, and the texts of its errors."""
    record.exc_info = None
    if isinstance(record.args, tuple):
        record.args = tuple(_harmless(part) for part in record.args)
    return True


def _harmless(part: object) -> object:
    if isinstance(part, Exception):
        return type(part).__name__
    return re.sub(r"\?\S*", "?…", part) if isinstance(part, str) else part
