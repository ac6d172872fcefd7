"""What a Dask cluster costs beside worker processes: the same run by both, 1, 2 and 3 workers, in turns.

    python benchmarks/cluster.py            # 1 GB of lineitem as CSV, to CSV and Parquet
    python benchmarks/cluster.py --megabytes 100 --repeat 2
    python benchmarks/cluster.py --store    # the same rows in 16 files and objects, by processes and clusters

prints seconds by the clock, bytes in a second and the ratio to as many worker processes of this machine, and the model
of throughput that the cluster's figures fit: seconds = fixed + work / workers. All of it shares the cores of one
machine: what is measured is what carrying costs, not what more machines bring. With `--store` the store is moto's
server, a process of Python on the same cores: what is measured is what the engine's side of it costs, and moto's.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from benchmarks.commands import BOTH, OURS, check_rows, command, environment  # noqa: E402
from benchmarks.comparison import in_turns  # noqa: E402
from benchmarks.inputs import CSV, Input, Place, Sizes, best_place, prepared  # noqa: E402
from benchmarks.measure import usage  # noqa: E402
from benchmarks.report import table  # noqa: E402
from etl_batch.stores.url import url_of  # noqa: E402
from tests.cluster.clusters import Cluster, cluster  # noqa: E402
from tests.stores.servers import Store, store  # noqa: E402

WORKERS = (1, 2, 3)
BUCKET, PIECES = "bench", "pieces"


@dataclass(slots=True)
class Way:
    """Worker processes of this machine, or as many of a cluster."""

    workers: int
    scheduler: Cluster | None
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds by the clock."""
        return statistics.median(self.seconds)

    def run(self, place: Place, source: Input) -> None:
        """The run once more."""
        outputs = place.outputs("carried", BOTH)
        line = command(OURS, source.path, outputs, self.workers)
        if self.scheduler is not None:
            line += ["--cluster", self.scheduler.address]
        taken = usage(line, environment(place, source), place.folder / "command.log")
        check_rows(OURS, outputs, source.rows)
        self.seconds.append(taken.wall)


