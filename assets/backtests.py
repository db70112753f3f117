"""`strategy_backtests`: what trading each strategy's signals would have brought."""

import dagster as dg

from assets.metadata import Metadata, simulated, table
from fintech_pipeline.composition import Pipeline
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.orchestration.backtesting import (
    STRATEGY_BACKTESTS,
    Asked,
    backtest,
    configured_terms,
)
from fintech_pipeline.orchestration.due import GROUP, TRADING_SIGNALS
from fintech_pipeline.settings import Settings
from fintech_pipeline.signals.backtesting.backtest import Backtest, document
from fintech_pipeline.signals.backtesting.telling import headline, luck_told, tables, terms_told


def strategy_backtests_asset() -> dg.AssetsDefinition:
    """The asset of the backtests, which belongs to no day."""

    @dg.asset(
        name=STRATEGY_BACKTESTS,
        group_name=GROUP,
        deps=[TRADING_SIGNALS],
        kinds={"numpy", "postgres"},
    )
    def strategy_backtests(
        pipeline: dg.ResourceParam[Pipeline],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # as for the other assets
        """Each configured strategy, traded on stored history with costs, beside holding.

        Each is a trial, and its Sharpe ratio is deflated by how many there were.
        """
        made, lacking = [], {}
        terms = configured_terms(pipeline)
        for strategy in pipeline.strategies:
            try:
                made.append(backtest(pipeline, Asked(strategy, terms))[1])
            except ConfigurationError as error:
                # Its bars are not stored; the others have theirs.
                lacking[strategy.label] = str(error)
        return dg.MaterializeResult(metadata=backtests_metadata(made, lacking, pipeline.settings))

    return strategy_backtests


def backtests_metadata(
    made: list[Backtest], lacking: dict[str, str], settings: Settings
) -> Metadata:
    """What each backtest shows, its figures and its charts' page in words."""
    shown: dict[str, dg.MetadataValue | int | float | str] = {"dagster/row_count": len(made)}
    for one in made:
        told = document(one)
        label = one.question.strategy
        shown[label] = f"{headline(told)} {luck_told(told)} {terms_told(told)}"
        for part in tables(told):
            shown[f"{label}: {part.title}"] = table(part.header, part.rows)
    for label, why in lacking.items():
        shown[f"{label}: not tried"] = why
    return {**shown, **simulated(settings)}
