"""Cut the power after each call of a run, let the disk lose what was not synced, and count what was lost for good.

    python benchmarks/crashing_disk.py [--every 1] [--random 1] [--seed N] [--case replaced|first]
                                       [--model ordered|anything]

Disks that are the same are tried once. Prints a line for each fault found and a table in Markdown for
docs/reliability.md; exit 1 when there was one.
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
    parser.add_argument("--every", type=int, default=1, help="how many disks on the next one is")
    parser.add_argument("--random", type=int, default=1, help="random losses at each point, beside the five others")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--case", choices=crashed_runs.CASES, action="append")
    parser.add_argument("--model", choices=MODELS, action="append")
    parsed = parser.parse_args()
    print(f"seed {parsed.seed}\n", flush=True)
    print("| run | file system | " + " | ".join(CELLS) + " |\n" + "| --- " * (2 + len(CELLS)) + "|", flush=True)
    faults = 0
    with failing_runs.template() as first:
        for case in parsed.case or crashed_runs.CASES:
            run = crashed_runs.record(first, case)
            for model in parsed.model or MODELS:
                seen = _all(run, model, parsed)
                faults += seen["faults"]
                print("|", " | ".join(map(str, (case, model, *(seen[name] for name in CELLS)))), "|", flush=True)
    return int(faults > 0)


def _all(run: crashed_runs.Recorded, model: str, parsed: argparse.Namespace) -> Counter[str]:
    seen, known = Counter[str](), set[bytes]()
    ways = cycle(crashed_runs.WAYS)
    for crash in crashes(run.recording, model, parsed.random, parsed.seed):
        disk = left_of(run.recording, crash)
        seen["crashes"] += 1
        digest = disk.digest()
        # The end is a place of its own: what was said to be done must be there.
        if digest in known and crash.point < len(run.recording.operations):
            continue
        known.add(digest)
        if len(known) % parsed.every:
            continue
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
