"""Makes the virtual environment with the locked dependencies; run by `make` with any Python ≥ 3.11.

One at a time, and never half: what a killed installation left is made again from nothing, a
finished one is recognised by the hash of what it was made from. Standard library only.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
REQUIREMENTS = PROJECT / "requirements"
EVERYTHING = REQUIREMENTS / "dev.txt"
"""The lock file that holds the others."""


def main() -> None:
    """Installs the environment named by the arguments: FOLDER LOCKFILE."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs make may have an older Python
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python 3.11 or newer is needed, this is {found}; try make PYTHON=python3.12 …")
    folder, locked = PROJECT / sys.argv[1], REQUIREMENTS / sys.argv[2]
    with Path(f"{folder}.lock").open("w") as lock:
        wait_for(lock.fileno())
        install(folder, locked, lock.fileno())


def wait_for(lock: int) -> None:
    """Waits until no other installation works in this folder."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another installation in this folder …", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)


def install(folder: Path, locked: Path, lock: int) -> None:
    """Brings the environment to the lock file; does nothing where it is there already.

    Args:
        folder: The environment.
        locked: The lock file.
        lock: The descriptor of the lock; what is started holds it too.
    """
    if is_installed(folder, locked) or is_installed(folder, EVERYTHING):
        return
    base = folder / ".base"
    print(f"Installing {locked.name} into {folder.name}/ …", flush=True)
    # No stamp means that an installation was cut short: a package may be there by half, which no
    # installer notices.
    if not any(folder.glob(".installed-*")) or base.read_text() != sys.version:
        run(lock, sys.executable, "-m", "venv", "--clear", str(folder))
        python = str(folder / "bin" / "python")
        # -qq: the machine's own settings may warn of an index that lacks this or that.
        pip = (python, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
        run(lock, *pip, "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS / "install.txt"))
        base.write_text(sys.version)
    for old in folder.glob(".installed-*"):
        old.unlink()
    # No --compile-bytecode: it costs 24 CPU-seconds for ten thousand modules, of which a command
    # needs two thousand. Python keeps what it compiles itself.
    python = str(folder / "bin" / "python")
    uv = (str(folder / "bin" / "uv"), "pip", "install", "--quiet", "--python", python)
    run(lock, *uv, "--require-hashes", "-r", str(locked), "-r", str(REQUIREMENTS / "install.txt"))
    run(lock, *uv, "--no-deps", "--no-build-isolation", "--editable", str(PROJECT))
    written = folder / ".stamp"
    written.write_text(fingerprint(locked))
    written.replace(stamp(folder, locked))


def is_installed(folder: Path, locked: Path) -> bool:
    """Whether a finished installation of this very lock file is there."""
    mark = stamp(folder, locked)
    return mark.exists() and mark.read_text() == fingerprint(locked)


def stamp(folder: Path, locked: Path) -> Path:
    """The file that says what was installed."""
    return folder / f".installed-{locked.stem}"


def fingerprint(locked: Path) -> str:
    """A hash of what an environment is made from, this interpreter included."""
    digest = hashlib.sha256(sys.version.encode())
    for file in (locked, REQUIREMENTS / "install.txt", PROJECT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def run(lock: int, *command: str) -> None:
    """Runs a command; its failure ends the installation with its own words."""
    # It inherits the lock: should only this process be killed, it still works in the folder.
    if subprocess.run(command, check=False, pass_fds=(lock,)).returncode != 0:  # noqa: S603
        sys.exit(f"The installation failed at: {' '.join(command[:4])} …; run make again.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted; run make again.")
