"""The chain of a signal: all that stands behind one that is stored, read for a person."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from fintech_pipeline.market.bars import Interval
from fintech_pipeline.news.article_store import ArticleSummary, article_summaries
from fintech_pipeline.sentiment.provenance import Key, StoredScore, scores_of
from fintech_pipeline.signals.basis_store import Basis, read_bases
from fintech_pipeline.signals.composite import Signal
from fintech_pipeline.signals.evidence import PriceEvidence, price_evidence
from fintech_pipeline.signals.signal_store import StoredSignal
from fintech_pipeline.signals.strategy import Regime, Strategy


@dataclass(frozen=True, slots=True)
class Chain:
    """All that stands behind one signal.

    Attributes:
        stored: The signal.
        interval: Of the bars that it judges.
        currency: Of the prices.
        simulated: Whether all of it is made up.
        prices: The bars and actions it saw.
        basis: What made it; None where it was not stored.
        articles: Those behind its news.
        scores: Their scores.
    """

    stored: StoredSignal
    interval: Interval
    currency: str
    simulated: bool
    prices: PriceEvidence | None
    basis: Basis | None
    articles: Mapping[int, ArticleSummary]
    scores: Mapping[Key, StoredScore]

    @property
    def signal(self) -> Signal:
        """The signal."""
        return self.stored.signal

    @property
    def strategy(self) -> Strategy | None:
        """What weighed it; None where it was not stored."""
        return None if self.basis is None else self.basis.strategy

    @property
    def regime(self) -> Regime | None:
        """The strategy's regime that held."""
        regimes = self.strategy.regimes if self.strategy else ()
        return next((one for one in regimes if one.name == self.signal.regime), None)


def read_chain(
    connection: sa.Connection, stored: StoredSignal, currency: str, simulated: bool
) -> Chain:
    """Reads all that stands behind the signal.

    Args:
        connection: Reads.
        stored: The signal.
        currency: Of its prices.
        simulated: Whether all of it is made up.
    """
    signal = stored.signal
    bases = read_bases(connection, [stored.basis_id]) if stored.basis_id is not None else {}
    basis = next(iter(bases.values()), None)
    interval = basis.strategy.interval if basis is not None else Interval.HALF_HOUR
    ids = [share.article_id for share in signal.articles]
    return Chain(
        stored,
        interval,
        currency,
        simulated,
        price_evidence(
            connection,
            signal.symbol,
            interval,
            signal.slot_at,
            stored.cutoff_at,
            signal.bars or 1,
        ),
        basis,
        article_summaries(connection, ids),
        scores_of(connection, ids),
    )
