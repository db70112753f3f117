"""What can be edited, as it is shown and changed: its ETag begins with its version.

What is shown of a rule changes more often than the rule: alerts of it begin and end. So the ETag
tells the content, and of an edit only the version in it counts.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Body, Header, Response
from pydantic import BaseModel

from fintech_pipeline.api.conditional import require_match
from fintech_pipeline.api.problems import Refusal

IfMatch = Annotated[
    str | None,
    Header(description="The ETag of the state that is changed.", max_length=400),
]
IfNoneMatch = Annotated[
    str | None,
    Header(description="`*` where it must not be there yet.", max_length=400),
]
Definition = Annotated[
    dict[str, Any],
    Body(description="The keys as in a file of rules and people (docs/alerts.md); null is unset."),
]
_CONTENT = re.compile(r'"(\d+)\.[0-9a-f]+"')


def shown(found: BaseModel, version: int, status: int = 200, location: str = "") -> Response:
    """The answer that shows it, with its ETag.

    Args:
        found: What is shown.
        version: Its version.
        status: The HTTP status.
        location: Where it is, once it has been made.
    """
    content = found.model_dump_json().encode()
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    headers = {"ETag": f'"{version}.{digest}"'}
    if location:
        headers["Location"] = location
    return Response(content, status, headers, "application/json")


def written(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition without the keys that are null, which TOML does not know."""
    return {key: value for key, value in definition.items() if value is not None}


def agreement(
    what: str, if_match: str | None, if_none_match: str | None = None
) -> Callable[[int | None], None]:
    """Lets an edit pass that knows what is stored; called in the edit's own transaction.

    Args:
        what: What is edited, as a sentence names it: `rule crash`.
        if_match: The header If-Match: the state that is changed.
        if_none_match: The header If-None-Match: `*` where it is made.

    Returns:
        Is given the version that is stored, None where nothing is. It raises Refusal: 404 where
        what is changed is not there, 412 where it is another state by now or is there already, 428
        where nothing was said.
    """

    def agreed(version: int | None) -> None:
        if if_none_match is not None and if_match is None:
            if if_none_match.strip() != "*":
                raise Refusal(428, "To make something new, send If-None-Match: *")
            if version is not None:
                raise Refusal(412, f"There is a {what} already; change it with If-Match.")
            return
        if version is None:
            if if_match is None:
                raise Refusal(428, f"There is no {what}; to make it, send If-None-Match: *")
            raise Refusal(404, f"There is no {what} any more, or there never was.")
        require_match(if_match and _CONTENT.sub(r'"\1"', if_match), version)

    return agreed
