"""The labelled sets: headlines that people judged, read from the folders they are published in.

Two are known, each a folder of `--data DIR`:

- `sentfin`, SEntFiN 1.0 (Sinha, Kedas, Kumar, Malo 2022; MIT): a label for each entity of a
  headline. Its column `Decisions` looks like JSON and is not: an apostrophe in a name is not
  escaped, and some names stand in double quotes. A few titles occur twice.
- `financial_phrasebank` (Malo et al. 2014; CC BY-NC-SA 3.0, for evaluation only): `sentence@label`
  in four files, of which the stricter are contained in the laxer. One is UTF-8, three Latin-1.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.scores import Label, Text

SENTFIN, PHRASEBANK = "sentfin", "financial_phrasebank"
AGREEMENTS = ("AllAgree", "75Agree", "66Agree", "50Agree")
_DECISION = re.compile(
    r"""['"]+(?P<entity>[^:]+?)['"]+\s*:\s*['"]+(?P<label>positive|neutral|negative)['"]+\s*[,}]"""
)


@dataclass(frozen=True, slots=True)
class Example:
    """A text that people judged.

    Attributes:
        text: What was read, seen from the entity where there is one.
        label: What they said of it.
    """

    text: Text
    label: Label


@dataclass(frozen=True, slots=True)
class Title:
    """A headline of SEntFiN with all that was said of it.

    Attributes:
        headline: As it was printed.
        labels: Each entity's label, in the order of the set.
    """

    headline: str
    labels: dict[str, Label]

    @property
    def conflicting(self) -> bool:
        """Whether its entities have different labels."""
        return len(set(self.labels.values())) > 1

    def examples(self) -> list[Example]:
        """One for each entity, which the text knows by name."""
        return [
            Example(Text(0, entity, (entity,), self.headline, ""), label)
            for entity, label in self.labels.items()
        ]


def read_sentfin(folder: Path) -> list[Title]:
    """The titles of SEntFiN as published: in their order, those that occur twice included.

    Raises:
        ConfigurationError: The file is missing, cannot be read, or holds a line without a label.
    """
    path = folder / SENTFIN / "SEntFiN.csv"
    titles = []
    for number, row in enumerate(csv.DictReader(_lines(path)), 2):
        headline, decisions = row.get("Title"), row.get("Decisions") or ""
        labels = {hit["entity"]: Label(hit["label"]) for hit in _DECISION.finditer(decisions)}
        if not headline or not labels:
            raise ConfigurationError(f"{path}, row {number}: a title or its labels are missing.")
        titles.append(Title(headline, labels))
    return titles


def read_phrasebank(folder: Path, agreement: str) -> list[Example]:
    """The sentences of one level of agreement as published; they name no entity.

    Raises:
        ConfigurationError: The file is missing, cannot be read, or holds a line without a label.
    """
    path = folder / PHRASEBANK / f"Sentences_{agreement}.txt"
    examples = []
    for number, line in enumerate(_lines(path), 1):
        sentence, _, label = line.rpartition("@")
        if not sentence or label not in set(Label):
            raise ConfigurationError(f"{path}, line {number}: not of the form sentence@label.")
        examples.append(Example(Text(0, "", (), sentence, ""), Label(label)))
    return examples


def may_guide(sentence: str) -> bool:
    """Whether the sentence is of the half that may guide choices; figures come from the other."""
    return hashlib.sha256(sentence.encode()).digest()[0] < 128


def _lines(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    # Not str.splitlines: it also cuts at characters that stand inside a sentence.
    return iter(text.replace("\r\n", "\n").removesuffix("\n").split("\n"))
