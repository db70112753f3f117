"""The embedded server against real processes, real kills and a real Postgres; nothing is mocked."""

import contextlib
import os
import pwd
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from fintech_pipeline.errors import ConfigurationError, StorageError
from fintech_pipeline.storage import embedded_account, embedded_keeper
from fintech_pipeline.storage.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from fintech_pipeline.storage.embedded import EmbeddedServer
print("ready", flush=True)
server = EmbeddedServer.acquire(Path(sys.argv[1]))
print(server.url(), flush=True)
sys.stdin.read()
"""
LOOP = """
import random, sys, time
from pathlib import Path
import psycopg
from fintech_pipeline.storage.embedded import EmbeddedServer
chance = random.Random(int(sys.argv[2]))
for _ in range(6):
    with EmbeddedServer.acquire(Path(sys.argv[1])) as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("select 1")
        time.sleep(chance.uniform(0, 0.02))
    time.sleep(chance.uniform(0, 0.1))
"""

OWNER = """
import sys
from pathlib import Path
from fintech_pipeline.storage import embedded_account
embedded_account.SYSTEM_USER = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
print(embedded_account.server_owner(Path("/nowhere")), flush=True)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "database"
    yield place
    soon(lambda: not alive(tmp_path))


@contextlib.contextmanager
def python(script: str, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, so that a test can kill it with its children."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def holder(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with python(HOLD, folder) as process:
        assert line(process) == "ready"
        yield process, line(process)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0


def soon(holds: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(folder: Path, word: str = "") -> list[psutil.Process]:
    """Every other process that names the folder, or works in it."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "cwd"]):
        words = " ".join(process.info["cmdline"] or [])
        place = f"{words} {process.info['cwd']}"
        if process.info["pid"] != os.getpid() and str(folder) in place and word in words:
            found.append(process)
    return found


def assert_nothing_is_left(folder: Path) -> None:
    """After a release: no more than the moment a process takes from its last lock to its end."""
    soon(lambda: not alive(folder), 1)


def kill(folder: Path, word: str) -> None:
    (process,) = alive(folder, word)
    process.kill()
    soon(lambda: not alive(folder, word))


KEEPER, POSTMASTER = "embedded_keeper", "bin/postgres -D"


def write(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists numbers (number integer)")
        connection.execute("insert into numbers values (%s)", [number])


def numbers(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select number from numbers order by number").fetchall()
    return [row[0] for row in rows]


def socket_folder(url: str) -> Path:
    return Path(str(conninfo_to_dict(url)["host"]))


def started_at(url: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute("select pg_postmaster_start_time()").fetchone()


def test_two_processes_share_one_server_and_the_last_one_out_stops_it(folder: Path) -> None:
    with holder(folder) as (first, url), holder(folder) as (second, same_url):
        assert url == same_url
        began = started_at(url)
        end(first)
        assert started_at(url) == began
        end(second)
        assert_nothing_is_left(folder)


def test_release_returns_only_when_nothing_is_left_behind(folder: Path) -> None:
    for _ in range(3):
        server = EmbeddedServer.acquire(folder)
        server.release()
        assert_nothing_is_left(folder)
        server.release()


def test_leases_of_one_process_are_counted(folder: Path) -> None:
    first = EmbeddedServer.acquire(folder)
    with EmbeddedServer.acquire(folder) as second:
        first.release()
        first.release()
        write(second.url(), 1)
    assert_nothing_is_left(folder)


def test_a_program_started_by_the_holder_does_not_keep_the_server_alive(folder: Path) -> None:
    with EmbeddedServer.acquire(folder):
        bystander = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        assert_nothing_is_left(folder)
    finally:
        bystander.kill()
        bystander.wait()


def test_a_killed_holder_takes_the_server_with_it(folder: Path) -> None:
    with holder(folder) as (process, url):
        write(url, 1)
        process.kill()
        process.wait()
        soon(lambda: not alive(folder))
    with EmbeddedServer.acquire(folder) as server:
        assert numbers(server.url()) == [1]


def test_committed_rows_survive_a_killed_postmaster(folder: Path) -> None:
    with holder(folder) as (_, url):
        write(url, 1)
        (postmaster,) = alive(folder, POSTMASTER)
        postmaster.kill()
        with EmbeddedServer.acquire(folder) as server:
            assert numbers(server.url()) == [1]


def test_a_worker_that_outlives_its_postmaster_is_ended(folder: Path) -> None:
    busy = "do $$ begin loop end loop; end $$"
    with EmbeddedServer.acquire(folder) as server:
        write(server.url(), 1)
        with python(
            "import psycopg,sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])",
            server.url(),
            busy,
        ):
            soon(lambda: bool(alive(folder, " DO")))
            kill(folder, POSTMASTER)
            assert alive(folder, " DO")
            with EmbeddedServer.acquire(folder) as again:
                assert numbers(again.url()) == [1]


def test_a_killed_keeper_is_replaced_and_the_server_still_stops(folder: Path) -> None:
    with holder(folder) as (process, url):
        began = started_at(url)
        kill(folder, KEEPER)
        with EmbeddedServer.acquire(folder) as server:
            assert len(alive(folder, KEEPER)) == 1
            assert started_at(server.url()) == began
        process.kill()
        process.wait()
        soon(lambda: not alive(folder))


def test_the_last_release_needs_no_keeper(folder: Path) -> None:
    server = EmbeddedServer.acquire(folder)
    kill(folder, KEEPER)
    server.release()
    assert_nothing_is_left(folder)


def test_keeper_and_postmaster_killed_together_are_both_replaced(folder: Path) -> None:
    with holder(folder) as (_, url):
        write(url, 1)
        for process in [*alive(folder, KEEPER), *alive(folder, POSTMASTER)]:
            process.kill()
        with EmbeddedServer.acquire(folder) as server:
            assert numbers(server.url()) == [1]
            assert len(alive(folder, KEEPER)) == 1


def test_a_kill_during_the_first_start_never_leaves_half_a_cluster(tmp_path: Path) -> None:
    chance = random.Random(18)  # noqa: S311  # moments, not secrets
    for trial in range(4):
        folder = tmp_path / str(trial)
        with python(HOLD, folder) as process:
            assert line(process) == "ready"
            time.sleep(chance.uniform(0, 0.9))
            if trial % 2:
                os.killpg(process.pid, signal.SIGKILL)  # initdb dies too
            else:
                process.kill()
            process.wait()
        if trial % 4 < 2:
            soon(lambda place=folder: not alive(place))  # type: ignore[misc]
        with EmbeddedServer.acquire(folder) as server:
            write(server.url(), trial)
        assert_nothing_is_left(folder)
        assert not (folder / "pg18.new").exists()


def test_a_stale_pid_file_with_the_number_of_a_living_process_is_no_server(folder: Path) -> None:
    with holder(folder) as (process, url):
        write(url, 1)
        mark = folder / "pg18" / "postmaster.pid"
        lines = mark.read_text().splitlines()
        for victim in [*alive(folder, KEEPER), *alive(folder, POSTMASTER)]:
            victim.kill()
        process.kill()
        process.wait()
        soon(lambda: not alive(folder))
    mark.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    (socket_folder(url) / ".s.PGSQL.5432.lock").write_text(mark.read_text())
    with EmbeddedServer.acquire(folder) as server:
        assert numbers(server.url()) == [1]


def test_eight_processes_that_come_and_go_always_connect(folder: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", LOOP, str(folder), str(seed)], cwd=ROOT)
        for seed in range(8)
    ]
    try:
        assert [process.wait(50) for process in processes] == [0] * 8
    finally:
        for process in processes:
            process.kill()
    assert_nothing_is_left(folder)


def test_a_fork_shares_its_parents_lease(folder: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from fintech_pipeline.storage.embedded import EmbeddedServer
server = EmbeddedServer.acquire(Path(sys.argv[1]))
if os.fork() == 0:
    print(server.url(), flush=True)
    sys.stdin.read()
    server.release()
    print("released", flush=True)
os._exit(0)
"""
    with python(script, folder) as parent:
        url = line(parent)
        parent.wait()
        write(url, 1)
        assert parent.stdin is not None
        parent.stdin.close()
        assert line(parent) == "released"
        assert alive(folder, "postgres") == []


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    with EmbeddedServer.acquire(folder) as server:
        sockets = socket_folder(server.url())
        assert sockets.stat().st_mode & 0o777 == 0o700
        write(server.url(), 1)
    assert not sockets.exists()
    assert_nothing_is_left(folder)


def test_a_path_with_awkward_characters_works(tmp_path: Path) -> None:
    folder = tmp_path / """a "b", $HOME 'c' ü%20 #?"""
    with EmbeddedServer.acquire(folder) as server:
        write(server.url("postgres"), 1)
    assert_nothing_is_left(folder)


def test_settings_of_other_postgres_programs_do_not_reach_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "7777")
    monkeypatch.setenv("PGDATA", "/nowhere")
    with EmbeddedServer.acquire(folder) as server:
        write(server.url(), 1)


def test_it_sorts_by_code_point_stores_utf8_and_listens_on_no_port(folder: Path) -> None:
    with EmbeddedServer.acquire(folder) as server, psycopg.connect(server.url()) as connection:
        words = connection.execute(
            "select word from unnest(array['ä', 'b', 'Z', 'a', '_']) word order by word"
        ).fetchall()
        assert "".join(word for (word,) in words) == "Z_abä"
        for name, value in {
            "server_encoding": "UTF8",
            "listen_addresses": "",
            "fsync": "on",
            "server_version_num": "18",
        }.items():
            row = connection.execute(f"show {name}").fetchone()
            assert row is not None
            assert row[0] == value or (name == "server_version_num" and row[0].startswith(value))
        assert (folder / "pg18").stat().st_mode & 0o777 == 0o700
        assert socket_folder(server.url()).stat().st_mode & 0o777 == 0o700


def test_a_server_with_no_connection_left_counts_as_running(folder: Path) -> None:
    with EmbeddedServer.acquire(folder) as server:
        write(server.url(), 1)
        connections: list[psycopg.Connection] = []
        with contextlib.suppress(psycopg.OperationalError):
            while len(connections) < 1000:
                connections.append(psycopg.connect(server.url()))
        assert len(connections) < 1000
        with EmbeddedServer.acquire(folder) as second:
            assert second.url() == server.url()
        for connection in connections:
            connection.close()


def test_a_file_in_the_way_is_said_in_one_sentence(tmp_path: Path) -> None:
    tmp_path.joinpath("database").write_text("")
    for folder in (tmp_path / "database", tmp_path / "database" / "below"):
        with pytest.raises(ConfigurationError, match="is a file; choose another"):
            EmbeddedServer.acquire(folder)


def test_a_cluster_of_another_version_is_left_alone(folder: Path) -> None:
    older = folder / "pg16"
    older.mkdir(parents=True)
    (older / "PG_VERSION").write_text("16\n")
    with pytest.raises(StorageError, match="holds a database of PostgreSQL 16"):
        EmbeddedServer.acquire(folder)
    assert_nothing_is_left(folder)


def test_a_server_that_does_not_come_up_says_why(folder: Path) -> None:
    EmbeddedServer.acquire(folder).release()
    (folder / "pg18" / "postgresql.conf").write_text("nonsense = 1\n")
    with pytest.raises(StorageError, match=r"did not start .*configuration file") as caught:
        EmbeddedServer.acquire(folder)
    assert "\n" not in str(caught.value)
    assert_nothing_is_left(folder)


def test_a_long_log_is_cut_at_the_next_acquire(folder: Path) -> None:
    with EmbeddedServer.acquire(folder):
        with (folder / "log").open("ab") as log:
            log.truncate(5_000_000)
        EmbeddedServer.acquire(folder).release()
        assert (folder / "log").stat().st_size < 100_000


def test_the_process_to_stop_is_the_one_that_listens(folder: Path) -> None:
    with EmbeddedServer.acquire(folder) as server:
        sockets = socket_folder(server.url())
        (postmaster,) = alive(folder, POSTMASTER)
        assert embedded_keeper.postmaster(sockets) == postmaster.pid
    assert embedded_keeper.postmaster(sockets) == 0


def test_many_first_starts_at_once_make_one_system_user() -> None:
    if os.geteuid() != 0:
        assert embedded_account.server_owner(Path("/nowhere")) is None
        return
    name = f"pgdrill{os.getpid()}"
    try:
        with contextlib.ExitStack() as stack:
            starts = [stack.enter_context(python(OWNER, name)) for _ in range(6)]
            assert [line(start) for start in starts] == ["ready"] * 6
            for start in starts:
                assert start.stdin is not None
                start.stdin.write("\n")
                start.stdin.flush()
            owners = {line(start) for start in starts}
        made = pwd.getpwnam(name)
        assert owners == {str((made.pw_uid, made.pw_gid))}
    finally:
        subprocess.run(["userdel", name], check=False, capture_output=True)
