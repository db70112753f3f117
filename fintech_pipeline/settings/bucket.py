"""How an S3-compatible store is reached, by the names that all its clients read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from fintech_pipeline.errors import ConfigurationError
from fintech_pipeline.settings.loading import secret


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """Where the store is, and who asks.

    Attributes:
        key_id: `AWS_ACCESS_KEY_ID`; None leaves it to the machine's or the pod's own identity.
        key: `AWS_SECRET_ACCESS_KEY`.
        token: `AWS_SESSION_TOKEN`, of a key that ends.
        region: `AWS_REGION` or `AWS_DEFAULT_REGION`; None is found out.
        endpoint: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`; None is Amazon's own.
    """

    key_id: SecretStr | None = field(repr=False)
    key: SecretStr | None = field(repr=False)
    token: SecretStr | None = field(repr=False)
    region: str | None
    endpoint: str | None


def bucket_access(environment: Mapping[str, str] | None = None) -> BucketAccess:
    """What the environment says of the store.

    Args:
        environment: The environment to read; None is the process's own.

    Raises:
        ConfigurationError: Half of a key is set, or the endpoint is no address.
    """
    key_id = secret("AWS_ACCESS_KEY_ID", environment)
    key = secret("AWS_SECRET_ACCESS_KEY", environment)
    if (key_id is None) != (key is None):
        raise ConfigurationError(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both or neither."
        )
    endpoint = _first(environment, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    if endpoint is not None and not _is_address(endpoint):
        raise ConfigurationError(
            "AWS_ENDPOINT_URL is no address without a login, such as https://s3.example.org."
        )
    region = _first(environment, "AWS_REGION", "AWS_DEFAULT_REGION")
    return BucketAccess(key_id, key, secret("AWS_SESSION_TOKEN", environment), region, endpoint)


def _first(environment: Mapping[str, str] | None, *variables: str) -> str | None:
    told = (secret(variable, environment) for variable in variables)
    return next((one.get_secret_value() for one in told if one is not None), None)


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and parts.path in {"", "/"}
    )
