"""The simulated exchange and its newspapers."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fintech_pipeline.clock import SLOT, Window, day_window, instant64, is_slot
from fintech_pipeline.market import simulation
from fintech_pipeline.market.bars import BarSeries, Floats, Interval, RawBars, broken_rows
from fintech_pipeline.market.providers.simulated import SimulatedMarket
from fintech_pipeline.market.simulation import EFFECT_BARS, EPOCH
from fintech_pipeline.market.watchlist import Instrument
from fintech_pipeline.news.articles import RawArticle
from fintech_pipeline.news.providers.simulated import LONGEST_DELAY, SimulatedNews, tell

SEED = 7
APPLE = Instrument("AAPL", "Apple Inc.", ("Apple",), "XSIM")
CAKE = Instrument("NEW.X", "Never Seen Before Cakes", (), "XSIM")
YEAR = day_window(date(2025, 1, 1), date(2025, 12, 31))
YEARS = day_window(date(2024, 1, 1), date(2026, 12, 31))
SYMBOLS = ("AAPL", "AMZN", "COIN", "KO", "NEW.X", "TSM")


def windows() -> st.SearchStrategy[Window]:
    """Any window of up to twelve days in the first three years, on the grid or off it."""
    starts = st.timedeltas(timedelta(0), timedelta(days=1060)).map(lambda age: EPOCH + age)
    lengths = st.timedeltas(timedelta(0), timedelta(days=12))
    return st.builds(lambda start, length: Window(start, start + length), starts, lengths)


def forget() -> None:
    """Answer the next question as a new process would."""
    for remembered in (simulation._walk, simulation._end, simulation._block):
        remembered.cache_clear()
    simulation._market.cache_clear()
    simulation._planted.cache_clear()


def same_bits(one: RawBars, other: RawBars) -> bool:
    pairs = zip(one.columns(), other.columns(), strict=True)
    return all(a.tobytes() == b.tobytes() for a, b in pairs)


def log_closes(symbol: str, window: Window) -> Floats:
    """Log closes by step of the window, adjusted for splits, NaN in a halt."""
    bars = simulation.bars(SEED, symbol, window)
    closes = bars.close.copy()
    for split in simulation.splits(SEED, symbol, window):
        closes[bars.opened_at >= instant64(split.ex_at)] *= split.value
    by_step = np.full((window.end - window.start) // SLOT, np.nan)
    by_step[(bars.opened_at - instant64(window.start)) // np.timedelta64(SLOT)] = np.log(closes)
    return by_step


def after_events(symbol: str, window: Window) -> tuple[NDArray[np.intp], Floats]:
    """The direction of each event and the log return of the bars after it."""
    closes = log_closes(symbol, window)
    events = simulation.events(SEED, symbol, Window(window.start, window.end - timedelta(days=1)))
    steps = np.array([(event.happened_at - window.start) // SLOT for event in events])
    returns = closes[steps + EFFECT_BARS] - closes[steps]
    traded = np.isfinite(returns)
    return np.array([event.direction for event in events])[traded], returns[traded]


@settings(max_examples=60, deadline=None)
@given(window=windows(), symbol=st.sampled_from(SYMBOLS), anew=st.booleans())
def test_a_bar_is_the_same_whatever_window_asks_for_it(
    window: Window, symbol: str, anew: bool
) -> None:
    whole = simulation.bars(SEED, symbol, YEARS)
    if anew:
        forget()
    closes = whole.opened_at + np.timedelta64(SLOT)
    inside = (whole.opened_at >= instant64(window.start)) & (closes <= instant64(window.end))
    assert same_bits(simulation.bars(SEED, symbol, window), whole[inside])


@settings(max_examples=40, deadline=None)
@given(window=windows(), symbol=st.sampled_from(SYMBOLS))
def test_events_and_splits_are_the_same_whatever_window_asks_for_them(
    window: Window, symbol: str
) -> None:
    events = simulation.events(SEED, symbol, YEARS)
    assert simulation.events(SEED, symbol, window) == [
        event for event in events if window.start <= event.happened_at < window.end
    ]
    splits = simulation.splits(SEED, symbol, YEARS)
    assert simulation.splits(SEED, symbol, window) == [
        split for split in splits if window.start <= split.ex_at < window.end
    ]


@settings(max_examples=40, deadline=None)
@given(window=windows(), cut=st.floats(0, 1))
def test_two_adjacent_windows_hold_the_articles_of_the_whole(window: Window, cut: float) -> None:
    middle = window.start + (window.end - window.start) * cut
    parts = [Window(window.start, middle), Window(middle, window.end)]
    news = SimulatedNews(SEED)
    apart = [a for part in parts for a in news.articles([CAKE, APPLE], part).articles]
    whole = news.articles([APPLE, CAKE], window).articles
    assert sorted(apart, key=lambda a: a.provider_id) == sorted(whole, key=lambda a: a.provider_id)
    assert all(window.start <= article.published_at < window.end for article in whole)


def test_the_world_of_a_seed_stays_as_it_was_first_shipped() -> None:
    hour = Window(datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 13, tzinfo=UTC))
    bars = simulation.bars(SEED, "AAPL", hour)
    assert bars.close.tolist() == [123.52, 123.1]
    assert bars.volume_shares.tolist() == [2841.0, 7676.0]


def test_another_seed_and_another_symbol_make_another_series() -> None:
    day = day_window(date(2026, 7, 1))
    closes = [
        simulation.bars(seed, symbol, day).close.tolist()
        for seed, symbol in ((7, "AAPL"), (8, "AAPL"), (7, "KO"))
    ]
    assert all(one != other for one, other in pairwise(closes))


def test_bars_make_a_good_series_for_years() -> None:
    for symbol in SYMBOLS:
        bars = simulation.bars(SEED, symbol, YEARS)
        assert not broken_rows(bars).any()
        assert len(BarSeries(bars, bars.opened_at + np.timedelta64(SLOT))) > 50_000
        prices = np.stack((bars.open, bars.high, bars.low, bars.close))
        assert (prices == np.round(prices, 2)).all()
        assert (bars.volume_shares == np.round(bars.volume_shares)).all()


def test_prices_start_between_20_and_500_and_do_not_run_away() -> None:
    decades = Window(EPOCH, datetime(2034, 1, 1, tzinfo=UTC))
    for symbol in SYMBOLS:
        closes = log_closes(symbol, decades)
        assert np.log(19) < closes[0] < np.log(525)
        assert np.nanmax(np.abs(closes - closes[0])) < 1.3
        assert simulation.bars(SEED, symbol, decades).close.min() > 3


def test_nothing_exists_before_the_epoch() -> None:
    before = Window(EPOCH - timedelta(days=9), EPOCH)
    answer = SimulatedMarket(SEED).bars([APPLE], before)
    assert (answer.bars, answer.actions) == ([], [])
    assert [problem.symbol for problem in answer.problems] == ["AAPL"]
    assert SimulatedNews(SEED).articles([APPLE], before).articles == []
    across = Window(EPOCH - timedelta(days=9), EPOCH + timedelta(days=1))
    assert simulation.bars(SEED, "AAPL", across).opened_at[0] == instant64(EPOCH)


def test_a_window_shorter_than_a_bar_holds_none_and_is_no_problem() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    for start, end in ((1, 59), (0, 29), (5, 5)):
        window = Window(noon + timedelta(minutes=start), noon + timedelta(minutes=end))
        answer = SimulatedMarket(SEED).bars([APPLE], window)
        assert (answer.bars, answer.problems) == ([], [])


def test_halts_of_one_to_three_bars_come_about_once_a_week() -> None:
    for symbol in SYMBOLS:
        missing = np.isnan(log_closes(symbol, YEARS))
        edges = np.flatnonzero(np.diff(np.concatenate(([False], missing, [False])).astype(int)))
        lengths = edges[1::2] - edges[::2]
        assert set(lengths.tolist()) >= {1, 2, 3}
        assert (lengths <= 6).all()  # two halts may touch
        assert 0.7 < len(lengths) / (len(missing) / 336) < 1.4


def test_a_split_divides_the_price_and_leaves_adjusted_returns_alone() -> None:
    found = 0
    for symbol in SYMBOLS:
        returns = np.diff(log_closes(symbol, YEARS))
        usual = np.nanstd(returns)
        for split in simulation.splits(SEED, symbol, YEARS):
            around = Window(split.ex_at - SLOT, split.ex_at + SLOT)
            bars = simulation.bars(SEED, symbol, around)
            assert (split.ex_at.hour, split.ex_at.minute) == (0, 0)
            assert split.ex_on == split.ex_at.date()
            assert split.value in {2.0, 3.0, 4.0, 0.125}
            if len(bars) == 2:
                assert abs(bars.open[1] * split.value / bars.close[0] - 1) < 0.06
                step = (split.ex_at - YEARS.start) // SLOT
                assert abs(returns[step - 1]) < 12 * usual
                found += 1
    assert found >= 6


def test_symbols_move_together_but_not_as_one() -> None:
    returns = np.stack([np.diff(log_closes(symbol, YEAR)) for symbol in SYMBOLS])
    traded = np.isfinite(returns).all(axis=0)
    matrix = np.asarray(np.corrcoef(returns[:, traded]))
    correlations = matrix[np.triu_indices(len(SYMBOLS), 1)]
    assert (correlations > 0.1).all()
    assert (correlations < 0.7).all()


def test_volatility_clusters_and_volume_follows_moves_and_the_time_of_day() -> None:
    for symbol in SYMBOLS:
        returns = np.abs(np.diff(log_closes(symbol, YEARS)))
        days = np.nanmean(returns[: len(returns) // 48 * 48].reshape(-1, 48), axis=1)
        assert np.corrcoef(days[1:], days[:-1])[0, 1] > 0.3
        bars = simulation.bars(SEED, symbol, YEAR)
        moves = np.abs(np.log(bars.close / bars.open))
        assert np.corrcoef(moves, bars.volume_shares)[0, 1] > 0.1
        hours = bars.opened_at.astype("datetime64[h]").astype(int) % 24
        night = np.median(bars.volume_shares[(hours < 2) | (hours >= 22)])
        assert night > 1.3 * np.median(bars.volume_shares[(hours >= 10) & (hours < 14)])


def test_prices_follow_planted_events_for_all_but_chance() -> None:
    for symbol in SYMBOLS:
        directions, returns = after_events(symbol, YEAR)
        good, bad = returns[directions > 0], returns[directions < 0]
        error = np.sqrt(good.var(ddof=1) / len(good) + bad.var(ddof=1) / len(bad))
        assert (good.mean() - bad.mean()) / error > 5
        assert 0.6 < np.mean(np.sign(returns) == directions) < 0.95  # noise remains
        assert 0.6 < len(directions) / 365 < 1.0


def test_nothing_moves_before_its_event() -> None:
    before = []
    for symbol in SYMBOLS:
        closes = log_closes(symbol, YEAR)
        for event in simulation.events(SEED, symbol, YEAR):
            step = (event.happened_at - YEAR.start) // SLOT
            if step > EFFECT_BARS:
                before.append(event.direction * (closes[step] - closes[step - EFFECT_BARS]))
    known = np.array(before)[np.isfinite(before)]
    assert abs(known.mean()) < 3 * known.std() / np.sqrt(len(known))


def year_of_stories() -> list[list[RawArticle]]:
    return [tell(SEED, APPLE, event) for event in simulation.events(SEED, "AAPL", YEAR)]


def test_a_story_is_told_by_one_to_five_outlets_within_three_hours() -> None:
    events, stories = simulation.events(SEED, "AAPL", YEAR), year_of_stories()
    assert {len(story) for story in stories} == {1, 2, 3, 4, 5}
    for event, story in zip(events, stories, strict=True):
        delays = [article.published_at - event.happened_at for article in story]
        assert delays == sorted(delays)
        assert timedelta(0) < delays[0] < timedelta(minutes=17)
        assert delays[-1] < LONGEST_DELAY
        assert len({article.outlet for article in story}) == len(story)
        assert not any(is_slot(article.published_at) for article in story)


def test_the_outlets_of_a_story_use_other_words_for_the_same_facts() -> None:
    varied, alike = 0, []
    for story in year_of_stories():
        words = [set(article.headline.split(" - ")[0].split()) for article in story]
        varied += len({frozenset(some) for some in words}) > 1
        alike += [len(one & other) / len(one | other) for one, other in pairwise(words)]
    assert varied > 0.5 * len(year_of_stories())
    assert 0.4 < np.mean(alike) < 0.8


def test_articles_have_their_own_ids_and_made_up_addresses() -> None:
    quarter = day_window(date(2026, 4, 1), date(2026, 6, 30))
    articles = SimulatedNews(SEED).articles([APPLE, CAKE], quarter).articles
    assert len({article.provider_id for article in articles}) == len(articles)
    assert all(article.url.startswith("https://simulated.invalid/") for article in articles)
    for article in articles:
        assert "{" not in article.headline + article.summary
        own = APPLE if "-AAPL-" in article.provider_id else CAKE
        assert any(name in article.headline for name in (own.name, *own.aliases))


def test_one_article_in_ten_lacks_its_symbol_and_a_few_mention_two() -> None:
    articles = SimulatedNews(SEED).articles([APPLE], YEARS).articles
    attached = np.array([len(article.symbols) for article in articles])
    assert 0.07 < np.mean(attached == 0) < 0.13
    assert 0.005 < np.mean(attached == 2) < 0.05
    signed = [article.headline.endswith(f" - {article.outlet}") for article in articles]
    assert 0.3 < np.mean(signed) < 0.5


def test_a_symbol_never_seen_before_is_traded_and_written_about() -> None:
    week = day_window(date(2026, 7, 1), date(2026, 7, 7))
    market, news = SimulatedMarket(SEED), SimulatedNews(SEED)
    for provider in (market, news):
        assert (provider.name, provider.simulated) == ("simulated", True)
        assert provider.usual_delay == timedelta(0)
    [bars] = market.bars([CAKE], week).bars
    assert (bars.symbol, bars.interval) == ("NEW.X", Interval.HALF_HOUR)
    assert 320 < len(bars) <= 336
    assert len(news.articles([CAKE], week).articles) >= 3
