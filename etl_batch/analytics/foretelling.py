"""What other samples of the same rows would tell: their errors, and the smallest fraction that certifies a total."""

from __future__ import annotations

from functools import cache

from etl_batch.analytics.design import Design, Population, expected_half_widths, share_out
from etl_batch.analytics.sampling import MAX_SAMPLE_ROWS, sample_size
from etl_batch.model import Allocation

FRACTIONS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Sampling fractions whose error every run foretells."""
ALL_ROWS = 1.0
_NAMED = tuple(float(f"{digits}e{power}") for power in range(-6, -1) for digits in range(10, 100))
"""Fractions that are named as enough: two digits, from a hundred-thousandth on."""


class Foretelling:
    """What samples of other sizes of one population would be; each size is worked out once."""

    def __init__(self, population: Population, rule: Allocation, cap: int = MAX_SAMPLE_ROWS) -> None:
        self.population, self.rule, self.cap = population, rule, cap
        self.design = cache(self._design)

    def _design(self, rows: int) -> Design:
        return share_out(self.population, rows, self.rule)

    def _of(self, frac: float) -> Design:
        return self.design(sample_size(frac, self.population.rows, self.cap))

    def expected_errors(self, own: Design) -> list[tuple[float, int, dict[str, float | None]]]:
        """Share, rows and expected half widths (to four digits) of samples of several sizes, `own` among them, rising.

        A larger sample than the run's would take more of the largest rows whole than the run knows: its error is then
        less than foretold here.
        """
        found = {own.rows: (own.rows / self.population.rows, own)}
        for frac in FRACTIONS:
            design = self._of(frac)
            found.setdefault(design.rows, (frac, design))
        return [(found[rows][0], rows, _widths(found[rows][1])) for rows in sorted(found)]

    def enough(self, name: str, own: Design) -> float | None:
        """The smallest fraction of two digits at which the total of a measure is certified, above the own one.

        `ALL_ROWS` where no smaller one does; None where the largest sample that is ever drawn does not.
        """
        place = self.population.names.index(name)
        rows = self.population.rows
        larger = [frac for frac in _NAMED if own.rows < sample_size(frac, rows, self.cap) < rows]
        # More rows are hardly ever worse: where they are, a fraction that does is found all the same, if not the first.
        low, high = -1, len(larger)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._of(larger[middle]).certain[place] else (middle, high)
        if high < len(larger):
            return larger[high]
        return ALL_ROWS if rows <= self.cap else None


def _widths(design: Design) -> dict[str, float | None]:
    widths = expected_half_widths(design)
    return {name: None if width is None else float(f"{width:.4g}") for name, width in widths.items()}
