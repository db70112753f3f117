"""Makes the virtual environment with the locked dependencies; run by `make` with any Python ≥ 3.11.

One at a time, and never half: a killed installation is made again from nothing, a finished one is
recognised by the hash of what it was made from. Standard library only.
"""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
REQUIREMENTS = PROJECT / "requirements"


def main() -> None:
    """Installs the environment named by the arguments: FOLDER LOCKFILE."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs make may have an older Python
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python 3.11 or newer is needed, this is {found}; try make PYTHON=python3.12 …")
    folder, locked = PROJECT / sys.argv[1], REQUIREMENTS / sys.argv[2]
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(folder, locked)


def install(folder: Path, locked: Path) -> None:
    """Brings the environment to the lock file; does nothing where it is there already."""
    stamp = folder / f".installed-{locked.stem}"
    base = folder / ".base"
    made_from = fingerprint([locked, REQUIREMENTS / "install.txt", PROJECT / "pyproject.toml"])
    if stamp.exists() and stamp.read_text() == made_from:
        return
    print(f"Installing {locked.name} into {folder.name}/ …", flush=True)
    if not base.exists() or base.read_text() != sys.version:
        run(sys.executable, "-m", "venv", "--clear", str(folder))
        python = str(folder / "bin" / "python")
        pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, "--no-deps", "--require-hashes", "-r", str(REQUIREMENTS / "install.txt"))
        base.write_text(sys.version)
    for old in folder.glob(".installed-*"):
        old.unlink()
    python = str(folder / "bin" / "python")
    uv = (str(folder / "bin" / "uv"), "pip", "install", "--quiet", "--python", python)
    run(*uv, "--require-hashes", "-r", str(locked), "-r", str(REQUIREMENTS / "install.txt"))
    run(*uv, "--no-deps", "--no-build-isolation", "--editable", str(PROJECT))
    stamp.write_text(made_from)


def fingerprint(files: list[Path]) -> str:
    """A hash of the files and of this interpreter."""
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def run(*command: str) -> None:
    """Runs a command; its failure ends the installation with its own words."""
    if subprocess.run(command, check=False).returncode != 0:  # noqa: S603
        sys.exit(f"The installation failed at: {' '.join(command[:4])} …; run make again.")


if __name__ == "__main__":
    main()
