"""A stand-in of Twilio's Messages API, over HTTP: takes SMS, lists them, and can misbehave.

Its documents have the form of Twilio's published OpenAPI description, against which a test holds
every one of them; its refusals and its callbacks that of Twilio's documentation. It shares no code
with what it tests, the segments, marks and signatures included.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.vendors.standin import Does, Reply, Request, StandIn, as_json

ACCOUNT = "AC" + "0a" * 16
TOKEN = "7d5e0f1c9b8a4e63a1f2d3c4b5a69788"  # noqa: S105  # of these tests alone
SENDER = "+12125550100"
SERVICE = "MG" + "0b" * 16
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
Tree = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What becomes of one request, instead of an ordinary answer.

    Attributes:
        does: What the wire sees; None for the ordinary answer.
        takes: Whether a message is taken all the same.
        seconds: How long it thinks, once it has taken the message.
    """

    does: Does | None = None
    takes: bool = False
    seconds: float = 0.0


def refusal(status: int, code: int, message: str) -> Reply:
    """An error in Twilio's form."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return as_json({"code": code, "message": message, "more_info": more, "status": status}, status)


@dataclass
class TwilioStandIn(StandIn):
    """Answers as Twilio does.

    Attributes:
        clock: Its clock.
        numbers: What it says of a number: the code and text with which it refuses it.
        first_status: Of a message that it has just taken.
        page_most: How many messages a page holds at most.
        dates_at_once: Whether a message that waits already has a date on which it was sent.
        turns: What becomes of the next requests, in order; then all is ordinary.
        messages: What it took, the oldest first, by its number.
        answers: What it answered: the method, the status and the document.
    """

    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    numbers: dict[str, tuple[int, str]] = field(default_factory=dict)
    first_status: str = "queued"
    page_most: int = 1000
    dates_at_once: bool = False
    turns: list[Turn] = field(default_factory=list)
    messages: dict[str, Tree] = field(default_factory=dict)
    answers: list[tuple[str, int, Tree]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()

    @property
    def taken(self) -> Counter[tuple[str, str]]:
        """How many messages it took, by number and body."""
        return Counter((one["to"], one["body"]) for one in list(self.messages.values()))

    @property
    def posted(self) -> list[dict[str, str]]:
        """What each request for a new message asked."""
        return [_form(request) for request in self.requests if request.head.startswith("POST")]

    def moves(self, sid: str, status: str, error_code: int | None = None) -> Tree:
        """Moves a message on: handed over it has a date and a price."""
        with self._lock:
            message = self.messages[sid]
            message["status"], message["error_code"] = status, error_code
            message["error_message"] = None if error_code is None else "Twilio's own words"
            if status in {"sent", "delivered", "undelivered"}:
                message["date_sent"] = message["date_sent"] or self._date()
                price = 0.0079 * int(message["num_segments"] or 1)
                message["price"], message["price_unit"] = f"-{price:.5f}", "USD"
            return dict(message)

    def reports(self, sid: str, url: str, status: str | None = None) -> tuple[Tree, str]:
        """A callback about a message as it is posted: the form and the signature over it."""
        message = self.messages[sid]
        form = {
            "SmsSid": sid,
            "SmsStatus": status or message["status"],
            "MessageStatus": status or message["status"],
            "To": message["to"],
            "MessageSid": sid,
            "AccountSid": ACCOUNT,
            "From": SENDER,
            "ApiVersion": "2010-04-01",
        }
        if message["error_code"]:
            form["ErrorCode"] = str(message["error_code"])
        return form, signed(url, form)

    def reply(self, request: Request) -> Does:
        with self._lock:
            turn = self.turns.pop(0) if self.turns else None
            if turn is not None and not turn.takes and turn.does is not None:
                return turn.does
            answer = self._answer(request)
            method = request.head.partition(" ")[0]
            self.answers.append((method, answer.status, json.loads(answer.body)))
        if turn is None:
            return answer
        return turn.does or Reply(answer.body, answer.status, seconds=turn.seconds)

    def _answer(self, request: Request) -> Reply:
        method = request.head.partition(" ")[0]
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return refusal(401, 20003, "Authentication Error - invalid username")
        if request.path == f"{MESSAGES}.json":
            return self._create(_form(request)) if method == "POST" else self._list(request.params)
        sid = request.path.removeprefix(f"{MESSAGES}/").removesuffix(".json")
        if method == "GET" and sid in self.messages:
            return as_json(self.messages[sid])
        told = f"The requested resource {request.path} was not found"
        return refusal(404, 20404, told)

    def _create(self, form: Mapping[str, str]) -> Reply:
        to, body = form.get("To", ""), form.get("Body", "")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
            return refusal(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in self.numbers:
            return refusal(400, *self.numbers[to])
        if form.get("From") != SENDER and form.get("MessagingServiceSid") != SERVICE:
            return refusal(400, 21606, f"The 'From' phone number {form.get('From')} is not valid")
        if not body:
            return refusal(400, 21602, "Message body is required.")
        if len(body) > 1600:
            return refusal(400, 21617, "The concatenated message body exceeds the 1600 limit.")
        sid = f"SM{len(self.messages) + 1:032x}"
        self.messages[sid] = self._message(sid, form)
        return as_json(self.messages[sid], 201)

    def _message(self, sid: str, form: Mapping[str, str]) -> Tree:
        by_service = "MessagingServiceSid" in form
        return {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "date_created": self._date(),
            "date_sent": self._date() if self.dates_at_once else None,
            "date_updated": self._date(),
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": None if by_service else SENDER,
            "messaging_service_sid": SERVICE if by_service else None,
            "num_media": "0",
            # It has chosen no sender yet, and does not know.
            "num_segments": "0" if by_service else str(_segments(form["Body"])),
            "price": None,
            "price_unit": "USD",
            "sid": sid,
            "status": "accepted" if by_service else self.first_status,
            "subresource_uris": {"media": f"{MESSAGES}/{sid}/Media.json"},
            "to": form["To"],
            "uri": f"{MESSAGES}/{sid}.json",
        }

    def _list(self, params: Mapping[str, str]) -> Reply:
        """Sorted by the date on which they were sent, the newest first; those without one last."""
        found = [one for one in self.messages.values() if one["to"] == params.get("To", one["to"])]
        if "DateSent>" in params:
            since = datetime.fromisoformat(params["DateSent>"])
            found = [one for one in found if _sent_at(one) >= since]
        found.sort(key=lambda one: (_sent_at(one), one["sid"]), reverse=True)
        size = min(int(params.get("PageSize", 50)), self.page_most)
        page = int(params.get("Page", 0))
        start, shown = page * size, found[page * size :][:size]

        def uri(number: int) -> str:
            asked = {**params, "PageSize": str(size), "Page": str(number)}
            if number and shown:
                asked["PageToken"] = f"PA{shown[-1]['sid']}"
            return f"{MESSAGES}.json?{urlencode(asked)}"

        return as_json(
            {
                "end": start + max(len(shown) - 1, 0),
                "first_page_uri": uri(0),
                "messages": shown,
                "next_page_uri": uri(page + 1) if len(found) > start + size else None,
                "page": page,
                "page_size": size,
                "previous_page_uri": uri(page - 1) if page else None,
                "start": start,
                "uri": uri(page),
            }
        )

    def _date(self) -> str:
        return format_datetime(self.clock())


def signed(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """X-Twilio-Signature: HMAC-SHA1 of the address and the sorted form, by Twilio's document."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), told.encode(), hashlib.sha1).digest()).decode()


def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode(), keep_blank_values=True))


def _segments(body: str) -> int:
    """Of a body whose characters are one septet each."""
    return 1 if len(body) <= 160 else -(-len(body) // 153)


def _sent_at(message: Tree) -> datetime:
    if message["date_sent"] is None:
        return datetime.min.replace(tzinfo=UTC)
    return parsedate_to_datetime(message["date_sent"])
