"""Damage files of every format for some minutes, with other seeds each time: `python -m tests.fuzz --seconds 300`.

Each round is a process of its own, so that a crash or a hang is a failure like any other. Exit code 1 with the example
and the command that repeats it, 0 when the time is over.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from etl_batch.defaults import PROJECT_ROOT

TESTS = "tests/property/test_mutated_inputs.py"
ROUND_SECONDS = 600
"""A round takes a tenth of it; what takes longer hangs."""


def rounds(until: float) -> tuple[int, str]:
    """Rounds one after the other until a failure or the end; how many there were, and what failed."""
    done = 0
    while time.monotonic() < until:
        command = [sys.executable, "-m", "pytest", TESTS, "-q", "-x", "-p", "no:cacheprovider", "--tb=short"]
        command += ["--hypothesis-profile=fuzz", f"--hypothesis-seed={secrets.randbits(32)}"]
        try:
            run = subprocess.run(
                command, cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=ROUND_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return done, f"A round hangs:\n{' '.join(command)}"
        if run.returncode != 0:
            return done, f"{run.stdout}\n{run.stderr}\n{' '.join(command)}"
        done += 1
    return done, ""


def main() -> int:
    """As many rounds at a time as there are processors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="how long (default: %(default)s)")
    until = time.monotonic() + parser.parse_args().seconds
    workers = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(workers) as pool:
        outcomes = list(pool.map(rounds, [until] * workers))
    for _done, failure in outcomes:
        if failure:
            print(failure)
    print(f"{sum(done for done, _failure in outcomes)} rounds without a failure.")
    return int(any(failure for _done, failure in outcomes))


if __name__ == "__main__":
    raise SystemExit(main())
