"""What Prometheus is told of the database, in its own words: families of samples.

Runs are short-lived Jobs that nobody can scrape, so they report through the database: whoever
serves `/metrics` reads what they left there. Each slice tells what it owns (`measuring.py`).

A counter that is read of a table counts what happened since midnight UTC and begins anew with each
day, so that no scrape counts years of rows; `rate` and `increase` take that for a restart, as they
should. What falls between the last scrape of a day and midnight is lost to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    SummaryMetricFamily,
)
from prometheus_client.metrics_core import Metric

PREFIX = "fintech_"
TODAY = "; since midnight UTC."

Rows = Iterable[tuple[Sequence[str], float]]
"""The values of the labels, in the order of their names, and the sample."""


def midnight(now: datetime) -> datetime:
    """Where today began (UTC)."""
    return datetime.combine(now.date(), time(), UTC)


def gauge(name: str, told: str, labels: Sequence[str], rows: Rows) -> Metric:
    """A family of values that go up and down.

    Args:
        name: Without the prefix; it ends in its unit.
        told: What it is, a sentence.
        labels: Their names; of few values each, and never what a stranger sends.
        rows: The samples.
    """
    family = GaugeMetricFamily(PREFIX + name, told, labels=labels)
    for values, sample in rows:
        family.add_metric(values, float(sample))
    return family


def value(name: str, told: str, sample: float) -> Metric:
    """One value that goes up and down."""
    return gauge(name, told, (), [((), sample)])


def counter(name: str, told: str, labels: Sequence[str], rows: Rows) -> Metric:
    """A family of counts of today (UTC).

    Args:
        name: Without the prefix and without `_total`.
        told: What is counted, without an end.
        labels: Their names.
        rows: The samples; 0 for what may come, so that the first one is seen to come.
    """
    family = CounterMetricFamily(PREFIX + name, told + TODAY, labels=labels)
    for values, sample in rows:
        family.add_metric(values, float(sample))
    return family


def summary(
    name: str,
    told: str,
    labels: Sequence[str],
    rows: Iterable[tuple[Sequence[str], int, float]],
) -> Metric:
    """A family of counts and sums of today (UTC).

    Args:
        name: Without the prefix.
        told: What is summed up, without an end.
        labels: Their names.
        rows: The values of the labels, how many there were, and their sum.
    """
    family = SummaryMetricFamily(PREFIX + name, told + TODAY, labels=labels)
    for values, count, total in rows:
        family.add_metric(values, count, float(total))
    return family


def histogram(
    name: str,
    told: str,
    label: str,
    bounds: Sequence[float],
    seen: Mapping[str, Sequence[float]],
) -> Metric:
    """A family of distributions of today (UTC).

    Args:
        name: Without the prefix; it ends in its unit.
        told: What is measured, without an end.
        label: The name of the one label.
        bounds: The upper bounds of the buckets, rising.
        seen: For each value of the label what was measured; infinity for what has no end yet,
            which only the last bucket counts and the sum leaves out.
    """
    family = HistogramMetricFamily(PREFIX + name, told + TODAY, labels=(label,))
    for labelled, measured in seen.items():
        below = [(str(float(bound)), sum(one <= bound for one in measured)) for bound in bounds]
        total = sum(one for one in measured if one != float("inf"))
        family.add_metric([labelled], [*below, ("+Inf", len(measured))], total)
    return family
