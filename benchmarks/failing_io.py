"""Let each call of the system fail once, in turn, with each error, and count what was lost.

    python benchmarks/failing_io.py [--first 1] [--last N] [--every 1] [--kind one|two] [--error EIO]

Prints a line for each fault found and a table in Markdown for docs/reliability.md; exit 1 when there was one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.fault import failing_runs  # noqa: E402


def main() -> int:
    """Try all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="the call to begin with")
    parser.add_argument("--last", type=int, default=1_000_000, help="and to end with")
    parser.add_argument("--every", type=int, default=1, help="how many calls on the next one is")
    parser.add_argument("--kind", choices=[*failing_runs.KINDS], action="append")
    parser.add_argument("--error", choices=[*failing_runs.ERRORS], action="append")
    parsed = parser.parse_args()
    total = 0
    print("| run | error | calls failed | exit 0 | exit 2 | exit 3 | exit 5 | faults |\n" + "| --- " * 8 + "|")
    with failing_runs.template() as first:
        for kind in parsed.kind or failing_runs.KINDS:
            for error in parsed.error or failing_runs.ERRORS:
                total += _all(first, kind, error, range(parsed.first, parsed.last + 1, parsed.every))
    return int(total > 0)


def _all(first: Path, kind: str, error: str, numbers: range) -> int:
    codes: Counter[int] = Counter()
    faults = 0
    for nth in numbers:
        tried = failing_runs.attempt(first, kind, error, nth)
        if not tried.reached:
            break
        codes[tried.code] += 1
        faults += bool(tried.wrong)
        if tried.wrong:
            print(f"{kind} {error} {nth} {tried.call}: {tried.wrong} {tried.message!r}", file=sys.stderr, flush=True)
    cells = (kind, error, codes.total(), codes[0], codes[2], codes[3], codes[5], faults)
    print("|", " | ".join(map(str, cells)), "|", flush=True)
    return faults


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"\n{time.monotonic() - started:.0f} s")
    sys.exit(code)
