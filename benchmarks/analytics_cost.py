"""What the estimates cost inside a run: by the run's own profile, and as a pass with them beside one without.

    python benchmarks/analytics_cost.py --megabytes 512 --repeat 5

Both are CPU seconds of one worker, for lineitem and for records in the `default` layout. By the profile: the stages
`tally` (sums by stratum, and the rows that the sample may draw) and `collect` (adding them up) of a whole run. With and
without: the chunks one after the other in this process, by the functions that a worker and its parent run, in turns
with all that and with none of it. The shares go into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")  # as the engine's own command sets it

import numpy as np  # noqa: E402 - the root must be on the path first
import pandas as pd  # noqa: E402, F401 - Arrow imports it, if it can, at the first array: no part of a pass

from benchmarks import report  # noqa: E402
from benchmarks.commands import profiled  # noqa: E402
from benchmarks.comparison import in_turns  # noqa: E402
from benchmarks.inputs import BINARY, CSV, Input, Place, Sizes, best_place, prepared  # noqa: E402
from benchmarks.passes import plan_pass  # noqa: E402
from benchmarks.stages import medians  # noqa: E402
from etl_batch.analytics.sampling import Assured  # noqa: E402
from etl_batch.analytics.tally import StratumTally  # noqa: E402
from etl_batch.parallel.executor import keep_memory  # noqa: E402
from etl_batch.stages import chunk as work  # noqa: E402
from etl_batch.stages.measure.tallying import MeasuredRows, Tallied  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"
NOTHING = Tallied(StratumTally(), MeasuredRows(np.zeros(0, np.int32), [], {}), np.zeros(0, bool))


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds for one input, medians."""

    source: str
    size: int
    stages: dict[str, float]
    """Of a run's profile: `tally`, `collect`, `analyse` and `all`."""
    with_estimates: float
    without: float

    @property
    def shares(self) -> tuple[float, float]:
        """What the estimates take of the pass, by the profile and by the difference."""
        told = (self.stages["tally"] + self.stages["collect"]) / self.stages["all"]
        return told, 1 - self.without / self.with_estimates


@contextmanager
def without_estimates() -> Iterator[None]:
    """A pass that sums nothing and samples nothing."""
    kept = work.tally_rows, work.collect_candidates
    work.tally_rows = lambda *_: NOTHING  # type: ignore[attr-defined]
    work.collect_candidates = lambda measuring, *_: ((), Assured.none(measuring.bounds))  # type: ignore[attr-defined]
    try:
        yield
    finally:
        work.tally_rows, work.collect_candidates = kept  # type: ignore[attr-defined]


def told_by_profile(place: Place, source: Input) -> dict[str, float]:
    """CPU seconds of one run's stages for the estimates, and of all its stages."""
    _, profile = profiled(place, source)
    worker, parent = profile.together, profile.parent
    whole = worker.cpu + sum(parent.values())
    return {
        "tally": worker.cpu_seconds["tally"],
        "collect": parent["collect"],
        "analyse": parent["analyse"],
        "all": whole,
    }


def pass_seconds(place: Place, source: Input) -> float:
    """CPU seconds of the pass in this process."""
    begun = time.process_time()
    planned = plan_pass(source.path, place.folder)
    planned.finish(planned.ingest())
    return time.process_time() - begun


def measure(name: str, megabytes: int, repeat: int) -> Cost:
    """Both ways for one input."""
    with best_place(prepared(name, Sizes(megabytes, megabytes))) as (place, source):
        stages = medians([told_by_profile(place, source) for _ in range(repeat)])
        pass_seconds(place, source)  # loads what is loaded once
        seconds: dict[bool, list[float]] = {True: [], False: []}
        for wanted in in_turns((True, False), repeat):
            if wanted:
                seconds[True].append(pass_seconds(place, source))
            else:
                with without_estimates():
                    seconds[False].append(pass_seconds(place, source))
        return Cost(name, source.size, stages, statistics.median(seconds[True]), statistics.median(seconds[False]))


def table(costs: list[Cost]) -> str:
    """The costs as Markdown."""
    stages = ["all", "tally", "collect", "analyse"]
    head = ["input", "MB", *(f"{name}, CPU s" for name in stages), "tally + collect"]
    head += ["pass with, CPU s", "without", "difference"]
    rows = []
    for cost in costs:
        told, difference = cost.shares
        figures: list[Any] = [*(cost.stages[name] for name in stages), cost.with_estimates, cost.without]
        cells = [f"{figure:.2f}" for figure in figures]
        rows.append([cost.source, f"{cost.size / 1e6:.0f}", *cells[:4], f"{told:.1%}", *cells[4:], f"{difference:.1%}"])
    return report.table(head, rows)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=int, default=512, help="size of each input (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="runs of each kind (default: %(default)s)")
    parser.add_argument("--no-report", action="store_true", help="print the table only")
    options = parser.parse_args()
    keep_memory()
    text = table([measure(name, options.megabytes, options.repeat) for name in (CSV, BINARY)])
    print(text)
    if not options.no_report:
        words = f"--megabytes {options.megabytes} --repeat {options.repeat}"
        command = f"make bench-analytics ANALYTICS_ARGS='{words}'"
        report.publish(PAGE, report.environment(command), [text], "analytics")


if __name__ == "__main__":
    main()
