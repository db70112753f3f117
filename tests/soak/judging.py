"""What must be there after a soak, computed from elsewhere, and what is there.

Rows come from a second database, in which the same days were made with nothing failing; alerts from
the stored signals, by a few lines that know nothing of how the product decides them.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg

from fintech_pipeline.clock import SLOT, Window, newest_past_slot
from fintech_pipeline.orchestration.verification import replayed
from fintech_pipeline.signals.judgements import Wanted, chunks
from tests.soak.living import Life
from tests.soak.vendors import FEEDS
from tests.soak.world import ABOVE, CLEAR, START, World

Rows = set[tuple[object, ...]]
SHOWN = 3
SAME = {
    "bars": "SELECT symbol, interval, opened_at, open, high, low, close, volume_shares FROM bars",
    "articles": "SELECT provider, provider_id, headline FROM articles",
    "symbols of articles": "SELECT provider_id, symbol, matched_by FROM article_symbols"
    " JOIN articles ON articles.id = article_id",
    "verdicts": "SELECT provider_id, symbol, model_version, label, score FROM sentiment_scores"
    " JOIN articles ON articles.id = article_id UNION ALL SELECT provider_id, symbol,"
    " model_version, 'none', 0 FROM unscored JOIN articles ON articles.id = article_id",
    "signals": "SELECT symbol, interval, slot_at, strategy FROM signals WHERE revision = 1",
    "slots": "SELECT asset, slot_at FROM slots",
    "splits and dividends": "SELECT symbol, ex_on, kind, value FROM corporate_actions",
}
"""What both databases must hold, each row once."""
RARE = {"splits and dividends"}
"""Of which a short life may have none."""
LATE = """
    SELECT b.symbol, b.interval, b.closed_at, 'balanced-2' FROM bars AS b
    JOIN slots AS s ON s.slot_at = b.closed_at AND s.asset = 'trading_signals'
    WHERE b.interval = '30m' AND b.known_at > s.cutoff_at
