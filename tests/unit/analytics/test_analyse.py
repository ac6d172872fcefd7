"""The estimates of a whole run: exact totals beside, certified or not, in plain JSON."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from etl_batch.analytics.analyse import analyse
from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.sampling import KeyBounds, candidate_bounds, sample_keys, sample_size, select_candidates
from etl_batch.analytics.tally import StratumTally, tally_chunk
from etl_batch.errors import EtlError
from etl_batch.model import Analytics


def run(
    codes: np.ndarray, values: list, measures: dict[str, Any], frac: float, **options: Any
) -> tuple[Analytics, np.ndarray]:
    """Analyse a population of which every row is a candidate."""
    scales = options.pop("scales", None)
    arguments = {
        "keys": sample_keys(0, 0, np.arange(codes.size)),
        "codes": codes,
        "values": values,
        "measures": measures,
        "tally": tally_chunk(codes, values, measures, scales),
        "wanted": WantedSample(frac),
        "seed": 0,
        "stratum": "product",
    }
    analytics, drawn = analyse(**(arguments | options))
    return analytics, drawn.rows


def products(rows: int, strata: int = 3) -> np.ndarray:
    """Stratum codes in turn."""
    return (np.arange(rows) % strata).astype(np.int32)


def test_estimate_error_and_exact_total_stand_together() -> None:
    """Well-behaved data: the sizes add up, the interval is certified and the exact total is the true one."""
    quantity = np.random.default_rng(1).integers(1, 100, 30_000)
    result, chosen = run(products(30_000), ["a", "b", "c"], {"quantity": quantity}, 0.01)
    assert (result.status, result.population_rows, result.sample_rows) == ("success", 30_000, 300)
    assert result.sample_frac_effective == 0.01
    assert [(row.value, row.rows, row.sampled, row.expansion) for row in result.strata] == [
        (name, 10_000, 100, 100.0) for name in "abc"
    ]
    estimate = result.measures["quantity"]
    assert estimate.exact == int(quantity.sum())
    assert estimate.certified
    assert estimate.reason is None
    assert estimate.estimate == pytest.approx(100 * quantity[chosen].sum())
    assert estimate.ci_low < estimate.estimate < estimate.ci_high
    for at, row in enumerate(result.strata):
        own = row.measures["quantity"]
        mine = quantity[chosen][chosen % 3 == at]
        assert own.exact == int(quantity[at::3].sum())
        assert own.estimate == pytest.approx(10_000 * mine.mean())
        assert own.std_error == pytest.approx(math.sqrt(10_000 * 9_900 / 100 * mine.var(ddof=1)))
    assert estimate.std_error**2 == pytest.approx(sum(row.measures["quantity"].std_error ** 2 for row in result.strata))


def test_fraction_one_is_exact() -> None:
    """Every row taken: the estimate is the exact total with no error, and an integer stays an integer."""
    result, chosen = run(products(31), ["a", "b", None], {"x": np.full(31, 0.1), "n": np.arange(31)}, 1.0)
    assert chosen.tolist() == list(range(31))
    assert [row.value for row in result.strata] == ["a", "b", None]
    for name, exact in (("x", 3.1), ("n", 465)):
        measure = result.measures[name]
        assert (measure.estimate, measure.exact, measure.std_error) == (exact, exact, 0.0)
        assert (measure.ci_low, measure.ci_high, measure.df) == (exact, exact, None)
        assert measure.certified
    assert type(result.measures["n"].estimate) is int


@pytest.mark.parametrize("sigma", [2.0, 3.0])
def test_heavy_tails_are_not_certified(sigma: float) -> None:
    """Log-normal values: whatever rows are drawn, the interval is shown as not certified, with the reason."""
    values = np.random.default_rng(5).lognormal(0, sigma, 60_000)
    for seed in range(20):
        keys = sample_keys(seed, 0, np.arange(values.size))
        result, _ = run(products(values.size), ["a", "b", "c"], {"x": values}, 0.02, keys=keys, seed=seed)
        assert not result.measures["x"].certified
        assert result.measures["x"].reason


def test_nulls_count_as_zero() -> None:
    """A null adds nothing to the total, in the estimate as in the exact sum."""
    price = np.ma.masked_array(np.full(10_000, 3.0), mask=np.arange(10_000) % 2 == 0)
    result, chosen = run(np.zeros(10_000, np.int32), ["(all)"], {"price": price}, 0.05, stratum=None)
    assert result.stratum is None
    assert result.measures["price"].exact == 15_000.0
    assert result.measures["price"].estimate == pytest.approx(10_000 * 3 * (chosen % 2).mean())


def test_values_that_are_not_finite_are_said() -> None:
    """NaN and infinities count as zero and the measure is not certified; the JSON is finite, other measures stay."""
    measure = np.random.default_rng(0).random(3000)
    measure[::6], measure[1] = math.nan, math.inf
    result, chosen = run(products(3000), ["a", "b", "c"], {"x": measure, "y": np.arange(3000)}, 0.1)
    assert not result.measures["x"].certified
    assert "501 values are NaN or infinite" in str(result.measures["x"].reason)
    sampled = measure[chosen][chosen % 3 == 0]
    assert result.strata[0].measures["x"].estimate == pytest.approx(10 * np.nansum(sampled))
    assert result.measures["y"].certified
    assert [row.measures["x"].certified for row in result.strata] == [False, False, True]
    json.dumps(result.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    "extreme",
    [
        pytest.param(np.tile([1.7e308, -1.7e308], 500), id="sum zero, deviations past double"),
        pytest.param(np.full(1000, 1.7e308), id="sum past double"),
        pytest.param(np.ldexp(1.0, np.arange(1000) % 900), id="900 powers of two"),
        pytest.param(np.full(1000, -0.0), id="zeros"),
    ],
)
@pytest.mark.parametrize("frac", [0.05, 1.0])
def test_json_is_finite_whatever_the_values(extreme: np.ndarray, frac: float) -> None:
    """No NaN and no infinity reaches the metadata; what cannot be told is None, with a reason."""
    result, _ = run(products(1000), ["a", "b", "c"], {"x": extreme}, frac)
    text = json.dumps(result.to_json(), allow_nan=False)
    assert json.loads(text)["measures"]["x"]["certified"] is (result.measures["x"].reason is None)


def test_decimals_are_estimated_in_their_unit() -> None:
    """Unscaled integers with two digits are estimated as cents of a unit."""
    cents = np.full(1000, 1250)
    result, _ = run(products(1000), ["a", "b", "c"], {"price": cents}, 0.1, scales={"price": 2})
    assert result.measures["price"].exact == 12_500.0
    assert result.measures["price"].estimate == pytest.approx(12_500.0)


def test_no_rows() -> None:
    """Without rows the analysis is skipped and says why."""
    result, chosen = run(np.zeros(0, np.int32), ["a"], {"x": np.zeros(0)}, 0.1)
    assert (result.status, chosen.size) == ("skipped", 0)
    assert "no rows" in str(result.reason)


def test_no_measure() -> None:
    """Without a measure nothing is estimated, which is said; the strata are counted all the same."""
    result, chosen = run(np.zeros(5, np.int32), ["a"], {}, 0.1)
    assert (result.status, result.measures, chosen.size) == ("skipped", {}, 1)
    assert "no numeric column" in str(result.reason)
    assert [(row.value, row.rows, row.sampled) for row in result.strata] == [("a", 5, 1)]


def test_strata_past_the_limit_are_one() -> None:
    """Values past the limit are sampled together as `(other)`."""
    codes = np.repeat(np.arange(4, dtype=np.int32), [1000, 500, 40, 30])
    result, chosen = run(codes, ["a", "b", "c", "d"], {"x": np.ones(1570)}, 0.1, limit=2)
    assert [(row.value, row.rows) for row in result.strata] == [("a", 1000), ("b", 500), ("(other)", 70)]
    assert (codes[chosen] >= 2).sum() == result.strata[2].sampled


@pytest.mark.parametrize("chunk", [97, 1000, 5000, 20_000])
@pytest.mark.parametrize("limit", [10_000, 4])
def test_same_sample_for_any_chunks(chunk: int, limit: int) -> None:
    """Bounds far too low, so that chunks keep what they must: still the same rows and numbers as in one piece."""
    rows, names = 20_000, [f"p{number}" for number in range(12)]
    codes = np.minimum(np.random.default_rng(4).zipf(1.5, rows) - 1, 11).astype(np.int32)
    price = np.random.default_rng(6).random(rows)
    keys = sample_keys(9, 0, np.arange(rows))
    bounds = candidate_bounds(0.001, rows, {"p0": 60, "p1": 10, "p7": 30}, 100)
    bounds = KeyBounds(bounds.by_value, 2**57)
    parts, tally = [], StratumTally()
    for at in range(0, rows, chunk):
        piece = slice(at, at + chunk)
        parts.append(at + select_candidates(keys[piece], codes[piece], bounds.by_code(names)))
        tally = tally + tally_chunk(codes[piece], names, {"price": price[piece]})
    candidates = np.concatenate(parts)
    options = {"bounds": bounds, "seed": 9, "limit": limit, "tally": tally}
    cut, chosen = run(codes[candidates], names, {"price": price[candidates]}, 0.1, keys=keys[candidates], **options)
    whole, rows_chosen = run(codes, names, {"price": price}, 0.1, keys=keys, **options)
    assert candidates[chosen].tolist() == rows_chosen.tolist()
    assert cut == whole


def heavy_rows(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys, strata and log-normal values of a population."""
    rng = np.random.default_rng(3)
    return sample_keys(5, 0, np.arange(rows)), rng.integers(0, 4, rows).astype(np.int32), rng.lognormal(0, 2, rows)


