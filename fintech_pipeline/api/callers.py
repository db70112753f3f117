"""Who asks: what the guard found out, for the routes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    EDITOR = "editor"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may ask.

    Attributes:
        role: An editor may change things, a viewer only look.
        name: What stands beside what he changes.
    """

    role: Role
    name: str


async def _caller(connection: HTTPConnection) -> Caller:
    caller: Caller = connection.state.caller
    return caller


By = Annotated[Caller, Depends(_caller)]
"""A route's argument: who asks."""
