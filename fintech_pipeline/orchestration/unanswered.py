"""What somebody was asked for and did not give, until it is given.

A slot of news that lacks a provider's answer stands as partial, with the provider's reason. Nothing
asks for that slot again: the next collection asks the provider from there on, and its answer
settles all the slots that lacked it. So it is with scores of articles when no model can be asked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from fintech_pipeline.clock import SLOT, Window
from fintech_pipeline.orchestration.due import ARTICLE_SENTIMENT, NEWS_ARTICLES
from fintech_pipeline.orchestration.slots import SlotRecord, SlotState, slots


def unanswered_since(connection: sa.Connection, seen: Window) -> dict[str, datetime]:
    """From when the news that is seen lacks of providers that failed for a slot (UTC).

    Args:
        connection: Reads the slots.
        seen: The time whose news counts, as `due.news_seen` gives it.
    """
    each = sa.func.jsonb_each_text(slots.c.reasons).table_valued("key", "value")
    query = (
        sa.select(each.c.key, sa.func.min(slots.c.slot_at))
        .select_from(slots.join(each, sa.true()))
        .where(*_lacking(NEWS_ARTICLES, seen))
        .group_by(each.c.key)
    )
    return {row[0]: row[1] - SLOT for row in connection.execute(query)}


def settle(
    connection: sa.Connection,
    since: Mapping[str, datetime],
    answered: Collection[str],
    until: datetime,
) -> None:
    """Takes note of what providers have now answered.

    Args:
        connection: The transaction that stores the answer.
        since: From when the providers were asked that owed something (UTC).
        answered: The providers that answered all that they were asked.
        until: Up to which slot the answers settle what was owed (UTC).
    """
    paid = {provider: at for provider, at in since.items() if provider in answered}
    if not paid:
        return
    lacking = _lacking(NEWS_ARTICLES, Window(min(paid.values()), until))
    # In order of time, as whoever records slots writes them: two never wait for each other.
    query = sa.select(slots.c.slot_at, slots.c.reasons).where(*lacking).order_by(slots.c.slot_at)
    changes = []
    for slot_at, reasons in connection.execute(query.with_for_update()).all():
        left = {name: why for name, why in reasons.items() if slot_at <= paid.get(name, until)}
        if left != reasons:
            state = SlotState.PARTIAL if left else SlotState.DONE
            changes.append({"at": slot_at, "left": left, "now": state})
    if changes:
        update = sa.update(slots).values(reasons=sa.bindparam("left"), state=sa.bindparam("now"))
        this = slots.c.asset == NEWS_ARTICLES, slots.c.slot_at == sa.bindparam("at")
        connection.execute(update.where(*this), changes)


def partial_slots(connection: sa.Connection, window: Window) -> list[datetime]:
    """The slots of the window that lack scores, in order."""
    lacking = _lacking(ARTICLE_SENTIMENT, window)
    query = sa.select(slots.c.slot_at).where(*lacking).order_by(slots.c.slot_at)
    return list(connection.scalars(query))


def waited_until(connection: sa.Connection, window: Window) -> datetime | None:
    """Until when texts became known that a live tick of the window judged without their scores.

    Returns:
        The last such tick's cutoff (UTC); None where there was none.
    """
    query = sa.select(sa.func.max(slots.c.cutoff_at)).where(
        *_lacking(ARTICLE_SENTIMENT, window), slots.c.live
    )
    latest: datetime | None = connection.scalar(query)
    return latest


def settle_scores(connection: sa.Connection, records: Sequence[SlotRecord]) -> None:
    """Takes note that slots which lacked scores have them all now."""
    changes = [{"at": record.slot_at, "there": record.rows} for record in records]
    if changes:
        update = sa.update(slots).values(
            rows=sa.bindparam("there"), reasons=sa.text("'{}'"), state=SlotState.DONE
        )
        this = slots.c.asset == ARTICLE_SENTIMENT, slots.c.slot_at == sa.bindparam("at")
        connection.execute(update.where(*this), changes)


def _lacking(asset: str, window: Window) -> list[sa.ColumnElement[bool]]:
    return [
        slots.c.asset == asset,
        slots.c.slot_at > window.start,
        slots.c.slot_at <= window.end,
        slots.c.state == SlotState.PARTIAL,
    ]
