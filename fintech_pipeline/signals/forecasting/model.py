"""What a model is to everybody else: something learnt, that can be kept as plain arrays. Pure.

No pickle: what is read back from a database runs no code.
"""

import hashlib
import io
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fintech_pipeline.market.bars import Floats
from fintech_pipeline.signals.forecasting.targets import Kind

Arrays = Mapping[str, NDArray[Any]]


class Model(Protocol):
    """Something learnt."""

    def told(self, features: Floats) -> Floats:
        """What it foretells of each sample: the chance of a rise, or the logarithm of a range.

        Args:
            features: (sample, feature).
        """
        ...

    def arrays(self) -> Arrays:
        """All that it is, to be kept."""
        ...


class Learner(Protocol):
    """A way to learn.

    Attributes:
        name: As it is stored and shown.
    """

    name: str

    def learnt(self, kind: Kind, features: Floats, came: Floats, seed: int) -> Model:
        """The model of some samples; the same samples and seed give the same model.

        Args:
            kind: What is foretold.
            features: (sample, feature); NaN where one is not known.
            came: What came of each.
            seed: Of its chance.
        """
        ...

    def restored(self, arrays: Arrays) -> Model:
        """A model that was kept."""
        ...


def packed(arrays: Arrays) -> bytes:
    """The arrays as one piece."""
    held = io.BytesIO()
    np.savez_compressed(held, **dict(arrays))  # type: ignore[arg-type]  # its stubs know no mapping
    return held.getvalue()


def unpacked(piece: bytes) -> Arrays:
    """The arrays of a piece."""
    with np.load(io.BytesIO(piece), allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def digest(arrays: Arrays) -> str:
    """The SHA-256 of the arrays themselves, however they are packed."""
    found = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
