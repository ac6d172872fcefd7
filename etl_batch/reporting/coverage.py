"""How often intervals hold: the coverage study's results as they ship with the engine, and the part a report shows.

    benchmarks/coverage_study.py --write_study--> coverage.json --read_study--> report, Analytics screen
                                 --table-------> docs/analytics.md

The study draws thousands of samples from populations whose totals are known, through the code that a run goes
through; `docs/analytics.md` describes it and holds the whole table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from etl_batch.reporting import wording
from etl_batch.reporting.formatting import plain_percent, quantity

STUDY = Path(__file__).parent / "coverage.json"
"""Written by `make coverage-study`."""
SHOWN_POPULATIONS = 16


@dataclass(frozen=True, slots=True)
class StudyCell:
    """What the repetitions of one population and fraction came to; rates are shares of one."""

    population: str
    population_rows: int
    strata: int
    fraction: float
    rows: int
    """Rows in each sample."""
    repetitions: int
    certified: bool
    """Whether the intervals of the total were certified; the same for every sample of a cell."""
    covered: float
    """Share of the intervals that held the total."""
    missed_low: float
    """Share that ended below the total."""
    missed_high: float
    variance_ratio: float | None
    """Mean of the estimated variance against the variance of the estimates; None where nothing varies."""
    design_effect: float | None
    """Variance of the estimates against that of a simple random sample of as many rows; None where there is none."""
    width: float | None
    """Half the interval's width on the average, in parts of the total; None for a total of nought."""
    strata_certified: float
    """Share of the strata's own intervals that were certified."""
    strata_covered: float | None
    """Of these, the share that held; None without any."""

    @property
    def error(self) -> float:
        """Monte Carlo standard error of `covered`: `sqrt(c (1 - c) / R)` for R independent repetitions."""
        return math.sqrt(max(self.covered * (1 - self.covered), 0.0) / self.repetitions)


@dataclass(frozen=True, slots=True)
class Study:
    """A whole study; `repetitions` samples a cell."""

    repetitions: int
    confidence: float
    cells: tuple[StudyCell, ...]

    def nearest(self, fraction: float) -> tuple[StudyCell, ...]:
        """The cells of the studied fraction that is nearest to `fraction`, by their ratio; none for no fraction."""
        if not fraction > 0:
            return ()
        known = {cell.fraction for cell in self.cells}
        near = min(known, key=lambda studied: abs(math.log(studied / fraction)), default=None)
        return tuple(cell for cell in self.cells if cell.fraction == near)


def write_study(study: Study, path: Path = STUDY) -> None:
    """Write a study as JSON, each cell with the Monte Carlo error of its coverage."""
    cells = [asdict(cell) | {"covered_error": round(cell.error, 6)} for cell in study.cells]
    text = json.dumps(asdict(study) | {"cells": cells}, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


@cache
def read_study(path: Path = STUDY) -> Study:
    """The study that ships with the engine."""
    found = json.loads(path.read_text(encoding="utf-8"))
    known = StudyCell.__dataclass_fields__
    cells = [StudyCell(**{name: cell[name] for name in known}) for cell in found.pop("cells")]
    return Study(**found, cells=tuple(cells))


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One population as it is read."""

    population: str
    rows: str
    certified: bool
    covered: str
    """With its Monte Carlo error."""
    missed: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """The table for one fraction and the sentence above it."""

    sentence: str
    rows: tuple[CoverageRow, ...]


def build_coverage(fraction: float | None, study: Study | None = None) -> Coverage | None:
    """The table for the studied fraction nearest to a run's effective one; None when a run has no sample."""
    study = study or read_study()
    cells = study.nearest(fraction) if fraction is not None else ()
    if not cells:
        return None
    rows = [
        CoverageRow(
            population=cell.population,
            rows=quantity(cell.rows),
            certified=cell.certified,
            covered=f"{_tenths(cell.covered)} ± {_tenths(cell.error)}",
            missed=f"{_tenths(cell.missed_low)} / {_tenths(cell.missed_high)}",
        )
        for cell in cells[:SHOWN_POPULATIONS]
    ]
    return Coverage(_sentence(cells, study), tuple(rows))


def _tenths(share: float) -> str:
    return plain_percent(share, 1)


def _sentence(cells: Sequence[StudyCell], study: Study) -> str:
    """What the table shows, and between what the certified coverages lie."""
    return wording.COVERAGE_LEAD.format(
        repetitions=quantity(study.repetitions),
        fraction=plain_percent(cells[0].fraction),
        confidence=plain_percent(study.confidence),
        found=_found(cells),
    )


def _found(cells: Sequence[StudyCell]) -> str:
    if cells[0].fraction >= 1:
        return wording.ALL_ROWS
    sure = [cell.covered for cell in cells if cell.certified]
    if not sure:
        return wording.NONE_CERTIFIED
    low, high = (_tenths(end) for end in (min(sure), max(sure)))
    return wording.HELD_IN.format(share=low) if low == high else wording.HELD_BETWEEN.format(low=low, high=high)
