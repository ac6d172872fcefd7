"""What the blocks of one frame add up to: rows and measures by block and stratum, few numbers whatever is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl_batch.analytics.clusters import ClusterCells
from etl_batch.analytics.moments import Floats, Integers, sums_by_stratum
from etl_batch.analytics.numbers import real_values
from etl_batch.analytics.strata import ALL_ROWS, StratumValue, plain_value
from etl_batch.analytics.tally import StratumTally, tally_chunk
from etl_batch.columns.measures import stratum_codes
from etl_batch.formats.blocks import BlockBatch
from etl_batch.probing.spread import Spread

_DENSE = 4
"""Cells a row up to which the cells of a batch are counted in a table of all of them, which is faster than sorting."""


@dataclass(frozen=True)
class FrameSums:
    """The sampled blocks of one frame. `rows` and each of the `measures` have an entry a cell (block and stratum)."""

    sizes: Floats
    written: Integers
    rejected: Integers
    cells: ClusterCells
    values: list[StratumValue]
    """Stratum values, to which the cells' strata are places."""
    rows: Floats
    measures: dict[str, Floats]
    not_finite: frozenset[str]
    """Measures of which some values were NaN or infinite; those count as nought."""
    exact: StratumTally | None
    """The same without rounding and by stratum only, when everything was read."""
    spread: Spread
    """How the rows differ within the strata."""


class BlockTally:
    """Takes batches of blocks in and adds them up."""

    def __init__(self, stratum: str | None, measures: tuple[str, ...], *, exact: bool) -> None:
        self.stratum, self.names = stratum, measures
        self.places: dict[StratumValue, int] = {}
        self.parts: list[tuple[Integers, Integers, Floats, dict[str, Floats]]] = []
        self.blocks: list[tuple[NDArray[Any], Integers, Integers]] = []
        self.seen = 0
        self.not_finite: set[str] = set()
        self.exact: StratumTally | None = StratumTally() if exact else None
        self.spread = Spread.none(measures)

    def add(self, batch: BlockBatch) -> None:
        """Take some blocks in."""
        self.blocks.append((batch.sizes, batch.written, batch.rejected))
        rows = int(batch.written.sum())
        if rows:
            codes, values = self._codes(batch, rows)
            numbers = {name: self._finite(name, *batch.measures[name]) for name in batch.measures}
            self._add_cells(batch, codes, numbers)
            nothing = np.zeros(rows)
            every = {name: numbers.get(name, nothing) for name in self.names}
            self.spread = self.spread.added(codes, every, len(self.places))
            if self.exact is not None:
                arrays = {name: values_of for name, (values_of, _) in batch.measures.items()}
                scales = {name: scale for name, (_, scale) in batch.measures.items()}
                self.exact += tally_chunk(codes, values, arrays, scales)
        self.seen += len(batch.sizes)

    def _codes(self, batch: BlockBatch, rows: int) -> tuple[Integers, list[StratumValue]]:
        """The stratum of each row as its place among the values met so far, and those values."""
        if batch.stratum is None:
            # A source without the column has no value in it.
            missing = ALL_ROWS if self.stratum is None else None
            place = self.places.setdefault(missing, len(self.places))
            return np.full(rows, place, np.int64), list(self.places)
        local, values = stratum_codes(batch.stratum.chunks)
        to = np.array([self.places.setdefault(plain_value(v), len(self.places)) for v in values], np.int64)
        return to[local], list(self.places)

    def _add_cells(self, batch: BlockBatch, codes: Integers, numbers: Mapping[str, Floats]) -> None:
        strata, blocks = len(self.places), len(batch.sizes)
        keys = batch.places * strata + codes
        if blocks * strata <= _DENSE * len(keys):
            counts = np.bincount(keys, minlength=blocks * strata)
            cells = np.flatnonzero(counts)
            rows = counts[cells]

            def add_up(weights: Floats) -> Floats:
                return sums_by_stratum(keys, weights, blocks * strata)[cells]
        else:
            cells, at, rows = np.unique(keys, return_inverse=True, return_counts=True)

            def add_up(weights: Floats) -> Floats:
                return sums_by_stratum(at, weights, len(cells))

        measures = {name: add_up(values) for name, values in numbers.items()}
        block, stratum = np.divmod(cells, strata)
        self.parts.append((block + self.seen, stratum, rows.astype(np.float64), measures))

    def _finite(self, name: str, values: NDArray[Any], scale: int) -> Floats:
        """The values in real units; nulls, NaN and infinities as nought."""
        plain = type(values) is np.ndarray  # or masked; to ask numpy.ma would load it
        if plain and (values.dtype.kind != "f" or np.isfinite(values.sum())):
            return values / 10.0**scale if scale else values.astype(np.float64, copy=False)
        if not np.isfinite(values if plain else np.ma.filled(values, 0)).all():
            self.not_finite.add(name)
        return real_values(values, scale)

    def finish(self) -> FrameSums:
        """What was added up."""
        none = np.zeros(0, np.int64)
        block, stratum = (np.concatenate([part[at] for part in self.parts] or [none]) for at in (0, 1))
        rows = np.concatenate([part[2] for part in self.parts] or [np.zeros(0)])
        measures = {
            name: np.concatenate([part[3].get(name, np.zeros(len(part[0]))) for part in self.parts] or [np.zeros(0)])
            for name in self.names
        }
        sizes, written, rejected = (np.concatenate([each[at] for each in self.blocks] or [none]) for at in (0, 1, 2))
        return FrameSums(
            sizes.astype(np.float64),
            written,
            rejected,
            ClusterCells(block, stratum, max(len(self.places), 1)),
            list(self.places),
            rows,
            measures,
            frozenset(self.not_finite),
            self.exact,
            self.spread,
        )
