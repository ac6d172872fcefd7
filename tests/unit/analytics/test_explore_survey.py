"""The explorer and the stratified total against R's survey package: one fixture, its script and its printed output."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from etl_batch.analytics.certification import MIN_ROWS
from etl_batch.analytics.estimators import half_width, sample_moments, stratified_total
from etl_batch.analytics.explore import Answer, answer
from etl_batch.analytics.explore_sample import Sample
from etl_batch.questions import Aggregate, Question
from tests.unit.analytics.explored import metadata_of, sample_of

HERE = Path(__file__).parent
DOMAINS = ("retail", "trade", "web")
CLOSE = 1e-9


def said_by_r() -> dict[str, list[float]]:
    """The printed numbers by name."""
    lines = [line.split() for line in (HERE / "survey.txt").read_text().splitlines() if not line.startswith("#")]
    return {name: [math.nan if n in ("NA", "NaN") else float(n) for n in numbers] for name, *numbers in lines}


R = said_by_r()


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    """The 60 rows."""
    convert = pa.csv.ConvertOptions(column_types={"amount": pa.float64(), "points": pa.int64()})
    return pa.csv.read_csv(HERE / "survey.csv", convert_options=convert)


@pytest.fixture(scope="module")
def sample(rows: pa.Table) -> Sample:
    """The 60 rows as a run's sample."""
    strata = rows["stratum"].to_pylist()
    names = list(dict.fromkeys(strata))
    size_of = dict(zip(strata, rows["size"].to_pylist(), strict=True))
    metadata = metadata_of(names, [size_of[name] for name in names], [strata.count(name) for name in names])
    return sample_of({name: rows[name].combine_chunks() for name in rows.column_names}, strata, metadata)


def numbers(found: Answer) -> dict[object, tuple[float, float, float]]:
    """Estimate, standard error and degrees of freedom by group."""
    each = zip(found.values.to_pylist(), found.estimate, found.std_error, found.df, strict=True)
    return {value: (estimate, error, df) for value, estimate, error, df in each}


def test_the_fixture_was_made_by_the_survey_package(rows):
    """The output names its versions, and holds the degrees of freedom that 60 rows in 4 strata have."""
    assert (HERE / "survey.txt").read_text().startswith("# R 4.2.2 survey 4.1.1")
    assert R["degf"] == [rows.num_rows - 4]


def test_the_stratified_total(rows):
    """`estimators.stratified_total`, which every run's estimates are made with, gives the same total and error."""
    encoded = rows["stratum"].combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    sampled = np.bincount(codes)
    sizes = np.array([400, 150, 60, 8])
    for measure in ("amount", "points"):
        values = rows[measure].fill_null(0).to_numpy().astype(float)
        moments = sample_moments(codes, values, sampled)
        total = stratified_total(sizes, sampled, moments.means, moments.variances)
        said = R["total.filled" if measure == "amount" else "total.points"]
        assert [total.estimate, total.std_error] == pytest.approx(said, rel=CLOSE)
        if measure == "amount":
            assert total.df == pytest.approx(R["df.filled"][0], rel=CLOSE)


@pytest.mark.parametrize("measure", ["amount", "points"])
def test_sums(sample, measure):
    """`svytotal`, in all and by domain: a missing amount adds nothing."""
    name = {"amount": "filled"}.get(measure, measure)
    found = numbers(answer(sample, Question(None, Aggregate.SUM, measure)))[None]
    assert found[:2] == pytest.approx(R[f"total.{name}"], rel=CLOSE)
    groups = numbers(answer(sample, Question("domain", Aggregate.SUM, measure)))
    assert set(groups) == set(DOMAINS)
    for domain in DOMAINS:
        assert groups[domain][:2] == pytest.approx(R[f"total.{name}.{domain}"], rel=CLOSE)
        if measure == "amount":
            assert groups[domain][2] == pytest.approx(R[f"df.filled.{domain}"][0], rel=CLOSE)


def test_counts(sample):
    """`svyby(~one, ..., svytotal)`: the rows of each domain."""
    found = answer(sample, Question("domain", Aggregate.COUNT))
    for domain, (estimate, error, _) in numbers(found).items():
        assert (estimate, error) == pytest.approx(tuple(R[f"total.one.{domain}"]), rel=CLOSE)
    assert found.rows.tolist() == pytest.approx(found.estimate.tolist())


def test_means(sample):
    """`svymean` and, with missing values, `svyratio` of the amounts over the rows that have one."""
    for measure in ("points", "amount"):
        found = numbers(answer(sample, Question(None, Aggregate.MEAN, measure)))[None]
        assert found[:2] == pytest.approx(R[f"mean.{measure}"], rel=CLOSE)
        for domain, values in numbers(answer(sample, Question("domain", Aggregate.MEAN, measure))).items():
            assert values[:2] == pytest.approx(R[f"mean.{measure}.{domain}"], rel=CLOSE)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_quantiles(sample, share):
    """The quantile is that of `qrule = "math"`, the interval Woodruff's about the nominal share.

    The package centres its interval on the share at or below the estimate, and takes degf degrees of freedom; the
    script therefore also prints Woodruff's own, from the package's standard error of that share.
    """
    overall = answer(sample, Question(None, Aggregate.QUANTILE, "points", share))
    by_domain = answer(sample, Question("domain", Aggregate.QUANTILE, "points", share))
    for found in (overall, by_domain):
        for at, value in enumerate(found.values.to_pylist()):
            name = f"{value or 'all'}.{share}"
            _, error, df, low, high = R[f"woodruff.{name}"]
            assert found.estimate[at] == R[f"quantile.{name}"][0]
            if not error:
                assert np.isnan([found.ci_low[at], found.ci_high[at]]).all(), "the estimate is the largest value"
                continue
            assert found.df[at] == pytest.approx(df, rel=CLOSE)
            assert np.array_equal([found.ci_low[at], found.ci_high[at]], [low, high], equal_nan=True)
            if math.isfinite(high - low):
                width = found.std_error[at] * 2 * half_width(1.0, df)
                assert width == pytest.approx(high - low)


def test_a_domain_of_few_rows_is_not_guessed(sample):
    """The same numbers are there for R's sake, and a person sees none of those that rest on too few rows."""
    found = answer(sample, Question("domain", Aggregate.SUM, "amount"))
    groups = {group.value: group for group in found.groups()}
    assert found.drawn.min() < MIN_ROWS
    assert groups["trade"].estimate is None
    assert "Too few" in (groups["trade"].reason or "")
