"""Logs as a configuration wants them, without the secrets it knows."""

import sys

from fintech_pipeline.settings import Settings, secrets_known
from fintech_pipeline.telemetry.logs import log_to_stderr
from fintech_pipeline.telemetry.redaction import Redaction, redaction


def redaction_of(settings: Settings) -> Redaction:
    """What takes out every secret that this process knows."""
    return redaction(secrets_known(settings))


def log_as_configured(settings: Settings) -> None:
    """Has this process tell on stderr what it does, and what it dies of."""
    redacted = redaction_of(settings)
    log_to_stderr(settings.logs.format, redacted)
    shown = sys.excepthook

    def without_secrets(kind: type[BaseException], error: BaseException, trace: object) -> None:
        """The last words of a process go past its loggers."""
        import traceback

        if issubclass(kind, KeyboardInterrupt):
            shown(kind, error, trace)  # type: ignore[arg-type]  # as Python has it
            return
        sys.stderr.write(redacted("".join(traceback.format_exception(error))))

    sys.excepthook = without_secrets
