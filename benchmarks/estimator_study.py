"""What was weighed for the estimates: how strata share a sample, which estimator, which interval.

    python benchmarks/estimator_study.py

prints three tables and writes them into docs/analytics.md. Allocations are judged without a draw, by the variances that
they lead to; estimators and intervals by repeated samples from populations whose total is known.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - the root must be on the path first

from benchmarks import report  # noqa: E402
from benchmarks.coverage_study import POPULATIONS, make_population  # noqa: E402
from etl_batch.analytics.allocation import allocate, allocation_weights, targets  # noqa: E402
from etl_batch.analytics.design import Population, WantedSample, make_design  # noqa: E402
from etl_batch.analytics.estimators import error_variances, half_width, interval  # noqa: E402
from etl_batch.analytics.largest import largest_rows, rows_taken_whole  # noqa: E402
from etl_batch.analytics.moments import CentralMoments  # noqa: E402
from etl_batch.analytics.pooling import pool  # noqa: E402
from etl_batch.demo import sales_blocks  # noqa: E402
from etl_batch.model import Allocation  # noqa: E402

Array = np.ndarray[Any, Any]
FRACTION = 0.005
RULES = ("square root", "power 3/4", "half way", "proportional", "Neyman")
SMALLEST = 0.1
"""Of the strata: how many count as rare."""


def population_of(values: Array, codes: Array, strata: int, kept: int) -> Population:
    """What a pass over these rows would tell."""
    largest = largest_rows([values], kept)
    rest = CentralMoments.of(codes[~largest], values[~largest], strata)
    counts = np.bincount(codes, minlength=strata)
    totals = np.bincount(codes, weights=values, minlength=strata)
    marked = codes[largest].astype(np.intp)
    return Population(counts, {"y": totals}, {"y": rest}, marked, {"y": values[largest]}, kept)


def allocations() -> Iterator[str]:
    """Design effects of the total, and the rare strata's errors against those under proportional shares."""
    titles = " | ".join(f"{rule}: total | rare" for rule in (*RULES, "chosen"))
    yield f"| population | {titles} |"
    yield "| --- |" + " ---: | ---: |" * (len(RULES) + 1)
    for name in POPULATIONS:
        rows = make_population(name)
        n = round(FRACTION * rows.values.size)
        known = population_of(rows.values, rows.codes.astype(np.int32), len(rows.names), rows_taken_whole(n))
        design = make_design(known, WantedSample(FRACTION))
        rest, left = design.rest, n - int(design.whole.sum())
        sizes, moments = rest.sizes, rest.moments.split()
        power = sizes.astype(float) ** 0.75
        proportional = targets(sizes, left, sizes.astype(float))
        roots = targets(sizes, left, np.sqrt(sizes))
        shares = {
            "square root": roots,
            "power 3/4": targets(sizes, left, power),
            "half way": (roots + proportional) / 2,
            "proportional": proportional,
            "Neyman": targets(sizes, left, allocation_weights(Allocation.NEYMAN, sizes, moments)),
        }
        chance = float(known.chance(n)[0])
        rare = np.argsort(sizes)[: max(round(SMALLEST * sizes.size), 1)]

        def loss(own: Array, rare: Array = rare, proportional: Array = proportional) -> float:
            """How much wider the rare strata's intervals are than under proportional shares, on the average."""
            return float(np.exp(np.log(proportional[rare] / np.maximum(own[rare], 1e-9)).mean() / 2))

        cells = []
        for rule in RULES:
            groups = pool(sizes, shares[rule])
            drawn = allocate(groups.total(sizes), left, weights=groups.summed(shares[rule]))
            variances = groups.joined(moments[0]).variances
            effect = float(error_variances(groups.total(sizes), drawn, variances).sum()) / chance if chance else 0.0
            cells.append(f"{effect:.2f} | {loss(shares[rule]):.2f}")
        own = (1 - design.mix) * roots + design.mix * proportional
        cells.append(f"{float(design.effects(known)[0]):.2f} | {loss(own):.2f}")
        yield f"| {name} | {' | '.join(cells)} |"


def pairs(rows: int = 100_000) -> Iterator[tuple[str, Array, Array]]:
    """Two measures of the same rows: the one to estimate, and one whose total is known."""
    random = np.random.default_rng(4)
    block = next(sales_blocks(rows, seed=1, products=100))
    yield "demo: value, by quantity", block["value"].astype(float), block["quantity"].astype(float)
    x = random.normal(50, 10, rows)
    yield "normal, correlation 0.9", x + random.normal(0, 10 * math.sqrt(1 / 0.81 - 1), rows), x
    yield "normal, independent", random.normal(50, 10, rows), x
    x = random.lognormal(0, 1, rows)
    yield "log-normal, correlation 0.8", x * random.lognormal(0, 0.5, rows), x
    yield "log-normal, independent", random.lognormal(0, 1, rows), x


def estimators(rows: int = 500, repetitions: int = 20_000) -> Iterator[str]:
    """The expansion, ratio and regression estimators of a total under simple random sampling."""
    yield "| measures | expansion: covered | ratio: variance | covered | regression: variance | covered |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    random = np.random.default_rng(5)
    for name, y, x in pairs():
        errors: dict[str, list[Array]] = {"expansion": [], "ratio": [], "regression": []}
        held = dict.fromkeys(errors, 0)
        for _ in range(repetitions // 1_000):
            at = random.integers(0, y.size, (1_000, rows))
            ys, xs = y[at], x[at]
            y_mean, x_mean = ys.mean(axis=1, keepdims=True), xs.mean(axis=1, keepdims=True)
            slope = ((xs - x_mean) * (ys - y_mean)).sum(axis=1, keepdims=True) / ((xs - x_mean) ** 2).sum(
                axis=1, keepdims=True
            )
            ratio = y_mean / x_mean
            found = {
                "expansion": (y_mean, ys - y_mean, rows - 1),
                "ratio": (ratio * x.mean(), (ys - ratio * xs) * x.mean() / x_mean, rows - 1),
                "regression": (y_mean + slope * (x.mean() - x_mean), ys - y_mean - slope * (xs - x_mean), rows - 2),
            }
            for kind, (estimate, residuals, df) in found.items():
                error = np.sqrt((residuals**2).sum(axis=1) / df / rows)
                off = estimate[:, 0] - y.mean()
                errors[kind].append(off)
                held[kind] += int((np.abs(off) <= half_width(error, np.full(1_000, float(df)))).sum())
        spread = {kind: float(np.mean(np.concatenate(parts) ** 2)) for kind, parts in errors.items()}
        share = {kind: f"{count / repetitions:.1%}" for kind, count in held.items()}
        others = [f"{spread[kind] / spread['expansion']:.2f} | {share[kind]}" for kind in ("ratio", "regression")]
        yield f"| {name} | {share['expansion']} | {' | '.join(others)} |"


def intervals(rows: int = 400, repetitions: int = 10_000, bootstraps: int = 199) -> Iterator[str]:
    """Coverage and mean width of five intervals for a mean, by the skewness of its estimate."""
    yield (
        "| skewness of the estimate | t | transformed, known skewness | transformed, sample skewness "
        "| bootstrap-t | known variance |"
    )
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    random = np.random.default_rng(6)
    for skewness in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6):
        # A gamma distribution of shape k has a skewness of 2 / sqrt(k); the mean of n rows has that over sqrt(n).
        shape = 4.0 / (skewness**2 * rows)
        held, width = np.zeros(5), np.zeros(5)
        for done in range(repetitions):
            values = random.gamma(shape, 1.0, rows)
            mean, error = values.mean(), values.std(ddof=1) / math.sqrt(rows)
            half = float(half_width(error, np.float64(rows - 1)))
            own = float(((values - mean) ** 3).mean() / (values.std() ** 3) / math.sqrt(rows))
            known = 1.959964 * math.sqrt(shape / rows)
            ends = [(half, half), interval(half, error, skewness), interval(half, error, own), None, (known, known)]
            if done < repetitions // 5:
                ends[3] = _bootstrap_t(random, values, mean, error, bootstraps)
            for place, end in enumerate(ends):
                if end is not None:
                    below, above = (float(each) for each in end)
                    held[place] += mean - below <= shape <= mean + above
                    width[place] += (below + above) / 2
        counts = np.array([repetitions] * 3 + [repetitions // 5, repetitions])
        relative = width / counts / (width[0] / repetitions)
        cells = [f"{share:.1%}, {wide:.2f}" for share, wide in zip(held / counts, relative, strict=True)]
        yield f"| {skewness:g} | {' | '.join(cells)} |"


def _bootstrap_t(
    random: np.random.Generator, values: Array, mean: float, error: float, times: int
) -> tuple[float, float]:
    again = values[random.integers(0, values.size, (times, values.size))]
    errors = np.maximum(again.std(axis=1, ddof=1) / math.sqrt(values.size), 1e-300)
    low, high = np.quantile((again.mean(axis=1) - mean) / errors, [0.025, 0.975])
    return float(high * error), float(-low * error)


def main() -> None:
    """Print and publish."""
    tables = ["\n".join(lines()) + "\n" for lines in (allocations, estimators, intervals)]
    for text in tables:
        print(text)
    report.publish(ROOT / "docs" / "analytics.md", "`python benchmarks/estimator_study.py`\n", tables, mark="weighed")


if __name__ == "__main__":
    main()
