"""Every secret that this process knows, so that logs can leave it out."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from fintech_pipeline.settings.configuration import Settings

_NAMES = ("KEY", "PASSWORD", "PASSWD", "SECRET", "TOKEN", "LOGIN", "CREDENTIALS")


def secrets_known(settings: Settings, environment: Mapping[str, str] | None = None) -> set[str]:
    """The secrets in a configuration, and what the environment holds under a telling name.

    Args:
        settings: The configuration.
        environment: The environment; None is the process's own.
    """
    env = os.environ if environment is None else environment
    found = {value for name, value in env.items() if name.upper().endswith(_NAMES)}
    found |= {one for value in env.values() for one in _passwords(value)}
    found |= set(_in_section(settings))
    return {one for one in found if one}


def _in_section(section: BaseModel) -> Iterator[str]:
    for name in type(section).model_fields:
        yield from _in_value(getattr(section, name))


def _in_value(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, str):
        yield from _passwords(value)
    elif isinstance(value, BaseModel):
        yield from _in_section(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _in_value(one)
    elif isinstance(value, Iterable):
        for one in value:
            yield from _in_value(one)


def _passwords(text: str) -> Iterator[str]:
    """The password of an address, as it is written there and as it is meant."""
    if "://" not in text or "@" not in text:
        return
    try:
        password = urlsplit(text).password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)
