"""What the estimates cost inside a run: processor time of the pass with its parts for measuring timed apart.

    python benchmarks/analytics_cost.py --megabytes 512

runs the chunks of each benchmark input one after the other in one process, by the functions that a worker and its
parent run, and writes the shares into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")  # as the engine's own command sets it

import pandas as pd  # noqa: E402, F401 - Arrow imports it, if it can, at the first array: no part of a pass

from benchmarks import report  # noqa: E402 - the root must be on the path first
from benchmarks.run import CACHE, prepared_input  # noqa: E402
from etl_batch.config import RunConfig  # noqa: E402
from etl_batch.kernels.kernel import load_kernels  # noqa: E402
from etl_batch.parallel.executor import keep_memory  # noqa: E402
from etl_batch.parallel.submission import span  # noqa: E402
from etl_batch.parallel.turns import Position, Turns  # noqa: E402
from etl_batch.previews import detect_inputs  # noqa: E402
from etl_batch.sinks.registry import stage_sinks  # noqa: E402
from etl_batch.stages import chunk as work  # noqa: E402
from etl_batch.stages import finish  # noqa: E402
from etl_batch.stages.measure import estimate  # noqa: E402
from etl_batch.stages.measure.choosing import choose_measuring  # noqa: E402
from etl_batch.stages.place import REJECTS  # noqa: E402
from etl_batch.stages.plan import cut_chunks, plan_run  # noqa: E402
from etl_batch.stages.trial import try_encodings  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"


@dataclass
class Clock:
    """Processor seconds by part."""

    parts: dict[str, float] = field(default_factory=dict)

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its processor time added to a part."""

        def call(*args: Any, **kwargs: Any) -> Any:
            begun = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.parts[part] = self.parts.get(part, 0.0) + time.process_time() - begun

        return call


def measured(source: Path, folder: Path) -> dict[str, float]:
    """Processor seconds of the whole pass (`all`) and of its parts for the estimates."""
    os.environ["ETL_ALLOWED_ROOTS"] = str(source.parent)
    config = RunConfig(inputs=(str(source),), output_csv=folder / "x.csv", home=folder, workers=1)
    plan = try_encodings(plan_run(detect_inputs(config), config))
    keep_memory()
    load_kernels()  # they belong to no part
    clock = Clock()
    work.tally_rows = clock.timed("sums and moments", work.tally_rows)  # type: ignore[attr-defined]
    work.collect_candidates = clock.timed("candidates", work.collect_candidates)  # type: ignore[attr-defined]
    begun = time.process_time()
    measuring = choose_measuring(plan, config)
    sinks = stage_sinks({"csv": folder / "x.csv", "parquet": folder / "x.parquet"}, config, "cost")
    starts = {sink.name: sink.begin(plan.columns) for sink in sinks}
    turns = Turns.begin(folder / "turns.bin", Position({REJECTS: 0, **starts}))
    job = work.ChunkJob(plan.columns, sinks, folder / "rejects.jsonl", turns.path, measuring, 0)
    seen = finish.Ingested(plan, measuring, span=span(1))
    add = clock.timed("adding up", seen.add)
    for chunk in cut_chunks(plan, config):
        add(work.ingest_chunk(job, seen.task(chunk)))
    with finish.Digests(sinks) as digests:
        finish.finish(seen, sinks, digests)
    clock.timed("estimates", estimate.estimate)(seen, measuring)
    turns.close()
    return clock.parts | {"all": time.process_time() - begun}


def table(megabytes: int) -> str:
    """The shares of both inputs as Markdown."""
    lines = ["| input | pass, CPU s | sums and moments | candidates | adding up | estimates | share in all |"]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for suffix in (".bin", ".csv"):
        source = prepared_input(suffix, megabytes).path
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            (Path(folder) / "output").mkdir()
            parts = measured(source, Path(folder))
        whole = parts.pop("all")
        cells = [f"{parts[name]:.2f} s" for name in ("sums and moments", "candidates", "adding up", "estimates")]
        lines.append(f"| {suffix[1:]} | {whole:.2f} | {' | '.join(cells)} | {sum(parts.values()) / whole:.1%} |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=512)
    arguments = parser.parse_args()
    command = f"make bench-analytics ANALYTICS_ARGS='--megabytes {arguments.megabytes}'"
    text = table(arguments.megabytes)
    print(text)
    report.publish(PAGE, report.environment(command), [text], "analytics")


if __name__ == "__main__":
    main()
