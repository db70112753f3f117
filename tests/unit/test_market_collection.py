"""Collecting bars: the chain, what falls through it, and the coverage gate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from fintech_pipeline.clock import Sighting, Window, instant64
from fintech_pipeline.errors import NoData, ProviderError, Unavailable
from fintech_pipeline.market.bars import (
    ActionKind,
    CorporateAction,
    Interval,
    RawBars,
)
from fintech_pipeline.market.collection import (
    NOT_GIVEN,
    MarketCollected,
    collect_bars,
    collect_groups,
    merged,
    require_coverage,
)
from fintech_pipeline.market.provider import MarketAnswer, Problem
from fintech_pipeline.market.quality import Flaw, FlawKind
from fintech_pipeline.market.watchlist import Instrument

INSTRUMENTS = [Instrument(symbol, symbol) for symbol in ("AAPL", "KO", "SPY")]
# A Tuesday in New York: the session is from 13:30Z to 20:00Z.
OPEN = datetime(2025, 5, 20, 13, 30, tzinfo=UTC)
WINDOW = Window(OPEN, OPEN + timedelta(hours=2))
SESSION = Window(OPEN, OPEN + timedelta(hours=6, minutes=30))
OBSERVED = datetime(2025, 6, 1, tzinfo=UTC)
LENGTH = {Interval.FIVE_MINUTES: 5, Interval.HALF_HOUR: 30}


def bars(
    symbol: str,
    count: int = 4,
    interval: Interval = Interval.HALF_HOUR,
    start: datetime = OPEN,
) -> RawBars:
    price = np.linspace(100.0, 99.0 + count, count)
    step = np.timedelta64(LENGTH.get(interval, 24 * 60), "m")
    opened_at = instant64(start) + np.arange(count) * step
    return RawBars(
        symbol, interval, opened_at, price, price + 1, price - 1, price, np.full(count, 10.0)
    )


@dataclass
class Source:
    """A provider that gives what a test hands it, or fails."""

    name: str = "source"
    given: Sequence[RawBars] = ()
    actions: Sequence[CorporateAction] = ()
    problems: Sequence[Problem] = ()
    failure: ProviderError | None = None
    usual_delay: timedelta = timedelta(0)
    simulated: bool = False
    asked: list[list[str]] = field(default_factory=list)

    def bars(self, instruments: Sequence[Instrument], _window: Window) -> MarketAnswer:
        self.asked.append([instrument.symbol for instrument in instruments])
        if self.failure is not None:
            raise self.failure
        return MarketAnswer(list(self.given), list(self.actions), list(self.problems))


def collect(
    *providers: Source,
    window: Window = WINDOW,
    intervals: Sequence[Interval] = (Interval.HALF_HOUR, Interval.DAY),
) -> MarketCollected:
    return collect_bars(
        providers,
        INSTRUMENTS,
        window,
        intervals,
        lambda usual_delay: Sighting(OBSERVED, False, usual_delay),
    )


def series_of(collected: MarketCollected) -> dict[tuple[str, str], int]:
    return {(p.series.symbol, str(p.series.interval)): len(p.series) for p in collected.parts}


def test_what_the_first_provider_lacks_is_asked_of_the_second() -> None:
    first = Source("first", [bars("AAPL")], problems=[Problem("KO", "no file for KO")])
    second = Source("second", [bars("KO"), bars("AAPL", 2)])
    third = Source("third", [bars("SPY")])
    unasked = Source("unasked")
    collected = collect(first, second, third, unasked)
    assert first.asked == [["AAPL", "KO", "SPY"]]
    assert second.asked == [["KO", "SPY"]]
    assert third.asked == [["SPY"]]
    assert unasked.asked == []
    assert collected.providers == {"AAPL": "first", "KO": "second", "SPY": "third"}
    assert {part.series.symbol: part.provider for part in collected.parts} == collected.providers
    assert collected.problems == [Problem("KO", "no file for KO")]
    assert collected.fallbacks == {"KO": "no file for KO", "SPY": NOT_GIVEN}


def test_a_symbol_nobody_has_is_left_out_with_every_reason() -> None:
    collected = collect(
        Source("first", [bars("AAPL")], problems=[Problem("KO", "no file for KO")]),
        Source("second", problems=[Problem("KO", "KO is unknown")]),
    )
    assert set(collected.providers) == {"AAPL"}
    assert [problem.reason for problem in collected.problems] == ["no file for KO", "KO is unknown"]


def test_a_failing_provider_is_a_problem_of_each_symbol_and_the_next_is_asked() -> None:
    second = Source("second", [bars("AAPL"), bars("KO"), bars("SPY")])
    collected = collect(Source(failure=Unavailable("It is down.")), second)
    assert set(collected.providers.values()) == {"second"}
    assert collected.problems == [Problem(i.symbol, "It is down.") for i in INSTRUMENTS]


def test_only_when_all_fail_a_failure_is_raised_that_tells_of_each() -> None:
    failing = [Source(failure=Unavailable("First.")), Source(failure=Unavailable("Second."))]
    with pytest.raises(Unavailable, match=r"^No provider answered\. First\. Second\.$"):
        collect(*failing)
    # Nothing of anybody is an answer, and the coverage gate's to judge.
    assert collect(failing[0], Source()).parts == []


def test_a_symbol_nobody_asked_for_is_ignored() -> None:
    assert collect(Source(given=[bars("NOPE"), bars("AAPL")])).providers == {"AAPL": "source"}


def test_bars_without_a_single_good_row_fall_through_to_the_next_provider() -> None:
    broken = bars("AAPL")
    broken.close[:] = np.nan
    collected = collect(Source("first", [broken]), Source("second", [bars("AAPL")]))
    assert collected.providers == {"AAPL": "second"}
    assert [(flaw.kind, flaw.rows) for flaw in collected.flaws] == [(FlawKind.BROKEN, 4)]


def test_broken_and_stray_rows_are_reported_and_the_good_rest_is_kept() -> None:
    given = bars("AAPL", 4, start=OPEN - timedelta(minutes=30))
    given.low[2] = 0.0
    collected = collect(Source(given=[given]))
    assert series_of(collected) == {("AAPL", "30m"): 2}
    assert {flaw.kind: flaw.rows for flaw in collected.flaws} == {
        FlawKind.BROKEN: 1,
        FlawKind.OUTSIDE: 1,
    }


def test_five_minute_bars_become_half_hours_and_a_finished_session_a_day() -> None:
    given = bars("AAPL", 78, Interval.FIVE_MINUTES)
    assert series_of(collect(Source(given=[given]), window=SESSION)) == {
        ("AAPL", "30m"): 13,
        ("AAPL", "1d"): 1,
    }
    short = Window(OPEN, SESSION.end - timedelta(microseconds=1))
    assert series_of(collect(Source(given=[given]), window=short)) == {("AAPL", "30m"): 12}


def test_daily_bars_alone_serve_a_symbol_with_days() -> None:
    day = bars("AAPL", 1, Interval.DAY)
    assert series_of(collect(Source(given=[day]), window=SESSION)) == {("AAPL", "1d"): 1}


def test_one_provider_may_give_several_intervals_of_different_sessions() -> None:
    tomorrow = bars("AAPL", 1, Interval.DAY, OPEN + timedelta(days=1))
    fine = bars("AAPL", 78, Interval.FIVE_MINUTES)
    window = Window(OPEN, SESSION.end + timedelta(days=1))
    collected = collect(Source(given=[fine, tomorrow]), window=window)
    days = [p.series for p in collected.parts if p.series.interval is Interval.DAY]
    assert sorted(str(day.bars.opened_at[0])[:10] for day in days) == ["2025-05-20", "2025-05-21"]


def test_a_backfilled_bar_is_known_after_its_close_and_its_provider_s_delay() -> None:
    source = Source(given=[bars("AAPL", 1)], usual_delay=timedelta(minutes=5))
    (part,) = collect(source).parts
    assert part.known_at.tolist() == [
        (OPEN + timedelta(minutes=35)).replace(tzinfo=None),
    ]
    assert not part.live.any()
    assert part.observed_at == OBSERVED


def test_actions_carry_the_provider_that_told_of_them() -> None:
    split = CorporateAction("AAPL", OPEN, date(2025, 5, 20), ActionKind.SPLIT, 4.0)
    collected = collect(Source("first", [bars("AAPL")], [split]), Source("second"))
    assert [(told.action, told.provider) for told in collected.actions] == [(split, "first")]
    assert [told.known_at for told in collected.actions] == [OPEN]


def test_nothing_where_bars_were_due_is_a_failure_that_says_why() -> None:
    problems = [Problem("AAPL", "no file"), Problem("KO", "no file"), Problem("SPY", "gone")]
    collected = collect(Source(problems=problems))
    sentence = (
        "No provider gave a single bar where 9 were due: no file; gone. "
        "What is stored stays as it is."
    )
    with pytest.raises(NoData) as caught:
        require_coverage(collected, 0, 9)
    assert str(caught.value) == sentence
    with pytest.raises(NoData, match=r"where 1 were due\. What is stored"):
        require_coverage(MarketCollected(), 0, 1)


def test_of_many_reasons_a_failure_names_three_and_counts_the_others() -> None:
    problems = [Problem(f"S{number}", f"no file of S{number}") for number in range(500)]
    with pytest.raises(NoData) as caught:
        require_coverage(MarketCollected(problems=problems), 0, 6_500)
    assert str(caught.value) == (
        "No provider gave a single bar where 6500 were due: no file of S0; no file of S1; no file"
        " of S2; and 497 more. What is stored stays as it is."
    )


def test_what_there_is_to_say_of_a_symbol_is_said_once() -> None:
    problems = [Problem("KO", "gone."), Problem("AAPL", "late"), Problem("KO", "gone")]
    flaws = [Flaw("KO", FlawKind.BROKEN, 2, "2 bars were impossible and left out")]
    assert MarketCollected(problems=problems, flaws=flaws).told() == {
        "KO": ["gone", "2 bars were impossible and left out"],
        "AAPL": ["late"],
    }


def test_nothing_where_nothing_was_due_passes_the_gate() -> None:
    require_coverage(MarketCollected(), 0, 0)


def test_a_part_of_what_was_due_passes_the_gate() -> None:
    require_coverage(MarketCollected(), 1, 12)


def test_a_group_without_an_answer_costs_only_itself() -> None:
    @dataclass
    class Choosy(Source):
        """Refuses windows that start early."""

        def bars(self, instruments: Sequence[Instrument], window: Window) -> MarketAnswer:
            if window.start < OPEN:
                raise Unavailable("too far back")
            return super().bars(instruments, window)

    early = Window(OPEN - timedelta(days=40), WINDOW.end)
    wanted = [([INSTRUMENTS[1]], early), ([INSTRUMENTS[0]], WINDOW)]

    def collected(groups: list[tuple[list[Instrument], Window]]) -> MarketCollected:
        return collect_groups(
            [Choosy(given=[bars("AAPL")])],
            groups,
            (Interval.HALF_HOUR,),
            lambda usual_delay: Sighting(OBSERVED, False, usual_delay),
        )

    both = collected(wanted)
    assert set(both.providers) == {"AAPL"}
    assert both.problems == [Problem("KO", "too far back")]
    with pytest.raises(Unavailable):
        collected(wanted[:1])


def collect_at(observed_at: datetime, *given: RawBars, end: datetime) -> dict[tuple[str, str], int]:
    return series_of(
        collect_bars(
            [Source(given=given)],
            INSTRUMENTS,
            Window(OPEN, end),
            (Interval.HALF_HOUR, Interval.DAY),
            lambda usual_delay: Sighting(observed_at, True, usual_delay),
        )
    )


def test_a_half_hour_whose_last_minutes_may_still_come_is_not_made_yet() -> None:
    end = OPEN + timedelta(hours=1)
    late = bars("AAPL", 11, Interval.FIVE_MINUTES)  # up to 14:25Z, at 14:32Z
    whole = bars("KO", 12, Interval.FIVE_MINUTES)
    at = end + timedelta(minutes=2)
    assert collect_at(at, late, whole, end=end) == {("AAPL", "30m"): 1, ("KO", "30m"): 2}
    later = bars("AAPL", 13, Interval.FIVE_MINUTES)[np.arange(13) != 11]
    after = OPEN + timedelta(minutes=65)
    found = collect_at(after + timedelta(minutes=2), later, end=after)
    assert found == {("AAPL", "30m"): 2}, "what follows shows that nothing more comes"
    settled = end + timedelta(hours=2)
    assert collect_at(settled, late, end=end) == {("AAPL", "30m"): 2}


def test_a_day_whose_last_bar_may_still_come_is_not_made_yet() -> None:
    most = bars("AAPL", 12)
    at = SESSION.end + timedelta(minutes=2)
    assert collect_at(at, most, end=SESSION.end) == {("AAPL", "30m"): 12}
    settled = collect_at(at + timedelta(hours=2), most, end=SESSION.end)
    assert settled == {("AAPL", "30m"): 12, ("AAPL", "1d"): 1}


def test_a_half_hour_that_is_merely_not_final_yet_passes_the_gate_and_is_told() -> None:
    end, observed_at = OPEN + timedelta(minutes=30), OPEN + timedelta(minutes=32)
    begun = bars("AAPL", 5, Interval.FIVE_MINUTES)
    gone = Problem("KO", "no file of KO")
    collected = collect_bars(
        [Source("wire", given=[begun], problems=[gone])],
        INSTRUMENTS[:2],
        Window(OPEN, end),
        (Interval.HALF_HOUR,),
        lambda usual_delay: Sighting(observed_at, True, usual_delay),
    )
    told = "wire may not have its newest half hour whole yet; a later tick brings it"
    assert collected.told() == {"KO": ["no file of KO"], "AAPL": [told]}
    assert merged([MarketCollected(), collected]).unfinished == {"AAPL"}
    require_coverage(collected, 0, 2)
