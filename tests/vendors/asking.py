"""Asking a stand-in over true HTTP, as the caller does, without its quota and repetitions."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from fintech_pipeline.errors import Unavailable
from fintech_pipeline.quota.caller import status_refusal
from fintech_pipeline.quota.calls import Answer, Call, Refusal


@dataclass
class Asking:
    """Makes the calls to one address and remembers them.

    Attributes:
        base_url: Where the stand-in listens.
        headers: What every call carries: the key, the User-Agent.
        key: Parameters that every call carries.
        timeout_seconds: How long an answer may take.
        calls: What was asked, in order.
    """

    base_url: str
    headers: dict[str, str] = field(default_factory=dict)
    key: dict[str, str] = field(default_factory=dict)
    timeout_seconds: float = 10.0
    calls: list[Call] = field(default_factory=list)

    def ask(self, call: Call, refusal: Refusal) -> Answer:
        self.calls.append(call)
        try:
            response = requests.get(
                self.base_url + call.path,
                params={**call.params, **self.key},
                headers=self.headers,
                timeout=self.timeout_seconds,
                allow_redirects=False,
            )
        except requests.RequestException:
            raise Unavailable(f"{self.base_url} cannot be reached.") from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, headers, response.content)
        error = refusal(answer) or status_refusal("vendor", call, answer.status, None)
        if error is not None:
            raise error
        return answer


def at(text: str) -> datetime:
    """`2026-11-24 14:30` as an instant, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
