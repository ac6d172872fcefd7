"""Calls of the system that fail once, a sample of them: the old outputs stand or the new ones do, and it is said which.

`python benchmarks/failing_io.py` tries all of them.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys

from etl_batch.defaults import PROJECT_ROOT

TRIED = 8
"""A run and what follows it take a second and more."""
NAMED = {
    ("one", "rename output/.x.parquet.", "EIO"): 0,  # after the point of no return: gone on with
    ("one", "write run.log", "EDQUOT"): 0,
    ("one", "pwrite output/.x.csv.", "EDQUOT"): 5,
    ("one", "fsync output/.x.parquet.", "EIO"): 5,
    ("two", "pread turns.bin", "EIO"): 5,  # in a worker, and not taken for a read of the input
}
"""The last call of that name about that file, with two workers the fourth, and how the run must end."""
SEED = int(os.environ.get("ETL_FAULT_SEED") or random.SystemRandom().randrange(1_000_000))
SAMPLE = """
import json, random, sys
from dataclasses import asdict
from tests.fault import failing_runs
chance, number = random.Random(int(sys.argv[1])), int(sys.argv[2])
with failing_runs.template() as first:
    calls = {kind: failing_runs.calls_of(first, kind) for kind in failing_runs.KINDS}
    for kind, wanted, error in json.loads(sys.argv[3]):
        # With two workers it depends on the moment how many there are, a dozen at the least.
        nth = failing_runs.calls_of(first, kind, wanted) if kind == "one" else 4
        print(json.dumps(asdict(failing_runs.attempt(first, kind, error, nth, wanted))), flush=True)
    for _ in range(number):
        kind, error = chance.choice([*calls]), chance.choice([*failing_runs.ERRORS])
        tried = failing_runs.attempt(first, kind, error, chance.randint(1, calls[kind]))
        print(json.dumps(asdict(tried)), flush=True)
"""


def test_a_sample_of_all_calls() -> None:
    """Exit 5 and a sentence, or done all the same; outputs, record and log agree, and the next run leaves nothing."""
    # In a process of its own: what is forked must not have the threads of the tests.
    command = [sys.executable, "-c", SAMPLE, str(SEED), str(TRIED), json.dumps([*NAMED])]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (SEED, done.stderr)
    tried = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(tried) == TRIED + len(NAMED)
    assert [each for each in tried if each["wrong"]] == [], SEED
    assert [each["code"] for each in tried[: len(NAMED)]] == [*NAMED.values()], tried
