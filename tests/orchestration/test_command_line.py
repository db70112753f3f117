"""The real `fintech` command in processes of its own: what it prints, and how it fails."""

import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fintech_pipeline.storage.embedded import EmbeddedServer
from tests.storage.object_store import object_store

pytestmark = pytest.mark.xdist_group("command line")
FINTECH = Path(sys.executable).with_name("fintech")
CONFIG = """
name = "small"

[database]
folder = "database"

[pipeline]
starts_on = 2025-01-01

[market]
providers = ["simulated"]

[news]
providers = ["simulated"]

[[watchlist]]
symbol = "AAPL"
name = "Apple Inc."
aliases = ["Apple"]
mic = "XSIM"

[[watchlist]]
symbol = "KO"
name = "The Coca-Cola Company"
aliases = ["Coca-Cola"]
mic = "XSIM"

[[watchlist]]
symbol = "META"
name = "Meta Platforms, Inc."
aliases = ["Meta"]
mic = "XSIM"
"""
SYMBOLS = ["AAPL", "KO", "META"]
FIRST, LAST = "2025-03-03", "2025-03-04"
SLOT = "2025-03-04T16:00Z"
DOWN = {"DATABASE_URL": "postgresql://nobody:hunter2@127.0.0.1:1/none"}


@dataclass(frozen=True)
class Folder:
    """A folder with a configuration, to run the command in.

    Attributes:
        path: The folder.
        environment: What the command finds set, beside the bare necessities.
    """

    path: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return self.start([str(FINTECH), *self.config, *words], environment)

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], **limits: Any
    ) -> "subprocess.CompletedProcess[str]":
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            command,
            cwd=self.path,
            env={**kept, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **limits,
        )

    @property
    def config(self) -> list[str]:
        return ["--config", "my.toml"] if self.path.joinpath("my.toml").exists() else []

    def prints(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.prints(*words, "--json"))


def folder_with(path: Path, config: str, **environment: str) -> Folder:
    path.mkdir(parents=True, exist_ok=True)
    path.joinpath("my.toml").write_text(config)
    return Folder(path, environment)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folder]:
    """Three made-up symbols over two days, backfilled by the command itself."""
    folder = folder_with(tmp_path_factory.mktemp("small"), CONFIG)
    # Kept alive meanwhile, so that not every command has to start the database anew.
    with EmbeddedServer.acquire(folder.path / "database" / "small"):
        done = folder.run("backfill", "--from", FIRST, "--to", LAST)
        assert done.returncode == 0, done.stderr
        assert re.search(r"Backfilled 2 days from 2025-03-03 to 2025-03-04 in 1 run", done.stderr)
        yield folder


def told(done: "subprocess.CompletedProcess[str]", exit_code: int) -> str:
    """The one sentence of a command that failed as it should."""
    assert done.returncode == exit_code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("Error: ")
    assert lines[0].endswith(".")
    assert "hunter2" not in done.stderr
    return lines[0].removeprefix("Error: ")


def assert_signal(signal: dict[str, Any]) -> None:
    required = {
        "symbol": str,
        "price": float,
        "currency": str,
        "change_pct": float,
        "score": float,
        "action": str,
        "confidence": float,
        "components": list,
        "articles": list,
    }
    assert {key: type(signal[key]) for key in required} == required
    assert signal["action"] in {"strong_sell", "sell", "hold", "buy", "strong_buy"}
    assert -1 <= signal["score"] <= 1
    assert 0 <= signal["confidence"] <= 1
    for component in signal["components"]:
        assert isinstance(component["name"], str)
        for key in ("value", "weight", "contribution"):
            assert isinstance(component[key], float)
    total = sum(component["contribution"] for component in signal["components"])
    assert total == pytest.approx(signal["score"], abs=1e-9)


