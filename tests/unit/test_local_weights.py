"""Weights are read whole or refused in one sentence, and made the same way twice."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.labelled import Title, read_phrasebank, read_sentfin
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.models.local.weights import (
    MOST_BYTES,
    PATH,
    parse_weights,
    read_weights,
    weights_file,
)
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text
from fintech_pipeline.sentiment.training.learning import divide, train
from fintech_pipeline.sentiment.training.plain_headlines import fingerprint, plain_headlines

GOOD, BAD = ("soars", "wins order", "profit rises"), ("plunges", "faces probe", "profit falls")
DULL = ("opens office", "holds meeting", "names chair")


def made_up_titles() -> list[Title]:
    """Ninety different companies, places and figures in nine kinds of sentence."""
    kinds = [(GOOD, Label.POSITIVE), (BAD, Label.NEGATIVE), (DULL, Label.NEUTRAL)]
    return [
        Title(f"Company{n} {phrase} in town{n} region{n} number{n}", {f"Company{n}": label})
        for n in range(30)
        for phrases, label in kinds
        for phrase in phrases[n % 3 : n % 3 + 1]
    ]


def test_what_ships_is_whole_and_small() -> None:
    weights = read_weights(PATH)
    assert weights.version.startswith("local-2026-11-")
    assert PATH.stat().st_size <= MOST_BYTES
    assert len(weights.place) > 10_000


def test_nothing_of_phrasebank_was_learned_from() -> None:
    about = read_weights(PATH).about
    assert about["learned_from"]["set"] == "SEntFiN 1.0 (MIT)"
    assert about["plain_headlines"]["sha256"] == fingerprint()


def test_our_plain_headlines_are_in_no_set_that_we_measure_with(shared_data: Path) -> None:
    def plain(text: str) -> str:
        return " ".join(re.findall(r"\w+", text.lower()))

    ours = {plain(example.text.headline) for example in plain_headlines()}
    folder = shared_data / "labelled"
    measured = [example.text.headline for example in read_phrasebank(folder, "50Agree")]
    measured += [title.headline for title in read_sentfin(folder)]
    assert len(ours) == len(plain_headlines()) > 700
    assert ours.isdisjoint(map(plain, measured))


def test_training_twice_gives_the_same_bytes_and_learns() -> None:
    titles = made_up_titles()
    first, second = train(divide(titles)), train(divide(titles))
    assert first.content == second.content
    right = [guess.label == guess.example.label for guess in first.guesses]
    assert sum(right) > 0.9 * len(right)


def test_too_few_titles_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="too few"):
        divide(made_up_titles()[:4])


def changed_reading(content: bytes) -> bytes:
    first, _, body = content.partition(b"\n")
    return json.dumps({**json.loads(first), "reading": 999}).encode() + b"\n" + body


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda content: content[: len(content) // 2], "damaged"),
        (lambda content: content.replace(b"soar", b"sour"), "damaged"),
        (lambda content: content + b"more\t1\t2\t3\n", "damaged"),
        (lambda _: b"", "does not begin"),
        (lambda _: b"[" * 100_000, "does not begin"),
        (lambda _: b"\x80\x04\x95pickle", "does not begin"),
        (lambda _: b'{"format": 1}\n', "does not begin"),
        (lambda _: b"[1, 2]\n", "does not begin"),
        (changed_reading, "reading 999"),
        (lambda _: weights_file({"soar": (1, 2, 3)}, {}), "missing"),
        (lambda _: weights_file({"=start": (10**9, 0, 0)}, {}), "cannot be read"),
    ],
)
def test_what_is_no_weights_file_is_refused_in_one_sentence(
    tmp_path: Path, damage: Callable[[bytes], bytes], told: str
) -> None:
    path = tmp_path / "weights.tsv"
    path.write_bytes(damage(PATH.read_bytes()))
    with pytest.raises(ConfigurationError, match=told) as raised:
        LocalModel(path).score([Text(1, "A", ("A",), "A soars", "")])
    assert str(raised.value).count(". ") == 0
    assert "fintech sentiment train" in str(raised.value)


def test_missing_weights_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        LocalModel(tmp_path / "weights.tsv").version  # noqa: B018  # reading it is the test


def test_weights_of_more_than_five_megabytes_are_not_written() -> None:
    rows = {f"word{n}" * 20: (n, n, n) for n in range(60_000)}
    with pytest.raises(ConfigurationError, match="nothing was written"):
        weights_file(rows, {})


def test_other_weights_are_another_version() -> None:
    content = PATH.read_bytes()
    first, _, body = content.partition(b"\n")
    about = json.loads(first)
    rows = {
        key: (int(a), int(b), int(c))
        for key, a, b, c in (line.split("\t") for line in body.decode().splitlines())
    }
    extra = {key: about[key] for key in about if key not in {"format", "reading", "sha256"}}
    assert weights_file(rows, extra) == content
    rows["=start"] = (1, 2, 3)
    other = parse_weights(weights_file(rows, extra))
    assert other.version != read_weights(PATH).version


def test_golden_scores_hold_on_every_machine() -> None:
    model = LocalModel()
    names = ("AAPL", "Apple Inc.", "Apple")
    found = {}
    for headline in GOLDEN:
        (answer,) = model.score([Text(1, "AAPL", names, headline, "")])
        assert isinstance(answer, SentimentScore)
        found[headline] = (answer.value, answer.confidence)
    assert found == GOLDEN


GOLDEN = {
    "Apple beats estimates": (0.946196, 0.953285),
    "Apple’s shares plunge after recall": (-0.982303, 0.989884),
    "Apple is not profitable": (-0.939642, 0.941179),
    "Apple to hold its annual meeting in May": (0.023278, 0.918802),
    "Apple falls as Microsoft soars": (-0.985164, 0.99224),
    "Microsoft falls as Apple soars": (0.615162, 0.731261),
    "": (0.0, 0.611317),
}
"""As version local-2026-11 gave them; a change here is a change of every stored score."""