def analyse_heavy(frac: float, chunk: int) -> tuple[Analytics, np.ndarray, np.ndarray]:
    """The analysis of that population in chunks; the rows in the sample, and which of them were taken whole."""
    keys, codes, values = heavy_rows()
    names, kept = ["a", "b", "c", "d"], rows_taken_whole(sample_size(frac, values.size))
    bounds = candidate_bounds(frac, values.size, dict.fromkeys(names, 25), 100)
    candidates, marks, tally = [], [], StratumTally()
    for at in range(0, values.size, chunk):
        piece = slice(at, at + chunk)
        largest = largest_rows([values[piece]], kept)
        tally += tally_chunk(codes[piece], names, {"x": values[piece]}, largest=largest)
        others = np.flatnonzero(~largest)
        chosen = others[select_candidates(keys[piece][others], codes[piece][others], bounds.by_code(names))]
        here = np.sort(np.concatenate([np.flatnonzero(largest), chosen]))
        candidates.append(at + here)
        marks.append(largest[here])
    rows = np.concatenate(candidates)
    analytics, drawn = analyse(
        keys=keys[rows],
        codes=codes[rows],
        values=names,
        measures={"x": values[rows]},
        tally=tally,
        wanted=WantedSample(frac),
        seed=5,
        stratum="s",
        largest=np.concatenate(marks),
        kept_largest=kept,
        bounds=bounds,
    )
    return analytics, rows[drawn.rows], rows[drawn.rows][drawn.whole]


