"""Alerts: people, rules, what was decided, and what left."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    # Empty in rows of earlier versions.
    op.add_column(
        "instruments",
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        schema="fintech",
    )
    _people_and_rules()
    _decisions()
    _outbox()


def _people_and_rules() -> None:
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("quiet_begins", sa.Time(), nullable=True),
        sa.Column("quiet_ends", sa.Time(), nullable=True),
        sa.Column("sms_per_day", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(quiet_begins IS NULL) = (quiet_ends IS NULL)",
            name=op.f("ck_people_whole_quiet_hours"),
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people")),
        schema="fintech",
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_because IS NULL)",
            name=op.f("ck_contacts_disabled_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["person"], ["fintech.people.name"], name=op.f("fk_contacts_person_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint(
            "person", "channel", "address", name=op.f("uq_contacts_person_channel_address")
        ),
        schema="fintech",
    )
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_alert_rules_name")),
        schema="fintech",
    )


def _decisions() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("signal_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("resolved_at >= started_at", name=op.f("ck_alerts_forwards")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["fintech.alert_rules.id"], name=op.f("fk_alerts_rule_id_alert_rules")
        ),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["fintech.signals.id"], name=op.f("fk_alerts_signal_id_signals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint(
            "rule_id", "subject", "started_at", name=op.f("uq_alerts_rule_id_subject_started_at")
        ),
        schema="fintech",
    )
    op.create_index(
        "ix_alerts_started_at", "alerts", ["started_at"], unique=False, schema="fintech"
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["rule_id", "subject"],
        unique=True,
        schema="fintech",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "silences",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("tag", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_at >= starts_at", name=op.f("ck_silences_forwards")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fintech.alerts.id"], name=op.f("fk_silences_alert_id_alerts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
        schema="fintech",
    )
    op.create_table(
        "alert_standings",
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clear_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(fired_at IS NULL) = (alert_id IS NULL)",
            name=op.f("ck_alert_standings_open_with_alert"),
        ),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fintech.alerts.id"], name=op.f("fk_alert_standings_alert_id_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["fintech.alert_rules.id"],
            name=op.f("fk_alert_standings_rule_id_alert_rules"),
        ),
        sa.PrimaryKeyConstraint("rule_id", "subject", name=op.f("pk_alert_standings")),
        schema="fintech",
    )
    op.create_table(
        "alert_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["fintech.alerts.id"], name=op.f("fk_alert_events_alert_id_alerts")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["fintech.alert_rules.id"],
            name=op.f("fk_alert_events_rule_id_alert_rules"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_events")),
        sa.UniqueConstraint(
            "rule_id",
            "subject",
            "event",
            "at",
            name=op.f("uq_alert_events_rule_id_subject_event_at"),
        ),
        schema="fintech",
    )
    op.create_index(
        "ix_alert_events_alert_id", "alert_events", ["alert_id"], unique=False, schema="fintech"
    )
    op.create_index(
        "ix_alert_events_decided_at", "alert_events", ["decided_at"], unique=False, schema="fintech"
    )


def _outbox() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("asked_next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=True),
        sa.Column("cost_usd", sa.Numeric(), nullable=True),
        sa.Column("escalated_to", sa.BigInteger(), nullable=True),
        sa.Column("instead_of", sa.Text(), server_default="", nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answers"], ["fintech.deliveries.id"], name=op.f("fk_deliveries_answers_deliveries")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["fintech.contacts.id"], name=op.f("fk_deliveries_contact_id_contacts")
        ),
        sa.ForeignKeyConstraint(
            ["escalated_to"],
            ["fintech.deliveries.id"],
            name=op.f("fk_deliveries_escalated_to_deliveries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("vendor_id", name=op.f("uq_deliveries_vendor_id")),
        schema="fintech",
    )
    op.create_index(
        "ix_deliveries_asked_next",
        "deliveries",
        ["asked_next_at"],
        unique=False,
        schema="fintech",
        postgresql_where=sa.text("asked_next_at IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_contact_id_created_at",
        "deliveries",
        ["contact_id", "created_at"],
        unique=False,
        schema="fintech",
    )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["contact_id"],
        unique=False,
        schema="fintech",
        postgresql_where=sa.text("progress = 'planned'"),
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["due_at"],
        unique=False,
        schema="fintech",
        postgresql_where=sa.text("progress = 'planned'"),
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["fintech.deliveries.id"],
            name=op.f("fk_delivery_attempts_delivery_id_deliveries"),
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attempts")),
        schema="fintech",
    )
    op.create_table(
        "alert_notices",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["fintech.contacts.id"],
            name=op.f("fk_alert_notices_contact_id_contacts"),
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["fintech.deliveries.id"],
            name=op.f("fk_alert_notices_delivery_id_deliveries"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["fintech.alert_events.id"],
            name=op.f("fk_alert_notices_event_id_alert_events"),
        ),
        sa.PrimaryKeyConstraint("event_id", "contact_id", name=op.f("pk_alert_notices")),
        schema="fintech",
    )
    op.create_index(
        "ix_alert_notices_delivery_id",
        "alert_notices",
        ["delivery_id"],
        unique=False,
        schema="fintech",
    )
    op.create_table(
        "decided_slots",
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slot_at", name=op.f("pk_decided_slots")),
        schema="fintech",
    )


def downgrade() -> None:
    for table in (
        "decided_slots",
        "alert_notices",
        "delivery_attempts",
        "deliveries",
        "alert_events",
        "alert_standings",
        "silences",
        "alerts",
        "alert_rules",
        "contacts",
        "people",
    ):
        op.drop_table(table, schema="fintech")
    op.drop_column("instruments", "tags", schema="fintech")