def test_a_tick_prints_its_signals_as_json(small: Folder) -> None:
    document = small.json("tick", "--slot", SLOT)
    assert list(document) == [
        "slot_at",
        "cutoff_at",
        "run_id",
        "strategy",
        "simulated",
        "signals",
        "skipped",
    ]
    assert (document["slot_at"], document["cutoff_at"]) == (
        "2025-03-04T16:00:00Z",
        "2025-03-04T16:00:00Z",
    )
    assert re.fullmatch(r"[0-9a-f-]{36}", document["run_id"])
    assert document["strategy"] == "balanced-2"
    assert document["skipped"] == []
    assert [signal["symbol"] for signal in document["signals"]] == SYMBOLS
    for signal in document["signals"]:
        assert_signal(signal)
    assert len({signal["score"] for signal in document["signals"]}) == 3
    articles = [article for signal in document["signals"] for article in signal["articles"]]
    assert articles
    assert all(article["known_at"] <= document["cutoff_at"] for article in articles)

    table = small.prints("tick", "--slot", SLOT)
    assert "SIMULATED" in table
    assert "Strongest reasons" in table
    for signal in document["signals"]:
        assert f"{signal['symbol']} " in table
        assert f"{signal['score']:+.3f}" in table
    shown = small.json("signals", "show", "--slot", SLOT)
    assert shown["signals"] == document["signals"]
    assert shown["run_id"] is None


def test_a_tick_without_a_slot_takes_the_newest_and_is_live(small: Folder) -> None:
    document = small.json("tick")
    assert document["cutoff_at"] > document["slot_at"]
    signals = document["signals"]
    assert {signal["symbol"] for signal in signals} | {
        one["symbol"] for one in document["skipped"]
    } == set(SYMBOLS)
    assert all(signal["live"] for signal in signals)
    for skipped in document["skipped"]:
        assert skipped.keys() == {"symbol", "reason"}
        assert skipped["reason"]


def test_a_backfill_of_what_is_there_says_that_nothing_is_missing(small: Folder) -> None:
    done = small.run("backfill", "--from", FIRST, "--to", LAST)
    assert done.returncode == 0
    assert done.stderr == "Nothing is missing from 2025-03-03 to 2025-03-04.\n"


def test_signals_show_prints_a_slot_as_it_is_stored(small: Folder) -> None:
    table = small.prints("signals", "show", "--slot", "2025-03-03T12:00Z")
    assert "Signals of 2025-03-03 12:00Z" in table
    assert "SIMULATED" in table


def test_a_slot_that_was_never_judged_has_no_signals_to_show(small: Folder) -> None:
    assert small.json("signals", "show", "--slot", "2025-02-01T12:00Z")["signals"] == []


def test_why_tells_how_a_signal_came_about_in_numbers_that_add_up(small: Folder) -> None:
    signal = small.json("why", "aapl", "--slot", SLOT)
    assert signal["symbol"] == "AAPL"
    assert_signal(signal)
    table = small.prints("why", "AAPL", "--slot", SLOT)
    assert f"score {signal['score']:+.6f}" in table
    for component in signal["components"]:
        assert f"{component['contribution']:+.6f}" in table
    assert "SIMULATED" in table


def test_status_tells_each_assets_newest_slot(small: Folder) -> None:
    document = small.json("status")
    assert (document["configuration"], document["simulated"]) == ("small", True)
    assert [asset["asset"] for asset in document["assets"]] == [
        "market_bars",
        "news_articles",
        "article_sentiment",
        "trading_signals",
    ]
    for asset in document["assets"]:
        assert asset["newest_slot_at"] >= "2025-03-04"
    assert "SIMULATED" in small.prints("status")


def test_the_doctor_finds_everything_in_order(small: Folder) -> None:
    findings = {finding["what"]: finding for finding in small.json("doctor")}
    assert findings.keys() >= {"Python", "configuration", "disk", "database", "clock", "simulated"}
    assert all(finding["healthy"] for finding in findings.values())
    assert findings["simulated"]["told"].startswith(
        "prices and news; bars of 3 of 3 symbols in the last day; "
    )
    off = {one for one, found in findings.items() if found["state"] == "off"}
    # Whether the dashboard is built is another test's matter.
    assert off - {"dashboard"} == {
        "files",
        "alpha_vantage",
        "yahoo",
        "newsapi",
        "edgar",
        "rss",
        "gemini",
        "api",
    }


def test_the_doctor_names_what_is_wrong_and_fails(tmp_path: Path) -> None:
    done = folder_with(tmp_path, CONFIG).run("doctor", "--json", **DOWN)
    assert done.returncode == 1
    assert done.stderr == ""
    findings = {finding["what"]: finding for finding in json.loads(done.stdout)}
    assert not findings["database"]["healthy"]
    assert "hunter2" not in done.stdout


