"""The chart, rendered by the real helm."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.kubernetes.tools import isolated

CHART = Path(__file__).parents[2] / "deploy" / "chart"
RELEASE = "watch"
NAMESPACE = "market"
Document = dict[str, Any]


class Refused(Exception):
    """Helm would not render; it is what helm said."""


@dataclass(frozen=True)
class Rendered:
    """The documents of a release."""

    documents: list[Document]

    def of(self, kind: str) -> list[Document]:
        return [one for one in self.documents if one["kind"] == kind]

    def one(self, kind: str, suffix: str) -> Document:
        """The document of a kind whose name ends so."""
        (found,) = [one for one in self.of(kind) if one["metadata"]["name"].endswith(suffix)]
        return found

    def data(self, config_map: str, key: str) -> str:
        """A text of a ConfigMap."""
        return str(self.one("ConfigMap", config_map)["data"][key])

    def templates(self) -> dict[str, Document]:
        """Every pod template by the name of what it belongs to, the chart's own runs included."""
        found = {
            one["metadata"]["name"]: one["spec"]["template"]
            for one in self.documents
            if "template" in one.get("spec", {})
        }
        regular = {
            one["metadata"]["name"]: one["spec"]["jobTemplate"]["spec"]["template"]
            for one in self.of("CronJob")
        }
        return found | regular | {one["metadata"]["name"]: one for one in self.of("Pod")}


@dataclass(frozen=True)
class Helm:
    """The helm program.

    Attributes:
        program: Its path.
        home: Where it keeps its files.
        chart: What it renders.
        rendered: What it rendered already, by its arguments.
    """

    program: Path
    home: Path
    chart: Path = CHART
    rendered: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *arguments],
            env=isolated(self.home),
            capture_output=True,
            text=True,
            check=False,
        )

    def render(
        self,
        values: Document | None = None,
        *,
        release: str = RELEASE,
        upgrade: bool = False,
        version: str = "1.33.0",
    ) -> Rendered:
        """What `helm install` or `helm upgrade` would apply, hooks included.

        Raises:
            Refused: Helm would not.
        """
        command = ["template", release, str(self.chart), "--namespace", NAMESPACE]
        command += ["--kube-version", version, *(["--is-upgrade"] if upgrade else [])]
        given = yaml.safe_dump(values or {})
        key = f"{command}{given}"
        if key not in self.rendered:
            self.rendered[key] = self._render(command, given)
        return Rendered([one for one in yaml.safe_load_all(self.rendered[key]) if one])

    def _render(self, command: list[str], values: str) -> str:
        file = self.home / f"values-{len(self.rendered)}.yaml"
        file.write_text(values, "utf-8")
        done = self.run(*command, "--values", str(file))
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout
