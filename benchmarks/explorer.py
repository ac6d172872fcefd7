"""The explorer's speed: questions to a sample of a million rows, against DuckDB's exact answers from the whole file.

    python benchmarks/explorer.py [--rows 10000000] [--sample 1000000] [--repeat 15] [--write]

prints a table, and with --write puts it into docs/analytics.md.

Both answer in the same process, one after the other, time and again. The sample's time is that of the whole question,
from columns in memory; "first" also reads the columns from the sample's file. DuckDB reads the Parquet file each time,
as "Confirm exactly" does, from the system's cache. The last column: how many intervals hold DuckDB's answer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import report  # noqa: E402
from etl_batch.analytics.allocation import allocate  # noqa: E402
from etl_batch.analytics.explore import Answer, answer  # noqa: E402
from etl_batch.analytics.explore_sample import Sample  # noqa: E402
from etl_batch.analytics.sampling import draw, sample_keys  # noqa: E402
from etl_batch.datasets.files import opened  # noqa: E402
from etl_batch.datasets.grouped import exact_groups  # noqa: E402
from etl_batch.exploring import ParquetColumns  # noqa: E402
from etl_batch.model import CONFIDENCE, Analytics, StratumEstimate  # noqa: E402
from etl_batch.questions import Aggregate, Condition, Operator, Question  # noqa: E402

STRATA, GROUPS, BATCH = 200, 1_000, 1_000_000
EXACT_REPEATS = 3
EXACT_SECONDS = 600.0
FILTER = (Condition(4, Operator.MORE, "10"),)
QUESTIONS = {
    "sum by 1,000 groups, one filter": Question("region", Aggregate.SUM, "value", filters=FILTER),
    "average by 1,000 groups, one filter": Question("region", Aggregate.MEAN, "value", filters=FILTER),
    "rows by 1,000 groups, one filter": Question("region", Aggregate.COUNT, filters=FILTER),
    "median by 1,000 groups, one filter": Question("region", Aggregate.QUANTILE, "value", filters=FILTER),
    "sum by 200 strata": Question("product", Aggregate.SUM, "value"),
    "sum of all rows": Question(None, Aggregate.SUM, "value"),
    "sum by 1,000 groups, a fifth of the sample": Question("region", Aggregate.SUM, "value", sample_frac=0.02),
}


def write_population(path: Path, rows: int) -> np.ndarray:
    """The whole file, written in batches; returns each row's stratum."""
    rng = np.random.default_rng(4)
    weights = 1.0 / np.sqrt(np.arange(1, STRATA + 1))
    strata = rng.choice(STRATA, rows, p=weights / weights.sum()).astype(np.int32)
    products = pa.array([f"product {number:03d}" for number in range(STRATA)])
    regions = pa.array([f"region {number:04d}" for number in range(GROUPS)])
    with pq.ParquetWriter(path, _batch(products, regions, strata[:1], rng).schema, compression="lz4") as writer:
        for start in range(0, rows, BATCH):
            writer.write_table(_batch(products, regions, strata[start : start + BATCH], rng))
    return strata


def _batch(products: pa.Array, regions: pa.Array, strata: np.ndarray, rng: np.random.Generator) -> pa.Table:
    count = strata.size
    return pa.table(
        {
            "id": rng.integers(0, 2**40, count),
            "product": products.take(pa.array(strata)),
            "region": regions.take(pa.array(rng.integers(0, GROUPS, count))),
            "value": rng.gamma(2.0, 50.0, count),
            "quantity": rng.integers(1, 50, count),
        }
    )


def write_sample(population: Path, path: Path, strata: np.ndarray, wanted: int) -> Analytics:
    """The sample as a run draws it; returns what the run's metadata would say of it."""
    sizes = np.bincount(strata, minlength=STRATA)
    sampled = allocate(sizes, wanted)
    keys = sample_keys(42, 0, np.arange(strata.size))
    chosen = draw(keys, strata, sampled)
    table = pq.read_table(population).take(pa.array(chosen))
    table = table.add_column(0, "_whole", pa.array(np.zeros(chosen.size, dtype=bool)))
    table = table.add_column(0, "_stratum", table.column("product"))
    table = table.add_column(0, "_key", pa.array(keys[chosen]))
    pq.write_table(table, path, compression="lz4")
    rows = tuple(
        StratumEstimate(f"product {number:03d}", int(sizes[number]), int(sampled[number]), None)
        for number in range(STRATA)
    )
    return Analytics("success", "", 0, CONFIDENCE, "product", int(strata.size), len(table), None, strata=rows)


def measure(sample: Sample, question: Question, population: Path, home: Path, repeat: int) -> str:
    """One line of the table."""
    times, found = _times(sample, question, repeat + 1)
    exact_times = []
    with opened(population, home) as file:
        for _ in range(EXACT_REPEATS):
            started = time.perf_counter()
            exact = exact_groups(file, question, found.values.to_pylist(), EXACT_SECONDS)
            exact_times.append(time.perf_counter() - started)
    truth = np.array([np.nan if value is None else value for value in exact])
    held = (found.ci_low <= truth) & (truth <= found.ci_high) & found.certified
    first, rest = times[0], times[1:]
    median, best = statistics.median(rest), min(exact_times)
    share = f"{held.sum() / found.certified.sum():.1%}" if found.certified.any() else "-"
    return (
        f"{first * 1e3:.0f} | {median * 1e3:.0f} | {max(rest) * 1e3:.0f} | {best * 1e3:.0f} | {best / median:.0f} | "
        f"{found.certified.sum()} of {len(found)} | {share} |"
    )


def _times(sample: Sample, question: Question, repeat: int) -> tuple[list[float], Answer]:
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        found = answer(sample, question)
        times.append(time.perf_counter() - started)
    return times, found


def main() -> None:
    """Build the data in a folder that is deleted again, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the whole file")
    parser.add_argument("--sample", type=int, default=1_000_000, help="rows of the sample")
    parser.add_argument("--repeat", type=int, default=15, help="times that each question is asked")
    parser.add_argument("--write", action="store_true", help="write the table into docs/analytics.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "output").mkdir()
        population, path = home / "output" / "all.parquet", home / "sample.parquet"
        analytics = write_sample(population, path, write_population(population, options.rows), options.sample)
        size = population.stat().st_size / 1e6
        lines = [
            f"{options.sample:,} sampled of {options.rows:,} rows; the whole file has {size:.0f} MB.",
            "",
            "| question | first, ms | median, ms | worst, ms | DuckDB, ms | times as long | certified | held |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for name, question in QUESTIONS.items():
            sample = Sample(ParquetColumns(path), analytics)
            lines.append(f"| {name} | {measure(sample, question, population, home, options.repeat)}")
    lines.append("")
    print("\n".join(lines))
    command = report.environment(f"python benchmarks/explorer.py --rows {options.rows} --sample {options.sample}")
    print(command)
    if options.write:
        report.publish(ROOT / "docs" / "analytics.md", command, lines, mark="explorer")


if __name__ == "__main__":
    main()
