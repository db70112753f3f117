"""Walk-forward validation: trained on the past, tried on what came after it. Pure.

Samples of neighbouring slots look into the same future. So what is trained on ends before what is
tried begins: samples whose future reaches into it are purged, and those that were known just before
it are left out as well, the embargo (López de Prado 2018, chapter 7).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.clock import Instants

FOLDS = 5


def walk_forward(
    known_at: Instants, ended_at: Instants, embargo: np.timedelta64, folds: int = FOLDS
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """The samples to train on and to try, fold by fold, in order of time.

    Args:
        known_at: When each sample was known (UTC).
        ended_at: When what came of it was known.
        embargo: How much time more lies between.
        folds: The instants are cut into one part more than this.

    Yields:
        The places of the samples trained on and tried; neither is empty.
    """
    for part in np.array_split(np.unique(known_at), folds + 1)[1:]:
        if not len(part):
            continue
        tried = np.flatnonzero((known_at >= part[0]) & (known_at <= part[-1]))
        trained = np.flatnonzero(ended_at < part[0] - embargo)
        if len(trained) and len(tried):
            yield trained, tried
