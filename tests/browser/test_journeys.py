"""What people do on the dashboard, on a phone and on a desk, in the light and in the dark."""

import re

import pytest

from tests.browser.watch import Watch, in_chromium

# One watch serves them all.
pytestmark = [pytest.mark.xdist_group("whole systems"), pytest.mark.timeout(900)]
# Four looks, of which each may take two minutes.
SECONDS = 500.0
LOOKS = 4


def journey(watch: Watch, name: str) -> None:
    """Makes a journey in every look; it must end well."""
    said = in_chromium(watch, "journeys/vitest.config.ts", name, SECONDS)
    # Vitest ends well, too, where a name finds nothing to do.
    assert re.search(rf"Tests +{LOOKS} passed", said), said


def test_a_first_visit_shows_what_moved_and_that_it_is_made_up(watch: Watch) -> None:
    journey(watch, "first_visit")


def test_from_a_card_down_to_a_signal_whose_contributions_sum_to_its_score(watch: Watch) -> None:
    journey(watch, "signal_sums")


def test_the_time_machine_shows_a_past_slot_everywhere_and_comes_back(watch: Watch) -> None:
    journey(watch, "time_machine")


def test_a_rule_is_made_and_seen_to_fire_live(watch: Watch) -> None:
    journey(watch, "rule_fires")


def test_offline_it_says_so_with_the_age_and_recovers_by_itself(watch: Watch) -> None:
    journey(watch, "offline")


def test_a_viewer_logs_in_and_is_refused_an_edit(watch: Watch) -> None:
    journey(watch, "viewer")
