"""What each identity needs of the Kubernetes API, as the drills find out.

The drills check that this is enough, and that each grant is used; the chart's Roles must equal it.
"""

from collections.abc import Iterable

from tests.kubernetes.cluster import TESTER
from tests.kubernetes.rbac import Grant

PASSWORD: set[Grant] = {("password", "create", "secrets")}
"""To make the database's password, before anything else."""
WEBSERVER: set[Grant] = {
    ("webserver", "delete", "jobs"),
    ("webserver", "delete", "pods"),
    ("webserver", "list", "pods"),
}
"""To cancel a run."""
DAEMON: set[Grant] = {
    ("daemon", "create", "jobs"),
    ("daemon", "delete", "jobs"),
    ("daemon", "delete", "pods"),
    ("daemon", "get", "jobs/status"),
    ("daemon", "get", "pods/log"),
    ("daemon", "list", "events"),
    ("daemon", "list", "jobs"),
    ("daemon", "list", "pods"),
}
"""To start and watch runs, to tell why one failed, and to end one that takes too long."""
RUN_WITH_STEPS: set[Grant] = {
    ("run", "create", "jobs"),
    ("run", "delete", "jobs"),
    ("run", "delete", "pods"),
    ("run", "get", "jobs/status"),
    ("run", "list", "pods"),
}
"""Where each step is a Job. A run that does its steps itself needs nothing at all."""

API: set[Grant] = {
    ("api", "list", resource)
    for resource in (
        "cronjobs",
        "deployments",
        "horizontalpodautoscalers",
        "jobs",
        "persistentvolumeclaims",
        "pods",
        "statefulsets",
    )
}
"""To show what there is; it changes nothing, and reads neither logs nor Secrets."""


def component(identity: str) -> str:
    """Which part of the release an account is for: `daemon` where it is `watch-daemon`."""
    return identity.rpartition("-")[2]


def by_component(grants: Iterable[Grant]) -> set[Grant]:
    """The grants of the release's accounts, by the component; those of the tests are left out."""
    return {(component(name), verb, of) for name, verb, of in grants if name != TESTER}
