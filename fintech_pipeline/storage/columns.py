"""A whole column in one value: what `array_send(array_agg(…))` sends, as numpy has it.

PostgreSQL's binary form of an array of one dimension: five numbers of four bytes (dimensions,
whether there are nulls, the type, the length, the lower bound), then each value behind its length
(src/backend/utils/adt/arrayfuncs.c, array_send). No object is made for a row.
"""

import numpy as np
from numpy.typing import NDArray

_HEAD_BYTES = 20
_EPOCH = np.datetime64("2000-01-01T00:00", "us")
"""From which PostgreSQL counts microseconds."""


def sent_floats(sent: bytes | None) -> NDArray[np.float64]:
    """The numbers of a `double precision[]` without a null; none where there was no row."""
    return _values(sent, ">f8").astype(np.float64)


def sent_instants(sent: bytes | None) -> NDArray[np.datetime64]:
    """The instants of a `timestamptz[]` without a null, `datetime64[us]`, UTC."""
    since = _values(sent, ">i8").astype(np.int64).astype("timedelta64[us]")
    instants: NDArray[np.datetime64] = _EPOCH + since
    return instants


def _values(sent: bytes | None, kind: str) -> NDArray[np.generic]:
    if sent is None:
        return np.empty(0, dtype=kind)
    rows = np.frombuffer(sent, np.dtype([("length", ">i4"), ("value", kind)]), offset=_HEAD_BYTES)
    values: NDArray[np.generic] = rows["value"]
    return values
