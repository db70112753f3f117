"""Strategies: what a file may say, and the one sentence where it says something else."""

import json
import math
import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.market.bars import Interval
from fintech_pipeline.signals.definition import definition, strategy_of
from fintech_pipeline.signals.strategy import (
    COMPONENTS,
    REGIME_INDICATORS,
    Action,
    Band,
    Regime,
    Strategy,
    normalised,
)
from fintech_pipeline.signals.strategy_files import SHIPPED, load_strategies, load_strategy

GOOD = """
name = "mine"
version = 3
interval = "30m"
[weights]
news = 1.0
momentum = 3
[bands]
strong_buy = { enter = 0.4, leave = 0.3 }
buy = { enter = 0.2, leave = 0.1 }
sell = { enter = -0.2, leave = -0.1 }
strong_sell = { enter = -0.4, leave = -0.3 }
[[regimes]]
name = "trending"
indicator = "adx"
above = 25
weights = { momentum = 2, news = 0 }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def refused(file: Path, text: str) -> str:
    """The sentence, without the name of the file, which it has to begin with."""
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_strategy(file)
    sentence = str(caught.value)
    assert sentence.startswith(f"The strategy file {file} is ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(f"The strategy file {file} is ").removeprefix("wrong: ")[:-1]


def test_a_good_file_is_read_whole_and_its_weights_are_divided_by_their_sum(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    strategy = load_strategy(file)
    assert strategy == Strategy(
        "mine",
        3,
        Interval.HALF_HOUR,
        {"momentum": 0.75, "news": 0.25},
        {
            Action.STRONG_SELL: Band(-0.4, -0.3),
            Action.SELL: Band(-0.2, -0.1),
            Action.BUY: Band(0.2, 0.1),
            Action.STRONG_BUY: Band(0.4, 0.3),
        },
        (Regime("trending", "adx", 25.0, {"momentum": 2.0, "news": 0.0}),),
    )
    assert strategy.label == "mine-3"


def test_the_order_in_a_file_makes_no_difference(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    strategy = load_strategy(file)
    file.write_text(GOOD.replace("news = 1.0\nmomentum = 3", "momentum = 3\nnews = 1.0"), "utf-8")
    assert list(strategy.weights) == list(load_strategy(file).weights) == ["momentum", "news"]
    assert list(strategy.bands) == [a for a in Action if a is not Action.HOLD]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


SELL = "sell = { enter = -0.2, leave = -0.1 }\n"
BAND = "buy = { enter = 0.2, leave = 0.1 }\nsell"
ADX = 'indicator = "adx"\nabove = 25\nweights = { momentum = 2, news = 0 }'
WRONG = {
    "unknown component": (
        changed("news = 1.0", "moon = 1.0"),
        "weights.moon is not a component; there is momentum, trend, mean_reversion, rsi, reversal,"
        " volume, money_flow, gap, news, news_surprise, forecast",
    ),
    "component in two lines": (
        changed("news = 1.0", '"a\\nb" = 1.0'),
        "weights.a\\nb is not a component; there is momentum, trend, mean_reversion, rsi, reversal,"
        " volume, money_flow, gap, news, news_surprise, forecast",
    ),
    "negative weight": (
        changed("news = 1.0", "news = -1.0"),
        "weights.news must lie between 0 and 1000, not -1.0",
    ),
    "weight that is no number": (
        changed("news = 1.0", "news = nan"),
        "weights.news must lie between 0 and 1000, not nan",
    ),
    "infinite weight": (
        changed("news = 1.0", "news = inf"),
        "weights.news must lie between 0 and 1000, not inf",
    ),
    "weight of 400 digits": (
        changed("news = 1.0", f"news = 1{'0' * 400}"),
        "weights.news is too large a number",
    ),
    "weight as a text": (
        changed("news = 1.0", 'news = "much"'),
        "weights.news must be a number, not 'much'",
    ),
    "weight as a truth": (
        changed("news = 1.0", "news = true"),
        "weights.news must be a number, not True",
    ),
    "weights that sum to zero": (
        changed("news = 1.0\nmomentum = 3", "news = 0\nmomentum = 0.0"),
        "weights add up to 0; at least one must be above it",
    ),
    "no weight": (
        changed("news = 1.0\nmomentum = 3", ""),
        "weights add up to 0; at least one must be above it",
    ),
    "weights as a list": (
        changed("[weights]\nnews = 1.0\nmomentum = 3", "weights = [1]"),
        "weights must be a table, not [1]",
    ),
    "unknown key": (
        changed("version", "verison"),
        "verison is not a key; did you mean version",
    ),
    "unknown key unlike any": (
        changed("version = 3", "version = 3\nq = 1"),
        "q is not a key; there is name, version, interval, weights, bands, regimes",
    ),
    "missing key": (changed("version = 3", ""), "version is missing"),
    "version of zero": (
        changed("version = 3", "version = 0"),
        "version must be a whole number from 1 to 999999999, not 0",
    ),
    "version as a text": (
        changed("version = 3", 'version = "3"'),
        "version must be a whole number from 1 to 999999999, not '3'",
    ),
    "half a version": (
        changed("version = 3", "version = 1.5"),
        "version must be a whole number from 1 to 999999999, not 1.5",
    ),
    "version as a truth": (
        changed("version = 3", "version = true"),
        "version must be a whole number from 1 to 999999999, not True",
    ),
    "odd name": (
        changed('"mine"', '"Mine; all"'),
        "name must be 1 to 40 small letters, digits, _ and -, the first a letter or digit,"
        " not 'Mine; all'",
    ),
    "name in two lines": (
        changed('"mine"', '"mine\\n"'),
        "name must be 1 to 40 small letters, digits, _ and -, the first a letter or digit,"
        " not 'mine\\n'",
    ),
    "number as a name": (
        changed('"mine"', "7"),
        "name must be 1 to 40 small letters, digits, _ and -, the first a letter or digit, not 7",
    ),
    "interval that nothing is judged by": (
        changed('"30m"', '"5m"'),
        "interval must be 30m or 1d, not '5m'",
    ),
    "interval as a list": (
        changed('"30m"', '["30m"]'),
        "interval must be 30m or 1d, not ['30m']",
    ),
    "missing band": (changed(SELL, ""), "bands.sell is missing"),
    "unknown band": (
        changed("strong_sell =", "stong_sell ="),
        "bands.stong_sell is not a key; did you mean bands.strong_sell",
    ),
    "band of holding": (
        changed("[bands]", "[bands]\nhold = { enter = 0.0, leave = 0.0 }"),
        "bands.hold is not a key; there is strong_sell, sell, buy, strong_buy",
    ),
    "band without an end": (
        changed("leave = 0.1 }\nsell", "leaves = 0.1 }\nsell"),
        "bands.buy.leaves is not a key; did you mean bands.buy.leave",
    ),
    "band as a number": (
        changed("buy = { enter = 0.2, leave = 0.1 }\nsell", "buy = 0.2\nsell"),
        "bands.buy must be a table, not 0.2",
    ),
    "threshold that is no number": (
        changed("enter = 0.2", "enter = nan"),
        "bands.buy.enter must be above 0 and not above 1, not nan",
    ),
    "end that is no number": (
        changed(BAND, BAND.replace("0.1", "nan")),
        "bands.buy.leave must lie between 0 and bands.buy.enter, 0.2, and is nan",
    ),
    "threshold beyond every score": (
        changed("enter = -0.4", "enter = -1.4"),
        "bands.strong_sell.enter must be below 0 and not below -1, not -1.4",
    ),
    "buying below zero": (
        changed(BAND, BAND.replace("0.2", "-0.2")),
        "bands.buy.enter must be above 0 and not above 1, not -0.2",
    ),
    "selling above zero": (
        changed("enter = -0.2", "enter = 0.2"),
        "bands.sell.enter must be below 0 and not below -1, not 0.2",
    ),
    "end beyond the beginning": (
        changed(BAND, BAND.replace("0.1", "0.25")),
        "bands.buy.leave must lie between 0 and bands.buy.enter, 0.2, and is 0.25",
    ),
    "end on the other side": (
        changed("leave = -0.1", "leave = 0.1"),
        "bands.sell.leave must lie between 0 and bands.sell.enter, -0.2, and is 0.1",
    ),
    "unordered bands": (
        changed("enter = 0.4, leave = 0.3", "enter = 0.2, leave = 0.2"),
        "bands.strong_buy.enter must lie above bands.buy.enter, 0.2, and is 0.2",
    ),
    "a band that no score is too small for": (
        changed("enter = 0.2, leave = 0.1", "enter = 1e-7, leave = 0"),
        "bands.buy.enter must be at least a millionth, as scores are, not 1e-07",
    ),
    "a band of selling that no score is too small for": (
        changed("enter = -0.2, leave = -0.1", "enter = -1e-7, leave = 0"),
        "bands.sell.enter must be a millionth below 0 at least, as scores are, not -1e-07",
    ),
    "unordered bands of selling": (
        changed("enter = -0.4, leave = -0.3", "enter = -0.1, leave = -0.1"),
        "bands.strong_sell.enter must lie below bands.sell.enter, -0.2, and is -0.1",
    ),
    "overlapping bands": (
        changed("leave = 0.3", "leave = 0.15"),
        "bands.strong_buy overlaps bands.buy: strong_buy ends at 0.15, and buy begins at 0.2"
        " already",
    ),
    "overlapping bands of selling": (
        changed("leave = -0.3", "leave = -0.15"),
        "bands.strong_sell overlaps bands.sell: strong_sell ends at -0.15, and sell begins at -0.2"
        " already",
    ),
    "unknown indicator": (
        changed('"adx"', '"vix"'),
        "regimes.trending.indicator is 'vix'; there is adx and volatility_ratio",
    ),
    "indicator as a table": (
        changed('"adx"', "{ a = 1 }"),
        "regimes.trending.indicator is {'a': 1}; there is adx and volatility_ratio",
    ),
    "regime from nowhere": (
        changed("above = 25", "above = nan"),
        "regimes.trending.above must be a finite number, not nan",
    ),
    "regime of a component that the strategy lacks": (
        changed("news = 0", "gap = 0"),
        "regimes.trending.weights.gap is not in weights, which has news, momentum",
    ),
    "regime that leaves nothing": (
        changed("momentum = 2, news = 0", "momentum = 0, news = 0"),
        "regimes.trending.weights leave no weight at all; at least one must stay above 0",
    ),
    "regime that changes nothing": (
        changed("{ momentum = 2, news = 0 }", "{}"),
        "regimes.trending.weights names no component",
    ),
    "negative factor": (
        changed("momentum = 2,", "momentum = -2,"),
        "regimes.trending.weights.momentum must lie between 0 and 1000, not -2.0",
    ),
    "factor that is no number": (
        changed("momentum = 2,", "momentum = nan,"),
        "regimes.trending.weights.momentum must lie between 0 and 1000, not nan",
    ),
    "regime without a threshold": (
        changed("above = 25\n", ""),
        "regimes.0.above is missing",
    ),
    "regime with an odd name": (
        changed('"trending"', '"a\\"b"'),
        "regimes.name must be 1 to 40 small letters, digits, _ and -, the first a letter or digit,"
        " not 'a\"b'",
    ),
    "two regimes of one name": (
        GOOD + f'[[regimes]]\nname = "trending"\n{ADX}\n',
        "two regimes are called trending",
    ),
    "one regime that is no list": (
        changed("[[regimes]]", "[regimes]"),
        "each of regimes must begin with [[regimes]]",
    ),
    "no TOML": (
        "name = ",
        "not valid TOML: Invalid value (at end of document)",
    ),
    "one key twice": (
        changed("news = 1.0", "news = 1.0\nnews = 2.0"),
        "not valid TOML: Cannot overwrite a value (at line 7, column 11)",
    ),
    "nothing in it": ("", "name is missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_in_a_file_is_one_sentence_that_names_its_key(file: Path, case: str) -> None:
    text, told = WRONG[case]
    assert refused(file, text) == told


def test_a_mark_at_the_start_of_a_file_as_some_editors_set_it_makes_no_difference(
    file: Path,
) -> None:
    file.write_text(GOOD, "utf-8-sig")
    assert load_strategy(file).label == "mine-3"


def test_a_file_that_nests_without_end_is_one_sentence(file: Path) -> None:
    assert refused(file, "x = " + "[" * 100_000).startswith("not valid TOML: ")


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, file: Path) -> None:
    def told(named: str | Path) -> str:
        with pytest.raises(ConfigurationError) as caught:
            load_strategy(named)
        return str(caught.value)

    assert told(file) == f"There is no strategy file {file}."
    assert told(tmp_path) == f"The strategy {tmp_path} is not a file."
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    assert told(pipe) == f"The strategy {pipe} is not a file."
    file.write_bytes(b'name = "\xff"')
    assert told(file) == f"The strategy file {file} is not UTF-8 text."
    assert (
        told(file / "x.toml") == f"The strategy file {file}/x.toml can't be read: Not a directory."
    )
    assert told("moonshot") == (
        "There is no strategy moonshot; there is balanced, foretelling, swing, or name a file: "
        "moonshot.toml."
    )
    assert told("../strategies/balanced").startswith("There is no strategy ../strategies/balanced;")


def test_two_files_with_one_name_and_version_are_refused_together(file: Path) -> None:
    file.write_text(GOOD, "utf-8")
    other = file.with_name("other.toml")
    other.write_text(changed("25", "30"), "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_strategies([file, other])
    assert str(caught.value) == (
        f"The strategy files {file} and {other} both have the name mine and the version 3; "
        "change one of them."
    )
    other.write_text(changed("version = 3", "version = 4"), "utf-8")
    labels = [strategy.label for strategy in load_strategies(["swing", other, file])]
    assert labels == ["swing-1", "mine-4", "mine-3"]


@pytest.mark.parametrize("name", [path.stem for path in SHIPPED.glob("*.toml")])
def test_every_shipped_strategy_is_good_and_called_as_its_file(name: str) -> None:
    strategy = load_strategy(name)
    assert strategy.name == name
    written = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))["weights"]
    # Its weights add up to 1 as they are written, so that a person finds them again.
    assert dict(strategy.weights) == written
    assert math.fsum(written.values()) == pytest.approx(1.0, abs=1e-12)


def test_of_the_shipped_ones_one_judges_half_hours_and_one_days() -> None:
    assert load_strategy("balanced").interval is Interval.HALF_HOUR
    assert load_strategy("swing").interval is Interval.DAY


names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,39}", fullmatch=True)
factors = st.floats(0, 1000)


@st.composite
def strategies(draw: st.DrawFn) -> Strategy:
    some = draw(st.lists(st.sampled_from(COMPONENTS), min_size=1, unique=True))
    weights = {name: draw(st.floats(1e-300, 1000)) for name in some}
    ends = sorted(draw(st.lists(st.floats(1e-3, 1), min_size=3, max_size=3, unique=True)))
    leave, mild, strong = ends
    regimes = [
        Regime(
            name, draw(st.sampled_from(REGIME_INDICATORS)), draw(st.floats(-9, 99)), {some[0]: 2}
        )
        for name in draw(st.lists(names, max_size=3, unique=True))
    ]
    return Strategy(
        draw(names),
        draw(st.integers(1, 10**9 - 1)),
        draw(st.sampled_from([Interval.HALF_HOUR, Interval.DAY])),
        normalised(weights),
        {
            Action.BUY: Band(mild, leave),
            Action.STRONG_BUY: Band(strong, mild),
            Action.SELL: Band(-mild, -leave),
            Action.STRONG_SELL: Band(-strong, -mild),
        },
        tuple(regimes),
    )


@given(strategies())
def test_its_definition_makes_the_same_strategy_again_bit_by_bit(strategy: Strategy) -> None:
    again = strategy_of(json.loads(json.dumps(definition(strategy), sort_keys=True)))
    assert again == strategy
    assert repr(definition(again)) == repr(definition(strategy))


@given(st.dictionaries(st.sampled_from(COMPONENTS), factors, min_size=1))
def test_weights_are_divided_once_and_never_again(weights: dict[str, float]) -> None:
    if math.fsum(weights.values()) == 0.0:
        with pytest.raises(ValueError, match="add up to 0"):
            normalised(weights)
        return
    once = normalised(weights)
    assert math.fsum(once.values()) == pytest.approx(1.0, abs=1e-12)
    assert repr(normalised(once)) == repr(once)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(["name", "version", "interval", "weights", "bands", "regimes"]),
)
def test_whatever_stands_at_a_key_is_read_or_refused_with_a_sentence(
    value: object, key: str
) -> None:
    tree = {**tomllib.loads(GOOD), key: value}
    told = ""
    try:
        strategy_of(tree)
    except ValueError as error:
        told = str(error)
    assert "\n" not in told


def test_a_strategy_made_in_code_keeps_the_same_rules() -> None:
    balanced = load_strategy("balanced")
    with pytest.raises(ValueError, match="weights must add up to 1"):
        replace(balanced, weights={"momentum": 0.5})
    with pytest.raises(ValueError, match="interval must be 30m or 1d, not 5m"):
        replace(balanced, interval=Interval.FIVE_MINUTES)
    bands = dict(balanced.bands)
    del bands[Action.BUY]
    with pytest.raises(ValueError, match=r"bands\.buy is missing"):
        replace(balanced, bands=bands)


def test_a_regime_multiplies_the_weights_that_it_names() -> None:
    balanced = load_strategy("balanced")
    regime = Regime("calm", "adx", 1.0, {"news": 0.5})
    changed_weights = balanced.weights_in(regime)
    assert changed_weights["news"] == balanced.weights["news"] * 0.5
    assert changed_weights["trend"] == balanced.weights["trend"]
    assert balanced.weights_in(None) == balanced.weights


def test_the_example_of_the_documentation_is_good(file: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text("utf-8")
    file.write_text(page.split("```toml\n")[1].split("```")[0], "utf-8")
    strategy = load_strategy(file)
    assert strategy.label == "patient-1"
    assert strategy.weights == {"trend": 0.6, "reversal": 0.2, "news": 0.2}
