"""The ways by which alerts leave: the mail server and Twilio, where they are configured."""

from collections.abc import Callable, Iterator

from fintech_pipeline.alerts.channels.email import checking as mail
from fintech_pipeline.alerts.channels.sms import checking as sms
from fintech_pipeline.cli.doctor.findings import Finding, State
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import PipelineError, QuotaExhausted, RateLimited
from fintech_pipeline.quota.caller import Caller
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import Settings
from fintech_pipeline.settings.alerts import TwilioSettings

NOT_ASKED = "not asked, as you wish"


def mail_server(settings: Settings, asking: bool | None) -> Iterator[Finding]:
    """Whether the mail server would take a message; no message is sent.

    Args:
        settings: Nothing is found where they name no mail server.
        asking: False asks nobody.
    """
    smtp = settings.alerts.smtp
    if smtp is not None:
        yield _found("alerts.smtp", asking, lambda: mail.check(smtp))


def twilio(
    settings: Settings, asking: bool | None, ledger: Ledger, clock: Clock
) -> Iterator[Finding]:
    """Whether Twilio's account may send; no SMS is sent, and the question stands in the ledger.

    Args:
        settings: Nothing is found where they name no account.
        asking: False asks nobody.
        ledger: What grants the question.
        clock: The present.
    """
    own = settings.alerts.twilio
    if own is not None:
        yield _found("alerts.twilio", asking, lambda: _account(settings, own, ledger, clock))


def _account(settings: Settings, own: TwilioSettings, ledger: Ledger, clock: Clock) -> str:
    access = sms.account_access(own.account_sid, own.auth_token, own.base_url)
    asks = Caller(access, settings.allowance("twilio"), ledger, clock=clock)
    return sms.check(asks, own.account_sid)


def _found(what: str, asking: bool | None, look: Callable[[], str]) -> Finding:
    if asking is False:
        return Finding(what, State.WAITS, f"{NOT_ASKED}.")
    try:
        return Finding(what, State.OK, f"{look()}.")
    except (QuotaExhausted, RateLimited) as error:
        return Finding(what, State.WAITS, str(error))
    except PipelineError as error:
        return Finding(what, State.FAIL, str(error))
