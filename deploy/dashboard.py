"""Builds the dashboard into `dashboard/dist`; run by `make` with any Python ≥ 3.11.

One at a time, and never half: a build takes the place of the one before when it is whole, and is
recognised by the hash of what it was made from. Standard library only.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import install
from nodejs import Failed, Node, found_node, installed_node, locked

PROJECT = install.PROJECT
DASHBOARD = PROJECT / "dashboard"
DIST, DRAFT, OLD = (DASHBOARD / name for name in ("dist", ".dist-draft", ".dist-old"))
PACKAGES = DASHBOARD / "node_modules"
MADE_FROM = ".made-from"
"""In a finished folder: the hash of what it was made from."""
SOURCES = ("public", "src", "*.html", "*.json", "*.ts")
GENERATED = DASHBOARD / "src/api/schema.d.ts"
CHECKS = ("lint", "types", "test")
"""The scripts of package.json that change nothing."""
SECONDS = 900.0
SAYINGS = (
    (r"ENOSPC|[Nn]o space left", "the disk is full"),
    (
        r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET",
        "the registry of npm packages can't be reached",
    ),
    (r"EINTEGRITY", "a package is another one than package-lock.json says"),
    (r"EUSAGE", "package.json and package-lock.json disagree"),
)
"""What npm's own words mean."""


def main() -> None:
    """Builds where there is something new: VENV [--if-possible | --check | --node].

    With --if-possible a failure is told, and the demo goes on without a dashboard. With --check
    nothing is built: the sources are read by the formatter, the compiler and their own tests. With
    --node it says where the programs of the Node.js are that builds.
    """
    venv, options = PROJECT / sys.argv[1], sys.argv[2:]
    try:
        with locked(DASHBOARD / ".build.lock") as lock:
            if "--node" in options:
                print((found_node() or installed_node(venv)).folder)
            elif "--check" in options:
                check(venv, lock)
            else:
                build(venv, lock)
    except Failed as failure:
        if "--check" in options:
            sys.exit(f"The dashboard's checks ended: {failure}.")
        if "--if-possible" not in options:
            sys.exit(f"The dashboard was not built: {failure}.")
        what = "the one before is served" if DIST.is_dir() else "all else works without it"
        print(f"The dashboard was not built: {failure}; {what}, `make dashboard` tries again.")


def build(venv: Path, lock: int) -> None:
    """Brings `dashboard/dist` to the sources; does nothing where it is there already.

    Raises:
        Failed: There is no Node.js, npm failed, or the disk is full.
    """
    made_from = fingerprint(sources())
    if stamp_of(DIST) == made_from:
        return
    try:
        node = found_node() or installed_node(venv)
        have_packages(node, lock)
        print("Building the dashboard …", flush=True)
        for leftover in (DRAFT, OLD):
            shutil.rmtree(leftover, ignore_errors=True)
        run(node, lock, "run", "build", "--", "--outDir", DRAFT.name, "--emptyOutDir")
        if not (DRAFT / "index.html").is_file():
            raise Failed("the build left no index.html")
        (DRAFT / MADE_FROM).write_text(made_from)
        if DIST.exists():
            DIST.rename(OLD)
        DRAFT.rename(DIST)
        shutil.rmtree(OLD, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(DRAFT, ignore_errors=True)
        raise Failed(os.strerror(error.errno or 0).lower()) from None


def check(venv: Path, lock: int) -> None:
    """Lints the sources, compiles them, and runs the tests beside them.

    Raises:
        Failed: One of them did.
    """
    node = found_node() or installed_node(venv)
    have_packages(node, lock)
    for script in CHECKS:
        run(node, lock, "run", script)
    print(f"The dashboard passes its {', '.join(CHECKS)}.")


def sources() -> list[Path]:
    """What a build is made from, but for what it makes itself, and tests."""
    found: set[Path] = set()
    for pattern in SOURCES:
        for path in DASHBOARD.glob(pattern):
            found |= {path} if path.is_file() else {one for one in path.rglob("*") if one.is_file()}
    return sorted(one for one in found if one != GENERATED and ".test." not in one.name)


def fingerprint(files: list[Path], *others: str) -> str:
    """A hash of files, by their place and content, and of what else decides."""
    digest = hashlib.sha256("\0".join(others).encode())
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"\0{file.relative_to(DASHBOARD)}\0{content}".encode())
    return digest.hexdigest()


def stamp_of(folder: Path) -> str | None:
    """What a finished folder was made from; None of an unfinished one."""
    try:
        return (folder / MADE_FROM).read_text()
    except OSError:
        return None


def have_packages(node: Node, lock: int) -> None:
    """Installs the npm packages of the lock file; does nothing where they are there.

    Raises:
        Failed: npm could not.
    """
    files = [DASHBOARD / "package.json", DASHBOARD / "package-lock.json"]
    # They hold programs, so they are those of a system and a Node.js.
    wanted = fingerprint(files, node.version.partition(".")[0], sys.platform, os.uname().machine)
    if stamp_of(PACKAGES) == wanted:
        return
    print("Installing the dashboard's packages …", flush=True)
    (PACKAGES / MADE_FROM).unlink(missing_ok=True)
    run(node, lock, "ci")
    (PACKAGES / MADE_FROM).write_text(wanted)


def run(node: Node, lock: int, *words: str) -> None:
    """Runs npm quietly in the dashboard's folder.

    Raises:
        Failed: It did; its own words stand above.
    """
    options = {"audit": "false", "fund": "false", "update_notifier": "false", "loglevel": "error"}
    environment = {
        **os.environ,
        **{f"npm_config_{name}": value for name, value in options.items()},
        "PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_COLOR": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603  # npm, as it was found
            [*node.npm, *words],
            check=False,
            cwd=DASHBOARD,
            env=environment,
            # It holds the lock too: should only this process be killed, it still works there.
            pass_fds=(lock,),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"npm {words[0]} took longer than {SECONDS / 60:.0f} minutes") from None
    if done.returncode == 0:
        return
    why = next((told for pattern, told in SAYINGS if re.search(pattern, done.stdout)), None)
    if why is None:
        print("\n".join(done.stdout.splitlines()[-40:]), file=sys.stderr)
    what = " ".join(words[: 2 if words[0] == "run" else 1])
    raise Failed(why or f"`npm {what}` failed, its own words stand above")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted; run make again.")
