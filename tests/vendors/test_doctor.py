"""`fintech doctor` with live providers: what a person is told of each, and what it spends."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fintech_pipeline.cli.doctor.command import examine
from fintech_pipeline.cli.doctor.findings import State
from fintech_pipeline.cli.doctor.offers import OFFERS, lines_to_add
from fintech_pipeline.cli.main import fintech
from fintech_pipeline.clock import utc_now
from fintech_pipeline.errors import Unauthorized
from fintech_pipeline.quota import repeating
from fintech_pipeline.quota.allowances import Allowance
from fintech_pipeline.quota.calls import Call
from fintech_pipeline.quota.ledger import Ledger
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.vendors import loopback
from tests.vendors.alpha_vantage_standin import AlphaVantageStandIn
from tests.vendors.standin import KEY, Does, Reply, Request, as_json, standing_in

NEWS_KEY = "0123456789abcdef"
NOWHERE = "http://127.0.0.1:9"
BASE = """
name = "live"
[pipeline]
starts_on = 2025-11-03
[market]
providers = ["alpha_vantage"]
[market.alpha_vantage]
key = "${ALPHA_VANTAGE_API_KEY}"
base_url = "${ALPHA_VANTAGE}"
plan = "${PLAN}"
[news]
providers = ${NEWS}
[news.newsapi]
key = "${NEWSAPI_KEY}"
base_url = "${NEWSAPI}"
[news.edgar]
contact = "me@example.org"
base_url = "${EDGAR}"
directory_url = "${EDGAR}"
[news.rss]
feeds = ["${RSS}/good.xml", "${RSS}/other.xml"]
[quota.rss]
per_second = 0
[quota.edgar]
per_second = 0
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
mic = "XNAS"
"""
FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>'
    b"<item><title>Apple rises</title><link>https://wire.example/1</link>"
    b"<pubDate>Mon, 24 Nov 2025 10:00:00 GMT</pubDate></item></channel></rss>"
)


@dataclass
class Vendors:
    """The vendors of these tests, and what they were asked.

    Attributes:
        alpha_vantage: Its stand-in.
        paths: What the others were asked for.
        replies: What one of them sends in place of its answer, by path.
        urls: Where each listens.
    """

    alpha_vantage: AlphaVantageStandIn = field(default_factory=AlphaVantageStandIn)
    paths: list[str] = field(default_factory=list)
    replies: dict[str, Does] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: Request) -> Does:
        self.paths.append(request.path)
        if request.path in self.replies:
            return self.replies[request.path]
        if request.path == "/v2/everything":
            if request.headers.get("x-api-key") != NEWS_KEY:
                return as_json({"status": "error", "code": "apiKeyInvalid", "message": "no"}, 401)
            return as_json({"status": "ok", "totalResults": 0, "articles": []})
        if request.path == "/files/company_tickers.json":
            assert "me@example.org" in request.headers["user-agent"]
            return as_json({"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}})
        return Reply(FEED, content_type="application/rss+xml")

    def asked(self) -> list[str]:
        return [*self.alpha_vantage.functions(), *self.paths]


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    them = Vendors()
    with ExitStack() as stack:
        them.alpha_vantage.url = stack.enter_context(standing_in(them.alpha_vantage))
        them.urls = dict.fromkeys(
            ("NEWSAPI", "EDGAR", "RSS"), stack.enter_context(standing_in(them))
        )
        them.urls["ALPHA_VANTAGE"] = them.alpha_vantage.url
        yield them


Doctor = Callable[..., Result]


@pytest.fixture
def doctor(database: Database, tmp_path: Path, vendors: Vendors) -> Doctor:
    """Runs the command on a configuration of the stand-ins, with changes to its environment."""

    def run(
        *words: str, news: str = '["newsapi", "edgar", "rss"]', more: str = "", **changed: str
    ) -> Result:
        file = tmp_path / "live.toml"
        file.write_text(BASE.replace("${NEWS}", news) + more)
        keys = {"ALPHA_VANTAGE_API_KEY": KEY, "NEWSAPI_KEY": NEWS_KEY, "PLAN": "free"}
        environment = {**keys, **vendors.urls, "DATABASE_URL": database.url, "COLUMNS": "200"}
        done = CliRunner().invoke(
            fintech,
            ["--config", str(file), "doctor", *words],
            env={**environment, **changed, "FINTECH_CONFIG": None},
            catch_exceptions=False,
        )
        for secret in (KEY, NEWS_KEY):
            assert secret not in done.output
        return done

    return run


def line(done: Result, what: str) -> str:
    """What is told of a thing, in one line."""
    told = re.search(rf"^\S+ +{what}: .*(?:\n {{6,}}.*)*", done.output, re.MULTILINE)
    assert told is not None, done.output
    return " ".join(told.group().split())


def test_each_vendor_is_asked_one_small_thing_and_then_for_an_hour_nothing(
    doctor: Doctor, vendors: Vendors
) -> None:
    first = doctor()
    assert first.exit_code == 0, first.output
    asked = [
        "GLOBAL_QUOTE IBM",
        "/v2/everything",
        "/files/company_tickers.json",
        "/good.xml",
        "/other.xml",
    ]
    assert vendors.asked() == asked
    assert line(first, "alpha_vantage").startswith("ok alpha_vantage: prices; answers now.")
    assert "Free plan, key set: 1 a second, 25 a day; 1 spent today, 24 left until" in first.output
    assert line(first, "rss").startswith("ok rss: news (3 of 3); answers now.")
    second = doctor()
    assert second.exit_code == 0
    assert vendors.asked() == asked, "what answered just now is not asked again"
    for vendor in ("alpha_vantage", "newsapi", "edgar", "rss"):
        assert re.match(rf"ok {vendor}: .*; answered just now\.", line(second, vendor))
    assert doctor("--probe").exit_code == 0
    assert len(vendors.asked()) == 2 * len(asked)


def test_nobody_is_asked_where_a_person_does_not_want_it(doctor: Doctor, vendors: Vendors) -> None:
    done = doctor("--no-probe")
    assert done.exit_code == 0
    assert vendors.asked() == []
    assert line(done, "newsapi").startswith("wait newsapi: news (1 of 3); was not asked yet.")


def test_a_key_that_is_refused_is_told_with_where_it_is_set_and_fails(doctor: Doctor) -> None:
    done = doctor(ALPHA_VANTAGE_API_KEY="WR0NGWR0NGWR0NG", NEWSAPI_KEY="abcdefabcdef")
    assert done.exit_code == 1
    assert re.match(
        r"FAIL alpha_vantage: prices; Alpha Vantage refuses the key; check ALPHA_VANTAGE_API_KEY\.",
        line(done, "alpha_vantage"),
    )
    assert re.match(r"FAIL newsapi: .*; NewsAPI refuses the key; check", line(done, "newsapi"))
    assert "WR0NG" not in done.output
    assert line(done, "edgar").startswith("ok edgar")
    # The ledger remembers it, so that it is told without asking.
    told = line(doctor("--no-probe"), "newsapi")
    assert told.startswith(
        "FAIL newsapi: news (1 of 3); its last call was in vain just now: it refused the key."
    )
    # A better key is tried at once.
    better = doctor()
    assert better.exit_code == 0
    assert "; answers now; its last call was in vain just now: it refused" in line(
        better, "newsapi"
    )
    # One that is changed within the hour is tried where a person says so.
    worse = doctor("--probe", NEWSAPI_KEY="abcdefabcdef")
    assert worse.exit_code == 1
    assert "check news.newsapi.key; it answered just now." in line(worse, "newsapi")


def test_a_day_that_is_spent_is_no_fault_and_tells_when_to_come_again(
    doctor: Doctor, vendors: Vendors
) -> None:
    vendors.alpha_vantage.left = 0
    done = doctor()
    assert done.exit_code == 0
    told = line(done, "alpha_vantage")
    assert told.startswith("wait alpha_vantage: prices; Alpha Vantage's requests of the day are")
    assert "0 left until" in told
    asked = len(vendors.asked())
    assert line(doctor(), "alpha_vantage").startswith(
        "wait alpha_vantage: prices; alpha_vantage may be asked again at"
    )
    assert len(vendors.asked()) == asked


def test_our_own_count_of_a_spent_day_is_told_without_asking(
    doctor: Doctor, vendors: Vendors, database: Database
) -> None:
    ledger = Ledger(database)
    for _ in range(3):
        ledger.settle(
            ledger.grant("alpha_vantage", Allowance(), Call("/", {}, "news")), Unauthorized("no")
        )
    done = doctor(more="[quota.alpha_vantage]\nper_day = 3\n")
    assert "its 3 requests of today are spent" in line(done, "alpha_vantage")
    assert "3 spent today (3 in vain), 0 left until" in line(done, "alpha_vantage")
    assert vendors.alpha_vantage.asked == []
    assert done.exit_code == 0


def test_vendors_that_cannot_be_reached_are_told_one_by_one(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "FIRST_PAUSE_SECONDS", 0.01)
    done = doctor(news='["edgar"]', ALPHA_VANTAGE=NOWHERE, EDGAR="https://nowhere.invalid")
    assert done.exit_code == 1
    assert re.match(
        r"FAIL alpha_vantage: prices; alpha_vantage gave no answer: 127\.0\.0\.1 can't be reached"
        r" \(connection refused\); nothing was asked\..* nothing spent today, 25 left",
        line(done, "alpha_vantage"),
    )
    assert "the name nowhere.invalid is not known here" in line(done, "edgar")


def test_one_feed_of_several_that_fails_is_named(doctor: Doctor, vendors: Vendors) -> None:
    vendors.replies["/other.xml"] = Reply(b"", 404)
    done = doctor(news='["rss"]')
    assert done.exit_code == 1
    assert re.match(
        r"FAIL rss: news; 1 of 2 feeds did not answer: 127\.0\.0\.1/other\.xml: ", line(done, "rss")
    )


def test_a_page_in_place_of_an_answer_is_no_answer(doctor: Doctor, vendors: Vendors) -> None:
    vendors.replies["/v2/everything"] = Reply(b"<html>Log in to the hotel's net</html>")
    done = doctor(news='["newsapi"]')
    assert line(done, "newsapi").startswith("FAIL newsapi: news; newsapi sent a web page in place")
    assert done.exit_code == 1
    again = doctor("--no-probe", news='["newsapi"]')
    assert "its answer could not be read" in line(again, "newsapi"), "the ledger remembers"
    assert again.exit_code == 1


def test_a_paid_plan_has_its_own_quota(doctor: Doctor) -> None:
    told = line(doctor(PLAN="premium"), "alpha_vantage")
    assert "Premium plan, key set: 75 a minute;" in told


def test_what_is_not_asked_is_told_with_what_it_gives_and_what_to_set(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NEWSAPI_KEY", raising=False)
    done = doctor("--no-probe", news='["edgar"]')
    assert line(done, "alpha_vantage").endswith(
        'It has news too; to ask for them add: [news] providers = ["edgar", "alpha_vantage"]'
        ' [news.alpha_vantage] key = "${ALPHA_VANTAGE_API_KEY}"'
    )
    assert line(done, "newsapi").endswith(
        'NEWSAPI_KEY is set, and add to your configuration: [news] providers = ["edgar", "newsapi"]'
    ), "its section stands there already"
    assert line(done, "yahoo").startswith("off yahoo: not asked; prices: half hours")
    assert '[market] providers = ["alpha_vantage", "yahoo"]' in line(done, "yahoo")
    assert "never stand together" in line(done, "simulated")
    assert done.exit_code == 0


@pytest.mark.parametrize("name", sorted(OFFERS.keys() - {"simulated"}))
def test_the_lines_that_are_offered_make_the_provider_part_of_the_chain(
    tmp_path: Path, name: str
) -> None:
    tail = '[[watchlist]]\nsymbol = "AAPL"\nname = "Apple Inc."\n'
    plain = 'name = "mine"\n[pipeline]\nstarts_on = 2025-11-03\n'
    made_up = '[market]\nproviders = ["simulated"]\n'
    file = tmp_path / "mine.toml"
    keys = {one.variable: "A1B2C3D4E5F6" for one in OFFERS.values() if one.variable}
    file.write_text(plain + made_up + tail)
    lines = lines_to_add(load_settings(file, {}), name)
    if not any(one == "[market]" for one in lines):
        lines = (*lines, "[market]", 'providers = ["yahoo"]')
    offered = "\n".join(lines).replace('"simulated", ', "")
    file.write_text(f"{plain}{offered}\n{tail}")
    settings = load_settings(file, keys)
    assert name in {
        *settings.market.providers,
        *settings.news.providers,
        *settings.sentiment.models[:1],
    }


def test_a_clock_that_is_wrong_by_a_vendors_word_is_told(doctor: Doctor) -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    reply = loopback.says(b'{"Global Quote": {}}', Date=ahead)
    with loopback.serving(reply) as vendor:
        done = doctor(news="[]", ALPHA_VANTAGE=vendor.url)
    assert done.exit_code == 1
    assert re.match(
        r"FAIL clock: this machine's is 1[12]\d s behind that of alpha_vantage; .* by NTP\.$",
        line(done, "clock"),
    )
    with loopback.serving(loopback.says(b'{"Global Quote": {}}')) as vendor:
        assert doctor("--probe", news="[]", ALPHA_VANTAGE=vendor.url).exit_code == 0


def test_a_clock_that_differs_from_the_databases_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("FINTECH_CONFIG", "")
    found = list(examine(asking=False, clock=lambda: utc_now() + timedelta(seconds=42)))
    (clock,) = [one for one in found if one.what == "clock"]
    assert clock.state is State.FAIL
    assert clock.told.startswith("this machine's is 42 s ahead of that of the database; ")


def test_a_program_gets_all_of_it(doctor: Doctor) -> None:
    done = doctor("--json", news='["newsapi", "edgar"]')
    found: dict[str, Any] = {one["what"]: one for one in json.loads(done.output)}
    assert found["Python"] == {
        "what": "Python",
        "state": "ok",
        "healthy": True,
        "told": found["Python"]["told"],
    }
    vendor = found["alpha_vantage"]
    assert vendor["place"] == {"prices": 1, "news": None}
    (quota,) = vendor["quota"]
    assert (quota["spent"], quota["left"]) == (1, 24)
    assert quota["purposes"][0]["purpose"] == "probe"
    rss = found["rss"]
    assert (rss["state"], rss["healthy"], rss["place"]) == ("off", True, {"news": None})
    assert rss["settings"] == ["[news]", 'providers = ["newsapi", "edgar", "rss"]']