"""
"""The signals that nobody may make any more: their bar was known after their slot was judged."""
NOTHING = {
    "a live slot that was judged and never decided": """
        SELECT DISTINCT slot_at FROM signals WHERE live AND revision = 1
        AND slot_at NOT IN (SELECT slot_at FROM decided_slots)
    """,
    "an alert without exactly one beginning": """
        SELECT a.id FROM alerts a LEFT JOIN alert_events e ON e.alert_id = a.id
        AND e.event = 'fired' GROUP BY a.id HAVING count(e.id) <> 1
    """,
    "an alert whose end is told more or less often than it ended": """
        SELECT a.id FROM alerts a LEFT JOIN alert_events e ON e.alert_id = a.id
        AND e.event = 'resolved' GROUP BY a.id HAVING count(e.id) <> count(a.resolved_at)
    """,
    "an alert that is told nobody and for no reason": """
        SELECT e.id FROM alert_events e WHERE e.event = 'fired'
        AND NOT EXISTS (SELECT FROM alert_notices n WHERE n.event_id = e.id)
    """,
    "a message without an end": """
        SELECT id, progress, told, created_at, due_at, ended_at FROM deliveries
        WHERE progress <> 'sent' OR ended_at IS NULL
    """,
    "an attempt without an end of a message that was sent": """
        SELECT a.delivery_id, a.number FROM delivery_attempts a WHERE NOT EXISTS (
            SELECT FROM delivery_attempts later WHERE later.delivery_id = a.delivery_id
            AND later.number >= a.number AND later.ended_at IS NOT NULL)
    """,
    "a call that was granted twice at once": """
        SELECT id FROM provider_calls GROUP BY id HAVING count(*) > 1
    """,
}
"""Of which there must be none."""


def judge(world: World, life: Life) -> list[str]:
    """A sentence for each thing that is lost, doubled or wrong."""
    world.clock.set(life.calm_at)
    control = world.pipeline("control", failing=False)
    life.work_days(control, START, life.calm_at)
    control.close()
    found: list[str] = []
    with _opened(world, "soak") as lived, _opened(world, "control") as fair:
        late = set(_rows(lived, LATE))
        for name, query in SAME.items():
            there, expected = (_rows(one, query) for one in (lived, fair))
            if name == "signals":
                impossible = late - set(there)
                expected = [one for one in expected if one not in impossible]
            found += _differences(name, there, expected)
        for what, query in NOTHING.items():
            if rows := lived.execute(query.encode()).fetchall():
                found.append(f"{len(rows)} times {what}: {rows[:SHOWN]}.")
        found += _slots(world, lived)
        found += _feeds(world, lived)
        found += _alerts(lived)
        found += _mails(world, lived)
    return [*found, *_replay(world, life)]


def _opened(world: World, name: str) -> psycopg.Connection:
    options = "-csearch_path=fintech -ctimezone=UTC"
    return psycopg.connect(world.server.url(name), options=options)


def _rows(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()


def _differences(
    name: str, lived: list[tuple[object, ...]], fair: list[tuple[object, ...]]
) -> Iterator[str]:
    there, expected = set(lived), set(fair)
    if not expected and name not in RARE:
        yield f"{name}: nothing was expected, which is wrong."
    if lost := expected - there:
        yield f"{name}: {len(lost)} of {len(expected)} are lost: {sorted(map(str, lost))[:SHOWN]}."
    if more := there - expected:
        yield f"{name}: {len(more)} were never there: {sorted(map(str, more))[:SHOWN]}."
    if len(lived) != len(there):
        yield f"{name}: {len(lived) - len(there)} are doubled."


def _slots(world: World, connection: psycopg.Connection) -> Iterator[str]:
    """Each half hour has its truth, of each asset."""
    end = newest_past_slot(world.clock())
    expected = {START + n * SLOT for n in range(1, (end - START) // SLOT + 1)}
    for asset in ("market_bars", "news_articles", "article_sentiment", "trading_signals"):
        query = "SELECT slot_at FROM slots WHERE asset = %s AND slot_at <= %s"
        there = {row[0] for row in connection.execute(query, [asset, end]).fetchall()}
        if there != expected:
            yield f"slots of {asset}: {len(expected - there)} lack, {len(there - expected)} extra."


def _feeds(world: World, connection: psycopg.Connection) -> Iterator[str]:
    """Each item that a publisher printed is there once, and nothing else."""
    until = newest_past_slot(world.clock())
    printed = {
        item[0] for feed in FEEDS for item in world.feeds.items(feed, until - timedelta(hours=1))
    }
    query = "SELECT provider_id FROM articles WHERE provider = 'rss'"
    there = [str(row[0]).rpartition("/")[2] for row in connection.execute(query).fetchall()]
    if lost := printed - set(there):
        yield f"feeds: {len(lost)} of {len(printed)} items are lost: {sorted(lost)[:SHOWN]}."
    if len(there) != len(set(there)):
        yield "feeds: an item is stored twice."


def _alerts(connection: psycopg.Connection) -> Iterator[str]:
    """Alerts begin and end where the signals that were decided say so."""
    decided = connection.execute(
        "SELECT s.symbol, s.slot_at, s.score FROM signals s JOIN decided_slots d USING (slot_at)"
        " WHERE s.revision = 1 AND s.id <= d.signal_id AND s.live ORDER BY s.slot_at"
    ).fetchall()
    scores: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for symbol, slot_at, score in decided:
        scores[symbol].append((slot_at, score))
    expected: Rows = set()
    for symbol, several in scores.items():
        for rule, sign in (("high", 1.0), ("low", -1.0)):
            begun: datetime | None = None
            for slot_at, score in several:
                if begun is None and sign * score > ABOVE:
                    begun = slot_at
                elif begun is not None and sign * score <= CLEAR:
                    expected.add((rule, symbol, begun, slot_at))
                    begun = None
            if begun is not None:
                expected.add((rule, symbol, begun, None))
    there = connection.execute(
        "SELECT r.name, a.subject, a.started_at, a.resolved_at FROM alerts a"
        " JOIN alert_rules r ON r.id = a.rule_id WHERE r.name IN ('high', 'low')"
    ).fetchall()
    yield from _differences("alerts", there, sorted(expected, key=str))


def _mails(world: World, connection: psycopg.Connection) -> Iterator[str]:
    """Each message arrived, under one name and with one text however often."""
    taken: dict[str, set[str]] = defaultdict(set)
    for line in (world.folder / "mails").read_text().splitlines():
        name, digest = line.split()
        taken[name].add(digest)
    numbers = [int(name.split(".")[0].removeprefix("<d")) for name in taken]
    sent = {row[0] for row in connection.execute("SELECT id FROM deliveries").fetchall()}
    if len(numbers) != len(set(numbers)):
        yield "mails: a message went under two names."
    if lost := sent - set(numbers):
        yield f"mails: {len(lost)} never came: {sorted(lost)[:SHOWN]}."
    if more := set(numbers) - sent:
        yield f"mails: {len(more)} are nobody's: {sorted(more)[:SHOWN]}."
    if several := [name for name, digests in taken.items() if len(digests) > 1]:
        yield f"mails: {len(several)} came with two texts: {several[:SHOWN]}."


def _replay(world: World, life: Life) -> Iterator[str]:
    """The signals of two days come to the same bits again."""
    pipeline = world.pipeline(failing=False)
    day = timedelta(days=1)
    middle = life.judged_from + (life.slot_at - life.judged_from) / 2
    for end in (middle, life.slot_at):
        parts = chunks(pipeline.database, Wanted(Window(end - day, end)))
        outcomes = list(replayed(pipeline, parts))
        if not any(one.equal for one in outcomes):
            yield "replay: nothing was replayed, which is wrong."
        if differing := [one for outcome in outcomes for one in outcome.differing]:
            yield f"replay: {len(differing)} signals differ: {differing[:1]}."
    pipeline.close()
