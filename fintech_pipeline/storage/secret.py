"""Passwords and tokens of a release in a cluster: made once, known to Kubernetes alone."""

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from fintech_pipeline.errors import ConfigurationError, StorageError

BYTES = 24
CONFLICT = 409
_STATUSES = {status.value for status in HTTPStatus}
PATIENCE_SECONDS = 20.0


def create_secret(
    name: str, namespace: str, labels: Mapping[str, str], keys: Sequence[str] = ("password",)
) -> bool:
    """Creates a Secret with a random password under each key, unless the Secret is there.

    It is never read nor changed: whoever may create it needs no other right, and no upgrade
    rotates a password that the database knows.

    Args:
        name: The Secret's name.
        namespace: Its namespace.
        labels: Its labels.
        keys: What it holds.

    Returns:
        Whether it was made now.

    Raises:
        ConfigurationError: This process knows no cluster.
        StorageError: Kubernetes refused, or can't be reached.
    """
    try:
        _find_cluster()
    except config.ConfigException as error:
        reason = str(error).rstrip(".")
        raise ConfigurationError(f"There is no Kubernetes cluster to ask: {reason}.") from error
    secret = client.V1Secret(
        metadata=client.V1ObjectMeta(name=name, labels=dict(labels)),
        string_data={key: secrets.token_urlsafe(BYTES) for key in keys},
        type="Opaque",
    )
    try:
        client.CoreV1Api().create_namespaced_secret(
            namespace, secret, _request_timeout=PATIENCE_SECONDS
        )
    except client.ApiException as error:
        if error.status == CONFLICT:
            return False
        # Its body, and the reason it names, may quote the request.
        reason = HTTPStatus(error.status).phrase if error.status in _STATUSES else "no status"
        raise StorageError(
            f"Kubernetes refused to make the Secret {name}: {error.status} {reason}."
        ) from None
    except (HTTPError, ValueError):
        raise StorageError(
            "The Kubernetes API can't be reached, or what answers is none; run it again, a Secret "
            "that is there is kept."
        ) from None
    return True


def _find_cluster() -> None:
    """The cluster that this pod is in, or the one of a person's kubeconfig."""
    try:
        config.load_incluster_config()
    except config.ConfigException:
        config.load_kube_config()