@dataclass(slots=True)
class Stores:
    """Inputs and outputs as files, or as objects of a store, by two processes of this machine or by a cluster."""

    shelf: Store
    reads: bool
    writes: bool
    scheduler: Cluster | None = None
    workers: int = 2
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Seconds of processor time of the engine alone."""

    @property
    def name(self) -> str:
        """From what to what, and by whom."""
        whose = "processes" if self.scheduler is None else "of a cluster"
        ends = ["objects" if each else "files" for each in (self.reads, self.writes)]
        return f"{' to '.join(ends)}, {self.workers} {whose}"

    def run(self, place: Place, source: Input) -> None:
        """The run once more."""
        files = place.outputs("stored", BOTH)
        outputs = [url_of(f"s3://{BUCKET}/{path.name}") for path in files] if self.writes else files
        read = url_of(f"s3://{BUCKET}/{source.path.name}") if self.reads else source.path
        line = command(OURS, read, outputs, self.workers)
        if self.scheduler is not None:
            line += ["--cluster", self.scheduler.address]
        given = environment(place, source)
        there = self.shelf.environment(f"s3://{BUCKET}", given["ETL_ALLOWED_ROOTS"])
        taken = usage(line, {**given, **there}, place.folder / "command.log")
        if self.writes:
            for path in files:
                with path.open("wb") as file:
                    shutil.copyfileobj(self.shelf.client.get_object(Bucket=BUCKET, Key=path.name)["Body"], file)
        check_rows(OURS, files, source.rows)
        self.seconds.append(taken.wall)
        self.processor.append(taken.cpu)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="A run on a Dask cluster beside one on this machine.")
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the input (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default %(default)s)")
    parser.add_argument("--store", action="store_true", help="measure an object store instead of a cluster")
    asked = parser.parse_args(arguments)
    source = prepared(CSV, Sizes(asked.megabytes, asked.megabytes))
    with best_place(source) as (place, there), tempfile.TemporaryDirectory() as folder:
        if asked.store:
            print(stored(place, there, asked.repeat, Path(folder)))
            return
        here, carried = measured(place, there, asked.repeat, Path(folder))
        print(as_table(there.size, here, carried))
        print(as_model([way.workers for way in carried], [way.median for way in carried]))


def measured(place: Place, source: Input, repeat: int, folder: Path) -> tuple[list[Way], list[Way]]:
    """Both ways by 1, 2 and 3 workers; the first round only warms the caches."""
    here, there = [Way(workers, None) for workers in WORKERS], list[Way]()
    for workers in WORKERS:
        with cluster(folder / str(workers), workers) as scheduler:
            there.append(Way(workers, scheduler))
            there[-1].run(place, source)
            there[-1].seconds.clear()
            for way in in_turns([here[workers - 1], there[-1]], repeat):
                print(f"{way.workers} workers, {'cluster' if way.scheduler else 'this machine'}", file=sys.stderr)
                way.run(place, source)
    return here, there


def stored(place: Place, source: Input, repeat: int, folder: Path) -> str:
    """Seconds of files and objects, and their ratio to files alone; the first round only warms the caches."""
    pieces = in_pieces(source, place.folder / PIECES)
    with store(folder) as shelf, cluster(folder / "two", 2) as two, cluster(folder / "three", 3) as three:
        shelf.make(BUCKET)
        for piece in sorted(pieces.path.iterdir()):
            with piece.open("rb") as file:
                shelf.client.put_object(Bucket=BUCKET, Key=f"{PIECES}/{piece.name}", Body=file)
        ways = [Stores(shelf, reads, writes) for reads in (False, True) for writes in (False, True)]
        ways += [Stores(shelf, far, far, one, len(one.workers)) for one in (two, three) for far in (False, True)]
        ways[0].run(place, pieces)
        ways[0].seconds.clear()
        ways[0].processor.clear()
        for way in in_turns(ways, repeat):
            print(way.name, file=sys.stderr)
            way.run(place, pieces)
    figures = [(way.name, statistics.median(way.seconds), statistics.median(way.processor)) for way in ways]
    _, wall, processor = figures[0]
    rows = [
        [name, f"{one:.2f}", f"{one / wall:.2f}", f"{two:.2f}", f"{two / processor:.2f}"] for name, one, two in figures
    ]
    head = ["from what to what, by whom", "seconds", "ratio", "processor time of the process that is asked, s", "ratio"]
    return table(head, rows)


def in_pieces(source: Input, folder: Path) -> Input:
    """The rows of a CSV in 16 files: moto copies the whole of an object for each range of it."""
    folder.mkdir()
    lines = -(-source.rows // 16)
    with source.path.open("rb") as file:
        head = file.readline()
        for number in range(16):
            with (folder / f"{number:02}.csv").open("wb") as piece:
                piece.write(head)
                piece.writelines(islice(file, lines))
    return Input(folder, source.rows)


def as_table(size: int, here: Sequence[Way], there: Sequence[Way]) -> str:
    """Seconds, rates and ratios."""
    head = ["workers", "processes of this machine, s", "cluster, s", "cluster, MB/s", "cluster / processes"]
    return table(
        head,
        [
            [
                str(one.workers),
                f"{one.median:.2f}",
                f"{other.median:.2f}",
                f"{size / other.median / 1e6:,.0f}",
                f"{other.median / one.median:.2f}",
            ]
            for one, other in zip(here, there, strict=True)
        ],
    )


def as_model(workers: Sequence[int], seconds: Sequence[float]) -> str:
    """Least squares of seconds = fixed + work / workers."""
    terms = np.stack([np.ones(len(workers)), 1.0 / np.array(workers)], axis=1)
    (fixed, work), *_ = np.linalg.lstsq(terms, np.array(seconds), rcond=None)
    return f"seconds = {fixed:.2f} + {work:.2f} / workers, with {os.cpu_count()} cores for all of them"


if __name__ == "__main__":
    main()
