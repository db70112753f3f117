"""The stand-in of Twilio speaks as Twilio's own OpenAPI document says."""

import gzip
import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests

from fintech_pipeline.alerts.channels.sms.statuses import Sms, receipt
from tests.vendors.sms_asking import NUMBER, OTHER, accepted, channel, message
from tests.vendors.twilio_standin import (
    ACCOUNT,
    MESSAGES,
    SERVICE,
    TOKEN,
    TwilioStandIn,
)

LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
REFUSAL = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "properties": {"code": {"type": "integer"}, "status": {"type": "integer"}},
}
"""Errors are in Twilio's documentation alone: twilio.com/docs/usage/twilios-response."""


@pytest.fixture(scope="module")
def document(shared_data: Path) -> dict[str, Any]:
    packed = shared_data / "specs" / "twilio_api_v2010.json.gz"
    tree: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return tree


def checker(document: dict[str, Any], schema: Any) -> Any:
    """Holds a document against a schema of OpenAPI 3.0, no field beside it allowed."""
    root = {"components": _strict(document["components"]), **_strict(schema)}
    return jsonschema.Draft202012Validator(root, format_checker=_formats())


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    strict = {name: _strict(value) for name, value in node.items()}
    if strict.get("type") == "object" and "properties" in strict:
        strict["additionalProperties"] = False
    if strict.pop("nullable", False) and isinstance(strict.get("type"), str):
        strict["type"] = [strict["type"], "null"]
    return strict


def _formats() -> jsonschema.FormatChecker:
    formats = jsonschema.FormatChecker(formats=())
    formats.checks("date-time-rfc-2822", raises=ValueError)(_is_date)
    formats.checks("currency")(lambda told: told is None or bool(re.fullmatch("[A-Z]{3}", told)))
    phone = re.compile(r"\+[1-9]\d{1,14}")
    formats.checks("phone-number")(lambda told: told is None or bool(phone.fullmatch(told)))
    formats.checks("uri")(lambda told: told is None or " " not in told)
    return formats


def _is_date(told: str | None) -> bool:
    return told is None or parsedate_to_datetime(told).tzinfo is not None


def test_every_answer_of_the_stand_in_is_as_twilio_publishes_it(
    document: dict[str, Any], twilio: TwilioStandIn
) -> None:
    twilio.page_most = 2
    ours = channel(twilio.url)
    first = accepted(ours, message(1)).vendor_id or ""
    for number in range(2, 6):
        accepted(ours, message(number))
    accepted(channel(twilio.url, sender=SERVICE), message(6))
    twilio.moves(first, "undelivered", 30003)
    assert ours.status(first).vendor_id == first
    assert ours.find(message(1).contact, 1, message().created_at) is not None
    assert ours.find(message(9).contact, 9, message().created_at) is None
    list(ours.send([message(1, number="+123")]))
    list(channel(twilio.url, account_sid="AC" + "f" * 32).send([message(1)]))
    schemas = {
        "POST": document["paths"][LIST]["post"]["responses"]["201"],
        "GET": document["paths"][ONE]["get"]["responses"]["200"],
        "LIST": document["paths"][LIST]["get"]["responses"]["200"],
    }
    checkers = {
        name: checker(document, one["content"]["application/json"]["schema"])
        for name, one in schemas.items()
    }
    kinds = []
    for method, status, tree in twilio.answers:
        kind = "LIST" if "messages" in tree else method
        kinds.append(f"{kind} {status}")
        judge = jsonschema.Draft202012Validator(REFUSAL) if status >= 400 else checkers[kind]
        judge.validate(tree)
    assert set(kinds) == {"POST 201", "GET 200", "LIST 200", "POST 400", "POST 401"}
    assert kinds.count("LIST 200") == 5  # one that finds at once, one of a page and of three


def test_the_check_would_notice_a_document_that_is_not_twilios(
    document: dict[str, Any], twilio: TwilioStandIn
) -> None:
    accepted(channel(twilio.url), message())
    judge = checker(document, {"$ref": "#/components/schemas/api.v2010.account.message"})
    good = twilio.answers[0][2]
    judge.validate(good)
    for wrong in (
        {"status": "on its way"},
        {"sid": "SM1"},
        {"num_segments": 1},
        {"date_created": "2026-11-27"},
        {"price_unit": "dollars"},
        {"to": NUMBER, "surprise": 1},
    ):
        with pytest.raises(jsonschema.ValidationError):
            judge.validate({**good, **wrong})


def test_what_we_ask_is_what_twilio_publishes(
    document: dict[str, Any], twilio: TwilioStandIn
) -> None:
    ours = channel(twilio.url, callback_url="https://watch.example/api/twilio")
    accepted(ours, message())
    accepted(channel(twilio.url, sender=SERVICE), message(8, OTHER))
    ours.find(message().contact, 9, message().created_at)
    content = document["paths"][LIST]["post"]["requestBody"]["content"]
    known = content["application/x-www-form-urlencoded"]["schema"]["properties"]
    for form in twilio.posted:
        assert form.keys() <= known.keys()
        assert 1 <= int(form.pop("ValidityPeriod")) <= 36_000
        checker(document, {"type": "object", "properties": known}).validate(form)
    questions = {one["name"] for one in document["paths"][LIST]["get"]["parameters"]}
    asked = [one.params for one in twilio.requests if one.head.startswith("GET")]
    assert asked
    assert all(params.keys() <= questions for params in asked)


def test_every_status_that_twilio_publishes_is_known_or_no_status_of_ours(
    document: dict[str, Any],
) -> None:
    published = document["components"]["schemas"]["message_enum_status"]["enum"]
    told = {one: receipt(Sms("SM", one), message().created_at).told for one in published}
    unknown = {one for one, sentence in told.items() if "not known here" in sentence}
    assert unknown == {"receiving", "received"}  # of messages that people send to us


def test_the_stand_in_wants_the_accounts_login(twilio: TwilioStandIn) -> None:
    asked = {
        login: requests.get(f"{twilio.url}{MESSAGES}.json", auth=login, timeout=5).status_code
        for login in ((ACCOUNT, TOKEN), (ACCOUNT, "wrong"), ("wrong", TOKEN))
    }
    assert list(asked.values()) == [200, 401, 401]
