"""How alerts leave: the mail server, the SMS vendor, and how messages are gathered."""

import ipaddress
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    SecretStr,
    model_validator,
)

from fintech_pipeline.settings.section import Key, Section, Url


class SmtpSettings(Section):
    """A mail server; the password is `"${SMTP_PASSWORD}"`, from the environment."""

    host: Annotated[str, Field(pattern=r"^[^\s/@:]+$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = Field(default=None, min_length=1, repr=False)
    sender: Annotated[str, Field(pattern=r"^[^\s<>\"]+@[^\s<>\"@]+$")]
    timeout_seconds: PositiveFloat = 20.0

    @model_validator(mode="after")
    def _login_is_whole(self) -> "SmtpSettings":
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together; set both or neither")
        if self.password is not None and self.security == "none" and not _is_here(self.host):
            raise ValueError(
                'security "none" would send the password in the clear; use "starttls" or "tls"'
            )
        return self


class TwilioSettings(Section):
    """The SMS vendor Twilio; the token is `"${TWILIO_AUTH_TOKEN}"`, from the environment."""

    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-f]{32}$")]
    auth_token: Key
    sender: Annotated[str, Field(pattern=r"^(\+[1-9]\d{6,14}|MG[0-9a-f]{32}|[A-Za-z0-9 ]{1,11})$")]
    base_url: Url = "https://api.twilio.com"
    usd_per_segment: Annotated[Decimal, Field(gt=0, decimal_places=4)] = Decimal("0.05")
    timeout_seconds: PositiveFloat = 20.0


class AlertSettings(Section):
    """Alerts: who is told by which rules stands in the database (`fintech alerts apply`).

    The first message waits `group_wait_seconds` for its siblings; the next one to the same contact
    `group_interval_seconds`, unless it is critical. What cannot be sent for `give_up_hours` has
    failed.
    """

    smtp: SmtpSettings | None = None
    twilio: TwilioSettings | None = None
    public_url: Annotated[str, Field(pattern=r"^https?://[^\s@?#]+[^\s@?#/]$")] | None = None
    group_wait_seconds: NonNegativeFloat = 2.0
    group_interval_seconds: NonNegativeInt = 300
    give_up_hours: PositiveFloat = 24.0

    @property
    def sms_status_url(self) -> str | None:
        """Where the SMS vendor reports what becomes of a message; None where it can't reach us.

        Twilio refuses a message whose report would go to no public address (its error 21609).
        """
        if self.public_url is None or not _is_public(self.public_url):
            return None
        return f"{self.public_url}/api/v1/sms/status"


def _is_public(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".internal", ".localhost"))


def _is_here(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}