def test_symbols_are_followed_and_dropped_by_name(small: Folder) -> None:
    added = small.prints("watchlist", "add", "nvda", "--name", "NVIDIA", "--alias", "Nvidia")
    assert added == (
        "NVDA is followed from the next tick on: NVIDIA (also Nvidia) on XSIM in USD.\n"
    )
    try:
        shown = {one["symbol"]: one for one in small.json("watchlist", "show")}
        assert shown.keys() == {*SYMBOLS, "NVDA"}
        assert (shown["NVDA"]["aliases"], shown["NVDA"]["mic"]) == (["Nvidia"], "XSIM")
    finally:
        removed = small.prints("watchlist", "remove", "NVDA")
    assert removed == "NVDA is no longer followed; its history stays.\n"
    assert [one["symbol"] for one in small.json("watchlist", "show")] == SYMBOLS
    assert "Coca-Cola" in small.prints("watchlist", "show")


def test_migrating_twice_is_migrating_once(small: Folder) -> None:
    first = small.prints("db", "migrate")
    assert re.fullmatch(r"The database is at revision \d{4}\.\n", first)
    assert small.prints("db", "migrate") == first


def test_a_reader_that_has_seen_enough_causes_no_complaint(small: Folder) -> None:
    command = f"{FINTECH} --config my.toml signals show --json | head -n 1"
    done = small.start(["bash", "-c", command], {})
    assert (done.stdout, done.stderr) == ("{\n", "")
    done = small.start(["bash", "-c", f"{FINTECH} --config my.toml watchlist show | true"], {})
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_an_output_that_does_not_fit_on_its_disk_is_told(small: Folder) -> None:
    command = f"{FINTECH} --config my.toml watchlist show --json > /dev/full"
    done = small.start(["bash", "-c", command], {})
    assert told(done, 1) == "The output: No space left on device."


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["tick", "--slot", "2999-01-01T00:00Z"],
            r"The slot 2999-01-01 00:00Z lies in the future; the newest that has ended is .*Z\.",
        ),
        (
            ["tick", "--slot", "yesterday"],
            r".*'yesterday' is not a time; write it like 2025-05-20T16:00Z\.",
        ),
        (
            ["tick", "--slot", "2025-03-04T16:10Z"],
            r".*'2025-03-04T16:10Z' is not on the half-hour grid; .* 16:00Z and 16:30Z\.",
        ),
        (["tick", "--slot", "2024-06-03T16:00Z"], r".* lies before 2025-01-01, .*starts_on\)\."),
        (["why", "NOPE"], r"NOPE is not on the watchlist \(AAPL, KO, META\); .*"),
        (["why", "AAPL", "--slot", "2025-02-03T16:00Z"], r"AAPL has no signal at 2025-02-03 .*"),
        (["watchlist", "remove", "NOPE"], r"NOPE is not on the watchlist; nothing was removed\."),
        (["watchlist", "add", "what is this"], r".* is not a symbol .*; nothing was added\."),
        (["watchlist", "add", "SAP", "--mic", "XETR"], r".* XSIM only.*"),
        (["backfill", "--from", "2025-03-32"], r".*'2025-03-32' is not a date; .* 2025-05-20\."),
        (
            ["backfill", "--from", "2025-03-04", "--to", "2025-03-03"],
            r"The backfill would end on 2025-03-03, before it starts on 2025-03-04\.",
        ),
        (
            ["backfill", "--from", "2024-12-31", "--to", "2025-01-02"],
            r"2024-12-31 lies before 2025-01-01, .*",
        ),
        (
            ["backfill", "--from", "2025-03-03", "--to", "2999-01-01"],
            r"2999-01-01 lies in the future; .*",
        ),
        (["tick", "--sloot", "2025-03-04T16:00Z"], r"No such option.*--slot.*"),
        (["tock"], r"No such command 'tock'\..*"),
    ],
)
def test_a_mistake_of_the_users_is_told_in_one_sentence(
    small: Folder, words: list[str], sentence: str
) -> None:
    assert re.fullmatch(sentence, told(small.run(*words), 2))


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            CONFIG.replace("starts_on", "start_on"),
            r"my\.toml: pipeline\.start_on is not a setting; did you mean pipeline\.starts_on\.",
        ),
        (CONFIG + "[markt]\n", r"my\.toml: markt is not a setting; did you mean market\."),
        (
            CONFIG.replace("2025-01-01", '"soon"'),
            r"my\.toml: pipeline\.starts_on is wrong: .*\.",
        ),
        (
            CONFIG.replace("[market]", "[market]\nprovider = 1", 1),
            r"my\.toml: market\.provider is not a setting; did you mean market\.providers\.",
        ),
        (CONFIG.replace('"KO"', '"AAPL"'), r"my\.toml: watchlist is wrong: AAPL stands .* twice\."),
        (CONFIG.replace('mic = "XSIM"', "mic =", 1), r"my\.toml is not valid TOML: .*\."),
        (
            CONFIG.replace('"database"', '"${NOWHERE}/database"'),
            r"my\.toml uses \$\{NOWHERE\}, which the environment does not set; export NOWHERE .*",
        ),
        (CONFIG.replace('["simulated"]', '["alpha"]', 1), r"my\.toml: market\.providers.* wrong.*"),
    ],
)
def test_a_mistake_in_the_configuration_is_told_with_the_name_of_the_key(
    tmp_path: Path, config: str, sentence: str
) -> None:
    folder = folder_with(tmp_path, config)
    assert re.fullmatch(sentence, told(folder.run("status"), 2))
    assert [path.name for path in tmp_path.iterdir()] == ["my.toml"]


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = Folder(tmp_path).run("--config", "absent.toml", "status")
    assert re.fullmatch(r"There is no configuration file .*/absent\.toml\.", told(done, 2))


