"""A database as two ticks of the demo leave it."""

import tomllib
from datetime import timedelta

from fintech_pipeline.alerts.rule_files import rule_file_of
from fintech_pipeline.alerts.rule_store import RuleStore
from fintech_pipeline.clock import SLOT
from fintech_pipeline.composition import compose, prepare
from fintech_pipeline.orchestration.alerting import decide_slots
from fintech_pipeline.orchestration.scoring_step import score_articles
from fintech_pipeline.orchestration.steps import collect_articles, collect_market, compute
from fintech_pipeline.orchestration.work import tick_work
from fintech_pipeline.settings import load_settings
from fintech_pipeline.storage.database import Database
from tests.api.living import NOW

RULES = """
[people.ada]
email = "ada@watch.example"
[rules.any-score]
metric = "score"
above = -0.99
notify = ["ada"]
"""
NEWEST = NOW.replace(minute=0)
"""The newest slot at the tests' present."""
COLLECTED = timedelta(minutes=2)


def seed(database: Database) -> None:
    """Runs the demo's ticks of the two newest slots, in this process."""
    settings = load_settings(environment={})
    RuleStore(database).apply(rule_file_of("rules.toml", tomllib.loads(RULES)), "Ada", NOW)
    for slot_at in (NEWEST - SLOT, NEWEST):
        now = slot_at + COLLECTED
        prepare(settings, database, lambda: now)  # noqa: B023  # used at once
        pipeline = compose(settings, database, lambda: now)  # noqa: B023
        work = tick_work(slot_at, now, f"run-{slot_at:%H%M}")
        collect_market(pipeline, work)
        collect_articles(pipeline, work)
        score_articles(pipeline, work)
        compute(pipeline, work)
        decide_slots(pipeline)
