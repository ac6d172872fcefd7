"""Measure the engine: beside Polars, DuckDB and the original loop, by workers, in memory used, and stage by stage.

    python benchmarks/run.py
    python benchmarks/run.py --full
    python benchmarks/run.py --megabytes 64 --repeat 1 --no-report

Each part writes its tables into docs/performance.md when it is done. The inputs are lineitem of 1.5 GB and records of
1 GB, with --full 10 GB each; they are made once, in build/bench. `--full` takes 40 GB of disk and some hours.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import report  # noqa: E402 - the root must be on the path first
from benchmarks.comparison import compare_in_memory, compare_on_disk  # noqa: E402
from benchmarks.inputs import FULL, STANDARD, Sizes  # noqa: E402
from benchmarks.measure import CommandFailed  # noqa: E402
from benchmarks.scaling import memory, scale  # noqa: E402
from benchmarks.stages import limits, spend  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"
REPEAT = 5


def comparison(sizes: Sequence[Sizes], options: argparse.Namespace) -> list[str]:
    """Every task by every tool, in memory and on the disk."""
    inside = compare_in_memory(sizes[-1], repeat=options.repeat, workers=options.workers)
    outside = compare_on_disk(sizes[-1], repeat=options.repeat, workers=options.workers)
    return [
        report.ratios("In memory", inside),
        report.details(inside),
        report.ratios("On disk", outside),
        report.details(outside),
    ]


def scaling(sizes: Sequence[Sizes], options: argparse.Namespace) -> list[str]:
    """Seconds by the number of workers."""
    return [report.workers(scale(sizes[-1], options.repeat))]


def peaks(sizes: Sequence[Sizes], options: argparse.Namespace) -> list[str]:
    """Peak memory, by the number of workers and every size."""
    return [report.peaks(memory(sizes, options.repeat))]


def stages(sizes: Sequence[Sizes], options: argparse.Namespace) -> list[str]:
    """CPU seconds by stage, and the limits."""
    return [report.spent(spend(sizes[-1], options.repeat)), report.least(limits(sizes[-1]))]


PARTS: dict[str, Callable[[Sequence[Sizes], argparse.Namespace], list[str]]] = {
    "comparison": comparison,
    "scaling": scaling,
    "memory": peaks,
    "stages": stages,
}
"""By the name of their marks in the page, which with --full end in `-full`."""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line's options."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="inputs of 10 GB; memory at both sizes")
    parser.add_argument("--megabytes", type=int, help="size of each input, for a quick look")
    parser.add_argument("--repeat", type=int, default=REPEAT, help="timed runs of each command (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="the engine's -w")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure (default: all)")
    parser.add_argument("--no-report", action="store_true", help="print the tables only")
    return parser.parse_args(given)


def input_sizes(options: argparse.Namespace) -> list[Sizes]:
    """The sizes that memory is measured at; all else is measured at the last."""
    if options.megabytes:
        return [Sizes(options.megabytes, options.megabytes)]
    return [STANDARD, FULL] if options.full else [STANDARD]


def main() -> int:
    """Measure the parts, print their tables, and write them into docs/performance.md."""
    options = arguments()
    sizes = input_sizes(options)
    words = " ".join(sys.argv[1:])
    heading = report.environment(f"make bench BENCH_ARGS='{words}'" if words else "make bench")
    for name in options.parts:
        try:
            sections = PARTS[name](sizes, options)
        except CommandFailed as error:
            print(error, file=sys.stderr)
            return 1
        print(*sections, sep="\n", flush=True)
        if not options.no_report:
            report.publish(PAGE, heading, sections, f"{name}-full" if options.full else name)
    if not options.no_report:
        print(f"Written to {PAGE.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