@pytest.mark.parametrize("chunk", [1500, 7000])
def test_the_largest_values_are_taken_whole_for_any_chunks(chunk: int) -> None:
    """A part of the sample are the largest values of all rows, and the whole result is that of one piece."""
    _, codes, values = heavy_rows()
    analytics, sample, whole = analyse_heavy(0.05, chunk)
    in_one, sample_in_one, _ = analyse_heavy(0.05, values.size)
    assert 100 < whole.size <= 500
    assert set(whole) == set(np.argsort(-values)[: whole.size])
    assert (analytics.taken_whole, analytics.sample_rows) == (whole.size, 1000)
    assert sample.tolist() == sample_in_one.tolist()
    assert analytics == in_one
    drawn = np.setdiff1d(sample, whole)
    by_hand = values[whole].sum()
    for at, row in enumerate("abcd"):
        stratum = next(s for s in analytics.strata if s.value == row)
        rest = stratum.rows - stratum.taken_whole
        assert stratum.expansion == pytest.approx(rest / (stratum.sampled - stratum.taken_whole))
        by_hand += stratum.expansion * values[drawn[codes[drawn] == at]].sum()
    assert analytics.measures["x"].estimate == pytest.approx(by_hand)


def test_a_smaller_sample_is_part_of_a_larger_one() -> None:
    """Rows drawn and rows taken whole: every row of a smaller fraction's sample is in the larger one's."""
    samples = [set(analyse_heavy(frac, 5000)[1]) for frac in (0.004, 0.01, 0.03, 0.1, 0.5)]
    for smaller, larger in pairwise(samples):
        assert smaller < larger


def test_light_tails_leave_nothing_to_take_whole() -> None:
    """Normal values are sampled like before: the largest of them are no better than others."""
    rng = np.random.default_rng(2)
    values, codes = rng.normal(10, 3, 5000), products(5000)
    largest = largest_rows([values], rows_taken_whole(500))
    tally = tally_chunk(codes, ["a", "b", "c"], {"x": values}, largest=largest)
    options = {"tally": tally, "largest": largest, "kept_largest": 100}
    result, _ = run(codes, ["a", "b", "c"], {"x": values}, 0.1, **options)
    plain, _ = run(codes, ["a", "b", "c"], {"x": values}, 0.1)
    assert result.taken_whole == 0
    assert result.measures["x"].estimate == plain.measures["x"].estimate


def test_lost_candidates_are_noticed() -> None:
    """A stratum that was counted but has too few candidates stops the analysis instead of skewing it."""
    codes = products(90)
    tally = tally_chunk(codes, ["a", "b", "c"], {"x": np.ones(90)})
    with pytest.raises(EtlError, match="lacks sample candidates"):
        run(codes[:2], ["a", "b", "c"], {"x": np.ones(2)}, 0.5, tally=tally)
    with pytest.raises(EtlError, match="never counted"):
        run(codes, ["a", "b", "d"], {"x": np.ones(90)}, 0.5, tally=tally)
