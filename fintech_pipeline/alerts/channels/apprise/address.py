"""An Apprise address as it is written, with `${NAME}` for what only the environment has. Pure.

A written address may hold a secret too, so neither form is ever shown whole.
"""

import re
from collections.abc import Callable

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}(?=://)", re.IGNORECASE)


class NotSet(Exception):
    """The environment lacks what an address names.

    Args:
        name: The variable's name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def expanded(written: str, environment: Callable[[str], str | None]) -> str:
    """The address with the environment's values in it; a secret from here on.

    Args:
        written: The address as the contact has it.
        environment: The value of a variable; None where it is not set.

    Raises:
        NotSet: A variable that it names is not set, or is empty.
    """

    def value_of(match: re.Match[str]) -> str:
        value = (environment(match.group(1)) or "").strip()
        if not value:
            raise NotSet(match.group(1))
        return value

    return NAME.sub(value_of, written.strip())


def shown(written: str) -> str:
    """What of an address may be shown: the variable that holds it, or the kind alone."""
    whole = NAME.fullmatch(written.strip())
    if whole:
        return whole.group()
    scheme = _SCHEME.match(written.strip())
    return f"{scheme.group().lower()}://…" if scheme else "…"
