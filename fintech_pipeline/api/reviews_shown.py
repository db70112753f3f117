"""Reviews as the API shows them; null where a figure says nothing."""

from datetime import datetime

from pydantic import Field

from fintech_pipeline.api.signals_shown import Shown


class RateShown(Shown):
    """How often something was so, with Wilson's 95 % interval for the independent ones."""

    hits: int
    count: int
    windows: int = Field(description="In how many spans of time that do not overlap.")
    effective: int
    low: float | None
    high: float | None


class EstimateShown(Shown):
    """A mean over time, and how surely it is not zero."""

    mean: float | None
    t: float | None
    p: float | None
    count: int
    independent: int
    lags: int
    verdict: str


class BucketShown(Shown):
    """The observations of one action, or of one fifth of the scores."""

    name: str
    count: int
    mean_score: float | None
    return_pct: EstimateShown


class RuleShown(Shown):
    """How a rule would have done."""

    name: str
    hit_rate: RateShown
    return_pct: EstimateShown


class SymbolFiguresShown(Shown):
    """How the signals of one symbol did."""

    symbol: str
    hit_rate: RateShown
    coefficient: EstimateShown


class HorizonShown(Shown):
    """All figures of one horizon."""

    horizon: str
    count: int
    without: dict[str, int] = Field(description="Why others have no outcome.")
    waiting: int
    ranked: str
    sign: RateShown
    buys: RateShown
    sells: RateShown
    score: EstimateShown = Field(description="The information coefficient of the score.")
    components: dict[str, EstimateShown]
    fifths: list[BucketShown]
    actions: list[BucketShown]
    rules: list[RuleShown]
    symbols: list[SymbolFiguresShown]


class StrategyFiguresShown(Shown):
    """What became of the signals of one strategy."""

    strategy: str
    signals: int
    symbols: int
    first: datetime | None
    last: datetime | None
    turnover: float | None
    looks: int = Field(description="How many coefficients had a chance to be called an effect.")
    horizons: list[HorizonShown]


class ReliabilityShown(Shown):
    """The scores between two edges: what they said, and what came."""

    low: float
    high: float
    mean_probability: float | None
    rose: RateShown


class CalibrationShown(Shown):
    """How the scores of one outlet or model did."""

    group: str
    rose: RateShown
    hit_rate: RateShown
    brier: float | None
    brier_of_base: float | None
    reliability: list[ReliabilityShown]


class SentimentFiguresShown(Shown):
    """The calibration of sentiment at one horizon."""

    horizon: str
    models: list[CalibrationShown]
    outlets: list[CalibrationShown]


class ReviewShown(Shown):
    """What became of the signals, and of the sentiment."""

    live: bool = Field(description="Of live signals, or of a backfilled history.")
    simulated: bool
    strategies: list[StrategyFiguresShown]
    sentiment: list[SentimentFiguresShown]