@pytest.mark.parametrize("words", [["status"], ["tick"], ["backfill"], ["db", "migrate"]])
def test_a_database_that_is_down_is_told_without_its_password(
    tmp_path: Path, words: list[str]
) -> None:
    done = folder_with(tmp_path, CONFIG).run(*words, **DOWN)
    assert re.match(r"The database can't be reached: .*127\.0\.0\.1.*", told(done, 1))
    assert not (tmp_path / "database").exists()


def test_another_database_is_set_up_by_hand_and_never_mixes_real_and_made_up_data(
    tmp_path: Path, server: EmbeddedServer
) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE of_real_data")
    url = server.url("of_real_data")
    made_up = folder_with(tmp_path / "made_up", CONFIG, DATABASE_URL=url)
    real = folder_with(
        tmp_path / "real",
        CONFIG.replace('"small"', '"true"')
        .replace('["simulated"]', '["files"]', 1)
        .replace('["simulated"]', "[]")
        .replace("[news]", '[market.files]\nfolder = "."\n\n[news]')
        .replace("XSIM", "XNYS"),
        DATABASE_URL=url,
    )
    assert "run `fintech db migrate` first" in told(real.run("status"), 1)
    real.prints("db", "migrate")
    assert real.json("status")["simulated"] is False
    refused = told(made_up.run("tick"), 2)
    assert refused == (
        "This database holds real data (of 'true') and 'small' would add simulated data; name "
        "another database."
    )
    assert [one["mic"] for one in real.json("watchlist", "show")] == ["XNYS"] * 3


def test_real_data_is_never_added_to_made_up_data(small: Folder) -> None:
    config = small.path / "real.toml"
    config.write_text(
        CONFIG.replace('["simulated"]', '["files"]', 1)
        .replace('["simulated"]', "[]")
        .replace("[news]", '[market.files]\nfolder = "."\n\n[news]')
        .replace("XSIM", "XNYS")
    )
    refused = told(small.run("--config", "real.toml", "tick"), 2)
    assert "holds simulated data" in refused
    assert [one["mic"] for one in small.json("watchlist", "show")] == ["XSIM"] * 3


@contextlib.contextmanager
def small_disk(path: Path, mebibytes: int) -> Iterator[bool]:
    """A file system of that size at the path, where this account may mount one."""
    path.mkdir()
    options = f"size={mebibytes}m,mode=755"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk: Path, but_mebibytes: float) -> Path:
    """Takes all room of the disk but that much."""
    state = os.statvfs(disk)
    room = state.f_bavail * state.f_frsize - int(but_mebibytes * 2**20)
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room)
    return ballast


