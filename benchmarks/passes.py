"""A pass in this process, by the functions that a worker and its parent run: every chunk, one after the other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from etl_batch.config import RunConfig
from etl_batch.files.beneath import Place
from etl_batch.kernels.kernel import load_kernels
from etl_batch.parallel.submission import span
from etl_batch.parallel.turns import Position, Turns
from etl_batch.previews import detect_inputs
from etl_batch.sinks.registry import stage_sinks
from etl_batch.sinks.sink import Sink
from etl_batch.stages import chunk as work
from etl_batch.stages import finish
from etl_batch.stages.measure.choosing import choose_measuring
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan, cut_chunks, plan_run
from etl_batch.stages.trial import try_encodings


@dataclass(frozen=True, slots=True)
class Pass:
    """A run that has been planned; its outputs, CSV and Parquet, are staged in a folder that is its home as well."""

    config: RunConfig
    plan: Plan
    measuring: Measuring
    sinks: tuple[Sink, ...]
    folder: Path

    def ingest(self) -> finish.Ingested:
        """Take every chunk through a worker's stages and add it up; what an earlier time has staged is written over."""
        starts = {sink.name: sink.begin(self.plan.columns) for sink in self.sinks}
        seen = finish.Ingested(self.plan, self.measuring, span=span(self.config.workers))
        with Turns.begin(self.folder / "turns.bin", Position({REJECTS: 0, **starts})) as turns:
            rejects = self.folder / "rejects.jsonl"
            rejects.write_bytes(b"")
            job = work.ChunkJob(self.plan.columns, self.sinks, rejects, turns.path, self.measuring, 0)
            for chunk in cut_chunks(self.plan, self.config):
                seen.add(work.ingest_chunk(job, seen.task(chunk)))
        return seen

    def finish(self, seen: finish.Ingested) -> finish.Finished:
        """Close the outputs, take their checksums, and remove them."""
        with finish.Digests(self.sinks) as digests:
            finished = finish.finish(seen, self.sinks, digests)
        for sink in self.sinks:
            sink.file.staged.unlink()
        return finished


def plan_pass(source: Path, folder: Path) -> Pass:
    """Plan CSV and Parquet of one file; the kernels are loaded then."""
    os.environ["ETL_ALLOWED_ROOTS"] = f"{source.parent}:{folder}"
    load_kernels()
    targets = {name: Place.of(folder / f"pass.{name}") for name in ("csv", "parquet")}
    config = RunConfig(inputs=(str(source),), output_csv=targets["csv"].path, home=folder, workers=1)
    plan = try_encodings(plan_run(detect_inputs(config).sources, config))
    sinks = stage_sinks(targets, config, "pass", plan.total_bytes)
    return Pass(config, plan, choose_measuring(plan, config), sinks, folder)
