"""Actions have two thresholds and no memory but the scores of the last rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fintech_pipeline.signals.bands import ACTION_ROWS, HOLD, LEVELS, held_actions
from fintech_pipeline.signals.strategy import Action, Band

BANDS = {
    Action.STRONG_SELL: Band(-0.40, -0.32),
    Action.SELL: Band(-0.15, -0.10),
    Action.BUY: Band(0.15, 0.10),
    Action.STRONG_BUY: Band(0.40, 0.32),
}
NO_SCORE = None


def actions(
    scores: list[float | None], bands: dict[Action, Band] = BANDS, barred: tuple[int, ...] = ()
) -> list[tuple[Action, int]]:
    """What holds at each row, and since which row."""
    known = np.array([[score is not None] for score in scores])
    micros = np.array([[round((score or 0.0) * 1e6)] for score in scores], dtype=np.int64)
    kept_off = np.zeros(known.shape, dtype=np.bool_)
    kept_off[list(barred)] = True
    level, since = held_actions(micros, known, bands, kept_off)
    return [(LEVELS[a], s) for a, s in zip(level[:, 0].tolist(), since[:, 0].tolist(), strict=True)]


def test_a_score_at_the_edge_does_not_flip_the_action_every_slot() -> None:
    found = actions([0.16, 0.14, 0.16, 0.12, 0.151, 0.10])
    assert found == [(Action.BUY, 0)] * 6


def test_a_score_on_the_entry_enters_and_one_on_the_exit_stays() -> None:
    assert actions([0.15, 0.10]) == [(Action.BUY, 0), (Action.BUY, 0)]
    assert actions([0.149999]) == [(Action.HOLD, -1)]
    assert actions([0.15, 0.099999]) == [(Action.BUY, 0), (Action.HOLD, -1)]


def test_an_action_that_was_left_does_not_come_back_by_itself() -> None:
    assert actions([0.2, 0.05, 0.14])[2] == (Action.HOLD, -1)


def test_an_action_that_no_score_confirms_lapses_after_thirteen_rows() -> None:
    found = actions([0.2, *[0.12] * ACTION_ROWS])
    assert found[:ACTION_ROWS] == [(Action.BUY, 0)] * ACTION_ROWS
    assert found[ACTION_ROWS] == (Action.HOLD, -1)


def test_a_confirmed_action_goes_on_and_began_within_the_rows_that_count() -> None:
    found = actions([0.2] * (ACTION_ROWS + 5))
    assert found[-1] == (Action.BUY, 5)


def test_a_strong_action_weakens_into_the_plain_one() -> None:
    found = actions([0.45, 0.33, 0.31, 0.11, 0.09])
    assert [action for action, _ in found] == [
        Action.STRONG_BUY,
        Action.STRONG_BUY,
        Action.BUY,
        Action.BUY,
        Action.HOLD,
    ]


def test_a_turn_from_buy_to_sell_is_at_once() -> None:
    assert actions([0.3, -0.3]) == [(Action.BUY, 0), (Action.SELL, 1)]


def test_a_row_without_a_score_neither_begins_nor_ends_an_action() -> None:
    assert actions([0.2, NO_SCORE, 0.12])[2] == (Action.BUY, 0)
    assert actions([NO_SCORE, 0.12])[1] == (Action.HOLD, -1)


def test_where_a_split_is_suspected_no_action_holds_or_begins() -> None:
    found = actions([0.2, 0.2, 0.12, 0.12], barred=(0, 1))
    assert found == [(Action.HOLD, -1)] * 4
    assert actions([0.2, 0.2, 0.12], barred=(1,))[2] == (Action.BUY, 0)


def test_bands_of_one_threshold_have_no_hysteresis() -> None:
    plain = {action: Band(band.enter, band.enter) for action, band in BANDS.items()}
    assert [a for a, _ in actions([0.15, 0.14, 0.15], plain)] == [
        Action.BUY,
        Action.HOLD,
        Action.BUY,
    ]


scores = st.lists(
    st.none() | st.sampled_from([-0.45, -0.35, -0.2, -0.12, 0.0, 0.12, 0.2, 0.35, 0.45]),
    min_size=1,
    max_size=40,
)


def holds(scores: list[float | None], barred: set[int], row: int, band: Band) -> int | None:
    """Said as the page says it: the first row that entered and was not left since."""
    side = 1 if band.enter > 0 else -1
    for start in range(max(0, row - 12), row + 1):
        score = scores[start]
        since = [one * side for one in scores[start : row + 1] if one is not None]
        entered = score is not None and start not in barred and score * side >= band.enter * side
        if entered and min(since) >= band.leave * side:
            return start
    return None


@given(scores, st.sets(st.integers(0, 39)))
def test_it_does_what_the_page_says(given_scores: list[float | None], barred: set[int]) -> None:
    inside = {row for row in barred if row < len(given_scores)}
    found = actions(given_scores, barred=tuple(inside))
    for row, told in enumerate(found):
        expected = (Action.HOLD, -1)
        for action in (Action.BUY, Action.STRONG_BUY, Action.SELL, Action.STRONG_SELL):
            since = holds(given_scores, inside, row, BANDS[action])
            if since is not None and row not in inside:
                expected = (action, since)
        assert told == expected


@given(scores, st.integers(0, 26))
def test_only_the_last_thirteen_rows_count(given_scores: list[float | None], more: int) -> None:
    window = given_scores[-ACTION_ROWS:]
    whole, part = actions([*[0.45] * more, *given_scores])[-1], actions(window)[-1]
    if len(given_scores) >= ACTION_ROWS:
        assert whole[0] is part[0]


@given(st.lists(scores, min_size=2, max_size=4))
def test_symbols_do_not_see_each_other(columns: list[list[float | None]]) -> None:
    rows = min(len(column) for column in columns)
    micros = np.array([[round((c[r] or 0.0) * 1e6) for c in columns] for r in range(rows)])
    known = np.array([[c[r] is not None for c in columns] for r in range(rows)])
    level, since = held_actions(micros, known, BANDS)
    for place, column in enumerate(columns):
        alone = actions(column[:rows])
        assert [LEVELS[a] for a in level[:, place].tolist()] == [a for a, _ in alone]
        assert since[:, place].tolist() == [s for _, s in alone]
    assert (since[level == HOLD] == -1).all()
