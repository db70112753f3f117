"""What each materialization is checked for, and how a report becomes Dagster's check results."""

from collections import Counter
from collections.abc import Mapping, Sequence

import dagster as dg

from fintech_pipeline.clock import SLOT, instant64
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.market.quality import Flaw, FlawKind
from fintech_pipeline.orchestration.due import MARKET_BARS, NEWS_ARTICLES, TRADING_SIGNALS
from fintech_pipeline.orchestration.launch import ABOUT_INPUT, FAULTS
from fintech_pipeline.orchestration.records import NO_BAR
from fintech_pipeline.orchestration.steps import BarsStep, NewsStep, SignalsStep
from fintech_pipeline.signals.signal_rows import not_adding_up


def _specs(asset: str, described: Mapping[str, str]) -> list[dg.AssetCheckSpec]:
    return [dg.AssetCheckSpec(name, asset=asset, description=d) for name, d in described.items()]


MARKET_CHECKS = _specs(
    MARKET_BARS,
    {
        "complete": "Every symbol was served, and every file was whole and readable.",
        "ohlc_sane": "No provider gave a bar that breaks low ≤ open, close ≤ high.",
        "no_duplicates": "No two bars claimed one time.",
        "no_gaps": "Every slot of a session has the bar of every symbol.",
        "no_thin_bars": "Every half hour was made of all its five-minute or quarter-hour bars.",
        "coverage": "At least 90 % of the bars that were due are here.",
        "fresh": "The newest open slot has bars.",
        "no_split_like_jumps": "No jump looks like a split that nobody told of.",
    },
)
NEWS_CHECKS = _specs(
    NEWS_ARTICLES,
    {
        "complete": "Nothing had to be left out.",
        "known_after_published": "No article was known before it was published.",
    },
)
SIGNAL_CHECKS = _specs(
    TRADING_SIGNALS,
    {
        "adds_up": "The contributions add up to the score.",
        "coverage": "At least 90 % of the symbols in session have a signal.",
    },
)
ENOUGH = 0.9


def market_check_results(steps: Sequence[BarsStep]) -> list[dg.AssetCheckResult]:
    """The checks of `market_bars`."""
    flaws = [flaw for step in steps for flaw in step.collected.flaws]
    records = [record for step in steps for record in step.records]
    due = sum(record.expected or 0 for record in records)
    there = sum(min(record.rows, record.expected or 0) for record in records)
    gaps = [
        f"{record.slot_at:%Y-%m-%d %H:%MZ}: {', '.join(record.reasons)}"
        for record in records
        if record.rows < (record.expected or 0)
    ]
    open_slots = [record for record in records if record.expected]
    fresh = not open_slots or open_slots[-1].rows > 0
    return [
        _result("complete", MARKET_BARS, _problems(steps)),
        _of_flaws("ohlc_sane", MARKET_BARS, flaws, {FlawKind.BROKEN}),
        _of_flaws("no_duplicates", MARKET_BARS, flaws, {FlawKind.DUPLICATE, FlawKind.CONFLICT}),
        _result("no_gaps", MARKET_BARS, gaps),
        _of_flaws("no_thin_bars", MARKET_BARS, flaws, {FlawKind.THIN}),
        dg.AssetCheckResult(
            passed=not due or there >= ENOUGH * due,
            check_name="coverage",
            asset_key=MARKET_BARS,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"bars": there, "due": due},
        ),
        _result("fresh", MARKET_BARS, [] if fresh else ["the newest open slot has no bar"]),
        _result(
            "no_split_like_jumps",
            MARKET_BARS,
            [jump.sentence for step in steps for jump in step.jumps],
        ),
    ]


def news_check_results(steps: Sequence[NewsStep]) -> list[dg.AssetCheckResult]:
    """The checks of `news_articles`."""
    problems = [problem for step in steps for problem in step.collected.problems]
    early = [
        found.article.headline
        for step in steps
        for found in step.fresh
        if found.known_at < found.article.published_at
    ]
    return [
        _result("complete", NEWS_ARTICLES, problems),
        _result("known_after_published", NEWS_ARTICLES, early),
    ]


def signal_check_results(steps: Sequence[SignalsStep]) -> list[dg.AssetCheckResult]:
    """The checks of `trading_signals`."""
    wrong = [told for step in steps for told in not_adding_up(step.computed.table)]
    judged = sum(step.computed.judged().total() for step in steps)
    due = sum(sum(step.computed.expected.values()) for step in steps)
    return [
        _result("adds_up", TRADING_SIGNALS, wrong),
        dg.AssetCheckResult(
            passed=judged >= ENOUGH * due,
            check_name="coverage",
            asset_key=TRADING_SIGNALS,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"signals": judged, "due": due},
        ),
    ]


def _problems(steps: Sequence[BarsStep]) -> list[str]:
    """What providers could not do, a sentence for all the symbols it is true of."""
    symbols: dict[str, dict[str, None]] = {}
    for step in steps:
        for problem in step.collected.problems:
            symbols.setdefault(problem.reason.rstrip("."), {})[problem.symbol] = None
    for symbol, bars in _silent(steps).items():
        none = f"none of the {bars} bars" if bars > 1 else "the one bar"
        came = "came" if bars > 1 else "did not come"
        symbols.setdefault(f"{none} that {'were' if bars > 1 else 'was'} due {came}", {})[
            symbol
        ] = None
    return [f"{', '.join(named)}: {reason}." for reason, named in symbols.items()]


def _silent(steps: Sequence[BarsStep]) -> Counter[str]:
    """The symbols of which not one due bar came, without a word of why; how many were due."""
    lacking = Counter(
        symbol
        for step in steps
        for record in step.records
        for symbol, reason in record.reasons.items()
        if reason.startswith(NO_BAR)
    )
    came = {
        part.series.symbol
        for step in steps
        for part in step.collected.parts
        if step.records
        and part.series.interval is Interval.HALF_HOUR
        # Those before the first slot are there for look-backs.
        and (part.series.closed_at > instant64(step.records[0].slot_at - SLOT)).any()
    }
    return Counter({symbol: bars for symbol, bars in lacking.items() if symbol not in came})


def _of_flaws(
    check: str, asset: str, flaws: Sequence[Flaw], kinds: set[FlawKind]
) -> dg.AssetCheckResult:
    return _result(check, asset, [flaw.sentence for flaw in flaws if flaw.kind in kinds])


def _result(check: str, asset: str, faults: Sequence[str]) -> dg.AssetCheckResult:
    """Passed where there is no fault; else a warning that shows the first few and holds all."""
    faults = list(dict.fromkeys(faults))
    return dg.AssetCheckResult(
        passed=not faults,
        check_name=check,
        asset_key=asset,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "faults": len(faults),
            "first": dg.MetadataValue.md(
                "\n".join(f"- {fault}" for fault in faults[:10]) or "none"
            ),
            **({FAULTS: dg.MetadataValue.json(list(faults))} if check in ABOUT_INPUT else {}),
        },
    )
