"""The passwords of a database in a cluster: made once, known to Kubernetes alone."""

import secrets
from collections.abc import Mapping, Sequence

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from fintech_pipeline.errors import ConfigurationError, StorageError

BYTES = 24
CONFLICT = 409
PATIENCE_SECONDS = 20.0


def create_secret(
    name: str, namespace: str, keys: Sequence[str], labels: Mapping[str, str]
) -> bool:
    """Creates a Secret with a random password for each key, unless it is there.

    It is never read nor changed: whoever may create it needs no other right, and no upgrade
    rotates a password that the database knows.

    Args:
        name: The Secret's name.
        namespace: Its namespace.
        keys: What the passwords are called in it.
        labels: Its labels.

    Returns:
        Whether it was made now.

    Raises:
        ConfigurationError: This process knows no cluster.
        StorageError: Kubernetes refused, or can't be reached.
    """
    try:
        config.load_config()
    except config.ConfigException as error:
        raise ConfigurationError(f"There is no Kubernetes cluster to ask: {error}.") from error
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
        # Its body may quote the request, passwords included.
        raise StorageError(
            f"Kubernetes refused to make the Secret {name}: {error.status} {error.reason}."
        ) from None
    except HTTPError:
        raise StorageError("The Kubernetes API can't be reached; nothing was made.") from None
    return True
