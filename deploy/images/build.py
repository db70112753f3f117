"""Builds the images with the first builder that works here; run by `make images`.

The tag of each is the version of `pyproject.toml`, never `latest`. Standard library only.
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
IMAGES = {"pipeline": ("BASE",), "dashboard": ("NODE", "NGINX")}
"""The images, by their folders here, and what each stands on."""
BUILDERS: dict[str, list[str]] = {"docker": [], "podman": [], "buildah": ["--layers"]}
"""In the order in which they are asked; only buildah must be told to reuse what did not change."""
NO_BUILDER = (
    "Nothing here builds images: start Docker, or install podman or buildah, then run make images."
)


def main() -> None:
    """Builds both images, on the bases that the arguments name: BASE=…, NODE=…, NGINX=…."""
    builder = working_builder()
    if builder is None:
        sys.exit(NO_BUILDER)
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    common = {"VERSION": version, "REVISION": revision()}
    for image, bases in IMAGES.items():
        named = {name: given[name] for name in bases if given.get(name)}
        build(builder, image, f"fintech-{image}:{version}", {**common, **named})
    print("deploy/images/README.md tells how a cluster gets them.")


def build(builder: str, image: str, tag: str, arguments: dict[str, str]) -> None:
    """Builds one image; ends with a sentence where that fails."""
    dockerfile = f"deploy/images/{image}/Dockerfile"
    command = [builder, "build", *BUILDERS[builder], "--file", dockerfile, "--tag", tag]
    for name, value in arguments.items():
        command += ["--build-arg", f"{name}={value}"]
    print(f"Building {tag} with {builder} …", flush=True)
    if subprocess.run([*command, "."], check=False, cwd=PROJECT).returncode != 0:  # noqa: S603
        sys.exit(f"{builder} did not build {tag}; its own words stand above.")
    print(f"Built {tag}.")


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
