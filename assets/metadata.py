"""What a materialization shows a person in the Dagster UI."""

from collections import Counter
from collections.abc import Mapping, Sequence

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc

from fintech_pipeline.orchestration.scoring_step import SentimentStep
from fintech_pipeline.orchestration.steps import BarsStep, NewsStep, SignalsStep
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Unscored
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.signal_rows import no_signals
from fintech_pipeline.signals.signal_store import signals_in

Metadata = Mapping[str, dg.MetadataValue | int | float | str]
SIMULATED = "SIMULATED: a made-up exchange, not a market."


def bars_metadata(steps: Sequence[BarsStep], settings: Settings) -> Metadata:
    """Rows, coverage, who answered for which symbol, and what went wrong."""
    answered = {s: p for step in steps for s, p in step.collected.providers.items()}
    fallbacks = {s: why for step in steps for s, why in step.collected.fallbacks.items()}
    problems: dict[str, dict[str, None]] = {}
    for step in steps:
        for symbol, reasons in step.collected.told().items():
            problems.setdefault(symbol, {}).update(dict.fromkeys(reasons))
    rows: Counter[str] = Counter()
    for step in steps:
        for part in step.collected.parts:
            rows[part.series.symbol] += len(part.series)
    by_symbol = table(
        ("symbol", "bars", "provider", "why not one before", "problem"),
        [
            (
                symbol,
                rows[symbol],
                answered.get(symbol, "none"),
                fallbacks.get(symbol, ""),
                "; ".join(
                    p for p in problems.get(symbol, ()) if p not in fallbacks.get(symbol, "")
                ),
            )
            for symbol in sorted({*answered, *problems})
        ],
    )
    return {
        "dagster/row_count": sum(rows.values()),
        "new or changed rows": sum(step.written for step in steps),
        "symbols": len(answered),
        "bars": by_symbol,
        **_quotes(steps),
        **simulated(settings),
    }


def _quotes(steps: Sequence[BarsStep]) -> Metadata:
    """The last prices of this run, where a provider has any."""
    rows = [
        (told.quote.symbol, f"{told.quote.price:,.2f}", f"{told.quote.as_of_at:%m-%d %H:%MZ}")
        for step in steps
        for told in step.quotes.told
    ]
    return {"quotes": table(("symbol", "last price", "as of"), rows)} if rows else {}


def news_metadata(steps: Sequence[NewsStep], settings: Settings) -> Metadata:
    """What was seen, what concerned the watchlist, what was new, and the newest headlines."""
    fresh = [found for step in steps for found in step.fresh]
    per_symbol = Counter(match.symbol for found in fresh for match in found.matches)
    newest = sorted(fresh, key=lambda found: found.known_at)[-10:]
    return {
        "dagster/row_count": len(fresh),
        "items seen": sum(step.collected.seen for step in steps),
        "about the watchlist": sum(len(step.collected.found) for step in steps),
        "new articles by symbol": table(("symbol", "articles"), sorted(per_symbol.items())),
        "newest": table(
            ("known", "outlet", "headline"),
            [
                (f"{f.known_at:%m-%d %H:%M}", f.article.outlet, f.article.headline)
                for f in reversed(newest)
            ],
        ),
        **simulated(settings),
    }


def sentiment_metadata(steps: Sequence[SentimentStep]) -> Metadata:
    """How many texts were scored, by whom, how they came out, and what was not scored and why."""
    judged = [one for step in steps for one in step.judged]
    scores = [(one, one.verdict) for one in judged if isinstance(one.verdict, SentimentScore)]
    labels = Counter(str(score.label) for _, score in scores)
    unscored = Counter(one.verdict.reason for one in judged if isinstance(one.verdict, Unscored))
    waiting = Counter(str(one.verdict.error) for one in judged if isinstance(one.verdict, NotAsked))
    stood_in = Counter(
        (one.model_version, str(one.refused)) for one, _ in scores if one.refused is not None
    )
    answered = Counter((one.model_version, score.answered_by) for one, score in scores)
    return {
        "dagster/row_count": len(scores),
        "unscored": unscored.total(),
        "waiting": waiting.total(),
        "stood in": stood_in.total(),
        "took the verdict on their story": sum(one.same_as is not None for one, _ in scores),
        "model": steps[-1].model_versions[0] if steps else "none",
        "labels": table(("label", "texts"), sorted(labels.items())),
        "models": table(
            ("model", "answered by", "texts"), [(*who, n) for who, n in sorted(answered.items())]
        ),
        **_reasons("why unscored", unscored),
        **_reasons("why waiting", waiting),
        **_stood_in(stood_in),
    }


def _reasons(name: str, reasons: Counter[str]) -> Metadata:
    rows = reasons.most_common(10)
    return {name: table(("reason", "texts"), rows)} if rows else {}


def _stood_in(stood_in: Counter[tuple[str, str]]) -> Metadata:
    rows = [(*why, n) for why, n in stood_in.most_common(10)]
    return {"why stood in": table(("who", "why", "texts"), rows)} if rows else {}


def signals_metadata(steps: Sequence[SignalsStep], settings: Settings) -> Metadata:
    """The signals of the newest slot, the actions of all, and why symbols were skipped."""
    made = pa.concat_tables([no_signals(), *(step.computed.table for step in steps)])
    newest = pc.max(made["slot_at"]).as_py()
    skipped = Counter(
        reason
        for step in steps
        for slot, reasons in step.computed.skipped.items()
        if step.computed.expected[slot]
        for reason in reasons.values()
    )
    rows = [
        (s.symbol, f"{s.price:,.2f}", f"{s.score:+.3f}", str(s.action), s.strongest(1)[0].reason)
        for s in signals_in(made.filter(pc.equal(made["slot_at"], newest)) if newest else made)
    ]
    return {
        "dagster/row_count": len(made),
        "new or changed rows": sum(step.written for step in steps),
        "newest slot": f"{newest:%Y-%m-%d %H:%MZ}" if newest else "none",
        "signals": table(("symbol", "price", "score", "action", "strongest reason"), rows),
        "actions": table(
            ("action", "signals"), sorted(Counter(made["action"].to_pylist()).items())
        ),
        "skipped": table(("reason", "times"), skipped.most_common(10)),
        **simulated(settings),
    }


def simulated(settings: Settings) -> Metadata:
    """What says that all of it is made up, where it is."""
    return {"data": SIMULATED} if settings.simulated else {}


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A Markdown table; a cell's own bars and line ends cannot break it."""
    lines = [" | ".join(header), " | ".join("---" for _ in header)]
    lines += [
        " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows
    ]
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in lines))
