"""Quantiles of Student's t against SciPy's and against a printed table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from etl_batch.analytics.student import t_quantile, t_quantiles, two_sided_p


@pytest.mark.parametrize("probability", [0.5, 0.9, 0.975, 0.9995])
@pytest.mark.parametrize("df", [1, 1.5, 2, 5, 29, 621.0, 1999.5, 2001, 1e5, 1e8])
def test_agrees_with_scipy(probability, df):
    """Whole and broken degrees of freedom, both ways of computing, to eleven digits."""
    assert t_quantile(probability, df) == pytest.approx(float(stdtrit(df, probability)), rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(("df", "printed"), [(1, 12.706), (4, 2.776), (30, 2.042), (120, 1.980)])
def test_agrees_with_the_table(df, printed):
    """Table 5 of Snedecor and Cochran (1980), two-sided 5 %."""
    assert round(t_quantile(0.975, df), 3) == printed


@pytest.mark.parametrize(("probability", "df"), [(0.4, 5), (1.0, 5), (0.975, 0)])
def test_refuses_what_has_no_quantile(probability, df):
    """Probabilities outside the upper half and no degrees of freedom are errors."""
    with pytest.raises(ValueError, match="no quantile"):
        t_quantile(probability, df)


def test_many_at_once():
    """An array, of any shape and in any order, gets what each of its entries gets, and SciPy's."""
    df = np.array([[1.5, 700.0, 9.0], [9.0, 1e6, 499.5]])
    assert t_quantiles(0.975, df).tolist() == [[t_quantile(0.975, each) for each in row] for row in df.tolist()]
    assert t_quantiles(0.975, df) == pytest.approx(stdtrit(df, 0.975), rel=1e-11)
    assert t_quantiles(0.975, np.array(4.0)) == pytest.approx(2.7764451, rel=1e-7)


@pytest.mark.parametrize("df", [1.0, 3.7, 29.0, 480.0, 1e6])
@pytest.mark.parametrize("t", [0.0, -0.3, 1.96, 12.5])
def test_two_sided_tails(t, df):
    """As SciPy has them, the smallest too."""
    assert two_sided_p(t, df) == pytest.approx(2 * stdtr(df, -abs(t)), rel=1e-8)
