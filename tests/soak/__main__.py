"""`make soak`: a watch lives through months in minutes while everything around it fails.

    TICKS=2000 SYMBOLS=200 SEED=1 MINUTES=120 make soak

Accelerated slots go through the steps of a real tick, and some through a real `fintech tick` in a
process that is killed. Vendors fail, the database restarts and its disk fills, a deliverer is
killed, the mail server turns mails away; all of it drawn from the seed. Beside them a deliverer and
an API live through it all, and are measured. Then everything is made again in a second database
where nothing ever fails, and compared. `build/soak/report.md` tells, with a plot of each measure;
exits 1 where anything is lost, doubled or growing.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

from tests.soak.judging import judge
from tests.soak.living import Life
from tests.soak.reporting import write_report
from tests.soak.world import made_world

REPORT = Path(__file__).parents[2] / "build" / "soak"


def main() -> int:
    """Lives, judges, reports; 0 where all holds."""
    ticks, symbols, seed, minutes = (
        int(os.environ.get(name, usual))
        for name, usual in (("TICKS", 2000), ("SYMBOLS", 200), ("SEED", 1), ("MINUTES", 120))
    )
    logging.disable(logging.ERROR)  # what fails here is meant to; it is counted
    os.environ["PYTHONWARNINGS"] = "ignore"  # of those that are forked, about Dagster
    REPORT.mkdir(parents=True, exist_ok=True)
    # Not below a folder of root's own: the server runs under another account.
    with (
        tempfile.TemporaryDirectory(prefix="fintech-soak-") as folder,
        made_world(Path(folder), symbols, seed) as world,
    ):
        life = Life(world, seed)
        life.live(ticks, minutes * 60.0)
        life.calm_down()
        findings = judge(world, life)
    findings += life.measures.findings()
    path = write_report(REPORT, life, findings)
    for finding in findings:
        print(finding)
    print(f"{'NOT ' if findings else ''}all well after {life.ticks} ticks: {path}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
