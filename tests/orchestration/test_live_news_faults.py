"""What a person reads when a vendor of news fails: the others, prices and signals go on."""

import json
import re
from pathlib import Path

import pytest

from tests.orchestration.conftest import GoodRun
from tests.orchestration.live import World
from tests.orchestration.watching import Watch
from tests.vendors.loopback import hangs, says, self_signed, serving
from tests.vendors.standin import KEY, Does, Reply, as_json

pytestmark = pytest.mark.usefixtures("impatient")
ANOTHER_KEY = "WR0NGK3Y87654321"
LIMIT = (
    "You have made too many requests recently. Developer accounts are limited to 100 requests over"
    " a 24 hour period (50 requests available every 12 hours)."
)


def require_the_rest(watch: Watch, good_run: GoodRun, provider: str, sentence: str) -> None:
    """The tick goes well but for one provider, which is told of, and no article is touched."""
    before = watch.stored()
    said = watch.tick(good_run.next_at)
    [warning] = said.warnings
    assert re.fullmatch(sentence, warning)
    signals = json.loads(said.out)["signals"]
    assert [signal["symbol"] for signal in signals] == ["AAPL", "BRK.B", "KO"]
    after = watch.stored()
    assert after["articles"] == before["articles"]
    assert all(set(rows) >= set(before[table]) for table, rows in after.items())
    query = "SELECT reasons FROM slots WHERE asset = 'news_articles' AND slot_at = %s"
    [(reasons,)] = watch.rows(query, good_run.next_at)
    assert reasons.keys() == {provider}
    assert re.match(sentence.removesuffix(r"\."), reasons[provider])


@pytest.mark.parametrize(
    ("does", "sentence"),
    [
        (
            as_json({"status": "error", "code": "rateLimited", "message": f"{LIMIT} {KEY}"}, 429),
            r"NewsAPI's requests are used up; there are new ones by .*Z\.",
        ),
        (hangs, r"newsapi gave no answer: 127\.0\.0\.1 fell silent\."),
        (
            Reply(b"<html>consent"),
            r"newsapi sent a web page in place of news; a .*was changed\.",
        ),
    ],
    ids=["exhausted quota", "time-out", "a web page"],
)
def test_newsapi_fails_and_says_why(
    watch: Watch, vendors: World, good_run: GoodRun, does: Does, sentence: str
) -> None:
    vendors.newsapi.refuses = dict.fromkeys(range(1, 9), does)
    require_the_rest(watch, good_run, "newsapi", sentence)
    assert len(vendors.newsapi.requests) <= 3


def test_newsapi_refuses_a_bad_key(watch: Watch, vendors: World, good_run: GoodRun) -> None:
    watch.environment = {**watch.environment, "NEWSAPI_KEY": ANOTHER_KEY}
    sentence = r"NewsAPI refuses the key; check news\.newsapi\.key\."
    require_the_rest(watch, good_run, "newsapi", sentence)
    assert len(vendors.newsapi.requests) == 1


@pytest.mark.parametrize(("name", "provider"), [("edgar", "edgar"), ("publisher", "rss")])
def test_a_certificate_that_nobody_vouches_for_costs_its_vendor_only(
    watch: Watch, vendors: World, good_run: GoodRun, tmp_path: Path, name: str, provider: str
) -> None:
    told = r".*gave no answer: the certificate of 127\.0\.0\.1 is not to be trusted .*\."
    with serving(says(b"{}"), certificate=self_signed(tmp_path / "vendor.pem")) as vendor:
        watch.configure(vendors.configuration(instead={name: vendor.url}))
        require_the_rest(watch, good_run, provider, told)
    assert vendor.requests == []


def test_news_that_the_quota_does_not_bear_cost_no_signal(
    watch: Watch, vendors: World, good_run: GoodRun
) -> None:
    """Prices and news of Alpha Vantage share one key, and prices are asked for first."""
    vendors.alpha_vantage.left = 3
    watch.configure(vendors.configuration(news=["alpha_vantage"]))
    sentence = r"Alpha Vantage's requests of the day are used up until .*Z\."
    require_the_rest(watch, good_run, "alpha_vantage", sentence)
