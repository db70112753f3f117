"""What clients write in parameters and bodies of alerts, checked."""

from typing import Annotated

from pydantic import AfterValidator, Field

MOST_LETTERS = 300


def _one_line(text: str) -> str:
    """The text with its white space joined.

    Raises:
        ValueError: It can't be shown.
    """
    joined = " ".join(text.split())
    if not joined.isprintable():
        raise ValueError("it holds a character that can't be shown; leave it out")
    return joined


Comment = Annotated[str, Field(max_length=MOST_LETTERS), AfterValidator(_one_line)]
"""A person's remark, one line."""
Number = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The number of something that is stored."""
Name = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9][a-z0-9_-]*$")]
"""The name of a rule, a person or a tag."""
SubjectName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[!-~ ]+$")]
"""A symbol, a part of the pipeline, a job or a provider."""