@pytest.mark.slow
def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing_half_written(
    tmp_path: Path,
) -> None:
    folder = folder_with(tmp_path, CONFIG)
    days = ["--from", "2025-02-20", "--to", "2025-03-04"]
    with small_disk(tmp_path / "database", 160) as mounted:
        if not mounted:
            # Without the right to mount, no file may grow: the same refusal, in other words.
            def no_room() -> None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

            command = [str(FINTECH), *folder.config, "backfill", *days]
            failed = folder.start(command, {}, preexec_fn=no_room)
            # A first start as root may also tell which folders it opened for the server.
            *notices, sentence = failed.stderr.splitlines()
            assert failed.returncode == 1
            assert sentence.startswith("Error: The database in ")
            assert all("was opened to be passed" in notice for notice in notices)
            return
        folder.prints("db", "migrate")
        for but_mebibytes in (0, 1, 3):
            ballast = fill(tmp_path / "database", but_mebibytes)
            failed = folder.run("backfill", *days)
            assert failed.returncode == 1, (but_mebibytes, failed.stderr)
            told_lines = [line for line in failed.stderr.splitlines() if line.strip()]
            assert len(told_lines) == 1, failed.stderr
            assert re.match(r"Error: The .*disk.* is full; ", told_lines[0])
            ballast.unlink()
            counts = {asset["asset"]: asset for asset in folder.json("status")["assets"]}
            assert counts["trading_signals"]["newest_slot_at"] is None
        done = folder.run("backfill", *days)
        assert done.returncode == 0, done.stderr
        assert "Backfilled 13 days" in done.stderr


def test_a_backup_comes_back_in_another_place_and_the_pipeline_goes_on(
    small: Folder, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    assert re.search(
        r"Wrote \S+/small-\d{8}T\d{6}Z\.dump: [\d,]+ rows of \d+ tables in [\d.]+ MiB\.",
        small.prints("db", "backup", str(backups)),
    )
    (file,) = backups.glob("*.dump")
    assert f"{file} is good: " in small.prints("db", "verify", str(file))

    other = folder_with(tmp_path / "other", CONFIG)
    assert "Restored " in other.prints("db", "restore", str(file))
    shown = ("signals", "show", "--slot", SLOT)
    assert other.json(*shown) == small.json(*shown)
    assert "The database is not empty: " in told(other.run("db", "restore", str(file)), 2)
    went_on = other.json("tick", "--slot", "2025-03-05T16:00Z")
    assert [signal["symbol"] for signal in went_on["signals"]] == SYMBOLS


def test_a_backup_goes_to_a_bucket_and_comes_back(small: Folder, tmp_path: Path) -> None:
    with object_store("backups") as store:
        there = replace(small, environment=store.environment)
        place = "s3://backups/market"
        for _ in range(2):
            (line,) = there.prints("db", "backup", place, "--keep", "1").splitlines()
        wrote = re.search(rf"^Wrote ({place}/small-\d{{8}}T\d{{6}}Z\.dump): ", line)
        assert wrote
        file = wrote[1]
        assert there.prints("db", "verify", place).startswith(f"{file} is good: ")
        other = folder_with(tmp_path / "other", CONFIG, **store.environment)
        assert "Restored " in other.prints("db", "restore", file)
        assert told(there.run("db", "verify", f"{place}/none"), 2) == (
            f"There is no backup of small in {place}/none."
        )
        absent = told(there.run("db", "backup", "s3://elsewhere"), 2)
        assert "has no bucket elsewhere" in absent


def test_a_verification_may_use_a_database_that_it_leaves_empty(
    small: Folder, tmp_path: Path
) -> None:
    small.prints("db", "backup", str(tmp_path))
    with EmbeddedServer.acquire(tmp_path / "server") as server:
        words = ("db", "verify", str(tmp_path), "--server", server.url())
        for _ in range(2):
            assert " is good: " in small.prints(*words)


def test_a_backup_that_is_ended_leaves_nothing_half_written(small: Folder, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    command = [str(FINTECH), *small.config, "db", "backup", str(backups)]
    with EmbeddedServer.acquire(small.path / "database" / "small") as server:
        url = server.url()
    with psycopg.connect(url) as held, subprocess.Popen(command, cwd=small.path) as b:
        # The dump waits for the table, so that it is in the middle when it is told to end.
        held.execute("LOCK TABLE fintech.bars IN ACCESS EXCLUSIVE MODE")
        deadline = time.monotonic() + 60
        while not list(backups.glob("*.draft")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        b.terminate()
        assert b.wait(60) == 143
    assert list(backups.iterdir()) == []


def test_a_backup_of_nowhere_and_a_file_that_is_none_are_told(
    small: Folder, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.dump"
    assert told(small.run("db", "verify", str(gone)), 2) == (
        f"{gone} is no backup: gone.json is not there."
    )
    away = small.run("db", "backup", str(tmp_path), **DOWN)
    assert "can't be reached" in told(away, 1)
    assert list(tmp_path.iterdir()) == []
