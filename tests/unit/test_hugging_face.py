"""A classifier of Hugging Face is loaded by name and scores in batches; it may be absent."""

import sys
from pathlib import Path

import pytest

from fintech_pipeline.errors import NotConfigured
from fintech_pipeline.sentiment.models.hugging_face import HuggingFaceModel
from fintech_pipeline.sentiment.scores import NotAsked, SentimentScore, Text

HEADLINES = ["apple soars", "apple falls", "apple sits still and waits for the rain", ""]


def texts() -> list[Text]:
    return [Text(n, "AAPL", ("Apple",), headline, "") for n, headline in enumerate(HEADLINES * 20)]


def tiny(folder: Path, labels: list[str]) -> Path:
    """A BERT of one layer with random weights, saved as Hugging Face saves its models."""
    pytest.importorskip(
        "transformers", reason="needs the extra [transformers]: make transformers installs it"
    )
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *" ".join(HEADLINES).split()]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(words)), "utf-8")
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(set(words)),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_saved_model_scores_every_text_as_the_library_itself_does(tmp_path: Path) -> None:
    folder = tiny(tmp_path, ["Positive", "negative", "NEUTRAL"])
    found = HuggingFaceModel(str(folder)).score(texts())
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(folder), top_k=None)
    for text, verdict in zip(texts(), found, strict=True):
        assert isinstance(verdict, SentimentScore)
        likely = {one["label"].lower(): one["score"] for one in classify([text.headline])[0]}
        assert verdict.value == pytest.approx(likely["positive"] - likely["negative"], abs=1e-4)
        assert verdict.label == max(likely, key=lambda label: likely[label])
        assert verdict.confidence == pytest.approx(max(likely.values()), abs=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_labels_that_say_nothing_are_refused(tmp_path: Path) -> None:
    folder = tiny(tmp_path, ["LABEL_0", "LABEL_1", "LABEL_2"])
    (first, *_) = HuggingFaceModel(str(folder)).score(texts())
    assert isinstance(first, NotAsked)
    assert "label_0, label_1, label_2" in str(first.error)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_folder_without_a_model_is_told_in_one_sentence(tmp_path: Path) -> None:
    tiny(tmp_path, ["positive", "negative", "neutral"])
    (first, *_) = HuggingFaceModel(str(tmp_path / "nothing")).score(texts())
    assert isinstance(first, NotAsked)
    assert "cannot be loaded" in str(first.error)


def test_without_the_extra_no_text_is_scored_and_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    found = HuggingFaceModel("ProsusAI/finbert", "abc").score(texts())
    assert len(found) == len(texts())
    assert all(isinstance(verdict, NotAsked) for verdict in found)
    (first, *_) = found
    assert isinstance(first, NotAsked)
    assert isinstance(first.error, NotConfigured)
    assert "[transformers]" in str(first.error)


def test_the_version_names_model_and_revision() -> None:
    assert HuggingFaceModel("ProsusAI/finbert", "abc").version == "ProsusAI/finbert@abc"
