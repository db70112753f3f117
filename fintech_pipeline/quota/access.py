"""Where a vendor is and how its key is shown to it; the key shows itself nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, quote_plus, urlsplit

from pydantic import SecretStr

from fintech_pipeline.errors import ConfigurationError, NotConfigured

SHORTEST_KEY = 8
"""A shorter one ("demo") is no secret, and may well be a word of the answer."""


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the vendor wants the key.

    Attributes:
        place: In the query or in a header.
        name: The parameter's or the header's name.
        variable: The environment variable that gives the key, for the sentence where it is missing.
    """

    place: Literal["query", "header"]
    name: str
    variable: str


@dataclass(frozen=True, slots=True)
class Access:
    """A vendor's address and our key.

    Attributes:
        provider: The vendor's name.
        base_url: `https://host`, perhaps with a path.
        key_place: Where the key belongs; None where the vendor wants none.
        key: The key; None where it is not configured.
        headers: What else each call carries: a User-Agent with a contact.

    Raises:
        ConfigurationError: The address is none, or no key looks like this; neither is quoted.
    """

    provider: str
    base_url: str
    key_place: KeyPlace | None = None
    key: SecretStr | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        if address.scheme not in {"http", "https"} or not address.hostname or "@" in address.netloc:
            raise ConfigurationError(
                f"The address of {self.provider} is not like https://host, without a login."
            )
        if self.key is not None and not re.fullmatch(r"[!-~]+", self.key.get_secret_value()):
            raise ConfigurationError(
                f"The key of {self.provider} is empty or holds a space, a line break or a letter "
                "that no key has; set it again."
            )

    @property
    def host(self) -> str:
        """Whom a sentence names."""
        return urlsplit(self.base_url).hostname or ""

    def require_key(self) -> None:
        """Makes sure that there is a key where one is needed.

        Raises:
            NotConfigured: There is none.
        """
        if self.key_place is not None and self.key is None:
            raise NotConfigured(
                f"{self.provider} needs a key; set {self.key_place.variable}. Nothing was asked."
            )

    def params(self) -> dict[str, str]:
        """The key where it belongs in the query."""
        return self._key_in("query")

    def all_headers(self) -> dict[str, str]:
        """The headers of a call, with the key where it belongs there."""
        return {**self.headers, **self._key_in("header")}

    def redacted(self, text: bytes) -> bytes:
        """The text without the key: vendors quote it in their refusals."""
        key = self.key.get_secret_value() if self.key else ""
        if len(key) < SHORTEST_KEY:
            return text
        for form in {key, quote(key, safe=""), quote_plus(key)}:
            text = text.replace(form.encode(), b"***")
        return text

    def _key_in(self, place: str) -> dict[str, str]:
        if self.key_place is None or self.key is None or self.key_place.place != place:
            return {}
        return {self.key_place.name: self.key.get_secret_value()}
