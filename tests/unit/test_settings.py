"""The configuration: what a file, the environment and a mistake in either lead to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.quota.allowances import PLANS, Allowance
from fintech_pipeline.settings import Settings, load_settings

SECRET = "hunter2-s3cret"  # noqa: S105  # a password only these tests know
SMALLEST = """
name = "mine"
[pipeline]
starts_on = 2025-03-03
[market]
providers = ["files"]
[market.files]
folder = "bars"
[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
"""
NEWS = '[news]\nproviders = ["files"]\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def load(file: Path, text: str, environment: Mapping[str, str] | None = None) -> Settings:
    file.write_text(text, "utf-8")
    return load_settings(file, environment or {})


def mistake(file: Path, text: str, environment: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(file, text, environment)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_the_smallest_file_leaves_the_rest_to_its_defaults(file: Path) -> None:
    settings = load(file, SMALLEST)
    assert settings.name == "mine"
    assert settings.pipeline.starts_on == date(2025, 3, 3)
    assert settings.warm_up == timedelta(days=40)
    assert not settings.simulated
    assert settings.news.providers == ()
    instrument = settings.watchlist[0].instrument()
    assert (instrument.symbol, instrument.mic, instrument.currency) == ("AAPL", "XNYS", "USD")


def test_without_a_file_the_demo_is_simulated() -> None:
    settings = load_settings(environment={})
    assert (settings.name, settings.simulated) == ("demo", True)
    assert len(settings.watchlist) == 12


def test_the_environment_names_the_file_and_an_argument_wins(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(SMALLEST.replace('"mine"', '"other"'))
    load(file, SMALLEST)
    environment = {"FINTECH_CONFIG": str(other)}
    assert load_settings(environment=environment).name == "other"
    assert load_settings(file, environment).name == "mine"
    assert load_settings(environment={"FINTECH_CONFIG": ""}).name == "demo"


def test_relative_paths_are_relative_to_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    settings = load(file, SMALLEST)
    assert settings.market.files is not None
    assert settings.market.files.folder == file.parent / "bars"
    assert settings.database_folder == file.parent / ".fintech" / "mine"
    moved = load(file, SMALLEST.replace('"bars"', '"../elsewhere/bars"'))
    assert moved.market.files is not None
    assert moved.market.files.folder == file.parent.parent / "elsewhere" / "bars"


def test_absolute_paths_and_home_folders_stay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    for text, folder in (("/data/bars", "/data/bars"), ("~/bars", "/home/someone/bars")):
        files = load(file, SMALLEST.replace('"bars"', f'"{text}"')).market.files
        assert files is not None
        assert files.folder == Path(folder)


def test_the_demo_keeps_its_data_where_it_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(environment={}).database_folder == tmp_path / ".fintech" / "demo"


def test_names_in_braces_expand_to_the_environment(file: Path) -> None:
    text = SMALLEST.replace('"bars"', '"${DATA}/${YEAR}/bars"')
    settings = load(file, text, {"DATA": "/data", "YEAR": "2025"})
    assert settings.market.files is not None
    assert settings.market.files.folder == Path("/data/2025/bars")


def test_what_expands_is_not_expanded_again(file: Path) -> None:
    text = SMALLEST.replace("Apple Inc.", "${NAME} costs $5 and ${}")
    settings = load(file, text, {"NAME": "${OTHER}"})
    assert settings.watchlist[0].name == "${OTHER} costs $5 and ${}"


def test_a_name_the_environment_lacks_is_told(file: Path) -> None:
    sentence = mistake(file, SMALLEST.replace('"bars"', '"${DATA}/bars"'))
    assert sentence == (
        "mine.toml uses ${DATA}, which the environment does not set; export DATA first."
    )


def test_the_environment_overrides_keys(file: Path) -> None:
    environment = {
        "FINTECH_PIPELINE__WARM_UP_DAYS": "30",
        "FINTECH_PIPELINE__STARTS_ON": "2024-01-02",
        "FINTECH_MARKET__FILES__FOLDER": "/elsewhere",
        "FINTECH_SENTIMENT__HALF_LIFE_HOURS": "6.5",
        "FINTECH_SIGNALS__STRATEGIES": '["bold"]',
        "FINTECH_NEWS__PROVIDERS": '["files"]',
        "FINTECH_NEWS__FILES__PATH": "/news.csv",
        "FINTECH_DATA": "/no/setting",
        "FINTECH": "nothing",
        "UNRELATED__KEY": "1",
    }
    settings = load(file, SMALLEST, environment)
    assert settings.pipeline.warm_up_days == 30
    assert settings.pipeline.starts_on == date(2024, 1, 2)
    assert settings.sentiment.half_life_hours == 6.5
    assert settings.signals.strategies == ("bold",)
    assert settings.news.providers == ("files",)
    assert settings.market.files is not None
    assert settings.market.files.folder == Path("/elsewhere")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_database_url_overrides_the_file(file: Path, scheme: str) -> None:
    address = f"{scheme}://someone:{SECRET}@host/name"
    text = SMALLEST + '[database]\nurl = "postgresql://file/name"\n'
    assert load(file, text, {"DATABASE_URL": address}).database.url == address
    assert load(file, SMALLEST, {"DATABASE_URL": address}).database.url == address
    assert load(file, text, {"DATABASE_URL": ""}).database.url == "postgresql://file/name"
    assert load(file, SMALLEST).database.url is None


def test_secrets_stand_in_no_text_of_the_settings(file: Path) -> None:
    settings = load(file, SMALLEST, {"DATABASE_URL": f"postgresql://someone:{SECRET}@host/name"})
    assert SECRET not in f"{settings!r}{settings}{settings.database!r}{settings.database}"


@pytest.mark.parametrize(
    "address", [f"mysql://someone:{SECRET}@host/name", f"{SECRET}", f" postgresql://{SECRET}@h/n"]
)
def test_a_wrong_database_url_is_named_and_not_shown(file: Path, address: str) -> None:
    sentence = mistake(file, SMALLEST, {"DATABASE_URL": address})
    assert "database.url is wrong" in sentence
    assert SECRET not in sentence


UNKNOWN = {
    "pipline": (f"{SMALLEST}\n[pipline]\nstarts_on = 2025-01-01", "pipline", "pipeline"),
    "a key": (SMALLEST.replace("folder =", "foldr ="), "market.files.foldr", "market.files.folder"),
    "in a list": (
        SMALLEST.replace("symbol =", 'currncy = "USD"\nsymbol ='),
        "watchlist.0.currncy",
        "watchlist.0.currency",
    ),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_an_unknown_key_is_named_with_the_nearest_one(file: Path, case: str) -> None:
    text, key, near = UNKNOWN[case]
    assert mistake(file, text) == f"mine.toml: {key} is not a setting; did you mean {near}."


def test_an_unknown_key_unlike_any_is_named_alone(file: Path) -> None:
    sentence = mistake(file, SMALLEST + "[zzz]\nx = 1\n")
    assert sentence == "mine.toml: zzz is not a setting."
    sentence = mistake(file, SMALLEST, {"FINTECH_ZZZ__X": "1"})
    assert "zzz is not a setting" in sentence


WRONG = {
    "name": SMALLEST.replace('"mine"', '"Mine, All"'),
    "pipeline.starts_on": SMALLEST.replace("2025-03-03", '"someday"'),
    "pipeline.warm_up_days": SMALLEST.replace("[market]", "warm_up_days = 0\n[market]"),
    "pipeline.minutes_after_slot": SMALLEST.replace(
        "[market]", "minutes_after_slot = 30\n[market]"
    ),
    "market.providers.0": SMALLEST.replace('["files"]', '["bloomberg"]'),
    "market.providers": SMALLEST.replace('["files"]', "[]"),
    "market.files.folder": SMALLEST.replace('"bars"', "5"),
    "sentiment.half_life_hours": SMALLEST + "[sentiment]\nhalf_life_hours = nan\n",
    "watchlist.0": SMALLEST.replace('"AAPL"', '"aapl"'),
    "watchlist": SMALLEST + '[[watchlist]]\nsymbol = "AAPL"\nname = "Apple again"\n',
    "signals.strategies": SMALLEST + '[signals]\nstrategies = ["a.toml", "./a.toml"]\n',
    "signals.strategies.0": SMALLEST + '[signals]\nstrategies = [""]\n',
    "database": "database = 5\n" + SMALLEST,
    "market": SMALLEST.replace('[market.files]\nfolder = "bars"\n', ""),
    "news": SMALLEST + NEWS,
}


def test_strategies_are_shipped_ones_by_name_and_files_beside_the_configuration(
    file: Path,
) -> None:
    assert load(file, SMALLEST).signals.strategies == ("balanced",)
    named = 'strategies = ["swing", "mine.toml", "own/mine", "/far/mine.toml", "../${X}.toml"]'
    found = load(file, f"{SMALLEST}[signals]\n{named}\n", {"X": "up"}).signals.strategies
    near = file.parent
    far = Path("/far/mine.toml")
    assert found == ("swing", near / "mine.toml", near / "own/mine", far, near.parent / "up.toml")


def test_the_old_name_of_the_setting_leads_to_the_new_one(file: Path) -> None:
    told = "mine.toml: signals.strategy is not a setting; did you mean signals.strategies."
    assert mistake(file, f'{SMALLEST}[signals]\nstrategy = "balanced"\n') == told


@pytest.mark.parametrize("key", WRONG)
def test_a_wrong_value_is_one_sentence_that_names_its_key(file: Path, key: str) -> None:
    assert mistake(file, WRONG[key]).startswith(f"mine.toml: {key} is wrong: ")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("name", SMALLEST.replace('name = "mine"', "")),
        ("watchlist", SMALLEST[: SMALLEST.index("[[watchlist]]")]),
        ("watchlist.0.name", SMALLEST.replace('name = "Apple Inc."', "")),
        ("pipeline.starts_on", SMALLEST.replace("starts_on = 2025-03-03", "")),
    ],
)
def test_a_missing_key_is_named(file: Path, key: str, text: str) -> None:
    assert mistake(file, text) == f"mine.toml: {key} is missing."


def test_simulated_and_real_providers_never_stand_together(file: Path) -> None:
    text = SMALLEST.replace('["files"]', '["simulated", "files"]')
    assert "simulated and real providers may not stand in one" in mistake(file, text)
    text = SMALLEST + NEWS.replace("files", "simulated")
    assert "simulated and real providers may not stand in one" in mistake(file, text)


def test_a_file_that_is_none_is_told_with_its_path(tmp_path: Path, file: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^There is no configuration file .*gone\.toml\.$"
    ):
        load_settings(tmp_path / "gone.toml", {})
    with pytest.raises(ConfigurationError, match=r"can't be read: .*directory"):
        load_settings(tmp_path, {})
    file.write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigurationError, match=r"mine\.toml can't be read: "):
        load_settings(file, {})
    assert mistake(file, "name = ").startswith("mine.toml is not valid TOML: ")


def test_settings_cannot_be_changed_afterwards(file: Path) -> None:
    settings = load(file, SMALLEST)
    with pytest.raises(ValueError, match="frozen"):
        settings.name = "other"  # type: ignore[misc]  # that it is refused is the point


def test_a_vendors_quota_is_its_free_plans_unless_it_is_set(file: Path) -> None:
    usual = load(file, SMALLEST)
    assert usual.allowance("alpha_vantage") == Allowance(1, None, 25, "America/New_York")
    assert usual.allowance("edgar") == Allowance(per_second=5)
    paid = "[quota.alpha_vantage]\nper_minute = 75\nper_day = 0\n"
    set_here = load(file, SMALLEST + paid, {"FINTECH_QUOTA__YAHOO__PER_DAY": "50"})
    assert set_here.allowance("alpha_vantage") == Allowance(1, 75, None, "America/New_York")
    assert set_here.allowance("yahoo") == Allowance(per_second=2, per_day=50)


def test_a_budget_is_the_plans_unless_it_is_set_and_zero_is_no_money(file: Path) -> None:
    assert load(file, SMALLEST).allowance("gemini").usd_per_day == Decimal(1)
    for line, budget in (("2.5", "2.5"), ("0", "0")):
        settings = load(file, SMALLEST + f"[quota.gemini]\nusd_per_day = {line}\n")
        assert settings.allowance("gemini").usd_per_day == Decimal(budget)
        assert settings.allowance("gemini").per_day == PLANS["gemini"].per_day


def test_a_plan_that_was_bought_has_its_own_quota(file: Path) -> None:
    bought = (
        '[market.alpha_vantage]\nplan = "premium"\n'
        '[news.newsapi]\nkey = "0123456789abcdef"\nplan = "business"\n'
    )
    settings = load(file, SMALLEST + bought)
    assert str(settings.allowance("alpha_vantage")) == "75 a minute"
    assert settings.allowance("newsapi").per_day is None
    more = load(file, SMALLEST + bought + "[quota.alpha_vantage]\nper_minute = 150\n")
    assert str(more.allowance("alpha_vantage")) == "150 a minute"


@pytest.mark.parametrize("provider", PLANS)
def test_every_known_plan_has_settings(file: Path, provider: str) -> None:
    settings = load(file, SMALLEST + f'[quota.{provider}]\nreset_zone = "Asia/Tokyo"\n')
    assert settings.allowance(provider) == replace(PLANS[provider], reset_zone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("per_dya = 5", "quota.yahoo.per_dya is not a setting; did you mean quota.yahoo.per_day."),
        ("per_day = -1", "quota.yahoo.per_day is wrong: input should be greater than or equal"),
        ('reset_zone = "Mars"', "quota.yahoo.reset_zone is wrong: 'Mars' is not a time zone;"),
    ],
)
def test_a_wrong_quota_is_named(file: Path, line: str, told: str) -> None:
    assert told in mistake(file, f"{SMALLEST}[quota.yahoo]\n{line}\n")


LIVE = SMALLEST.replace('["files"]', '["yahoo", "alpha_vantage"]').replace(
    '[market.files]\nfolder = "bars"',
    '[market.alpha_vantage]\nkey = "${ALPHA_VANTAGE_API_KEY}"',
)


def test_a_vendors_key_comes_from_the_environment_and_is_never_shown(file: Path) -> None:
    settings = load(file, LIVE, {"ALPHA_VANTAGE_API_KEY": SECRET})
    vendor = settings.market.alpha_vantage
    assert vendor.key is not None
    assert vendor.key.get_secret_value() == SECRET
    assert (vendor.plan, vendor.base_url) == ("free", "https://www.alphavantage.co")
    assert settings.market.providers == ("yahoo", "alpha_vantage")
    for shown in (repr(settings), str(vendor), settings.model_dump_json(), repr(vendor.key)):
        assert SECRET not in shown


@pytest.mark.parametrize("line", ['key = ""', 'plan = "free"', 'key = "${ALPHA_VANTAGE_API_KEY}"'])
def test_a_vendor_without_its_key_is_one_sentence(file: Path, line: str) -> None:
    text = LIVE.replace('key = "${ALPHA_VANTAGE_API_KEY}"', line)
    told = (
        'the provider "alpha_vantage" needs market.alpha_vantage.key: export ALPHA_VANTAGE_API_KEY.'
    )
    assert told in mistake(file, text, {"ALPHA_VANTAGE_API_KEY": ""})
    without = LIVE.replace('[market.alpha_vantage]\nkey = "${ALPHA_VANTAGE_API_KEY}"', "")
    assert told in mistake(file, without)


def test_a_key_that_was_not_exported_is_named(file: Path) -> None:
    assert "export ALPHA_VANTAGE_API_KEY first" in mistake(file, LIVE)


def test_the_vendors_settings_may_stand_ready_before_the_provider_is_used(file: Path) -> None:
    settings = load(file, SMALLEST + "[market.yahoo]\ndelay_seconds = 900\n")
    assert settings.market.yahoo.delay_seconds == 900
    assert settings.market.alpha_vantage.key is None


@pytest.mark.parametrize(
    "url", ["ftp://host", "https://key@host", "https://host/query?apikey=x", "host"]
)
def test_a_base_url_is_a_scheme_and_a_host_and_holds_no_secret(file: Path, url: str) -> None:
    text = LIVE + f'[market.alpha_vantage]\nbase_url = "{url}"\n'
    text = text.replace('[market.alpha_vantage]\nkey = "${ALPHA_VANTAGE_API_KEY}"\n', "")
    assert "market.alpha_vantage.base_url is wrong" in mistake(file, text)


LIVE_NEWS = {
    "newsapi": ("key", '[news.newsapi]\nkey = "${VENDOR_KEY}"\n'),
    "alpha_vantage": ("key", '[news.alpha_vantage]\nkey = "${VENDOR_KEY}"\n'),
    "edgar": ("contact", '[news.edgar]\ncontact = "me@example.org"\n'),
    "rss": ("feeds", '[news.rss]\nfeeds = ["https://wire.example/feed?a=b"]\n'),
}


@pytest.mark.parametrize("name", LIVE_NEWS)
def test_a_live_provider_needs_its_settings_and_takes_them(file: Path, name: str) -> None:
    key, section = LIVE_NEWS[name]
    news = f'[news]\nproviders = ["{name}"]\n'
    told = mistake(file, SMALLEST + news)
    assert told == f'mine.toml: news is wrong: the provider "{name}" needs news.{name}.{key}.'
    settings = load(file, SMALLEST + news + section, {"VENDOR_KEY": SECRET})
    assert settings.news.providers == (name,)
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()


def test_a_vendors_key_comes_out_only_when_asked_for(file: Path) -> None:
    news = '[news]\nproviders = ["newsapi"]\n' + LIVE_NEWS["newsapi"][1]
    settings = load(file, SMALLEST + news, {"VENDOR_KEY": SECRET})
    assert settings.news.newsapi is not None
    assert settings.news.newsapi.key.get_secret_value() == SECRET
    assert settings.news.newsapi.plan == "developer"


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ('[news.edgar]\ncontact = "me at example"\n', "news.edgar.contact"),
        ('[news.edgar]\ncontact = "me@example.org\\r\\nX-Evil: 1"\n', "news.edgar.contact"),
        ("[news.rss]\nfeeds = []\n", "news.rss.feeds"),
        ('[news.rss]\nfeeds = ["file:///etc/passwd"]\n', "news.rss.feeds.0"),
        ('[news.newsapi]\nkey = ""\n', "news.newsapi.key"),
        ('[news.newsapi]\nkey = "k"\nplan = "free"\n', "news.newsapi.plan"),
        ('[news.newsapi]\nkey = "k"\nbase_url = "https://me:pw@host"\n', "news.newsapi.base_url"),
    ],
)
def test_a_wrong_setting_of_a_live_provider_is_named(file: Path, section: str, where: str) -> None:
    assert mistake(file, SMALLEST + section).startswith(f"mine.toml: {where} is wrong: ")


@pytest.mark.parametrize(
    ("delay_seconds", "minute"), [(0, 2), (119, 2), (120, 3), (900, 16), (1679, 28), (1740, 29)]
)
def test_a_tick_starts_once_the_first_vendor_has_the_half_hour(
    file: Path, delay_seconds: int, minute: int
) -> None:
    behind = f'folder = "bars"\ndelay_seconds = {delay_seconds}'
    settings = load(file, SMALLEST.replace('folder = "bars"', behind))
    assert settings.market.delay == timedelta(seconds=delay_seconds)
    assert settings.minutes_after_slot == minute
    later = {"FINTECH_PIPELINE__MINUTES_AFTER_SLOT": "29"}
    assert load(file, file.read_text(), later).minutes_after_slot == 29


def test_only_the_first_vendor_of_the_chain_is_waited_for(file: Path) -> None:
    environment = {"ALPHA_VANTAGE_API_KEY": SECRET}
    assert load(file, LIVE, environment).minutes_after_slot == 2
    turned = LIVE.replace('["yahoo", "alpha_vantage"]', '["alpha_vantage", "yahoo"]')
    assert load(file, turned, environment).minutes_after_slot == 16


def test_a_tick_before_the_vendor_has_the_half_hour_is_refused_with_what_to_set(file: Path) -> None:
    text = SMALLEST.replace('folder = "bars"', 'folder = "bars"\ndelay_seconds = 900')
    assert load(file, text, {"FINTECH_PIPELINE__MINUTES_AFTER_SLOT": "15"}).minutes_after_slot == 15
    assert mistake(file, text, {"FINTECH_PIPELINE__MINUTES_AFTER_SLOT": "14"}) == (
        "mine.toml: the configuration is wrong: pipeline.minutes_after_slot is 14, but"
        " market.files.delay_seconds is 900, so that no tick would get the bar of its own half"
        " hour; leave it out or set it to 16."
    )


def test_a_vendor_too_far_behind_for_signals_of_half_hours_is_refused(file: Path) -> None:
    text = SMALLEST.replace('folder = "bars"', 'folder = "bars"\ndelay_seconds = 1741')
    assert mistake(file, text) == (
        "mine.toml: the configuration is wrong: market.files.delay_seconds is 1741, and signals of"
        " half hours need a first provider that is at most 1740 seconds behind; put a faster one"
        " first."
    )


def test_a_model_stands_in_the_chain_once(file: Path) -> None:
    models = '[sentiment]\nmodels = ["local", "hugging_face", "local"]\n'
    assert "a model stands twice in sentiment.models" in mistake(file, SMALLEST + models)
