"""`fintech why`: how one signal came about, from its bars and articles on."""

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from fintech_pipeline.cli.parsing import Slot, known_symbol
from fintech_pipeline.cli.report import signal_document
from fintech_pipeline.cli.session import opened_pipeline
from fintech_pipeline.cli.why_chain import print_chain
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.orchestration.due import TRADING_SIGNALS
from fintech_pipeline.signals.chain import Chain, read_chain
from fintech_pipeline.signals.definition import definition
from fintech_pipeline.signals.judgements import labels
from fintech_pipeline.signals.signal_store import StoredSignal


@click.command()
@click.argument("symbol")
@click.option("--slot", type=Slot(), help="The slot; the newest with a signal without it.")
@click.option("--strategy", help="A strategy's name or label; the primary one without it.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def why(symbol: str, slot: datetime | None, strategy: str | None, as_json: bool) -> None:
    """Tell how the signal of SYMBOL came about, in numbers that add up.

    \b
    Examples:
      fintech why AAPL --slot 2025-05-20T16:00Z
      fintech why AAPL --strategy swing
    """  # noqa: D301  # click's mark for lines it leaves as they are
    with opened_pipeline() as pipeline:
        instrument = known_symbol(symbol, pipeline.instruments.watched())
        label = _label(pipeline, strategy)
        stored = _stored(pipeline, instrument.symbol, slot, label)
        with pipeline.database.transaction() as connection:
            chain = read_chain(connection, stored, instrument.currency, pipeline.settings.simulated)
    if as_json:
        click.echo(json.dumps(_document(chain), indent=2, ensure_ascii=False))
    else:
        print_chain(chain)


def _label(pipeline: Pipeline, strategy: str | None) -> str:
    """The label of the strategy that is meant."""
    if strategy is None:
        return pipeline.strategy.label
    known = [one.label for one in pipeline.strategies if strategy in (one.name, one.label)]
    stored = [label for label in labels(pipeline.database) if label == strategy]
    if found := [*known, *stored]:
        return found[0]
    there = ", ".join(one.label for one in pipeline.strategies)
    raise ConfigurationError(f"There is no strategy {strategy}; there is {there}.")


def _stored(pipeline: Pipeline, symbol: str, slot: datetime | None, label: str) -> StoredSignal:
    if slot is None:
        newest = pipeline.signals.newest(symbol, label)
        if not newest:
            raise ConfigurationError(
                f"{symbol} has no signal of {label} yet; `fintech tick` makes the first."
            )
        return newest[0]
    for stored in pipeline.signals.at_slot(slot, label):
        if stored.signal.symbol == symbol:
            return stored
    reason = pipeline.slots.reasons(TRADING_SIGNALS, slot).get(symbol)
    told = f": {reason}" if reason else "; `fintech tick --slot` would judge it"
    days = any(one.label == label and one.interval is Interval.DAY for one in pipeline.strategies)
    if days and not reason:
        told = f" of {label}, which judges days at the slot in which their session closes"
    raise ConfigurationError(f"{symbol} has no signal at {slot:%Y-%m-%d %H:%MZ}{told}.")


def _document(chain: Chain) -> dict[str, Any]:
    """What a slot's report says of the signal, and all that is behind it."""
    signal, stored = chain.signal, chain.stored
    document = signal_document(stored, chain.articles, chain.scores, chain.currency)
    for article in document["articles"]:
        article["story"] = chain.articles[article["id"]].story_id
    more = {
        "slot_at": signal.slot_at,
        "strategy": signal.strategy,
        "interval": str(chain.interval),
        "cutoff_at": stored.cutoff_at,
        "run_id": stored.run_id,
        "simulated": chain.simulated,
        "last_close": signal.last_close,
        "coverage": signal.coverage,
        "agreement": signal.agreement,
        "freshness": signal.freshness,
        "since": signal.since,
        "regime": signal.regime,
        "split": signal.split,
        "figures": {part.name: part.figure for part in signal.contributions},
        "bars": None if signal.bars is None or chain.prices is None else asdict(chain.prices),
        "definition": None if chain.strategy is None else definition(chain.strategy),
    }
    told: dict[str, Any] = document | {key: _plain(value) for key, value in more.items()}
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
