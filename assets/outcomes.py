"""`signal_outcomes`: what became of the signals."""

import dagster as dg

from assets.metadata import Metadata, simulated, table
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.orchestration.due import GROUP, TRADING_SIGNALS
from fintech_pipeline.orchestration.review import SIGNAL_OUTCOMES, ReviewStep, review
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.hindsight import Review
from fintech_pipeline.signals.outcome_telling import (
    ToldTable,
    calibration_tables,
    headline,
    strategy_tables,
)


def signal_outcomes_asset() -> dg.AssetsDefinition:
    """The asset of the outcomes, which belongs to no day: each signal has its own time."""

    @dg.asset(
        name=SIGNAL_OUTCOMES,
        group_name=GROUP,
        deps=[TRADING_SIGNALS],
        kinds={"numpy", "postgres"},
    )
    def signal_outcomes(
        pipeline: dg.ResourceParam[Pipeline],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as for the other assets
        """What each live signal's price did afterwards, settled once, and what that says of it.

        Bought at the next open, sold at the close of the horizon. Live signals and a backfilled
        history are reviewed apart; too few outcomes give no number.
        """
        return dg.MaterializeResult(metadata=outcomes_metadata(review(pipeline), pipeline.settings))

    return signal_outcomes


def outcomes_metadata(step: ReviewStep, settings: Settings) -> Metadata:
    """What was settled, and the figures and plots of both kinds of history."""
    settled = step.settled
    return {
        "dagster/row_count": settled.written,
        "settled with a return": settled.returns,
        "settled without": sum(settled.without.values()),
        "waiting": settled.waiting,
        **_review("live", step.live),
        **_review("backfilled", step.backfilled),
        **simulated(settings),
    }


def _review(kind: str, found: Review) -> Metadata:
    # It takes a second to import, and loading the code location writes no file.
    from assets.outcome_plots import sentiment_plot, strategy_plot

    shown: dict[str, dg.MetadataValue | int | float | str] = {
        kind: " ".join(headline(one) for one in found.strategies) or "no signal yet"
    }
    for one in found.strategies:
        if one.looks:
            shown[f"{kind}, {one.strategy}"] = dg.MetadataValue.md(strategy_plot(one))
        shown |= {
            f"{kind}, {one.strategy}: {told.title}": _table(told) for told in strategy_tables(one)
        }
    for horizon in found.sentiment:
        tables = calibration_tables(horizon.horizon, horizon.models, horizon.outlets)
        shown |= {f"{kind}: {told.title}": _table(told) for told in tables}
    if plot := sentiment_plot(found.sentiment):
        shown[f"{kind}: sentiment"] = dg.MetadataValue.md(plot)
    return shown


def _table(told: ToldTable) -> dg.MarkdownMetadataValue:
    return table(told.header, told.rows)
