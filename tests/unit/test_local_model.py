"""The local model reads headlines as a person would, and the same way every time."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fintech_pipeline.sentiment.labelled import may_guide, read_phrasebank
from fintech_pipeline.sentiment.models.local.cues import Cue
from fintech_pipeline.sentiment.models.local.explanation import explain
from fintech_pipeline.sentiment.models.local.features import READ, seen_in
from fintech_pipeline.sentiment.models.local.model import LocalModel
from fintech_pipeline.sentiment.scores import Label, SentimentScore, Text

MODEL = LocalModel()
APPLE = ("AAPL", "Apple Inc.", "Apple")


def verdict(headline: str, names: tuple[str, ...] = APPLE, summary: str = "") -> SentimentScore:
    (answer,) = MODEL.score([Text(1, names[0] if names else "", names, headline, summary)])
    assert isinstance(answer, SentimentScore)
    return answer


def read(headline: str, names: tuple[str, ...] = APPLE) -> list[Cue]:
    return seen_in(headline, names).cues


def total(headline: str, names: tuple[str, ...] = APPLE) -> float:
    return sum(cue.value for cue in read(headline, names))


GOOD = [
    "Apple beats estimates",
    "Apple profit rises 12% in the second quarter",
    "Apple cuts costs",
    "Apple narrows loss",
    "Apple raises guidance",
    "Apple avoids lawsuit over its store",
    "Apple reports profit of 5.2 million, compared with a loss of 1.1 million",
    "Apple EPS of 1.20 versus 1.10",
    "Apple announces $90 billion buyback",
    "Analyst upgrades Apple",
]
BAD = [
    "Apple misses estimates",
    "Apple profit falls 12% in the second quarter",
    "Apple cuts forecast",
    "Apple costs rise",
    "Apple slipped to a net loss from a profit a year ago",
    "Apple fails to win approval",
    "Apple’s shares plunge after recall",
    "Apple faces antitrust probe",
    "Apple EPS of 1.10 versus 1.20",
    "Apple issues profit warning",
]


@pytest.mark.parametrize("headline", GOOD)
def test_good_news_is_positive(headline: str) -> None:
    assert total(headline) > 0.0
    assert verdict(headline).label is Label.POSITIVE


@pytest.mark.parametrize("headline", BAD)
def test_bad_news_is_negative(headline: str) -> None:
    assert total(headline) < 0.0
    assert verdict(headline).label is Label.NEGATIVE


@pytest.mark.parametrize(
    "headline",
    ["Apple to hold its annual meeting in May", "Apple sets up an office in Oslo", "", "…?!"],
)
def test_a_headline_without_a_telling_word_is_neutral(headline: str) -> None:
    answer = verdict(headline)
    assert (answer.label, answer.reason) == (Label.NEUTRAL, "no telling word found")
    assert read(headline) == []


@pytest.mark.parametrize(
    "headline",
    [
        "Apple launches new iPhone",
        "Apple to hold annual meeting in March",
        "Apple names new board member",
        "Apple updates its terms of service",
    ],
)
def test_plain_news_leans_to_no_side(headline: str) -> None:
    assert abs(verdict(headline).value) < 0.05
    assert verdict("").value == 0.0


def test_one_headline_is_good_for_one_and_bad_for_another() -> None:
    headline = "Intel falls as AMD soars"
    assert verdict(headline, ("INTC", "Intel")).label is Label.NEGATIVE
    assert verdict(headline, ("AMD", "Advanced Micro Devices")).label is Label.POSITIVE


def test_an_and_between_two_statements_divides_them() -> None:
    headline = "Apple rises and Microsoft plunges"
    assert verdict(headline, ("Apple",)).value > 0.0
    assert verdict(headline, ("Microsoft",)).value < 0.0


def test_words_of_the_name_itself_say_nothing() -> None:
    assert read("Gain Capital opens an office", ("Gain Capital",)) == []


def test_what_is_learned_of_one_company_holds_for_all() -> None:
    apple = verdict("Apple wins order worth $20 million")
    assert apple == verdict("Zorblatt wins order worth $35 million", ("Zorblatt",))


def test_a_full_stop_in_a_companys_name_ends_no_clause() -> None:
    assert verdict("Apple Inc. falls as Microsoft Corp. soars") == verdict(
        "Apple falls as Microsoft soars"
    )


def test_a_ticker_that_is_a_word_is_not_found_in_that_word() -> None:
    headline = "Not all is lost: Allstate gains"
    assert verdict(headline, ("ALL", "Allstate")) == verdict(headline, ("Allstate",))


def test_hedged_news_says_less_than_certain_news() -> None:
    assert 0.0 < total("Apple may raise guidance") < total("Apple raises guidance")


def test_negation_turns_the_sign() -> None:
    assert total("Apple is not profitable") < 0.0 < total("Apple is profitable")
    assert verdict("Apple is not profitable").value < verdict("Apple is profitable").value


def test_the_summary_counts_but_less_than_the_headline() -> None:
    headline = verdict("Apple shares plunge").value
    assert headline < verdict("Apple update", summary="Apple shares plunge.").value
    assert (
        verdict("Apple update", summary="Apple shares plunge.").value
        < verdict("Apple update", summary="Apple shares surge.").value
    )


def test_the_reason_names_the_strongest_words() -> None:
    assert verdict("Apple shares plunge after weak demand").reason == (
        '"plunge" is bad, "weak" is bad'
    )


def test_verdicts_come_in_the_order_of_the_texts() -> None:
    texts = [Text(n, "X", (), h, "") for n, h in enumerate(["soars", "plunges", "sits"])]
    labels = [v.label for v in MODEL.score(texts) if isinstance(v, SentimentScore)]
    assert labels == [Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL]
    assert MODEL.score([]) == []


def test_a_text_scores_the_same_to_the_bit_alone_and_among_hundreds() -> None:
    rng = random.Random(7)  # noqa: S311  # the same texts every time, no secret
    words = " ".join(GOOD + BAD).split()
    texts = [
        Text(n, "AAPL", APPLE, " ".join(rng.choices(words, k=rng.randint(0, 40))), summary)
        for n, summary in enumerate(["", "Apple costs rise 5%."] * 150)
    ]
    together = MODEL.score(texts)
    assert [MODEL.score([text])[0] for text in texts] == together
    assert LocalModel().score(texts[::-1])[::-1] == together


@given(
    st.lists(
        st.sampled_from(["profit", "loss", "rises", "falls", "not", "may", "and", "from", "5", ","])
    ),
    st.text(max_size=200),
)
@settings(deadline=None)
def test_any_text_gets_a_verdict_whose_shares_add_up(words: list[str], noise: str) -> None:
    text = Text(1, "AAPL", APPLE, " ".join(words) + noise, noise)
    (answer,) = MODEL.score([text])
    assert isinstance(answer, SentimentScore)
    assert -1.0 <= answer.value <= 1.0
    assert 1 / 3 <= answer.confidence <= 1.0
    assert len(answer.reason) < 200
    told = explain(MODEL, text)
    for side, name in enumerate(("negative", "neutral", "positive")):
        shares = sum(getattr(share, name) for share in told.shares)
        assert shares == pytest.approx(told.evidence[side], abs=1e-9)
    score = told.probabilities[2] - told.probabilities[0]
    # Each share is rounded to four decimals, and there is one a word.
    assert score == pytest.approx(answer.value, abs=1e-4 * (len(told.shares) + 1))


def test_hostile_text_is_read_in_a_moment() -> None:
    hostile = [
        "not " * 250_000,
        "\x00\u202e\x1b[31m" * 200_000,
        "profit falls " * 80_000,
        "9" * 10**6,
        "🚀" * 250_000,
        "Ａpple \ud800 soars",
    ]
    started = time.process_time()
    for text in hostile:
        verdict(text, summary=text)
    assert time.process_time() - started < 2.0


def test_emoji_and_control_characters_change_no_word() -> None:
    assert verdict("🚀 Apple soars 🚀").value == verdict("Apple soars").value
    assert verdict("Apple\x00soars\x1b").label is Label.POSITIVE


def test_the_reading_has_a_number_for_each_of_its_names() -> None:
    for headline in ("", "Apple soars", "Apple profit rises from a loss after a weak year"):
        assert len(seen_in(headline, APPLE).read) == len(READ)


@pytest.mark.parametrize(
    "started", ["cli.main", pytest.param("composition", marks=pytest.mark.slow)]
)
def test_the_program_starts_without_scikit_learn(started: str) -> None:
    code = (
        f"import sys, fintech_pipeline.{started}\n"
        "from fintech_pipeline.sentiment.models.local.model import LocalModel\n"
        "LocalModel().score([])\n"
        "print(sorted({'sklearn', 'scipy', 'vaderSentiment', 'torch'} & set(sys.modules)))"
    )
    root = Path(__file__).resolve().parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert run.stdout.strip() == "[]"


def macro_f1(pairs: list[tuple[Label, Label]]) -> float:
    scores = []
    for label in Label:
        hits = sum(truth is guess is label for truth, guess in pairs)
        called = sum((truth is label) + (guess is label) for truth, guess in pairs)
        scores.append(2 * hits / called)
    return sum(scores) / 3


def test_it_reads_the_half_of_phrasebank_that_guided_nothing(shared_data: Path) -> None:
    held = [
        example
        for example in read_phrasebank(shared_data / "labelled", "AllAgree")
        if not may_guide(example.text.headline)
    ]
    said = MODEL.score([example.text for example in held])
    pairs = [
        (example.label, verdict.label)
        for example, verdict in zip(held, said, strict=True)
        if isinstance(verdict, SentimentScore)
    ]
    assert len(pairs) == len(held) > 1_000
    assert macro_f1(pairs) > 0.82
