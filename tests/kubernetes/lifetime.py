"""A release from its installation to its end: one for each file of drills."""

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.kubernetes.chart import NAMESPACE
from tests.kubernetes.cluster import Cluster
from tests.kubernetes.objects import Document
from tests.kubernetes.running import Running

QUICK_QUEUE = {
    "module": "dagster.core.run_coordinator",
    "class": "QueuedRunCoordinator",
    "config": {"dequeue_interval_seconds": 1},
}
"""Each of a drill's many runs would wait up to five seconds in Dagster's; the limits stay."""


@contextmanager
def running(documents: list[Document]) -> Iterator[Running]:
    """Brings a release up, with its schedule and its sensor off, and ends all of it."""
    with placed(documents) as up:
        up.cluster.up()
        up.stop_automation()
        up.cluster.scale("daemon", 1)
        up.cluster.await_ready("daemon")
        yield up


@contextmanager
def placed(documents: list[Document]) -> Iterator[Running]:
    """A place for a release that is not installed yet; what was started there is ended."""
    # Not below pytest's own folder: as root the database runs under another account, and every new
    # pytest session closes that folder to all others.
    with tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder:
        place = Path(folder).resolve()
        cluster = Cluster(NAMESPACE, documents, place / "pods", place / "database")
        try:
            yield Running(cluster)
        finally:
            cluster.close()


def configuration(up: Running) -> str:
    """The configuration that the pods read."""
    maps = up.cluster.objects.find("configmaps")
    (text,) = (m["data"]["fintech.toml"] for m in maps if "fintech.toml" in m["data"])
    return str(text)


def on_this_machine(documents: list[Document], *, automated: bool = False) -> list[Document]:
    """The documents with the only changes that a test makes to what is rendered.

    Args:
        documents: What helm rendered.
        automated: Whether the daemon starts with the others, before automation can be turned off;
            then nobody hurries its queue either.
    """
    changed = copy.deepcopy(documents)
    for document in changed:
        if document["kind"] == "ConfigMap" and "dagster.yaml" in document["data"]:
            # A token of a cluster lies at a place that only a cluster has.
            instance = yaml.safe_load(document["data"]["dagster.yaml"])
            instance["run_launcher"]["config"]["load_incluster_config"] = False
            if not automated:
                instance["run_coordinator"] = QUICK_QUEUE
            document["data"]["dagster.yaml"] = yaml.safe_dump(instance)
        if document["kind"] == "Deployment" and document["metadata"]["name"].endswith("-daemon"):
            document["spec"]["replicas"] = int(automated)
    return changed
