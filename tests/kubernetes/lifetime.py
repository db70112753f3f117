"""A release from its installation to its end: one for each file of drills."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kubernetes.cluster import Cluster
from tests.kubernetes.manifests import NAMESPACE
from tests.kubernetes.objects import Document
from tests.kubernetes.running import Running


@contextmanager
def running(documents: list[Document]) -> Iterator[Running]:
    """Brings a release up, with its schedule and its sensor off, and ends all of it."""
    # Not below pytest's own folder: as root the database runs under another account, and every new
    # pytest session closes that folder to all others.
    with tempfile.TemporaryDirectory(prefix="fintech-tests-") as folder:
        place = Path(folder).resolve()
        cluster = Cluster(NAMESPACE, documents, place / "pods", place / "database")
        try:
            cluster.up()
            up = Running(cluster)
            up.stop_automation()
            cluster.scale("daemon", 1)
            cluster.await_ready("daemon")
            yield up
        finally:
            cluster.close()


def configuration(up: Running) -> str:
    """The configuration that the pods read."""
    maps = up.cluster.objects.find("configmaps")
    (text,) = (m["data"]["fintech.toml"] for m in maps if "fintech.toml" in m["data"])
    return str(text)
