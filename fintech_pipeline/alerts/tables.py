"""The tables of alerts: who is told, by which rules, what was decided, and what left."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from fintech_pipeline.storage.database import instant, metadata


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


people = sa.Table(
    "people",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("quiet_begins", sa.Time),
    sa.Column("quiet_ends", sa.Time),
    sa.Column("sms_per_day", sa.Integer),
    sa.Column("removed_at", instant),
    # Rises with each change, so that two editors do not overwrite each other.
    sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.CheckConstraint("(quiet_begins IS NULL) = (quiet_ends IS NULL)", name="whole_quiet_hours"),
)

contacts = sa.Table(
    "contacts",
    metadata,
    _number(),
    sa.Column("person", sa.Text, sa.ForeignKey("people.name"), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    # An Apprise address with `${NAME}` in the place of a secret.
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("disabled_at", instant),
    sa.Column("disabled_because", sa.Text),
    sa.Column("removed_at", instant),
    sa.UniqueConstraint("person", "channel", "address"),
    sa.CheckConstraint(
        "(disabled_at IS NULL) = (disabled_because IS NULL)", name="disabled_with_reason"
    ),
)

alert_rules = sa.Table(
    "alert_rules",
    metadata,
    _number(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    # As it is written in a file of rules.
    sa.Column("definition", JSONB, nullable=False),
    # Rises with each change, so that two editors do not overwrite each other.
    sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
    sa.Column("changed_at", instant, nullable=False),
    sa.Column("removed_at", instant),
)

silences = sa.Table(
    "silences",
    metadata,
    _number(),
    sa.Column("rule", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("tag", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("starts_at", instant, nullable=False),
    # Empty: until it is ended by hand, or, with `alert_id`, until that alert has ended.
    sa.Column("ends_at", instant),
    sa.Column("alert_id", sa.BigInteger, sa.ForeignKey("alerts.id")),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.CheckConstraint("ends_at >= starts_at", name="forwards"),
)

alerts = sa.Table(
    "alerts",
    metadata,
    _number(),
    sa.Column("rule_id", sa.BigInteger, sa.ForeignKey("alert_rules.id"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("started_at", instant, nullable=False),
    sa.Column("resolved_at", instant),
    sa.Column("acknowledged_at", instant),
    sa.Column("acknowledged_by", sa.Text),
    # The first revision of the signal it began with; empty where it is about no symbol.
    sa.Column("signal_id", sa.BigInteger, sa.ForeignKey("signals.id")),
    sa.UniqueConstraint("rule_id", "subject", "started_at"),
    sa.CheckConstraint("resolved_at >= started_at", name="forwards"),
    sa.Index(
        "uq_alerts_open",
        "rule_id",
        "subject",
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    ),
    sa.Index("ix_alerts_started_at", "started_at"),
    sa.Index("ix_alerts_resolved_at", "resolved_at"),
    sa.Index("ix_alerts_signal_id", "signal_id"),
    sa.Index("ix_alerts_rule_id_id", "rule_id", "id"),
    sa.Index("ix_alerts_subject_id", "subject", "id"),
    sa.Index("ix_alerts_severity_id", "severity", "id"),
)

standings = sa.Table(
    "alert_standings",
    metadata,
    sa.Column("rule_id", sa.BigInteger, sa.ForeignKey("alert_rules.id"), primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("active_since", instant),
    sa.Column("fired_at", instant),
    sa.Column("clear_since", instant),
    sa.Column("value", sa.Double),
    sa.Column("alert_id", sa.BigInteger, sa.ForeignKey("alerts.id")),
    sa.Column("looked_at", instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    # An alert is open exactly where one has fired.
    sa.CheckConstraint("(fired_at IS NULL) = (alert_id IS NULL)", name="open_with_alert"),
)

alert_events = sa.Table(
    "alert_events",
    metadata,
    _number(),
    sa.Column("rule_id", sa.BigInteger, sa.ForeignKey("alert_rules.id"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("alert_id", sa.BigInteger, sa.ForeignKey("alerts.id")),
    sa.Column("event", sa.Text, nullable=False),
    # The slot, or the instant of the look.
    sa.Column("at", instant, nullable=False),
    sa.Column("decided_at", instant, nullable=False),
    sa.Column("value", sa.Double),
    sa.Column("reason", sa.Text, nullable=False),
    # What a message tells of it (`told.Told`); empty where nobody is told.
    sa.Column("told", JSONB(none_as_null=True)),
    sa.UniqueConstraint("rule_id", "subject", "event", "at"),
    sa.Index("ix_alert_events_alert_id", "alert_id"),
    sa.Index("ix_alert_events_decided_at", "decided_at"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    _number(),
    sa.Column("contact_id", sa.BigInteger, sa.ForeignKey("contacts.id"), nullable=False),
    sa.Column("progress", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("created_at", instant, nullable=False),
    # When it may leave, and after a refusal when it is tried again.
    sa.Column("due_at", instant, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
    sa.Column("accepted_at", instant),
    # When it came to its end: delivered, sent where nothing more is heard, or failed.
    sa.Column("ended_at", instant),
    sa.Column("vendor_id", sa.Text, unique=True),
    # When the other side is asked next what became of it.
    sa.Column("asked_next_at", instant),
    sa.Column("segments", sa.Integer),
    sa.Column("cost_usd", sa.Numeric),
    # The message that goes another way in its place.
    sa.Column("escalated_to", sa.BigInteger, sa.ForeignKey("deliveries.id")),
    sa.Column("instead_of", sa.Text, nullable=False, server_default=""),
    sa.Column("answers", sa.BigInteger, sa.ForeignKey("deliveries.id")),
    sa.Index("ix_deliveries_due", "due_at", postgresql_where=sa.text("progress = 'planned'")),
    sa.Index("ix_deliveries_due_at", "due_at"),
    sa.Index("ix_deliveries_ended_at", "ended_at"),
    sa.Index(
        "ix_deliveries_asked_next",
        "asked_next_at",
        postgresql_where=sa.text("asked_next_at IS NOT NULL"),
    ),
    sa.Index("ix_deliveries_contact_id_created_at", "contact_id", "created_at"),
    sa.Index("ix_deliveries_contact_id_id", "contact_id", "id"),
    sa.Index("ix_deliveries_progress_id", "progress", "id"),
    sa.Index(
        "ix_deliveries_waiting", "contact_id", postgresql_where=sa.text("progress = 'planned'")
    ),
)

delivery_attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("deliveries.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # Committed before anything is sent: an attempt without an end may have been.
    sa.Column("begun_at", instant, nullable=False),
    sa.Column("ended_at", instant),
    sa.Column("told", sa.Text),
)

notices = sa.Table(
    "alert_notices",
    metadata,
    sa.Column("event_id", sa.BigInteger, sa.ForeignKey("alert_events.id"), primary_key=True),
    sa.Column("contact_id", sa.BigInteger, sa.ForeignKey("contacts.id"), primary_key=True),
    # The message that tells it; empty where it is not told, for the reason that stands here.
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("deliveries.id")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_alert_notices_delivery_id", "delivery_id"),
)

decided_slots = sa.Table(
    "decided_slots",
    metadata,
    sa.Column("slot_at", instant, primary_key=True),
    sa.Column("decided_at", instant, nullable=False),
    # Signals up to this one were looked at; a slot that gains symbols is decided for those.
    sa.Column("signal_id", sa.BigInteger, nullable=False),
    sa.Column("told", sa.Text, nullable=False),
)
