"""What a larger sample buys: the curves, the sentence, and what is drawn of them."""

from __future__ import annotations

import pytest

from etl_batch.model import Analytics
from etl_batch.reporting.larger import SHOWN_CURVES, build_curves, build_larger
from tests.records import estimates, report_of

THIN = "\N{NARROW NO-BREAK SPACE}"


def entry(fraction: float, **half_widths: float | None) -> dict[str, object]:
    """One listed fraction of 100,000 rows."""
    return {"sample_frac": fraction, "sample_rows": round(fraction * 100_000), "half_widths": half_widths}


def analytics(entries: list[object], **changes: object) -> Analytics:
    """Two measures of 100,000 rows, of which 500 were sampled."""
    measures = {
        "a": {"estimate": 1000.0, "ci_low": 990.0, "ci_high": 1014.0, "exact": 1000},
        "b": {"estimate": -200.0, "ci_low": -220.0, "ci_high": -180.0, "exact": -200},
    }
    known = {"population_rows": 100_000, "sample_rows": 500, "measures": measures, "expected_errors": entries}
    return estimates(known | changes)


ENTRIES = [entry(0.05, a=4.0, b=5.0), entry(0.001, a=30.0, b=45.0), entry(0.005, a=13.0, b=20.0)]


def test_widths_are_shares_of_the_total_by_rising_fraction() -> None:
    """Half widths 30, 13 and 4 of 1000; the run's own interval, 990 to 1014, is a half width of 12."""
    first, second = build_curves(analytics(ENTRIES))
    assert [(p.fraction, p.rows, p.width) for p in first.points] == [
        (0.001, 100, 0.03),
        (0.005, 500, 0.013),
        (0.05, 5000, 0.004),
    ]
    assert (first.own.fraction, first.own.width, first.now) == (0.005, 0.012, 0.013)
    assert [p.width for p in second.points] == [0.225, 0.1, 0.025]


def test_the_sentence_names_the_first_much_larger_sample() -> None:
    """Ten times the rows: 1 % is passed over, 20 % not needed; the run's own width is the one beside its estimate."""
    (curve,) = build_curves(analytics([*ENTRIES, entry(0.01, a=9.0), entry(0.2, a=1.0)]))[:1]
    told = "5 % of the rows (5 000) would narrow the interval of a from ±1.20 % to about ±0.40 %."
    assert curve.sentence.replace(THIN, " ") == told


def test_an_interval_that_is_not_the_usual_one_is_told_from_it() -> None:
    """A half width of 12 where 20 is usual: both are said, and what would be narrower is set against the usual."""
    (curve,) = build_curves(analytics([entry(0.005, a=20.0), entry(0.05, a=15.0)]))[:1]
    told = (
        "the interval of a from ±2.00 % on the average of samples like this one (which came to ±1.20 %) to about "
        "±1.50 %."
    )
    assert curve.sentence.replace(THIN, " ").endswith(told)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([entry(0.005, a=13.0), entry(0.01, a=9.0)], "1 % of the rows (1 000) would narrow"),
        ([entry(0.005, a=13.0), entry(0.02, a=6.0), entry(0.5, a=0.1)], "2 % of the rows (2 000) would narrow"),
        (
            [entry(0.001, a=30.0), entry(0.005, a=13.0)],
            "None of the larger samples drawn here would narrow the interval of a",
        ),
        ([entry(0.005, a=13.0), entry(0.5, a=0.0)], "50 % of the rows (50 000) would leave nothing to chance"),
    ],
)
def test_the_sentence_at_the_ends(entries, words) -> None:
    """Without a much larger sample the largest is named, without any that is said, and a width may be nought."""
    assert build_curves(analytics(entries))[0].sentence.replace(THIN, " ").startswith(words)


def test_fractions_of_one_sample_count_once() -> None:
    """Where the minimum of each stratum is all that is drawn, several fractions are one point, at its true share."""
    same = [{**entry(fraction, a=20.0), "sample_rows": 300} for fraction in (0.0001, 0.001, 0.002)]
    (curve,) = build_curves(analytics([*same, *ENTRIES]))[:1]
    assert [point.rows for point in curve.points] == [100, 300, 500, 5000]
    assert curve.points[1].fraction == 0.003


@pytest.mark.parametrize(
    "changes",
    [
        {"expected_errors": None},
        {"expected_errors": []},
        {"expected_errors": [None, 7, {"sample_rows": "x"}, {"sample_rows": 5, "half_widths": {"a": None}}]},
        {"measures": {"a": {"estimate": 0, "exact": 0, "ci_low": -1.0, "ci_high": 1.0}}},
        {"measures": {"a": {"estimate": 5, "exact": 5, "ci_low": 5.0, "ci_high": 5.0}}},
        {"population_rows": None},
        {"sample_rows": 0},
    ],
)
def test_nothing_is_drawn_without_numbers(changes) -> None:
    """An older run, a total of nought, one without error, and odd metadata have no curve."""
    assert build_larger(analytics(ENTRIES, **changes)) is None


def test_a_point_without_width_has_no_place_on_a_log_scale() -> None:
    """It is in the list of points and not in the drawing."""
    (curve,) = build_curves(analytics([*ENTRIES, entry(0.5, a=0.0)]))[:1]
    assert len(curve.points) == len(curve.drawn) + 1


def test_the_report_draws_a_few_and_tells_the_others(success) -> None:
    """Four curves at most, each with its own point marked; the sentences of the others stand below."""
    measure = success["analytics"]["measures"]["quantity"]
    success["analytics"]["measures"] = {f"m{number}": measure for number in range(7)}
    for one in success["analytics"]["expected_errors"]:
        one["half_widths"] = {f"m{number}": one["half_widths"]["quantity"] for number in range(7)}
    page = report_of(success)
    assert page.count('class="own"') == SHOWN_CURVES
    assert page.count('class="curve"') == SHOWN_CURVES * 4
    assert page.count("would narrow the interval of m") == 7


def test_an_older_run_has_no_such_part(success) -> None:
    """Without expected errors the report is as before."""
    del success["analytics"]["expected_errors"]
    assert "What a larger sample buys" not in report_of(success)
