"""A subscriber to the event stream: it works on each event once, in order, and is never stuck.

    EVENTS_URL=amqp://user:password@host:5672 python examples/consumer.py

It needs `pip install "faststream[rabbit]" cloudevents`. docs/events.md tells of it.

- The queue is durable: what comes while this is away waits in it. Made after the publisher began,
  it gets what comes from then on.
- An event may come twice, under the same id. Its id is stored in the transaction of the work on it,
  and one whose id is there already is passed over.
- One message at a time, to one consumer at a time, so that what is of one symbol is worked on in
  order, however many of these run.
- A message that nobody can read goes to the queue of dead letters at once; one on which the work
  fails, or kills this process, after three tries. Those behind it go on.
"""

import asyncio
import logging
import os
import sqlite3
from pathlib import Path

from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from faststream import AckPolicy, FastStream
from faststream.exceptions import RejectMessage
from faststream.rabbit import (
    Channel,
    ExchangeType,
    QueueType,
    RabbitBroker,
    RabbitExchange,
    RabbitMessage,
    RabbitQueue,
)

URL = os.environ.get("EVENTS_URL", "amqp://guest:guest@127.0.0.1:5672")
EXCHANGE = os.environ.get("EVENTS_EXCHANGE", "fintech.demo")  # fintech. and the configuration
NAME = os.environ.get("EVENTS_QUEUE", "example")
STORE = Path(os.environ.get("EVENTS_STORE", "events.sqlite"))

DEAD = RabbitQueue(f"{NAME}.dead", durable=True)
QUEUE = RabbitQueue(
    NAME,
    durable=True,
    queue_type=QueueType.QUORUM,
    routing_key="#",  # or signal.#, or alert.#; a symbol may hold dots, so # and not *
    arguments={
        "x-single-active-consumer": True,
        "x-delivery-limit": 2,  # again, after the first time
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": DEAD.name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    },
)

store = sqlite3.connect(STORE)
store.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, told TEXT NOT NULL)")
broker = RabbitBroker(URL, logger=None)
app = FastStream(broker)


@app.on_startup
async def connect() -> None:
    """Makes the queue of dead letters before the one that fills it."""
    await broker.connect()
    await broker.declare_queue(DEAD)


@broker.subscriber(
    QUEUE,
    RabbitExchange(EXCHANGE, type=ExchangeType.TOPIC, durable=True),
    channel=Channel(prefetch_count=1),
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
async def take(message: RabbitMessage) -> None:
    """Works on a message; raising puts it back, `RejectMessage` with the dead letters."""
    try:
        event = JSONFormat().read(CloudEvent, message.body)
    except Exception as error:
        raise RejectMessage from error
    with store:  # one transaction: of both or of neither
        key = f"{event.get_source()} {event.get_id()}"
        told = work(event)
        new = store.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, told)).rowcount
    if new:
        print(told, flush=True)


def work(event: BaseCloudEvent) -> str:
    """What is done with an event; here it becomes a line."""
    data = event.get_data()
    if not isinstance(data, dict):
        raise TypeError("its data is no object")
    match event.get_type().split("."):
        case ["fintech", "signal", _]:
            what = f"{data['action']} {data['score']:+.3f} by {data['strategy']}"
        case ["fintech", "alert", change]:
            what = f"{data['rule']} {change}: {data['reason']}"
        case ["fintech", "outcome", _]:
            what = f"{data['horizon']} after {data['slot_at']}: {data['return_pct']}"
        case _:
            what = event.get_type()  # of a later version
    return f"{event.get_id()} {event.get_subject()} {what}"


if __name__ == "__main__":
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    asyncio.run(app.run())
