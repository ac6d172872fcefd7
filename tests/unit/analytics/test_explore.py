"""The explorer: worked by hand, exact where all is known, honest where little is, the same for any way of asking."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import stdtrit

from etl_batch.analytics.estimators import half_width
from etl_batch.analytics.explore import answer
from etl_batch.analytics.explore_sample import Sample
from etl_batch.analytics.explore_trust import TrustVerdict
from etl_batch.analytics.largest import largest_rows, rows_taken_whole
from etl_batch.analytics.sampling import sample_size
from etl_batch.errors import FormatRefused, UsageError
from etl_batch.questions import Aggregate, Condition, Operator, Question
from tests.records import estimates
from tests.unit.analytics.explored import metadata_of, run_sample, sample_of

SUM, MEAN, COUNT, QUANTILE = Aggregate.SUM, Aggregate.MEAN, Aggregate.COUNT, Aggregate.QUANTILE
HOSTILE = "x'; DROP TABLE t; -- \"é\N{RIGHT-TO-LEFT OVERRIDE}<b>"


@pytest.fixture
def tiny() -> Sample:
    """Strata A (40 rows, 4 sampled: y = 1 3 5 7, groups g g h h) and B (6 rows, 3 sampled: y = 10 20 30, g h h)."""
    columns = {"group": ["g", "g", "h", "h", "g", "h", "h"], "y": [1.0, 3, 5, 7, 10, 20, 30]}
    return sample_of(columns, ["A"] * 4 + ["B"] * 3, metadata_of(["A", "B"], [40, 6], [4, 3]))


def test_a_sum_by_hand(tiny):
    """Group g: T = 10 (1 + 3) + 2 * 10 = 60.

    In A z = 1 3 0 0 has mean 1 and s^2 = (0 + 4 + 1 + 1) / 3 = 2; in B z = 10 0 0 has s^2 = 100 / 3.
    v = 40 * 36 / 4 * 2 + 6 * 3 / 3 * 100 / 3 = 720 + 200 = 920; df = 920^2 / (720^2 / 3 + 200^2 / 2) = 4.3902...
    """
    found = {group.value: group for group in answer(tiny, Question("group", SUM, "y"), fewest=1).groups()}
    g = found["g"]
    assert g.estimate == 60
    assert g.std_error == pytest.approx(math.sqrt(920))
    df = 920**2 / (720**2 / 3 + 200**2 / 2)
    assert g.df == pytest.approx(df)
    half = half_width(math.sqrt(920), df)
    assert (g.ci_low, g.ci_high) == pytest.approx((60 - half, 60 + half))
    assert (g.sampled, g.rows) == (3, 22)
    assert found["h"].estimate == 10 * 12 + 2 * 50


def test_a_mean_by_hand(tiny):
    """Group g: R = 60 / 22; residuals y - R inside, nought outside, divided by 22."""
    g = next(g for g in answer(tiny, Question("group", MEAN, "y"), fewest=1).groups() if g.value == "g")
    ratio = 60 / 22
    a, b = np.array([1 - ratio, 3 - ratio, 0, 0]), np.array([10 - ratio, 0, 0])
    variance = 360 * a.var(ddof=1) + 6 * b.var(ddof=1)
    assert g.estimate == pytest.approx(ratio)
    assert g.std_error == pytest.approx(math.sqrt(variance) / 22)


def test_a_count_by_hand(tiny):
    """Group g: 2 of 4 rows of A and 1 of 3 of B, so 20 + 2; s^2 is 1/3 in both."""
    g = next(g for g in answer(tiny, Question("group"), fewest=1).groups() if g.value == "g")
    assert g.estimate == 22
    assert g.std_error == pytest.approx(math.sqrt(360 / 3 + 6 / 3))


def test_a_quantile_by_hand(tiny):
    """The weights are 10 10 10 10 2 2 2: 23 of 46 are reached within the third, y = 5; a share of 0.9 within y = 10."""
    middle = answer(tiny, Question(None, QUANTILE, "y"), fewest=1).groups()[0]
    assert middle.estimate == 5
    assert answer(tiny, Question(None, QUANTILE, "y", 0.9), fewest=1).groups()[0].estimate == 10
    exactly = answer(tiny, Question(None, QUANTILE, "y", 30 / 46), fewest=1).groups()[0]
    assert exactly.estimate == 5, "a share that is met exactly is met"


def test_rows_taken_whole_stand_for_themselves():
    """10 of 100 rows were drawn and one row of 1000 taken whole: T = 10 * sum + 1000, and no error comes from it."""
    y = [*range(10), 1000.0]
    metadata = metadata_of(["A"], [101], [11], [1], heavy=["y"])
    sample = sample_of({"y": y}, ["A"] * 11, metadata, [False] * 10 + [True])
    group = answer(sample, Question(None, SUM, "y"), fewest=1).groups()[0]
    assert group.estimate == 10 * 45 + 1000
    assert group.std_error == pytest.approx(math.sqrt(100 * 90 / 10 * np.arange(10).var(ddof=1)))
    mean = answer(sample, Question(None, MEAN, "y"), fewest=1).groups()[0]
    assert mean.estimate == pytest.approx(1450 / 101)


@pytest.mark.parametrize("aggregate", list(Aggregate))
@pytest.mark.parametrize("group_by", [None, "group", "stratum"])
def test_all_rows_in_the_sample_are_exact(aggregate, group_by):
    """When the sample is the population, every answer is the truth, without error, and says that it is exact."""
    rng = np.random.default_rng(3)
    strata, groups, values = rng.integers(0, 3, 200), rng.integers(0, 4, 200), rng.normal(size=200)
    sizes = np.bincount(strata).tolist()
    columns = {"stratum": strata.astype(str), "group": groups, "y": values}
    sample = sample_of(columns, strata.tolist(), metadata_of([0, 1, 2], sizes, sizes))
    asked = Question(group_by, aggregate, "y", 0.3, (Condition(2, Operator.MORE, "-0.5"),))
    inside = values > -0.5
    codes = {None: np.zeros(200), "group": groups, "stratum": strata}[group_by]
    for group in answer(sample, asked).groups():
        y = np.sort(values[inside & (codes == (0 if group_by is None else int(group.value)))])
        truth = {SUM: y.sum(), MEAN: y.mean(), COUNT: y.size, QUANTILE: y[math.ceil(0.3 * y.size) - 1]}[aggregate]
        assert group.exact
        assert group.certified
        assert group.estimate == pytest.approx(truth)
        assert (group.std_error, group.ci_low, group.ci_high) == (0, group.estimate, group.estimate)


def test_counts_by_the_stratum_are_known():
    """Without a filter on another column the sizes of the strata are the answer; with one they are estimated."""
    strata = ["A"] * 40 + [None] * 40 + ["(other)"] * 40
    columns = {"stratum": ["A"] * 40 + [None] * 40 + ["p", "q"] * 20, "y": [1, 2] * 60}
    sample = sample_of(columns, strata, metadata_of(["A", None, "(other)"], [900, 80, 400], [40, 40, 40]))
    groups = {group.value: group for group in answer(sample, Question("stratum")).groups()}
    assert (groups["A"].estimate, groups["A"].exact) == (900, True)
    assert (groups[None].estimate, groups[None].exact) == (80, True)
    assert not groups["p"].exact, "the remainder of the strata hides how many rows each value has"
    only = Question("stratum", filters=(Condition(0, Operator.IS, "A"),))
    assert [(g.value, g.estimate, g.exact) for g in answer(sample, only).groups()] == [("A", 900, True)]
    other = Question("stratum", filters=(Condition(1, Operator.IS, "1"),))
    assert not any(group.exact for group in answer(sample, other).groups())
    assert answer(sample, Question()).groups()[0].estimate == 1380


def test_a_group_of_few_rows_says_so(tiny):
    """No number is shown that rests on fewer than 30 rows, and the reason names how many there are."""
    for group in answer(tiny, Question("group", SUM, "y")).groups():
        assert (group.estimate, group.ci_low, group.ci_high, group.certified) == (None, None, None, False)
        assert f"Too few rows drawn by chance: {group.sampled}" in (group.reason or "")


def test_nothing_found_gives_an_upper_bound(tiny):
    """No row fits: fewer than about 3 * 10 rows may do so; where every row was seen, none does."""
    asked = Question(None, COUNT, filters=(Condition(0, Operator.IS, "z"),))
    found = answer(tiny, asked)
    assert (len(found), found.groups()) == (0, ())
    assert "fewer than about 30" in (found.nothing or "")
    whole = sample_of({"group": ["g"] * 3}, ["A"] * 3, metadata_of(["A"], [3], [3]))
    assert "exact" in (answer(whole, asked).nothing or "")


def test_an_empty_sample_has_no_answer():
    """A run without rows gives a sentence, whatever is asked."""
    sample = sample_of({"y": pa.array([], pa.float64())}, [], metadata_of([], [], []))
    for aggregate in Aggregate:
        assert "nothing to ask" in (answer(sample, Question("y", aggregate, "y")).nothing or "")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        pytest.param([7.0] * 60, "alike", id="all the same"),
        pytest.param([0.0] * 59 + [1e6], "Too skewed", id="one large value"),
        pytest.param([*np.arange(59.0), math.inf], "NaN or infinite", id="an infinity"),
        pytest.param([*np.arange(59.0), math.nan], "NaN or infinite", id="not a number"),
        pytest.param(np.arange(60.0).tolist(), None, id="even"),
        pytest.param((np.arange(60.0) * 1e200).tolist(), "double precision", id="overflow"),
    ],
)
def test_reasons(values, reason):
    """Each thing that can be wrong with a group's values has a sentence, and nothing wrong has none."""
    sample = sample_of({"y": values}, ["A"] * 60, metadata_of(["A"], [6000], [60]))
    group = answer(sample, Question(None, SUM, "y")).groups()[0]
    assert group.certified is (reason is None)
    assert (reason or "") in (group.reason or "")


