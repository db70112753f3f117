"""Messages for tests, and how they should read: `python -m tests.unit.made_messages` writes that.

Whoever changes the wording runs it, reads the difference, and commits it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from fintech_pipeline.alerts.message import plain_text, short_text, subject_line
from fintech_pipeline.alerts.people import Contact
from fintech_pipeline.alerts.rules import ChannelName, Severity
from fintech_pipeline.alerts.told import Links, Message, Telling, Told

FOLDER = Path(__file__).parent / "golden" / "messages"
BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
LINKS = Links("https://watch.example.com")
NOWHERE = Links()
EMAIL = Contact(ChannelName.EMAIL, "anna@example.com", 1)
FIRED = Told(
    alert_id=12,
    telling=Telling.FIRED,
    rule="strong",
    severity=Severity.CRITICAL,
    subject="NVDA",
    subject_name="NVIDIA Corporation",
    reason="Score -0.72 is below -0.60, for 1h.",
    at=AT,
    since=AT - timedelta(hours=1),
    metric="score",
    value=-0.72,
    note="Look at the futures first.",
    price=131.2,
    change_pct=-4.31,
    currency="USD",
    score=-0.72,
    action="strong_sell",
    confidence=0.81,
    why=("5 articles in 3 stories, very negative", "down 3.1% over the last 13 bars"),
    strategy="balanced-2",
    of_symbols=40,
)
LATE_SLOTS = Told(
    alert_id=31,
    telling=Telling.FIRED,
    rule="pipeline",
    severity=Severity.WARNING,
    subject="slots",
    subject_name="",
    reason="45 min late is above 30.",
    at=AT + timedelta(minutes=7),
    since=AT + timedelta(minutes=7),
    metric="lateness_minutes",
    value=45.0,
)
HOSTILE = (
    "<script>alert('x')</script> & <b>buy</b>\r\nBcc: all@example.com\r\n\r\n.\r\nQUIT\x1b[31m"
    "\u202egnp.exe \U0001f680\U0001f680 ‘curly’ \x00\ud800"
)


def message(*told: Told, **changes: object) -> Message:
    """A message to Anna by mail, decided a minute after the slot."""
    plain = Message(7, "anna", EMAIL, AT + timedelta(minutes=1), told or (FIRED,))
    return replace(plain, **{"time_zone": "Europe/Berlin", **changes})  # type: ignore[arg-type]


def fallen(symbol: str, value: float, change: float, place: int, of_symbols: int = 14) -> Told:
    """A member of a fall of the whole market."""
    return replace(
        FIRED,
        alert_id=40 + place,
        rule="drop",
        severity=Severity.WARNING,
        subject=symbol,
        subject_name="",
        reason=f"Price {value:+.1f} % in 2h is below -3 %.",
        since=AT,
        metric="price_change_pct",
        value=value,
        price=100.0 + place,
        change_pct=change,
        note="",
        of_symbols=of_symbols,
    )


FALLS = tuple(
    fallen(symbol, -3.2 - 0.8 * place, -2.5 - place, place)
    for place, symbol in enumerate(("AAPL", "MSFT", "AMD", "INTC", "TSLA", "ORCL"))
)
RESOLVED = replace(
    FIRED,
    telling=Telling.RESOLVED,
    reason="Score -0.31 is not below -0.45, for 30m.",
    since=AT - timedelta(days=3, hours=2),
    score=-0.31,
    action="sell",
)
AMD = replace(RESOLVED, alert_id=15, subject="AMD", subject_name="Advanced Micro Devices")
NO_DATA = replace(
    FIRED,
    telling=Telling.NO_DATA,
    reason="No data: its bar of this half hour has not arrived; the alert stays open.",
    price=None,
    change_pct=None,
    score=None,
    action=None,
    confidence=None,
    why=(),
)
ERROR = replace(
    NO_DATA,
    telling=Telling.ERROR,
    reason="It could not be read: the strategy balanced-2 is gone; the alert stays open.",
)
TEST = replace(
    LATE_SLOTS,
    alert_id=0,
    telling=Telling.TEST,
    rule="test",
    severity=Severity.INFO,
    subject="fintech",
    reason="You would be told of alerts like this.",
)

CASES: dict[str, tuple[Message, Links, datetime | None]] = {
    "fired": (message(), LINKS, None),
    "fired_without_pages": (message(), NOWHERE, None),
    "simulated": (message(replace(FIRED, simulated=True)), LINKS, None),
    "repeated": (
        message(replace(FIRED, telling=Telling.REPEATED, reason="It goes on: score -0.70.")),
        LINKS,
        None,
    ),
    "resolved": (message(RESOLVED, answers=5, answered_at=AT - timedelta(days=3)), LINKS, None),
    "no_data": (message(NO_DATA), LINKS, None),
    "error": (message(ERROR), LINKS, None),
    "escalated": (
        message(
            replace(FIRED, telling=Telling.ESCALATED),
            instead_of="The SMS to +49…678 may or may not have been sent, so by email.",
        ),
        LINKS,
        None,
    ),
    "test": (message(TEST), LINKS, None),
    "pipeline": (message(LATE_SLOTS), LINKS, None),
    "late": (message(), LINKS, AT + timedelta(hours=3)),
    "three_alerts": (message(FIRED, AMD, LATE_SLOTS), LINKS, None),
    "market_wide": (message(*FALLS), LINKS, None),
    "market_wide_and_more": (message(FIRED, *FALLS, LATE_SLOTS), LINKS, None),
    "many_apart": (
        message(
            *(replace(one, rule=f"rule-{n}", subject=f"S{n:02}") for n, one in enumerate(FALLS * 5))
        ),
        LINKS,
        None,
    ),
    "hostile": (
        message(
            replace(
                FIRED,
                subject_name=HOSTILE,
                reason=f"Score {HOSTILE}.",
                note="A" * 10_000,
                why=(HOSTILE, "B" * 10_000),
                strategy=HOSTILE,
            )
        ),
        LINKS,
        None,
    ),
}


def as_read(case: str) -> str:
    """The three forms of a message below each other."""
    told, links, now = CASES[case]
    return (
        f"{subject_line(told)}\n{'=' * 40}\n{plain_text(told, BERLIN, links, now)}"
        f"{'=' * 40}\n{short_text(told, BERLIN, now)}\n"
    )


if __name__ == "__main__":
    for name in CASES:
        (FOLDER / f"{name}.txt").write_text(as_read(name), "utf-8")
