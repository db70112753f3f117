"""Whether Twilio's account may send, by its own resource: it costs nothing and sends nothing.

`GET /2010-04-01/Accounts/{Sid}.json` gives `status` (active, suspended, closed) and `type` (Trial,
Full), by Twilio's OpenAPI description; a refusal has one of the codes of twilio.com/docs/errors.
"""

import base64
import json
from typing import Any

from pydantic import SecretStr

from fintech_pipeline.errors import (
    DeliveryError,
    NoData,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Rejected,
    Retryable,
    Unauthorized,
)
from fintech_pipeline.quota.access import Access
from fintech_pipeline.quota.calls import Answer, Asks, Call

_INACTIVE = frozenset({20005, 20403})
"""Twilio's codes for an account that is not active."""
_TRIAL = (
    "a trial account, which reaches verified numbers alone and begins each SMS with a line of"
    " Twilio's"
)


def account_access(account_sid: str, auth_token: SecretStr, base_url: str) -> Access:
    """How the account shows itself to Twilio.

    Raises:
        ConfigurationError: The address or the token cannot be one.
    """
    login = f"{account_sid}:{auth_token.get_secret_value()}".encode()
    basic = f"Basic {base64.b64encode(login).decode()}"
    # The token is named as well: the answer holds it, and it is taken out of that.
    return Access("twilio", base_url, key=auth_token, headers={"Authorization": basic})


def check(asks: Asks, account_sid: str) -> str:
    """Asks for the account itself.

    Args:
        asks: Asks Twilio, with `account_access`, within the quota.
        account_sid: The account.

    Returns:
        What account it is, a phrase.

    Raises:
        Rejected: It would refuse every SMS until the settings or the account are mended.
        Retryable: Twilio cannot be reached, or answers nothing that can be read.
        QuotaExhausted: Nothing may be asked now.
        RateLimited: Twilio wants to be asked later.
        StorageError: The ledger is away; nothing was asked.
    """
    path = f"/2010-04-01/Accounts/{account_sid}.json"
    trouble: DeliveryError | None = None
    account: dict[str, Any] = {}
    try:
        account = _object(asks.ask(Call(path, {}, "account", waited_for=True), _refusal))
    except (QuotaExhausted, RateLimited):
        raise
    except ProviderError as error:
        trouble = _meaning(error)
    if trouble is not None:
        raise trouble
    status = account.get("status")
    if status in {"suspended", "closed"}:
        raise Rejected(f"Twilio's account is {status}; look into Twilio's Console.")
    if status != "active" or account.get("sid") != account_sid:
        raise Retryable("twilio sent no account; check alerts.twilio.base_url.")
    return "the account is active" + (f", {_TRIAL}" if account.get("type") == "Trial" else "")


def _refusal(answer: Answer) -> ProviderError | None:
    """What Twilio says by a code of its own."""
    if answer.status < 400:
        return None
    if _object(answer).get("code") in _INACTIVE:
        return Unauthorized("Twilio's account is not active; look into Twilio's Console.")
    if answer.status == 401:
        return Unauthorized(
            "Twilio refuses the login; check TWILIO_AUTH_TOKEN and alerts.twilio.account_sid."
        )
    if answer.status == 404:
        return NoData(
            "Twilio knows no such account at this address; check alerts.twilio.account_sid and"
            " base_url."
        )
    return None


def _meaning(error: ProviderError) -> DeliveryError:
    kind = Rejected if isinstance(error, Unauthorized | NoData) else Retryable
    return kind(str(error))


def _object(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; an empty one where it is none."""
    try:
        tree = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}
