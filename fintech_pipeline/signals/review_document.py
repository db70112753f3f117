"""A review as plain data, which JSON can hold. Pure."""

import math
from dataclasses import fields, is_dataclass

import numpy as np

from fintech_pipeline.clock import from_instant64


def plain(value: object) -> object:
    """The value as JSON can hold it: a number that is none becomes null, an instant a text."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.datetime64):
        return from_instant64(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
