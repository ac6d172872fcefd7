"""The coverage study's results: one file behind the documentation's table and the report's."""

from __future__ import annotations

import pytest

from benchmarks.coverage_study import FRACTIONS, POPULATIONS, section
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.reporting.coverage import Study, StudyCell, build_coverage, read_study, write_study
from tests.records import report_of

THIN = "\N{NARROW NO-BREAK SPACE}"


def cell(population: str = "normal", fraction: float = 0.005, **changes) -> StudyCell:
    """One cell in which 1,900 of 2,000 intervals held."""
    values = {"rows": 500, "repetitions": 2000, "certified": True, "covered": 0.95, "missed_low": 0.03}
    values |= {"missed_high": 0.02, "variance_ratio": None, "strata_certified": 0.5, "strata_covered": None}
    values |= {"population_rows": 100_000, "strata": 10, "design_effect": 0.9, "width": 0.05}
    return StudyCell(population, fraction=fraction, **{**values, **changes})


def test_the_documentation_shows_what_ships() -> None:
    """What stands between the marks of docs/analytics.md is the shipped study, rendered."""
    page = (PROJECT_ROOT / "docs" / "analytics.md").read_text(encoding="utf-8")
    between = page.split("<!-- coverage: begin -->")[1].split("<!-- coverage: end -->")[0]
    assert between.strip() == "\n".join(section(read_study())).strip()


def test_every_population_and_fraction_ships() -> None:
    """No cell of the study is missing, and none is there twice."""
    study = read_study()
    assert [(one.population, one.fraction) for one in study.cells] == [(p, f) for p in POPULATIONS for f in FRACTIONS]
    assert study.repetitions >= 2000


def test_certified_cells_keep_the_promise() -> None:
    """Of what was certified and not exact, totals and strata, each cell covered between 94 % and 96.5 % of the time.

    Of very few strata in a thousand that are certified chance tells too much to be held to it.
    """
    sampled = [one for one in read_study().cells if one.certified and one.covered < 1]
    assert len(sampled) > 10
    assert all(0.94 <= one.covered <= 0.965 for one in sampled)
    strata = [one.strata_covered for one in read_study().cells if one.strata_covered and one.strata_certified > 0.01]
    assert len(strata) > 10
    assert all(0.94 <= covered <= 0.965 or covered == 1.0 for covered in strata)


def test_no_total_is_known_less_well_than_by_chance() -> None:
    """The design effect of every cell is at most 1, to two digits; half a percent of the rows certifies most."""
    study = read_study()
    assert max(one.design_effect or 0.0 for one in study.cells) < 1.005
    large = [one for one in study.cells if one.fraction == 0.005 and one.population_rows >= 1_000_000]
    assert sum(one.certified for one in large) >= 0.6 * len(large)
    heavy = {"log-normal, sigma 2", "Pareto, exponent 1.5", "99 % zeros"}
    assert heavy <= {one.population for one in large if one.certified}


def test_a_study_survives_its_file(tmp_path) -> None:
    """What is written is read back, with None for what there is not."""
    study = Study(2000, 0.95, (cell(), cell(fraction=0.05, design_effect=None, strata_covered=1.0)))
    write_study(study, tmp_path / "study.json")
    assert read_study(tmp_path / "study.json") == study


def test_the_monte_carlo_error_by_hand() -> None:
    """0.95 of 2,000: sqrt(0.95 x 0.05 / 2000) = 0.00487."""
    assert cell().error == pytest.approx(0.00487, abs=5e-6)
    assert cell(covered=1.0).error == 0.0


@pytest.mark.parametrize(
    ("fraction", "near"), [(0.0001, 0.001), (0.002, 0.001), (0.003, 0.005), (0.009, 0.005), (0.011, 0.02), (1.0, 1.0)]
)
def test_the_nearest_fraction_by_ratio(fraction: float, near: float) -> None:
    """Twice as many rows is as far as half as many: 0.9 % is nearer to 0.5 % than to 2 %."""
    assert {one.fraction for one in read_study().nearest(fraction)} == {near}


@pytest.mark.parametrize("fraction", [None, 0, -1, float("nan")])
def test_no_sample_no_table(fraction) -> None:
    """A run without a sample gets no table."""
    assert build_coverage(fraction) is None


def test_the_table_in_words() -> None:
    """Each population with its coverage and error; the sentence says between what the certified ones lie."""
    study = Study(2000, 0.95, (cell(), cell("odd", certified=False, covered=0.5), cell("other", covered=0.96)))
    table = build_coverage(0.004, study)
    assert [row.population for row in table.rows] == ["normal", "odd", "other"]
    assert (table.rows[0].covered, table.rows[0].missed) == (f"95.0{THIN}% ± 0.5{THIN}%", f"3.0{THIN}% / 2.0{THIN}%")
    assert f"between 95.0{THIN}% and 96.0{THIN}% of the time" in table.sentence
    assert f"0.5{THIN}% of the rows" in table.sentence
    assert "none of them is certified" in build_coverage(0.004, Study(2, 0.95, (cell(certified=False),))).sentence
    assert "cannot miss" in build_coverage(1.0).sentence


def test_the_report_shows_a_small_table(success) -> None:
    """Fewer than 20 rows, for the fraction nearest to the run's, and where the method is described."""
    page = report_of(success)
    part = page.split("How often such intervals hold</h3>")[1].split("</table>")[0]
    assert 1 < part.count('<th scope="row">') < 20
    assert part.count("✓ yes") == sum(one.certified for one in read_study().nearest(0.005))
    assert "docs/analytics.md" in part


def test_a_skipped_run_has_no_table(success) -> None:
    """Without estimates there is nothing that could hold."""
    success["analytics"] = {"status": "skipped", "reason": "There are no rows.", "measures": {}}
    assert "How often such intervals hold" not in report_of(success)
