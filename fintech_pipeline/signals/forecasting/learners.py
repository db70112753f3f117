"""The ways to learn, by the names that are stored; one of them needs an optional library."""

import importlib.util
from collections.abc import Callable, Mapping

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.signals.forecasting.model import Learner
from fintech_pipeline.signals.forecasting.trees import TreeLearner


def _sequence() -> Learner:
    # It takes seconds to import, and most people have no such library.
    from fintech_pipeline.signals.forecasting.sequence import SequenceLearner

    return SequenceLearner()


LEARNERS: Mapping[str, Callable[[], Learner]] = {"trees": TreeLearner, "sequence": _sequence}


def is_usable(name: str) -> bool:
    """Whether a way to learn can be used here."""
    return name != "sequence" or importlib.util.find_spec("torch") is not None


def learner_named(name: str) -> Learner:
    """The way to learn of that name.

    Raises:
        ConfigurationError: It needs a library that is not installed.
    """
    if not is_usable(name):
        raise ConfigurationError(
            "The sequence model needs PyTorch, which is not installed; "
            "`pip install 'fintech-pipeline[torch]'` brings it, or set forecast.learner to "
            '"trees".'
        )
    return LEARNERS[name]()
