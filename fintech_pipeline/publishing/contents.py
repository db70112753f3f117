"""What a published event holds, as the AsyncAPI document describes it."""

from datetime import datetime
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Data = TypeVar("Data")


class Told(BaseModel):
    """What is published does not change."""

    model_config = ConfigDict(frozen=True)


class ComponentTold(Told):
    """One input of a signal."""

    name: str
    value: float = Field(description="In [-1, 1].")
    weight: float
    contribution: float = Field(description="Weight × value; all of them add up to the score.")
    figure: float | None = Field(description="The number behind it: a return, a ratio, an index.")


class SignalMade(Told):
    """A live signal was made, or made anew as the next revision; it never changes."""

    symbol: str
    interval: str = Field(description="30m or 1d.")
    slot_at: datetime = Field(description="The end of the half hour or session that it judges.")
    strategy: str = Field(description="The strategy's label.")
    revision: int = Field(description="1 is the first one, to which alerts and outcomes refer.")
    score: float = Field(description="In [-1, 1].")
    action: str = Field(description="strong_sell, sell, hold, buy or strong_buy.")
    confidence: float = Field(description="In [0, 1].")
    price: float = Field(description="The slot's close, raw, in the instrument's currency.")
    change_pct: float | None = Field(description="Since the last close of the session before.")
    components: list[ComponentTold]
    cutoff_at: datetime = Field(description="When its inputs were read.")


class AlertChanged(Told):
    """An alert, or where its rule stands with the subject, has changed."""

    alert_id: int | None = Field(description="Null before the alert began.")
    rule: str
    subject: str = Field(description="A symbol, a part of the pipeline, a job, a provider.")
    change: str = Field(
        description="pending, calmed, fired, repeated, resolved, no_data, error, back, acknowledged"
    )
    severity: str = Field(description="info, warning or critical.")
    at: datetime = Field(description="The slot, or the instant of the look.")
    value: float | None
    reason: str | None = Field(description="Why, a sentence.")


class OutcomeSettled(Told):
    """What came after a live signal at one horizon; it never changes."""

    symbol: str
    interval: str
    slot_at: datetime
    strategy: str
    score: float
    action: str
    horizon: str
    entered_at: datetime | None = Field(description="When it is bought.")
    left_at: datetime | None = Field(description="When it is sold.")
    return_pct: float | None = Field(description="The total return; null where there is none.")
    reason: str | None = Field(description="Why there is none.")
    settled_at: datetime


class CloudEventOf(Told, Generic[Data]):
    """A CloudEvent 1.0 in its JSON format: the whole body of a message."""

    specversion: Literal["1.0"]
    id: str = Field(description="A repeat has the same one.")
    source: str = Field(description="Which watch tells it: urn:fintech: and the configuration.")
    type: str
    subject: str = Field(description="Whom it concerns; what is of one subject comes in order.")
    time: datetime = Field(description="When it was written.")
    datacontenttype: Literal["application/json"]
    dataschema: str = Field(description="It ends in the version of the data's form.")
    simulated: bool = Field(description="Whether all of it is made up; not a market.")
    data: Data
