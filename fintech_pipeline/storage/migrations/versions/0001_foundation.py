"""The foundation: instruments, bars, news, sentiment, signals and slots."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("single", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("single", name=op.f("ck_identity_one_row")),
        sa.PrimaryKeyConstraint("single", name=op.f("pk_identity")),
        schema="fintech",
    )
    op.create_table(
        "instruments",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("mic", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("symbol", name=op.f("pk_instruments")),
        schema="fintech",
    )
    op.create_table(
        "slots",
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slot_at", "asset", name=op.f("pk_slots")),
        schema="fintech",
    )
    op.create_index(
        "ix_slots_asset_slot_at", "slots", ["asset", "slot_at"], unique=False, schema="fintech"
    )
    op.create_table(
        "stories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("first_known_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        schema="fintech",
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("story_id", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["fintech.stories.id"], name=op.f("fk_articles_story_id_stories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_articles")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_articles_content_hash")),
        sa.UniqueConstraint(
            "provider", "provider_id", name=op.f("uq_articles_provider_provider_id")
        ),
        schema="fintech",
    )
    op.create_index(
        op.f("ix_articles_known_at"), "articles", ["known_at"], unique=False, schema="fintech"
    )
    op.create_index(
        op.f("ix_articles_story_id"), "articles", ["story_id"], unique=False, schema="fintech"
    )
    op.create_table(
        "bars",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("close", sa.Double(), nullable=False),
        sa.Column("volume_shares", sa.Double(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "low <= least(open, close) AND high >= greatest(open, close)", name=op.f("ck_bars_ohlc")
        ),
        sa.CheckConstraint("low > 0 AND volume_shares >= 0", name=op.f("ck_bars_positive")),
        sa.CheckConstraint(
            "high < 'Infinity' AND volume_shares < 'Infinity'", name=op.f("ck_bars_finite")
        ),
        sa.ForeignKeyConstraint(
            ["symbol"], ["fintech.instruments.symbol"], name=op.f("fk_bars_symbol_instruments")
        ),
        sa.PrimaryKeyConstraint("symbol", "interval", "opened_at", name=op.f("pk_bars")),
        schema="fintech",
        postgresql_partition_by="RANGE (opened_at)",
    )
    op.create_table(
        "corporate_actions",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("ex_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ex_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["symbol"],
            ["fintech.instruments.symbol"],
            name=op.f("fk_corporate_actions_symbol_instruments"),
        ),
        sa.PrimaryKeyConstraint("symbol", "ex_on", "kind", name=op.f("pk_corporate_actions")),
        schema="fintech",
    )
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("slot_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("change_pct", sa.Double(), nullable=True),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "score BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1", name=op.f("ck_signals_bounded")
        ),
        sa.ForeignKeyConstraint(
            ["symbol"], ["fintech.instruments.symbol"], name=op.f("fk_signals_symbol_instruments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint(
            "symbol",
            "interval",
            "slot_at",
            "strategy",
            "revision",
            name=op.f("uq_signals_symbol_interval_slot_at_strategy_revision"),
        ),
        schema="fintech",
    )
    op.create_index(
        op.f("ix_signals_slot_at"), "signals", ["slot_at"], unique=False, schema="fintech"
    )
    op.create_table(
        "watchlist",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["symbol"], ["fintech.instruments.symbol"], name=op.f("fk_watchlist_symbol_instruments")
        ),
        sa.PrimaryKeyConstraint("symbol", name=op.f("pk_watchlist")),
        schema="fintech",
    )
    op.create_table(
        "article_symbols",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("relevance", sa.Double(), nullable=False),
        sa.Column("matched_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["fintech.articles.id"],
            name=op.f("fk_article_symbols_article_id_articles"),
        ),
        sa.ForeignKeyConstraint(
            ["symbol"],
            ["fintech.instruments.symbol"],
            name=op.f("fk_article_symbols_symbol_instruments"),
        ),
        sa.PrimaryKeyConstraint("article_id", "symbol", name=op.f("pk_article_symbols")),
        schema="fintech",
    )
    op.create_index(
        op.f("ix_article_symbols_symbol"),
        "article_symbols",
        ["symbol"],
        unique=False,
        schema="fintech",
    )
    op.create_table(
        "bar_revisions",
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("interval", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("close", sa.Double(), nullable=False),
        sa.Column("volume_shares", sa.Double(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_by", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["symbol", "interval", "opened_at"],
            ["fintech.bars.symbol", "fintech.bars.interval", "fintech.bars.opened_at"],
            name=op.f("fk_bar_revisions_symbol_interval_opened_at_bars"),
        ),
        sa.ForeignKeyConstraint(
            ["symbol"],
            ["fintech.instruments.symbol"],
            name=op.f("fk_bar_revisions_symbol_instruments"),
        ),
        sa.PrimaryKeyConstraint(
            "symbol", "interval", "opened_at", "replaced_at", name=op.f("pk_bar_revisions")
        ),
        schema="fintech",
    )
    op.create_table(
        "sentiment_scores",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "score BETWEEN -1 AND 1 AND confidence BETWEEN 0 AND 1",
            name=op.f("ck_sentiment_scores_bounded"),
        ),
        sa.ForeignKeyConstraint(
            ["article_id", "symbol"],
            ["fintech.article_symbols.article_id", "fintech.article_symbols.symbol"],
            name=op.f("fk_sentiment_scores_article_id_symbol_article_symbols"),
        ),
        sa.PrimaryKeyConstraint(
            "article_id", "symbol", "model_version", name=op.f("pk_sentiment_scores")
        ),
        schema="fintech",
    )
    op.create_table(
        "unscored",
        sa.Column("article_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id", "symbol"],
            ["fintech.article_symbols.article_id", "fintech.article_symbols.symbol"],
            name=op.f("fk_unscored_article_id_symbol_article_symbols"),
        ),
        sa.PrimaryKeyConstraint("article_id", "symbol", "model_version", name=op.f("pk_unscored")),
        schema="fintech",
    )


def downgrade() -> None:
    op.drop_table("unscored", schema="fintech")
    op.drop_table("sentiment_scores", schema="fintech")
    op.drop_table("bar_revisions", schema="fintech")
    op.drop_table("article_symbols", schema="fintech")
    op.drop_table("watchlist", schema="fintech")
    op.drop_table("signals", schema="fintech")
    op.drop_table("corporate_actions", schema="fintech")
    op.drop_table("bars", schema="fintech")
    op.drop_table("articles", schema="fintech")
    op.drop_table("stories", schema="fintech")
    op.drop_table("slots", schema="fintech")
    op.drop_table("instruments", schema="fintech")
    op.drop_table("identity", schema="fintech")