def test_what_the_run_does_not_certify_is_not_certified_here():
    """The run has seen all rows: its doubt about a measure holds for every part of them, and for that measure alone."""
    measures = {"y": {"certified": False}, "x": {"certified": True}}
    columns = {"x": np.arange(60.0), "y": np.arange(60.0)}
    sample = sample_of(columns, ["A"] * 60, {**metadata_of(["A"], [6000], [60]), "measures": measures})
    assert "does not certify" in (answer(sample, Question(None, SUM, "y")).groups()[0].reason or "")
    assert answer(sample, Question(None, SUM, "x")).groups()[0].certified


def test_a_thin_stratum_may_hide_rows_of_a_group():
    """Group g is seen 60 times where a row stands for 2, and never where one stands for 1000: that is said."""
    columns = {"group": ["g", "h"] * 60 + ["h"] * 10}
    metadata = metadata_of(["A", "B"], [240, 10_000], [120, 10])
    sample = sample_of(columns, ["A"] * 120 + ["B"] * 10, metadata)
    groups = {group.value: group for group in answer(sample, Question("group")).groups()}
    assert "may hide some" in (groups["g"].reason or "")
    alone = sample_of({"group": ["g", "h"] * 60}, ["A"] * 120, metadata_of(["A"], [240], [120]))
    assert all(group.certified for group in answer(alone, Question("group")).groups())


