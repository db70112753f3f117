"""The labelled sets are read as they are published, traps included."""

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from fintech_pipeline.cli.main import fintech
from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.sentiment.labelled import (
    AGREEMENTS,
    may_guide,
    read_phrasebank,
    read_sentfin,
)
from fintech_pipeline.sentiment.scores import Label
from fintech_pipeline.sentiment.training.near_duplicates import fold_of_groups, groups_of


def sentfin(folder: Path, *rows: str) -> Path:
    (folder / "sentfin").mkdir()
    lines = ["S No.,Title,Decisions,Words", *rows]
    (folder / "sentfin" / "SEntFiN.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def test_an_apostrophe_in_a_name_hides_no_label(tmp_path: Path) -> None:
    folder = sentfin(
        tmp_path,
        "1,Moody's cuts Tata,\"{'Tata Steel UK': 'negative', 'Moody's': 'neutral'}\",3",
        '2,Dr Reddy\'s gains,"{""Dr Reddy\'s"": \'positive\'}",3',
    )
    assert [title.labels for title in read_sentfin(folder)] == [
        {"Tata Steel UK": Label.NEGATIVE, "Moody's": Label.NEUTRAL},
        {"Dr Reddy's": Label.POSITIVE},
    ]


def test_a_row_without_a_label_is_refused_by_its_number(tmp_path: Path) -> None:
    folder = sentfin(tmp_path, "1,Fine,{'A': 'neutral'},1", "2,Broken,{'A': 'great'},1")
    with pytest.raises(ConfigurationError, match="row 3"):
        read_sentfin(folder)


def test_a_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_sentfin(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_both_encodings_of_phrasebank_are_read(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "financial_phrasebank"
    folder.mkdir()
    text = "Hyvä Oyj @ home grew .@positive\r\nNo change .@neutral\r\n"
    (folder / "Sentences_AllAgree.txt").write_bytes(text.encode(encoding))
    found = [(e.text.headline, str(e.label)) for e in read_phrasebank(tmp_path, "AllAgree")]
    assert found == [("Hyvä Oyj @ home grew .", "positive"), ("No change .", "neutral")]


def test_the_published_sets_have_their_published_sizes(shared_data: Path) -> None:
    labelled = shared_data / "labelled"
    titles = read_sentfin(labelled)
    assert len(titles) == 10_753
    assert sum(title.conflicting for title in titles) == 1_233
    sizes = [len(read_phrasebank(labelled, agreement)) for agreement in AGREEMENTS]
    assert sizes == [2_264, 3_453, 4_217, 4_846]


def test_the_half_that_may_guide_is_the_same_at_every_level_of_agreement(shared_data: Path) -> None:
    labelled = shared_data / "labelled"
    sentences = [e.text.headline for e in read_phrasebank(labelled, "AllAgree")]
    assert 0.45 < sum(map(may_guide, sentences)) / len(sentences) < 0.55


TITLES = [
    "Apple soars after record iPhone sales in China",
    "Sensex ends lower as banks drag",
    "Record iPhone sales in China: Apple soars",
    "Buy Tata Motors, target Rs 230: Prakash Gaba",
    "Buy IDBI, target Rs 100: Prakash Gaba",
]


def test_near_duplicates_form_a_group() -> None:
    groups = groups_of(TITLES).tolist()
    assert groups[0] == groups[2]
    assert groups[3] == groups[4]
    assert len(set(groups)) == 3


def test_a_group_is_never_divided_and_stays_in_its_fold_whatever_else_there_is() -> None:
    many = [*TITLES, *(f"Company{n} opens office{n} town{n}" for n in range(50))]
    folds = fold_of_groups(many, groups_of(many), 5, "salt").tolist()
    assert folds[0] == folds[2]
    assert folds[:5] == fold_of_groups(TITLES, groups_of(TITLES), 5, "salt").tolist()
    assert set(folds) == set(range(5))
    assert Counter(folds) != Counter(fold_of_groups(many, groups_of(many), 5, "other").tolist())


def test_training_tells_before_it_begins_that_its_file_cannot_be_written(tmp_path: Path) -> None:
    target = tmp_path / "missing" / "weights.tsv"
    words = ["sentiment", "train", "--data", str(tmp_path), "--out", str(target)]
    with pytest.raises(ConfigurationError, match=r"weights\.tsv can't be written; choose another"):
        CliRunner().invoke(fintech, words, catch_exceptions=False)
