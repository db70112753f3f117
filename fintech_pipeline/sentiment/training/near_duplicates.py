"""Which headlines tell nearly the same, so that none is learned from and tested with its twin.

Two headlines are near-duplicates where their stems and figures overlap by half (Jaccard); groups
are what hangs together by such pairs. "Buy X, target Rs 100" and "Buy Y, target Rs 230" by one
broker are near-duplicates too.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from fintech_pipeline.news.stories import headline_tokens

OVERLAP = 0.5


def groups_of(headlines: Sequence[str]) -> npt.NDArray[np.int64]:
    """The group of each headline, numbered from 0 in order of appearance."""
    tokens = [headline_tokens(headline) for headline in headlines]
    columns = {token: n for n, token in enumerate(sorted({t for row in tokens for t in row}))}
    ends = np.cumsum([0, *(len(row) for row in tokens)])
    indices = [columns[token] for row in tokens for token in row]
    shape = (len(tokens), max(1, len(columns)))
    used = csr_matrix((np.ones(len(indices), np.int32), indices, ends), shape=shape)
    shared = (used @ used.T).tocoo()
    sizes = np.diff(ends)
    union = sizes[shared.row] + sizes[shared.col] - shared.data
    near = shared.data >= OVERLAP * union
    pairs = (np.ones(near.sum(), np.int8), (shared.row[near], shared.col[near]))
    _, labels = connected_components(csr_matrix(pairs, shape=shared.shape), directed=False)
    return np.asarray(labels, np.int64)


def fold_of_groups(
    headlines: Sequence[str], groups: npt.NDArray[np.int64], folds: int, salt: str
) -> npt.NDArray[np.int64]:
    """The fold of each headline, in 0 … folds - 1, by a hash of its group's first headline.

    A hash, so that a headline stays in its fold whatever else is in the set.
    """
    first: dict[int, str] = {}
    for headline, group in zip(headlines, groups.tolist(), strict=True):
        first[group] = min(headline, first.get(group, headline))
    chosen = {group: _fold(f"{salt}\0{headline}", folds) for group, headline in first.items()}
    return np.array([chosen[group] for group in groups.tolist()], np.int64)


def _fold(told: str, folds: int) -> int:
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:2], "big") * folds // 65_536
