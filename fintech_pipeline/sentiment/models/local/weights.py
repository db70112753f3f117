"""The weights' file: plain text, one line a feature; read whole or refused in one sentence.

The first line is JSON: `format`, `reading` (the version of the code that sees a text, which must be
the one that was trained with), `sha256` of all that follows, and what the weights were made of.
Each other line is a feature and, after tabs, what it adds to the negative, the neutral and the
positive class, in whole thousandths: sums of whole numbers are exact in any order, so a text gets
the same bits alone and among a thousand. `=start` is what every text begins with, `=read:…` weighs
a number of `features.READ`, `~…` letters, anything else words.

Nothing in the file is executed, and nothing in it is a size that is believed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.models.local.features import READ, READING
from fintech_pipeline.sentiment.models.local.lexicon import PATH as LEXICON

PATH = Path(__file__).with_name("weights.tsv")
FORMAT = 1
RELEASE = "2026-11"
UNIT = 1000
"""Weights are whole numbers of 1 / UNIT."""
START, READ_PREFIX = "=start", "=read:"
MOST_BYTES = 5_000_000
_LARGEST = 1_000_000

Row = tuple[int, int, int]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """A trained model.

    Attributes:
        version: Names the release and, by a hash, these weights and the lexicon.
        start: What every text begins with, by class.
        read: By number of `READ` and class.
        place: The row in `rows` of each n-gram.
        rows: By n-gram and class. Row 0 is nobody's and zero.
        about: What the file says of its making.
    """

    version: str
    start: Row
    read: Whole
    place: dict[str, int]
    rows: Whole
    about: Mapping[str, Any]


def version_of(content: bytes) -> str:
    """The version that weights of this content have, with the lexicon that is there."""
    told = hashlib.sha256(content + LEXICON.read_bytes()).hexdigest()
    return f"local-{RELEASE}-{told[:8]}"


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that ship, read once a process: a quarter of a second.

    Raises:
        ConfigurationError: The file is missing, damaged, or of another format or reading.
    """
    return read_weights(PATH)


def read_weights(path: Path) -> Weights:
    """The weights in the file.

    Raises:
        ConfigurationError: The file is missing, damaged, or of another format or reading.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(path, str(error.strerror)) from None
    return parse_weights(content, path)


def parse_weights(content: bytes, path: Path = PATH) -> Weights:
    """The weights that a file of this content holds; `path` is what a refusal names.

    Raises:
        ConfigurationError: They are damaged, or of another format or reading.
    """
    first, _, body = content.partition(b"\n")
    try:
        about = json.loads(first)
        made_for = (about["format"], about["reading"])
        whole = about["sha256"] == hashlib.sha256(body).hexdigest()
    except (ValueError, TypeError, LookupError, RecursionError):
        raise _refusal(path, "it does not begin as such a file does") from None
    if made_for != (FORMAT, READING):
        told = "it has format {} and reading {}, this version wants {} and {}"
        raise _refusal(path, told.format(*made_for, FORMAT, READING))
    if not whole:
        raise _refusal(path, "it is damaged: its content is not what its first line promises")
    try:
        rows = dict(map(_row, body.decode().removesuffix("\n").split("\n")))
        start = rows.pop(START)
        read = np.array([rows.pop(READ_PREFIX + name) for name in READ], np.int64)
    except (ValueError, LookupError):
        raise _refusal(path, "a feature is missing or a line cannot be read") from None
    table = np.array([(0, 0, 0), *rows.values()], np.int64)
    place = {key: n for n, key in enumerate(rows, 1)}
    return Weights(version_of(content), start, read, place, table, about)


def weights_file(rows: Mapping[str, Row], about: Mapping[str, Any]) -> bytes:
    """The content of a weights' file: the same rows in whatever order give the same bytes.

    Raises:
        ConfigurationError: It would be larger than 5 MB.
    """
    lines = [f"{key}\t{a}\t{b}\t{c}\n" for key, (a, b, c) in sorted(rows.items())]
    body = "".join(lines).encode()
    first = {
        "format": FORMAT,
        "reading": READING,
        "sha256": hashlib.sha256(body).hexdigest(),
        **about,
    }
    content = json.dumps(first, ensure_ascii=False).encode() + b"\n" + body
    if len(content) > MOST_BYTES:
        raise ConfigurationError(
            f"The weights would take {len(content):,} bytes of at most {MOST_BYTES:,}; nothing "
            "was written."
        )
    return content


def _row(line: str) -> tuple[str, Row]:
    key, negative, neutral, positive = line.split("\t")
    row = (int(negative), int(neutral), int(positive))
    if not all(-_LARGEST <= weight <= _LARGEST for weight in row):
        raise ValueError(line)
    return key, row


def _refusal(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: these are no weights for the local model: {why}; "
        "`fintech sentiment train --data DIR` makes them anew."
    )
