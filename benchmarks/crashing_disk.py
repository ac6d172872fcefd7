"""Cut the power after each call of a run, let the disk lose what was not synced, and count what was lost for good.

    python benchmarks/crashing_disk.py [--seconds 7200] [--random 1] [--seed N] [--case replaced|first]
                                       [--model ordered|anything]

Disks that are the same are tried once, all of them in an order of chance, or as many as there is time for. Prints a
line for each fault found and a table in Markdown for docs/reliability.md; exit 1 when there was one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fault import crashed_runs, failing_runs  # noqa: E402
from tests.fault.crashing_disk import MODELS, crashes, left_of  # noqa: E402

CELLS = ("crashes", "disks", "new pair", "faults")


def main() -> int:
    """Try all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=7200.0, help="for all rows of the table together")
    parser.add_argument("--random", type=int, default=1, help="random losses at each point, beside the five others")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--case", choices=crashed_runs.CASES, action="append")
    parser.add_argument("--model", choices=MODELS, action="append")
    parsed = parser.parse_args()
    print(f"seed {parsed.seed}\n", flush=True)
    print("| run | file system | " + " | ".join(CELLS) + " |\n" + "| --- " * (2 + len(CELLS)) + "|", flush=True)
    faults, left = 0, len(parsed.case or crashed_runs.CASES) * len(parsed.model or MODELS)
    end = time.monotonic() + parsed.seconds
    with failing_runs.template() as first:
        for case in parsed.case or crashed_runs.CASES:
            run = crashed_runs.record(first, case)
            for model in parsed.model or MODELS:
                now = time.monotonic()
                seen = _all(run, model, parsed, now + (end - now) / left)
                left -= 1
                faults += seen["faults"]
                print("|", " | ".join(map(str, (case, model, *(seen[name] for name in CELLS)))), "|", flush=True)
    return int(faults > 0)


def _all(run: crashed_runs.Recorded, model: str, parsed: argparse.Namespace, end: float) -> Counter[str]:
    seen, known = Counter[str](), set[bytes]()
    every = list(crashes(run.recording, model, parsed.random, parsed.seed))
    ways = cycle(crashed_runs.WAYS)
    for crash in random.Random(parsed.seed).sample(every, len(every)):
        disk = left_of(run.recording, crash)
        digest = disk.digest()
        # The end is a place of its own: what was said to be done must be there.
        if time.monotonic() > end:
            break
        seen["crashes"] += 1
        if digest in known and crash.point < len(run.recording.operations):
            continue
        known.add(digest)
        tried = crashed_runs.attempt(run, crash, next(ways))
        seen.update(["disks", *["new pair"] * tried.published, *["faults"] * bool(tried.wrong)])
        if tried.wrong:
            print(f"{run.case} {crash} {tried.way} {tried.call}: {tried.wrong}", file=sys.stderr, flush=True)
    return seen


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"\n{time.monotonic() - started:.0f} s")
    sys.exit(code)
