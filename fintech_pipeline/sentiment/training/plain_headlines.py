"""Our own small supplement to SEntFiN: plain English headlines. Pure, but for its TOML file."""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path

from fintech_pipeline.sentiment.labelled import Example
from fintech_pipeline.sentiment.scores import Label, Text

PATH = Path(__file__).with_suffix(".toml")
WEIGHT = 0.5
"""How much each counts beside an example of SEntFiN."""


def plain_headlines() -> list[Example]:
    """Each phrase three times: bare, with an ending, and with another for a reader of no name."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    names, endings = data["names"], data["endings"]
    examples: list[Example] = []
    for said in data["said"]:
        for n, phrase in enumerate(said["phrases"]):
            name = names[n % len(names)]
            headline = phrase.format(name)
            one, other = (endings[(2 * n + turn) % len(endings)] for turn in range(2))
            examples += _examples(headline, one, other, name, Label(said["label"]))
    return examples


def fingerprint() -> str:
    """The SHA-256 of the file."""
    return hashlib.sha256(PATH.read_bytes()).hexdigest()


def _examples(headline: str, one: str, other: str, name: str, label: Label) -> Iterator[Example]:
    yield Example(Text(0, name, (name,), headline, ""), label)
    yield Example(Text(0, name, (name,), f"{headline} {one}", ""), label)
    yield Example(Text(0, "", (), f"{headline} {other}", ""), label)
