"""Builds the image with the first builder that works here; run by `make images`.

The tag is the version of `pyproject.toml`, never `latest`. Standard library only.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
DOCKERFILE = "deploy/images/pipeline/Dockerfile"
BUILDERS: dict[str, list[str]] = {"docker": [], "podman": [], "buildah": ["--layers"]}
"""In the order in which they are asked; only buildah must be told to reuse what did not change."""
NO_BUILDER = (
    "Nothing here builds images: start Docker, or install podman or buildah, then run make images."
)


def main() -> None:
    """Builds the image, on the base named by the first argument if there is one."""
    builder = working_builder()
    if builder is None:
        sys.exit(NO_BUILDER)
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    tag = f"fintech-pipeline:{version}"
    arguments = {"VERSION": version, "REVISION": revision()}
    if len(sys.argv) > 1:
        arguments["BASE"] = sys.argv[1]
    command = [builder, "build", *BUILDERS[builder], "--file", DOCKERFILE, "--tag", tag]
    for name, value in arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    print(f"Building {tag} with {builder} …", flush=True)
    if subprocess.run([*command, "."], check=False, cwd=PROJECT).returncode != 0:  # noqa: S603
        sys.exit(f"{builder} did not build {tag}; its own words stand above.")
    print(f"Built {tag}; deploy/images/README.md tells how a cluster gets it.")


def working_builder() -> str | None:
    """The first builder whose engine answers; a docker command without one is passed over."""
    for builder in BUILDERS:
        if shutil.which(builder) and said([builder, "info"]) is not None:
            return builder
    return None


def revision() -> str:
    """The commit, marked where the working tree differs from it; `unknown` outside of git."""
    describe = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    return said(describe) or "unknown"


def said(command: list[str]) -> str | None:
    """What a command prints, or nothing where it fails or is missing."""
    try:
        done = subprocess.run(  # noqa: S603  # the callers above name the programs
            command, check=False, cwd=PROJECT, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted; run make images again.")
