"""How the sample was shared out: which strata follow the rule, and the line through them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from etl_batch.analytics.allocation import MINIMUM_PER_STRATUM, allocate
from etl_batch.model import Allocation, Analytics
from etl_batch.reporting import shares, wording
from etl_batch.reporting.shares import ShareKind, build_shares, build_shares_view
from tests.records import estimates


def analytics(sizes: list[tuple[int, int, int]], **changes: object) -> Analytics:
    """Strata as (rows, sampled, of these taken whole)."""
    listed = [
        {"value": f"s{number}", "rows": rows, "sampled": sampled, "taken_whole": whole}
        for number, (rows, sampled, whole) in enumerate(sizes)
    ]
    return estimates({"stratum": "s", "strata": listed} | changes)


STRATA = [(10_000, 100, 0), (2_505, 55, 5), (400, 20, 0), (64, 2, 0), (8, 8, 0), (25, 25, 25)]


def test_it_knows_what_the_engine_does() -> None:
    """The minimum is that of the engine, and each of its rules has words."""
    assert shares.MINIMUM == MINIMUM_PER_STRATUM
    assert wording.LINE_WORDS.keys() == set(Allocation)


def test_strata_are_told_apart() -> None:
    """By the rule, at the minimum, taken whole; rows taken for their values are in neither number."""
    found = build_shares(analytics(STRATA))
    assert [(share.rows, share.drawn, share.kind) for share in found.strata] == [
        (10_000, 100, ShareKind.SHARE),
        (2_500, 50, ShareKind.SHARE),
        (400, 20, ShareKind.SHARE),
        (64, 2, ShareKind.MINIMUM),
        (8, 8, ShareKind.WHOLE),
        (0, 0, ShareKind.WHOLE),
    ]
    assert len(found.drawn) == 5
    assert found.expected(900) == 30.0
    assert "Of 6 strata 3 gave rows in proportion to the square root" in found.sentence
    assert found.sentence.endswith("1 gave the minimum of 2 rows; 2 were taken whole.")


def test_the_line_runs_through_a_real_allocation() -> None:
    """What `allocate` gives the strata that no bound touches lies on the line, to a row."""
    sizes = np.array([50_000, 20_000, 8_000, 3_000, 900, 40, 6])
    drawn = allocate(sizes, 2_000)
    found = build_shares(analytics([(int(n), int(d), 0) for n, d in zip(sizes, drawn, strict=True)]))
    free = [share for share in found.strata if share.kind is ShareKind.SHARE]
    assert len(free) >= 5
    assert all(abs(found.expected(share.rows) - share.drawn) <= 1.01 for share in free)


@pytest.mark.parametrize(("rule", "at"), [("proportional", 100 / 10_000 * 900), ("neyman", 30.0), (None, 30.0)])
def test_each_rule_has_its_line(rule, at) -> None:
    """In proportion to the size, or the square root to compare with; a run that does not say used the square root."""
    found = build_shares(
        analytics([(10_000, 100, 0), (2_500, 25 if rule == "proportional" else 50, 0)], allocation=rule)
    )
    assert found.expected(900) == pytest.approx(at)


@pytest.mark.parametrize(
    "changes",
    [{"stratum": None}, {"strata": []}, {"strata": None}, {"allocation": "of the future"}, {"strata": [7, None]}],
)
def test_nothing_to_share_nothing_to_draw(changes) -> None:
    """One stratum, odd metadata, or a rule that this version does not know."""
    assert build_shares(analytics(STRATA, **changes)) is None


@pytest.mark.parametrize(
    ("strata", "words"),
    [
        ([(100, 2, 0), (50, 2, 0)], "All strata (2) gave the minimum of 2 rows."),
        ([(9, 9, 0), (5, 5, 0)], "All strata (2) were taken whole."),
    ],
)
def test_all_of_one_kind(strata, words) -> None:
    """Then there is no line."""
    view = build_shares_view(analytics(strata))
    assert (view.sentence, view.plot.line, view.line) == (words, (), None)


def test_the_drawing_is_bounded_and_straight() -> None:
    """Of ten thousand strata the largest 300 are drawn, and those on the rule lie on the straight line."""
    many = [(100 * number**2, 2 * 10 * number, 0) for number in range(1, 10_001)]
    view = build_shares_view(analytics(many))
    assert len(view.plot.dots) == 300
    (x0, y0), *_, (x1, y1) = view.plot.line
    slope = (y1 - y0) / (x1 - x0)
    assert all(math.isclose(y, y0 + slope * (x - x0), abs_tol=0.05) for (x, y), _ in view.plot.dots)


def test_pools_are_dots_of_their_average_stratum() -> None:
    """40 strata of 25 rows that gave 80 together: one dot at 25 rows and 2, on the line, and counted as 40."""
    pools = [{"strata": 40, "rows": 1_000, "sampled": 80}]
    listed = [{"value": f"p{n}", "rows": 25, "sampled": 2, "pool": 0} for n in range(40)]
    found = build_shares(
        estimates({"stratum": "s", "strata": [{"value": "a", "rows": 10_000, "sampled": 40}, *listed], "pools": pools})
    )
    assert [(share.rows, share.drawn, share.kind, share.strata) for share in found.strata] == [
        (10_000, 40, ShareKind.SHARE, 1),
        (25.0, 2.0, ShareKind.POOL, 40),
    ]
    assert found.expected(25) == pytest.approx(2.0)
    assert "Of 41 strata 1 gave rows" in found.sentence
    assert found.sentence.endswith("40 were sampled together in 1 pool.")


@pytest.mark.parametrize(
    ("mix", "words", "line"),
    [
        (0.0, "in proportion to the square root", "in proportion to the square root"),
        (0.25, "25 % of the way to proportional shares", "between the square root and the size"),
        (1.0, "in proportion to their size", "in proportion to the size"),
    ],
)
def test_how_far_the_shares_went_from_the_rule_is_said(mix, words, line) -> None:
    """And the line is the curve of such shares."""
    sizes = np.array([90_000, 10_000, 2_500])
    roots = np.sqrt(sizes)
    drawn = np.rint(1_000 * ((1 - mix) * roots / roots.sum() + mix * sizes / sizes.sum())).astype(int)
    found = build_shares(analytics([(int(n), int(d), 0) for n, d in zip(sizes, drawn, strict=True)], mix=mix))
    assert words in found.sentence.replace("\u202f", " ")
    assert found.rule.line == line
    assert all(found.expected(share.rows) == pytest.approx(share.drawn, rel=0.02) for share in found.strata)
    assert all(rows == pytest.approx(found.expected(size)) for size, rows in found.line())