def test_one_sampled_row_of_several_has_no_error():
    """A stratum that shows one row of many tells nothing of its spread: no error is given, never a nought."""
    columns = {"y": np.arange(61.0)}
    sample = sample_of(columns, ["A"] * 60 + ["B"], metadata_of(["A", "B"], [600, 9], [60, 1]))
    group = answer(sample, Question(None, SUM, "y")).groups()[0]
    assert (group.std_error, group.ci_low, group.ci_high) == (None, None, None)
    assert "one row of several" in (group.reason or "")


def test_a_quantile_far_out_has_no_end():
    """Beyond the 99.9th percentile of 200 rows lies none, beyond the 99th two: there is no upper end to give."""
    sample = sample_of({"y": np.arange(200.0)}, ["A"] * 200, metadata_of(["A"], [20_000], [200]))
    group = answer(sample, Question(None, QUANTILE, "y", 0.999)).groups()[0]
    assert (group.ci_high, group.certified) == (None, False)
    assert answer(sample, Question(None, QUANTILE, "y", 0.99)).groups()[0].ci_high is None
    assert answer(sample, Question(None, QUANTILE, "y", 0.5)).groups()[0].certified


GROUPS = {
    "text": (["a", "", None, HOSTILE], {"a", "", None, HOSTILE}),
    "number": ([1, 2, None, -3], {1, 2, None, -3}),
    "nought": ([0.0, -0.0, None, 1.5], {0.0, None, 1.5}),
    "yes or no": ([True, False, None, True], {True, False, None}),
    "day": ([date(2026, 1, 1), None, date(1969, 1, 1), None], {date(2026, 1, 1), None, date(1969, 1, 1)}),
    "decimal": ([Decimal("1.50"), Decimal("-0.25"), None, None], {Decimal("1.50"), Decimal("-0.25"), None}),
}


