"""What every part of the configuration shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

Key = Annotated[SecretStr, Field(min_length=1, repr=False)]
"""A vendor's key; it shows itself nowhere."""
Url = Annotated[str, Field(pattern=r"^https?://[^\s/@?#]+([/?]\S*)?$")]
"""An address without a login."""


class Section(BaseModel):
    """A part of the configuration; a key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
