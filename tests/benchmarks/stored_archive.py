"""The rest of six years beside `stored_years`: a million articles, and what calls, slots and alerts
leave.

Every table that grows is larger here than what a planner reads whole, so that a query without an
index shows.
"""

from datetime import timedelta

import sqlalchemy as sa

from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.storage.database import Database
from tests.benchmarks.stored_years import NEWS_DAYS, NOW, SPAN, named_in

ARTICLES = 1_000_000
"""Beside those of the last weeks."""
RULES = 20

_FILLING = (
    # News: a third tells what another told before; each names a symbol, every fifth two.
    """
    INSERT INTO fintech.stories (headline, first_known_at)
    SELECT 'Symbol S' || lpad((n % 500)::text, 3, '0') || ' tells of quarter ' || n,
        CAST(:start AS timestamptz) + n * CAST(:each_story AS interval)
    FROM generate_series(1, :articles * 2 / 3) AS n
    """,
    """
    INSERT INTO fintech.articles (provider, provider_id, content_hash, headline, summary, outlet,
        url, story_id, published_at, observed_at, known_at, known_by)
    SELECT (ARRAY['newsapi', 'alpha_vantage', 'edgar', 'rss'])[1 + n % 4], 'old-' || n,
        md5('old' || n), told.headline || ' in its ' || n % 97 || 'th report', '',
        'Outlet ' || n % 60, 'https://example.org/old/' || n, told.id,
        at, at + interval '4 minutes', at + interval '4 minutes', 'live'
    FROM generate_series(1, :articles) AS n
    CROSS JOIN LATERAL (
        SELECT CAST(:start AS timestamptz) + n * CAST(:each_article AS interval) AS at
    ) AS published
    JOIN fintech.stories AS told
        ON told.id = (SELECT max(id) FROM fintech.stories) - :articles * 2 / 3 + 1 + n * 2 / 3
    WHERE told.id <= (SELECT max(id) FROM fintech.stories)
    """,
    """
    INSERT INTO fintech.article_symbols (article_id, symbol, relevance, matched_by)
    SELECT id, 'S' || lpad(((id + 7 * place) % 500)::text, 3, '0'), 0.8, 'name'
    FROM fintech.articles, generate_series(0, 1) AS place
    WHERE provider_id LIKE 'old-%' AND (place = 0 OR id % 5 = 0)
    """,
    """
    INSERT INTO fintech.sentiment_scores (article_id, symbol, model_version, score, label,
        confidence, reason, scored_at, known_at)
    SELECT s.article_id, s.symbol, :version, 0.4, 'positive', 0.9, 'tells', a.known_at, a.known_at
    FROM fintech.article_symbols AS s JOIN fintech.articles AS a ON a.id = s.article_id
    WHERE a.provider_id LIKE 'old-%' AND s.article_id % 20 > 0
    """,
    """
    INSERT INTO fintech.unscored (article_id, symbol, model_version, reason, tried_at)
    SELECT article_id, symbol, :version, 'It says nothing of it.', now()
    FROM fintech.article_symbols WHERE article_id % 20 = 0
    """,
    """
    INSERT INTO fintech.vendor_sentiments (article_id, symbol, score, label, relevance, observed_at)
    SELECT article_id, symbol, 0.2, 'Bullish', 0.5, now()
    FROM fintech.article_symbols WHERE article_id % 4 = 1
    """,
    """
    INSERT INTO fintech.stand_ins (article_id, symbol, model_version, stood_in_by, reason,
        stood_in_at)
    SELECT article_id, symbol, 'gemini-2.5-flash-lite/1', model_version, 'Its budget was spent.',
        scored_at
    FROM fintech.sentiment_scores WHERE article_id % 4 = 1
    """,
    # Bars that were replaced, splits and dividends, last prices.
    """
    INSERT INTO fintech.bar_revisions
    SELECT symbol, interval, opened_at, closed_at, open, high, low, close, volume_shares,
        'files', observed_at, known_at, known_by, known_at + interval '1 day'
    FROM fintech.bars WHERE interval = '30m' AND extract(day FROM opened_at) = 3
    """,
    """
    INSERT INTO fintech.corporate_actions (symbol, ex_on, kind, ex_at, value, provider, observed_at,
        known_at, known_by)
    SELECT symbol, day::date, 'dividend', day, 0.1, 'yahoo', day, day, 'live'
    FROM fintech.watchlist,
        generate_series(CAST(:start AS timestamptz), CAST(:now AS timestamptz), '3 months') AS day
    """,
    """
    INSERT INTO fintech.corporate_action_revisions (symbol, ex_on, kind, ex_at, value, provider,
        observed_at, known_at, known_by, replaced_at)
    SELECT symbol, ex_on, kind, ex_at, value * 2, provider, observed_at, known_at, known_by,
        known_at + interval '1 day'
    FROM fintech.corporate_actions WHERE symbol < 'S100'
    """,
    """
    INSERT INTO fintech.quotes (symbol, as_of_at, price, previous_close, volume_shares, provider,
        observed_at)
    SELECT symbol, at, 100, 99, 1000, 'yahoo', at
    FROM fintech.watchlist,
        generate_series(CAST(:start AS timestamptz), CAST(:now AS timestamptz), '10 days') AS at
    """,
    # What ticks and their calls leave.
    """
    INSERT INTO fintech.slots (slot_at, asset, state, rows, expected, reasons, live, cutoff_at,
        run_id, updated_at)
    SELECT at, asset, CASE WHEN extract(hour FROM at) = 15 THEN 'partial' ELSE 'done' END, 499,
        CASE WHEN asset = 'news_articles' THEN NULL ELSE 500 END,
        CASE WHEN extract(hour FROM at) = 15 THEN '{"S007": "No provider has it."}'::jsonb
            ELSE '{}' END,
        true, at + interval '2 minutes', 'run-' || extract(epoch FROM at),
        at + interval '3 minutes'
    FROM generate_series(CAST(:start AS timestamptz), CAST(:now AS timestamptz), '30 minutes') AS at
    CROSS JOIN unnest(ARRAY['market_bars', 'news_articles', 'article_sentiment',
        'trading_signals']) AS asset
    WHERE at <= CAST(:now AS timestamptz) - interval '30 minutes'
        AND (asset IN ('news_articles', 'article_sentiment')
            OR extract(hour FROM at) BETWEEN 14 AND 20 AND extract(isodow FROM at) < 6)
    """,
    """
    INSERT INTO fintech.provider_calls (provider, purpose, symbols, cost, granted_at, state, told,
        ended_at, asked_by, tokens_in, tokens_out, cost_usd)
    SELECT (ARRAY['yahoo', 'newsapi', 'edgar', 'gemini', 'twilio'])[1 + n % 5], 'bars',
        ARRAY['S' || lpad((n % 500)::text, 3, '0')], 1, at,
        CASE WHEN n % 50 = 0 THEN 'refused' ELSE 'made' END, NULL, at + interval '1 second', 'tick',
        0, 0, 0
    FROM generate_series(1, 500000) AS n
    CROSS JOIN LATERAL (
        SELECT CAST(:start AS timestamptz) + n * CAST(:each_call AS interval) AS at
    ) AS granted
    """,
    """
    INSERT INTO fintech.events (topic, at, payload)
    SELECT (ARRAY['signals', 'slots', 'alerts', 'bars'])[1 + n % 4],
        CAST(:now AS timestamptz) - (200000 - n) * interval '2 seconds',
        jsonb_build_object('slot_at', CAST(:now AS timestamptz), 'symbols', jsonb_build_array())
    FROM generate_series(1, 200000) AS n
    """,
    # Older signals, with their outcomes and what models foretold.
    """
    INSERT INTO fintech.signals (symbol, interval, slot_at, strategy, revision, price, change_pct,
        score, action, confidence, components, inputs, cutoff_at, live, run_id, written_at)
    SELECT symbol, interval, slot_at - back * interval '4 weeks', strategy, revision, price,
        change_pct, score, action, confidence, components, inputs,
        cutoff_at - back * interval '4 weeks', live, run_id, written_at - back * interval '4 weeks'
    FROM fintech.signals, generate_series(1, 3) AS back
    """,
    """
    INSERT INTO fintech.signal_outcomes (signal_id, horizon, entered_at, left_at, return_pct,
        settled_at)
    SELECT id, horizon, slot_at + interval '30 minutes', slot_at + interval '1 hour',
        sin(id) * 2, slot_at + interval '2 days'
    FROM fintech.signals, unnest(ARRAY['1 bar', '1 session']) AS horizon
    WHERE slot_at < CAST(:now AS timestamptz) - interval '3 days'
    """,
    """
    INSERT INTO fintech.forecast_models (interval, target, learner, trained_at, first_slot_at,
        last_slot_at, samples, symbols, features, seed, verdict, folds, has_edge, digest)
    SELECT '30m', 'direction, 1 bar', 'trees', CAST(:start AS timestamptz) + n * interval '1 week',
        CAST(:start AS timestamptz), CAST(:start AS timestamptz) + n * interval '1 week', 1000,
        ARRAY['S000'], ARRAY['return_1'], 7,
        '{"slots": 9, "samples": 1000, "loss": 0.7, "naive_loss": 0.7, "skill": 0, "t": 0,
            "has_edge": false, "sentence": "It is no better than the naive forecast."}',
        ARRAY[0.0], false, NULL
    FROM generate_series(1, 300) AS n
    """,
    """
    INSERT INTO fintech.forecasts (model_id, symbol, slot_at, value)
    SELECT m.id, s.symbol, s.slot_at, sin(s.id)
    FROM fintech.signals AS s JOIN fintech.forecast_models AS m
        ON m.trained_at <= s.slot_at AND m.trained_at > s.slot_at - interval '1 week'
    """,
    # Alerts and their messages.
    """
    INSERT INTO fintech.people (name, time_zone)
    SELECT 'person-' || n, 'UTC' FROM generate_series(1, 5) AS n
    """,
    """
    INSERT INTO fintech.contacts (person, channel, address)
    SELECT name, 'console', '' FROM fintech.people
    """,
    """
    INSERT INTO fintech.alert_rules (name, definition, changed_at, removed_at)
    SELECT 'old-' || n, '{"metric": "score", "above": 0.5}', CAST(:start AS timestamptz),
        CAST(:now AS timestamptz)
    FROM generate_series(1, :rules) AS n
    """,
    """
    INSERT INTO fintech.alerts (rule_id, subject, severity, started_at, resolved_at, signal_id)
    SELECT (SELECT min(id) FROM fintech.alert_rules) + n % :rules,
        'S' || lpad((n % 500)::text, 3, '0'), 'warning', at, at + interval '1 hour',
        (SELECT min(id) FROM fintech.signals) + n
    FROM generate_series(1, 100000) AS n
    CROSS JOIN LATERAL (
        SELECT CAST(:start AS timestamptz) + n * CAST(:each_alert AS interval) AS at
    ) AS started
    """,
    """
    INSERT INTO fintech.alert_events (rule_id, subject, alert_id, event, at, decided_at, value,
        reason, told)
    SELECT rule_id, subject, id, event, at, at + interval '2 minutes', 0.7, 'It is above +0.60.',
        '{}'
    FROM fintech.alerts
    CROSS JOIN LATERAL (
        VALUES ('fired', started_at), ('resolved', resolved_at)
    ) AS steps (event, at)
    """,
    """
    INSERT INTO fintech.deliveries (contact_id, progress, severity, created_at, due_at, told,
        accepted_at, ended_at)
    SELECT (SELECT min(id) FROM fintech.contacts) + id % 5, 'sent', 'warning', decided_at,
        decided_at, 'Written to the console.', decided_at, decided_at
    FROM fintech.alert_events
    """,
    """
    INSERT INTO fintech.delivery_attempts (delivery_id, number, begun_at, ended_at, told)
    SELECT id, 1, created_at, ended_at, told FROM fintech.deliveries
    """,
    """
    INSERT INTO fintech.alert_notices (event_id, contact_id, delivery_id, reason)
    SELECT e.id, d.contact_id, d.id, 'It began.'
    FROM fintech.alert_events AS e JOIN fintech.deliveries AS d ON d.id = e.id
    """,
    """
    INSERT INTO fintech.decided_slots (slot_at, decided_at, signal_id, told)
    SELECT slot_at, updated_at, 0, 'Nothing changed.' FROM fintech.slots
    WHERE asset = 'trading_signals'
    """,
)
_UNHELD = "SET LOCAL session_replication_role = replica"
"""The rows are good: no trigger looks each up again."""


def fill(database: Database) -> None:
    """Adds all of it to a database that `stored_years.fill` has filled, and analyses it."""
    past = NOW - timedelta(days=NEWS_DAYS) - SPAN.start
    values = {
        "start": SPAN.start,
        "now": NOW,
        "articles": ARTICLES,
        "rules": RULES,
        "each_story": past / (ARTICLES * 2 // 3),
        "each_article": past / ARTICLES,
        "each_call": (NOW - SPAN.start) / 500_000,
        "each_alert": past / 100_000,
        "version": LocalModel().version,
    }
    for statement in _FILLING:
        with database.transaction() as connection:
            connection.execute(sa.text(_UNHELD))
            connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            connection.execute(sa.text(statement), named_in(statement, values))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))
