"""What processes are forked from: one server for all drills, which has imported what they do.

A preload that is named once the server runs, or in a second place, is no preload.
"""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.dying", "tests.faults.delivering"])
