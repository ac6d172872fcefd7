"""The probe beside DuckDB: rows, strata and a total of one large CSV, estimated from 0.5 % and counted exactly.

    python benchmarks/probe.py --gigabytes 10 --repeat 3
    python benchmarks/probe.py --coverage 2000

Both are whole processes over the same warm file, in turns: `estimate` with one worker, DuckDB with its own threads.
The file is made of sales, and deleted afterwards. With `--coverage` nothing is timed:
small files are probed with that many seeds, and how often the intervals held is written into docs/analytics.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the root must be on the path first

from etl_batch import demo  # noqa: E402
from etl_batch.formats import blocks as frame  # noqa: E402
from etl_batch.formats.blocks import WantedColumns  # noqa: E402
from etl_batch.probing.result import Result  # noqa: E402
from etl_batch.probing.sample import draw, read  # noqa: E402
from etl_batch.stages.inputs import find_sources  # noqa: E402
from etl_batch.stages.plan import plan_columns  # noqa: E402

QUERY = "SELECT product, count(*), sum(value) FROM read_csv('{path}') GROUP BY product"
PEER = (
    "import duckdb, json, sys; duckdb.sql('SET enable_progress_bar = false');"
    "print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))"
)
BODY_ROWS = 9_000_000
"""Rows that are written once and repeated: half a gigabyte, which is far more than a block."""
MARKS = ("<!-- probe-coverage: begin -->", "<!-- probe-coverage: end -->")


def make_file(path: Path, size: int) -> None:
    """A CSV of sales of about `size` bytes."""
    body = path.with_suffix(".part")
    demo.write_sales_csv(body, min(BODY_ROWS, max(size // 54, 1)))
    with body.open("rb") as source, path.open("wb") as out:
        header = source.readline()
        out.write(header)
        while out.tell() < size:
            source.seek(len(header))
            shutil.copyfileobj(source, out, 1 << 24)
    body.unlink()


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, Any]:
    """Seconds of a whole process, and the JSON that it prints."""
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started, json.loads(done.stdout)


def compare(gigabytes: float, repeat: int, folder: Path) -> None:
    """Make the file, time both in turns, and print the best of each, the ratio, and whether the truth was inside."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir()
    path = folder / "data" / "sales.csv"
    make_file(path, int(gigabytes * 1e9))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    engine = [sys.executable, str(ROOT / "etl_batch" / "etl_core.py"), "estimate", str(path), "--home", str(folder)]
    ours = [*engine, "--stratum", "product", "--measure", "value", "--json", "--seed"]
    theirs = [sys.executable, "-c", PEER, QUERY.format(path=path)]
    timed([*ours, "0"], environment)  # compiles the modules once
    times: dict[str, list[float]] = {"probe": [], "DuckDB": []}
    for turn in range(repeat):
        seconds, exact = timed(theirs, environment)
        times["DuckDB"].append(seconds)
        for seed in range(3):
            seconds, probe = timed([*ours, str(turn * 3 + seed)], environment)
            times["probe"].append(seconds)
            print(f"seed {probe['seed']}: {held(probe, exact)}", flush=True)
    print(f"{path.stat().st_size / 1e9:.2f} GB, {probe['bytes_read'] / 1e6:.1f} MB of it read by the probe")
    for name, each in times.items():
        print(f"{name}: best {min(each):.3f} s of {', '.join(f'{one:.3f}' for one in each)}")
    print(f"ratio of the best: {min(times['DuckDB']) / min(times['probe']):.1f}")


def held(probe: dict[str, Any], exact: list[list[Any]]) -> str:
    """Which of the probe's intervals hold what DuckDB counted."""
    truth = {product: total for product, _, total in exact}
    rows, total = probe["population_rows"], probe["measures"]["value"]
    certified = [row for row in probe["strata"] if row["measures"]["value"]["certified"]]
    strata = sum(inside(row["measures"]["value"], truth[row["value"]]) for row in certified)
    return (
        f"rows {'inside' if inside(rows, sum(count for _, count, _ in exact)) else 'OUTSIDE'}, "
        f"total {'inside' if inside(total, sum(truth.values())) else 'OUTSIDE'}, "
        f"{strata} of {len(certified)} certified strata inside"
    )


def inside(claim: dict[str, Any], truth: float) -> bool:
    """Whether an interval holds a number."""
    return bool(claim["ci_low"] <= truth <= claim["ci_high"])


