"""For how long what nothing refers to is kept; docs/operations.md tells of every table."""

from typing import Annotated

from pydantic import Field

from fintech_pipeline.settings.section import Section


class RetentionSettings(Section):
    """Calls to vendors, by which costs are told, and the small steps of ended runs, in days.

    Everything else stays: signals are replayed from it, and outcomes and alerts are the record.
    """

    calls_days: Annotated[int, Field(ge=62, le=36_500)] = 400
    run_steps_days: Annotated[int, Field(ge=7, le=36_500)] = 30
