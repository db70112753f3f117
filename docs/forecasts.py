"""Writes the figures of docs/forecasts.md: models trained on what the configured database holds.

`python docs/forecasts.py` trains as `fintech signals forecast train` does, and puts the verdicts
between the marks of that configuration on the page.
"""

from pathlib import Path

from marked import write_between

from fintech_pipeline.composition import open_pipeline
from fintech_pipeline.orchestration.training import train_all
from fintech_pipeline.settings import load_settings

PAGE = Path(__file__).parent / "forecasts.md"


def main() -> None:
    """Trains, and writes the verdicts."""
    settings = load_settings()
    pipeline = open_pipeline(settings)
    try:
        step = train_all(pipeline)
    finally:
        pipeline.close()
    lines = ["| bars | foretells | verdict | skill of each fold |", "| --- | --- | --- | --- |"]
    for interval, one in step.models.values():
        folds = ", ".join(f"{fold:+.1%}" for fold in one.folds) or "–"
        lines.append(f"| {interval} | {one.target.name} | {one.verdict.sentence} | {folds} |")
    write_between(PAGE, settings.name, "\n".join(lines))


if __name__ == "__main__":
    main()