@pytest.mark.parametrize("name", GROUPS)
def test_any_column_makes_groups(name):
    """Text, numbers, dates, truth values, and a missing one: each value is a group, and the counts add up."""
    cells, expected = GROUPS[name]
    sample = sample_of({HOSTILE: cells * 40}, ["A"] * 160, metadata_of(["A"], [1600], [160]))
    found = answer(sample, Question(HOSTILE))
    assert set(found.values.to_pylist()) == expected
    assert found.estimate.sum() == pytest.approx(1600)
    assert found.estimate.tolist() == sorted(found.estimate, reverse=True)


def test_not_a_number_is_one_group():
    """NaN equals itself as a group, as it does to DuckDB."""
    sample = sample_of({"g": [math.nan, 1.0, math.nan, None]}, ["A"] * 4, metadata_of(["A"], [4], [4]))
    found = answer(sample, Question("g"))
    assert found.estimate.tolist() == [2, 1, 1]


CELLS = {
    "text": ["Apple pie", "apple", "", None, HOSTILE],
    "number": [1, 2, 3, None, -5],
    "real": [1.5, math.nan, math.inf, None, -0.0],
    "money": [Decimal("1.50"), Decimal("2.00"), None, Decimal("-1.00"), Decimal("0.00")],
    "day": [date(2026, 1, 1), date(2025, 12, 31), None, date(2026, 1, 2), date(1960, 1, 1)],
    "moment": [datetime(2026, 1, 1, 12, tzinfo=UTC), None, *[datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]],
    "flag": [True, False, None, True, False],
}


@pytest.mark.parametrize(
    ("column", "operator", "value", "fitting"),
    [
        ("text", Operator.CONTAINS, "APPLE", [0, 1]),
        ("text", Operator.STARTS, "apple ", [0]),
        ("text", Operator.IS, "apple", [1]),
        ("text", Operator.IS, "", [2, 3]),
        ("text", Operator.IS_NOT, "apple", [0, 2, 3, 4]),
        ("text", Operator.IS, HOSTILE, [4]),
        ("text", Operator.EMPTY, "", [2, 3]),
        ("text", Operator.FILLED, "", [0, 1, 4]),
        ("number", Operator.MORE, "1", [1, 2]),
        ("number", Operator.LEAST, "1.5", [1, 2]),
        ("number", Operator.LESS, "99999999999999999999", [0, 1, 2, 4]),
        ("number", Operator.IS_NOT, "2", [0, 2, 3, 4]),
        ("number", Operator.EMPTY, "", [3]),
        ("real", Operator.MORE, "1", [0, 1, 2]),
        ("real", Operator.MOST, "0", [4]),
        ("real", Operator.IS, "0", [4]),
        ("money", Operator.IS, "1.5", [0]),
        ("money", Operator.LESS, "0", [3]),
        ("day", Operator.LEAST, "2026-01-01", [0, 3]),
        ("day", Operator.LESS, "2026-01-01 00:00", [1, 4]),
        ("moment", Operator.MOST, "2026-01-01T13:00+01:00", [0, 2]),
        ("flag", Operator.IS, "true", [0, 3]),
        ("flag", Operator.IS_NOT, "true", [1, 2, 4]),
    ],
)
def test_conditions(column, operator, value, fitting):
    """Each kind of column under each kind of operator; a missing cell fits only what asks for it."""
    sample = sample_of(
        {name: pa.array(cells) for name, cells in CELLS.items()}, ["A"] * 5, metadata_of(["A"], [5], [5])
    )
    mask = sample.fits((Condition(sample.place(column), operator, value),))
    assert mask is not None
    assert np.flatnonzero(mask).tolist() == fitting


def test_a_wrong_question_is_a_sentence(tiny):
    """A column that is not there, one without numbers, a value of the wrong kind, a share past the ends."""
    for question in (Question("nope"), Question(None, SUM, "group"), Question(None, SUM, "nope")):
        with pytest.raises(UsageError):
            answer(tiny, question)
    for conditions in ((Condition(1, Operator.MORE, "many"),), (Condition(9, Operator.EMPTY),)):
        with pytest.raises(UsageError):
            answer(tiny, Question(filters=conditions))
    for wrong in ({"quantile": 1.0}, {"sample_frac": 0.0}, {"aggregate": SUM}):
        with pytest.raises(UsageError):
            Question(**wrong)


