"""Writes what can be subscribed to into docs/asyncapi.json; run by `make asyncapi`."""

from pathlib import Path

from fintech_pipeline.publishing.asyncapi import document

DOCUMENT = Path(__file__).with_name("asyncapi.json")


def written() -> str:
    """The document as the file has it: of the demo, at a RabbitMQ."""
    return document("demo", None)


if __name__ == "__main__":
    DOCUMENT.write_text(written(), "utf-8")
