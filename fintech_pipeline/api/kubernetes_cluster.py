"""What runs in Kubernetes: the release's objects, by the official client and a read-only role."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from kubernetes import client, config
from kubernetes.utils.quantity import parse_quantity
from urllib3.exceptions import HTTPError

from fintech_pipeline.api.cluster import ResourceShown, Running
from fintech_pipeline.api.kubernetes_objects import (
    USED,
    autoscaler_shown,
    claim_shown,
    cron_job_shown,
    job_shown,
    pod_shown,
    workload_shown,
)
from fintech_pipeline.clock import Clock
from fintech_pipeline.errors import ConfigurationError

INSTANCE = "app.kubernetes.io/instance"
NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
PATIENCE_SECONDS = 5.0
"""For everything together; what has not come by then is not shown."""
MOST = 500
"""How many of a kind are shown."""
USES = "what pods use"
UNAUTHORIZED, FORBIDDEN, NOT_FOUND = 401, 403, 404
NO_METRICS = "CPU and memory are not shown: no metrics-server answers in this cluster."


def in_cluster(release: str, clock: Clock) -> "KubernetesCluster":
    """The cluster that this pod is in.

    Args:
        release: The Helm release.
        clock: The present.

    Raises:
        ConfigurationError: This is no pod, or it was given no token.
    """
    settings = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=settings)
        namespace = NAMESPACE.read_text("utf-8").strip()
    except (config.ConfigException, OSError) as error:
        raise ConfigurationError(
            "This process has no access to Kubernetes; give its pod a service account's token."
        ) from error
    settings.retries = False
    return KubernetesCluster(client.ApiClient(settings), namespace, release, clock)


@dataclass(frozen=True)
class KubernetesCluster:
    """Looks at the objects of a release; see `cluster.Cluster`.

    Attributes:
        api: The client, with its credentials.
        namespace: Where the release is.
        release: Its name; its runs are labelled with the name and `-runs`.
        clock: The present.
        patience_seconds: How long one look may take.
    """

    api: client.ApiClient
    namespace: str
    release: str
    clock: Clock
    patience_seconds: float = PATIENCE_SECONDS

    def look(self) -> Running:
        """What runs just now; see `Cluster.look`."""
        asked = self._asked()
        pool = ThreadPoolExecutor(len(asked), thread_name_prefix="kubernetes")
        futures = {what: pool.submit(ask) for what, ask in asked.items()}
        wait(futures.values(), self.patience_seconds)
        pool.shutdown(wait=False, cancel_futures=True)
        not_shown: list[str] = []
        found = {what: _items(what, one, not_shown) for what, one in futures.items()}
        return Running("kubernetes", self.clock(), self._shown(found), not_shown=tuple(not_shown))

    def _asked(self) -> dict[str, Callable[[], Any]]:
        core, batch = client.CoreV1Api(self.api), client.BatchV1Api(self.api)
        apps, scaling = client.AppsV1Api(self.api), client.AutoscalingV2Api(self.api)
        selector = f"{INSTANCE} in ({self.release},{self.release}-runs)"
        chosen = {"label_selector": selector, "_request_timeout": self.patience_seconds}
        uses = partial(
            client.CustomObjectsApi(self.api).list_namespaced_custom_object,
            "metrics.k8s.io",
            "v1beta1",
            self.namespace,
            "pods",
            **chosen,
        )
        lists = {
            "Pods": core.list_namespaced_pod,
            "Jobs": batch.list_namespaced_job,
            "CronJobs": batch.list_namespaced_cron_job,
            "Deployments": apps.list_namespaced_deployment,
            "StatefulSets": apps.list_namespaced_stateful_set,
            "HorizontalPodAutoscalers": scaling.list_namespaced_horizontal_pod_autoscaler,
            "PersistentVolumeClaims": core.list_namespaced_persistent_volume_claim,
        }
        asked: dict[str, Callable[[], Any]] = {
            what: partial(ask, self.namespace, limit=MOST, **chosen) for what, ask in lists.items()
        }
        return {**asked, USES: uses}

    def _shown(self, found: dict[str, list[Any]]) -> tuple[ResourceShown, ...]:
        now, used = self.clock(), dict(map(_use, found[USES]))
        of = found.__getitem__
        shown = [
            *(workload_shown("Deployment", one, now) for one in of("Deployments")),
            *(workload_shown("StatefulSet", one, now) for one in of("StatefulSets")),
            *(autoscaler_shown(one, now) for one in of("HorizontalPodAutoscalers")),
            *(cron_job_shown(one, now) for one in of("CronJobs")),
            *(job_shown(one, now) for one in of("Jobs")),
            *(pod_shown(one, used, now) for one in of("Pods")),
            *(claim_shown(one, now) for one in of("PersistentVolumeClaims")),
        ]
        return tuple(sorted(shown, key=lambda one: (one.kind, one.name)))


def _items(what: str, asked: "Future[Any]", not_shown: list[str]) -> list[Any]:
    """What came; why nothing did is added to `not_shown`."""
    if not asked.done():
        not_shown.append(f"{_named(what)} are not shown: Kubernetes did not answer in time.")
        return []
    try:
        found = asked.result()
    except client.ApiException as error:
        not_shown.append(_refused(what, error.status))
        return []
    except (HTTPError, OSError):
        not_shown.append(f"{_named(what)} are not shown: Kubernetes cannot be reached.")
        return []
    except (AttributeError, LookupError, TypeError, ValueError):
        # The client takes what comes for what it expects, a gateway's page too.
        not_shown.append(f"{_named(what)} are not shown: what answered was not Kubernetes.")
        return []
    if isinstance(found, dict):
        items: list[Any] = found.get("items", [])
        return items
    if found.metadata._continue:  # the client's own name for the field `continue`
        not_shown.append(f"Of the {what} the first {MOST} are shown.")
    return list(found.items)


def _refused(what: str, status: int) -> str:
    if what == USES and status != FORBIDDEN:
        return NO_METRICS
    why = {
        FORBIDDEN: "this service account may not list them",
        UNAUTHORIZED: "Kubernetes does not know this service account",
        NOT_FOUND: "this cluster has no such kind",
    }
    return f"{_named(what)} are not shown: {why.get(status, f'Kubernetes answered {status}')}."


def _named(what: str) -> str:
    return "CPU and memory" if what == USES else what


def _use(metrics: dict[str, Any]) -> tuple[str, USED]:
    """What a pod uses, by its name: the sum over its containers."""
    usages = [one["usage"] for one in metrics["containers"]]
    cores = sum(parse_quantity(usage["cpu"]) for usage in usages)
    return metrics["metadata"]["name"], (
        float(round(cores, 6)),
        int(sum(parse_quantity(usage["memory"]) for usage in usages)),
    )