def test_a_sample_of_another_run_is_refused():
    """Counts that do not add up, a stratum that was never counted, columns that are not a sample's."""
    with pytest.raises(FormatRefused):
        sample_of({"y": [1.0]}, ["A"], metadata_of(["A"], [10], [2]))
    with pytest.raises(FormatRefused):
        sample_of({"y": [1.0]}, ["B"], metadata_of(["A"], [10], [1]))
    with pytest.raises(FormatRefused):
        Sample(pa.table({"y": [1.0]}), estimates(metadata_of(["A"], [10], [1])))


@pytest.fixture(scope="module")
def population() -> pa.Table:
    """30,000 rows in nine strata of very different sizes, with a measure of heavy tails."""
    rng = np.random.default_rng(11)
    strata = rng.choice(9, 30_000, p=(share := 0.5 ** np.arange(9)) / share.sum())
    rows = np.arange(30_000)
    return pa.table({"stratum": strata.astype(str), "value": rng.lognormal(3, 1.5, 30_000), "row": rows})


@pytest.mark.parametrize("frac", [0.002, 0.01, 0.03])
def test_a_smaller_fraction_has_its_rows_in_proportion(population, frac):
    """The largest stay whole, the strata's numbers of rows fall alike, and each gives its smallest keys."""
    large = run_sample(population, 0.1, 5, heavy=["value"])
    design, full = large.design(frac), large.design(None)
    share = sample_size(frac, 30_000) / full.rows
    assert design.rows == sample_size(frac, 30_000)
    values, whole = large.numbers("value").values, np.flatnonzero(full.whole)
    assert set(np.flatnonzero(design.whole)) == set(
        whole[np.argsort(-values[whole], kind="stable")[: int(design.whole.sum())]]
    )
    assert design.whole.sum() == int(full.whole.sum() * share)
    assert np.abs(design.sampled - full.sampled * share).max() <= 2
    keys = large._drawing.keys
    for stratum in range(9):
        rows = np.flatnonzero((large.codes == stratum) & ~design.whole)
        nearest = rows[np.argsort(keys[rows])[: design.sampled[stratum]]]
        assert set(nearest) == set(rows[design.drawn[rows]])


def test_smaller_fractions_are_subsets_of_larger_ones(population):
    """Rising fractions hold the rows of the lower ones, but for the rounding of the shares of the strata."""
    sample = run_sample(population, 0.1, 5, heavy=["value"])
    before: set[int] = set()
    for frac in (0.001, 0.004, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0):
        design = sample.design(frac)
        rows = set(np.flatnonzero(design.drawn | design.whole).tolist())
        assert len(before - rows) <= sample.rows.size
        assert not (design.drawn & design.whole).any()
        assert np.bincount(sample.codes[design.drawn], minlength=9).tolist() == design.sampled.tolist()
        kept = np.bincount(sample.codes[design.whole], minlength=9)
        assert (design.sizes + kept).tolist() == sample.rows.tolist()
        assert design.whole.sum() <= rows_taken_whole(sample_size(frac, 30_000))
        before = rows
    assert len(before) == len(sample)


def test_the_rows_kept_whole_are_the_largest(population):
    """Of the rows that were taken whole a smaller fraction keeps the largest, and gives the others back to chance."""
    sample = run_sample(population, 0.1, 5, heavy=["value"])
    design = sample.design(0.01)
    values = sample.numbers("value").values
    assert set(np.flatnonzero(design.whole)) == set(np.flatnonzero(largest_rows([values], 150)))


def test_an_older_run_without_the_list_of_heavy_measures(population):
    """Metadata that says neither `heavy` nor `allocation` still gives a design that adds up."""
    sample = run_sample(population, 0.1, 5, heavy=["value"])
    sample._heavy = []
    design = sample.design(0.01)
    assert design.whole.sum() == 0
    assert design.rows == 300


def test_millions_of_pairs_are_never_laid_out(population):
    """30,000 groups in nine strata are cells that occur; the answer of each adds up to the whole."""
    sample = run_sample(population, 1.0, 5)
    cells = sample.cells("row")
    assert cells.group.size == 30_000
    assert answer(sample, Question("row")).estimate.sum() == 30_000


def test_sparse_and_dense_cells_are_the_same(population, monkeypatch):
    """The two ways to find the cells that occur give the same answers."""
    asked = Question("stratum", SUM, "value", filters=(Condition(1, Operator.MORE, "20"),))
    dense = answer(run_sample(population, 0.05, 5), asked)
    monkeypatch.setattr("etl_batch.analytics.explore_sample._DENSE", 0)
    sparse = answer(run_sample(population, 0.05, 5), asked)
    for name in ("estimate", "std_error", "df", "ci_low", "sampled", "verdict"):
        assert np.array_equal(getattr(dense, name), getattr(sparse, name))


