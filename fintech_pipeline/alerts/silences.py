"""Silences: what nobody is told of for a while. Pure."""

from dataclasses import dataclass
from datetime import datetime

from fintech_pipeline.alerts.rules import Severity


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts that are not told while it lasts; what is left empty matches everything.

    Attributes:
        silence_id: Its number.
        author: Who made it.
        comment: Why.
        starts_at: Its first moment (UTC).
        ends_at: The first moment after it (UTC); None until somebody ends it, or, where there is
            an `alert_id`, until that alert has ended.
        rule: The rule's name.
        subject: The symbol, or the part of the pipeline, or the provider.
        tag: A tag that the symbol carries.
        severity: How much the rule matters.
        alert_id: The one alert that is meant, and no later one of its rule.
    """

    silence_id: int
    author: str
    comment: str
    starts_at: datetime
    ends_at: datetime | None = None
    rule: str | None = None
    subject: str | None = None
    tag: str | None = None
    severity: Severity | None = None
    alert_id: int | None = None

    def lasts_at(self, instant: datetime) -> bool:
        """Whether it has begun and not ended."""
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)

    def covers(
        self,
        *,
        rule: str,
        subject: str,
        tags: frozenset[str],
        severity: Severity,
        alert_id: int | None,
        at: datetime,
    ) -> bool:
        """Whether an alert is silenced.

        Args:
            rule: The name of its rule.
            subject: Its subject.
            tags: The subject's.
            severity: Its rule's.
            alert_id: Its number; None where there is no alert, as for a lack of data.
            at: The present (UTC).
        """
        return self.lasts_at(at) and all(
            (
                self.rule in (None, rule),
                self.subject in (None, subject),
                self.tag is None or self.tag in tags,
                self.severity in (None, severity),
                self.alert_id in (None, alert_id),
            )
        )

    def matched(self) -> str:
        """What it silences, as a phrase: `rule crash, symbol AAPL`."""
        parts = (
            ("alert", self.alert_id),
            ("rule", self.rule),
            ("symbol", self.subject),
            ("tag", self.tag),
            ("severity", self.severity),
        )
        return ", ".join(f"{word} {value}" for word, value in parts if value is not None) or (
            "everything"
        )

    def until(self) -> str:
        """How long it lasts, as a phrase."""
        if self.ends_at is not None:
            return f"until {self.ends_at:%Y-%m-%d %H:%MZ}"
        return "until it has ended" if self.alert_id is not None else "until somebody ends it"

    def told(self) -> str:
        """By whom, what, until when and why, a sentence."""
        why = f": {self.comment.rstrip('.')}" if self.comment else ""
        return (
            f"silence {self.silence_id} of {self.author} on {self.matched()}, {self.until()}{why}."
        )
