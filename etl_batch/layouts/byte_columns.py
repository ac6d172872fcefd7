"""The columns of bytes that records of one length make: what each holds over all sampled records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from etl_batch.layouts.cell_types import Array

_PRINTABLE: Array = np.isin(np.arange(256), [0, *range(32, 127)])
_MOSTLY, _SOME = 0.5, 0.2
_EBCDIC: Array = np.isin(
    np.arange(256),
    np.frombuffer("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,-/&'()".encode("cp037"), np.uint8),
)


def _any(counts: Array) -> Array:
    """Columns in which one of these bytes stands."""
    found: Array = counts.sum(axis=1) > 0
    return found


@dataclass(frozen=True)
class ByteColumns:
    """Records as a matrix of bytes, shape (records, record length), in the file's order.

    `follows` marks the records that stand right behind the one before them; its first is False.
    """

    rows: Array
    follows: Array

    @property
    def length(self) -> int:
        """Bytes of a record."""
        return int(self.rows.shape[1])

    @cached_property
    def counts(self) -> Array:
        """How often each byte value stands in each column, shape (record length, 256)."""
        cells = self.rows + np.arange(self.length, dtype=np.int32) * 256
        found: Array = np.bincount(cells.reshape(-1), minlength=256 * self.length).reshape(self.length, 256)
        return found

    @cached_property
    def distinct(self) -> Array:
        """Values of each column."""
        found: Array = (self.counts > 0).sum(axis=1)
        return found

    @cached_property
    def entropy(self) -> Array:
        """Bits of each column."""
        shares = self.counts / len(self.rows)
        logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
        found: Array = -(shares * logs).sum(axis=1)
        return found

    @cached_property
    def zero(self) -> Array:
        """Columns that are zero throughout."""
        found: Array = self.counts[:, 0] == len(self.rows)
        return found

    @cached_property
    def ascii(self) -> Array:
        """Columns of printable ASCII and NUL bytes, NUL bytes alone excepted."""
        return ~_any(self.counts[:, ~_PRINTABLE]) & ~self.zero

    @cached_property
    def ebcdic(self) -> Array:
        """Columns of letters, digits and blanks in EBCDIC."""
        return ~_any(self.counts[:, ~_EBCDIC])

    @cached_property
    def ebcdic_letters(self) -> Array:
        """Those of them that hold letters or digits in some records, none of which are ASCII."""
        high: Array = self.counts[:, 0x80:].sum(axis=1) > _SOME * len(self.rows)
        return self.ebcdic & high

    @cached_property
    def breaks(self) -> Array:
        """Columns at which no text goes on: a letter behind a NUL byte, or behind a blank in most records."""
        before, here = self.rows[:, :-1], self.rows[:, 1:]
        after_nul = ((before == 0) & (here != 0)).any(axis=0)
        # Blanks stand between words too, but not at the same place in most records.
        after_blank = (np.isin(before, (0x20, 0x40)) & ~np.isin(here, (0, 0x20, 0x40))).mean(axis=0) > _MOSTLY
        return np.concatenate([[False], after_nul | after_blank])

    @cached_property
    def zoned(self) -> Array:
        """Columns of EBCDIC digits alone."""
        return ~_any(np.delete(self.counts, np.arange(0xF0, 0xFA), axis=1))

    @cached_property
    def packed(self) -> Array:
        """Columns whose half bytes are digits."""
        wrong = (np.arange(256) >> 4 > 9) | (np.arange(256) & 15 > 9)
        return ~_any(self.counts[:, wrong])

    @cached_property
    def packed_end(self) -> Array:
        """Columns of a digit and a sign each, as packed decimals end."""
        signs = np.isin(np.arange(256) & 15, (12, 13, 15)) & (np.arange(256) >> 4 <= 9)
        return ~_any(self.counts[:, ~signs]) & (self.distinct > 1)

    def numbers(self, offset: int, code: str) -> Array:
        """The values that stand at `offset` as a NumPy type, such as `<i4`."""
        size = np.dtype(code).itemsize
        cells = np.ascontiguousarray(self.rows[:, offset : offset + size])
        found: Array = cells.view(code).reshape(-1)
        return found