def test_the_quantiles_of_student_s_t():
    """From one degree of freedom to infinitely many, whole or not, they are those of SciPy; none gives none."""
    df = np.concatenate([np.linspace(1, 3, 50), np.geomspace(3, 500, 200), [0.5, 501.0, 1e6, math.inf]])
    assert half_width(2.0, df) == pytest.approx(2 * stdtrit(df, 0.975), rel=1e-9)
    assert np.isnan(half_width(1.0, np.array([math.nan, 0.0]))).all()


POOLED = {
    "allocation": "sqrt",
    "pools": [{"strata": 2, "rows": 60, "sampled": 3}, {"strata": 1, "rows": 8, "sampled": 2}],
}


def pooled_sample(**more) -> Sample:
    """A stratum A of 100 rows and four sampled ones; B and C, 40 and 20 rows, that gave three together; and D's 8."""
    metadata = metadata_of(["A", "B", "C", "D"], [100, 40, 20, 8], [4, 2, 1, 2], **POOLED, **more)
    for row, pool in zip(metadata["strata"][1:], (0, 0, 1), strict=True):
        row["pool"] = pool
    columns = {"k": list("AAAABBCDD"), "y": [1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 60.0, 5.0, 5.0]}
    return sample_of(columns, list("AAAABBCDD"), {**metadata, "stratum": "k"})


def test_a_pool_is_one_stratum():
    """Its rows stand for 20 each, whichever of its strata they are of: 25 times 10 and 20 times 90."""
    sample = pooled_sample()
    assert (sample.rows.tolist(), sample.named.tolist()) == ([100, 60, 8], [True, False, False])
    total = answer(sample, Question(None, SUM, "y"), fewest=1)
    assert total.estimate.tolist() == [25 * 10 + 20 * 90 + 8 * 5]
    by_hand = 100 * 96 / 4 * np.var([1, 2, 3, 4], ddof=1) + 60 * 57 / 3 * np.var([10, 20, 60], ddof=1)
    assert total.std_error[0] == pytest.approx(math.sqrt(by_hand))
    by_stratum = dict(zip(*answers(sample, Question("k", SUM, "y")), strict=True))
    assert by_stratum == {"A": 250.0, "B": 600.0, "C": 1200.0, "D": 40.0}


def answers(sample: Sample, question: Question) -> tuple[list, list]:
    """Groups and estimates."""
    found = answer(sample, question, fewest=1)
    return found.values.to_pylist(), found.estimate.tolist()


def test_rows_that_the_run_has_counted_are_known():
    """Of all rows and of each value of the stratum column, pooled or not; under another filter they are not."""
    sample = pooled_sample()
    for question, expected in ((Question(), [168.0]), (Question("k"), [100.0, 40.0, 20.0, 8.0])):
        found = answer(sample, question)
        assert found.estimate.tolist() == found.ci_low.tolist() == found.ci_high.tolist() == expected
        assert set(found.verdict) == {TrustVerdict.EXACT}
    one = answer(sample, Question("k", filters=(Condition(0, Operator.IS, "C"),)))
    assert one.estimate.tolist() == [20.0]
    other = answer(sample, Question("k", filters=(Condition(1, Operator.MORE, "15"),)))
    assert TrustVerdict.EXACT not in set(other.verdict)


def test_the_total_of_the_run_is_said_as_the_run_says_it():
    """Its interval knows the skewness of all rows; any other question has an interval of the sample's own."""
    total = {"estimate": 2050.0, "std_error": 9.0, "df": 4.0, "ci_low": 1900.0, "ci_high": 2400.0, "exact": 2000}
    sample = pooled_sample(measures={"y": {**total, "certified": True}})
    found = answer(sample, Question(None, SUM, "y"), fewest=1)
    assert (found.ci_low.tolist(), found.ci_high.tolist()) == ([1900.0], [2400.0])
    assert found.verdict.tolist() == [TrustVerdict.CERTIFIED]
    for other in (
        Question("k", SUM, "y"),
        Question(None, SUM, "y", filters=(Condition(1, Operator.MORE, "0"),)),
    ):
        assert 1900.0 not in answer(sample, other, fewest=1).ci_low.tolist()