@dataclass
class Held:
    """How often certified intervals of one kind held."""

    asked: int = 0
    certified: int = 0
    inside: int = 0

    def add(self, claim: Any, truth: float) -> None:
        """Take one interval in."""
        self.asked += 1
        self.certified += claim.certified
        self.inside += claim.certified and claim.ci_low <= truth <= claim.ci_high

    @property
    def cells(self) -> str:
        """Certified share, and coverage with its Monte Carlo error."""
        if not self.certified:
            return "0% | -"
        share = self.inside / self.certified
        error = math.sqrt(max(share * (1 - share), 0.0) / self.certified)
        return f"{self.certified / self.asked:.0%} | {share:.1%} ± {error:.1%}"


def files(rng: np.random.Generator, rows: int) -> Iterator[tuple[str, np.ndarray, np.ndarray, np.ndarray]]:
    """Stratum, measure and length of a note of each row, by what is difficult about the file."""
    strata = np.array(["a", "b", "c", "d", "e"])
    kind = rng.choice(strata, rows, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    gamma, notes = rng.gamma(2.0, 50.0, rows), rng.integers(0, 8, rows)
    yield "rows in any order", kind, gamma, notes
    order = np.argsort(kind, kind="stable")
    yield "sorted by stratum", kind[order], gamma[order], notes
    yield "sorted by measure", kind, np.sort(gamma), notes
    yield "rows of 20 to 400 bytes", kind, gamma, rng.integers(0, 380, rows) * (rng.random(rows) < 0.3)
    lengths = np.where(np.arange(rows) < rows // 2, 2, 120)
    yield "short rows first, long rows after", kind, gamma, lengths
    yield "log-normal, sigma 1", kind, rng.lognormal(0, 1, rows), notes
    yield "log-normal, sigma 2", kind, rng.lognormal(0, 2, rows), notes
    yield "Pareto, exponent 1.5", kind, rng.pareto(1.5, rows), notes
    yield "Pareto 1.5, sorted", kind, np.sort(rng.pareto(1.5, rows)), notes


def coverage(seeds: int, folder: Path) -> str:
    """Probe each kind of file with many seeds; returns the table."""
    lines = [
        "| file | rows certified | covered | total certified | covered | strata certified | covered |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, kind, value, notes in files(np.random.default_rng(1), 200_000):
        path = folder / "data" / "x.csv"
        texts = [f"{v:.4f}" for v in value]
        records = (f"{k},{v},{'n' * int(n)}" for k, v, n in zip(kind, texts, notes, strict=True))
        path.write_text("kind,value,note\n" + "\n".join(records) + "\n")
        written = np.array(texts, dtype=np.float64)
        truth = {each: float(written[kind == each].sum()) for each in np.unique(kind)}
        rows, total, strata = Held(), Held(), Held()
        plan = plan_columns(find_sources([path], folder))
        columns = dict(zip(plan.names, plan.columns, strict=True))
        wanted = WantedColumns(columns["kind"], (columns["value"],))
        for seed in range(seeds):  # as `estimate_path` does it, but for looking at the file again each time
            drawn = draw(plan.sources, 0.15, seed, plan.total_bytes / plan.rows_estimate)
            result = Result([read(each, wanted)[0] for each in drawn], wanted, ())
            rows.add(result.rows(), len(kind))
            total.add(result.measures()["value"], float(written.sum()))
            for stratum in result.strata():
                strata.add(stratum.measures["value"], truth[str(stratum.value)])
        lines.append(f"| {name} | {rows.cells} | {total.cells} | {strata.cells} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def publish(table: str, seeds: int) -> None:
    """Put the table into docs/analytics.md, between its marks."""
    page = ROOT / "docs" / "analytics.md"
    before, _, rest = page.read_text().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    command = f"`python benchmarks/probe.py --coverage {seeds}`"
    page.write_text(f"{before}{MARKS[0]}\n\n{command}\n\n{table}\n\n{MARKS[1]}{after}")


def main() -> int:
    """Time, or measure coverage."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the file (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="timed rounds (default: %(default)s)")
    parser.add_argument("--coverage", type=int, default=0, metavar="SEEDS", help="measure coverage with so many seeds")
    parser.add_argument("--folder", type=Path, help="where the file is made (default: the system's temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        if not options.coverage:
            compare(options.gigabytes, options.repeat, Path(name))
            return 0
        (Path(name) / "data").mkdir()
        # Small files stand for large ones: nothing is read beyond the fraction.
        frame.LEAST_BYTES = 0
        publish(coverage(options.coverage, Path(name)), options.coverage)
    return 0


if __name__ == "__main__":
    sys.exit(main())
