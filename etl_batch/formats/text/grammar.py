"""A dialect as the kernels take it: the signs that it is made of."""

from __future__ import annotations

import numpy as np

from etl_batch.kernels import grammar
from etl_batch.kernels.kernel import Longs
from etl_batch.model import Dialect, Ragged

RAGGED = {Ragged.REJECT: 0, Ragged.PAD: grammar.PAD, Ragged.TRUNCATE: grammar.TRUNCATE}
"""The repairs of records of odd width, as the kernels take them."""


def is_plain(dialect: Dialect) -> bool:
    """Whether the fast kernels, which know one delimiter of one byte and doubled double quotes alone, mean the same."""
    exotic = dialect.escape or dialect.comment or dialect.run or dialect.spaced or dialect.tail
    return not exotic and dialect.quotechar == '"' and len(dialect.delimiter) == 1 and dialect.delimiter.isascii()


def signs_of(dialect: Dialect, encoding: str = "utf-8") -> Longs:
    """The signs as bytes of an encoding; in one of wide units as units, which are a byte each."""
    signs = np.full(grammar.SIGNS, -1, np.int64)
    for place, sign in (
        (grammar.QUOTE, dialect.quotechar),
        (grammar.ESCAPE, dialect.escape),
        (grammar.COMMENT, dialect.comment),
    ):
        signs[place] = ord(sign) if sign else -1
    delimiter = dialect.delimiter.encode("latin-1" if encoding.startswith(("utf-16", "utf-32")) else encoding)
    signs[grammar.SPACED], signs[grammar.RUN], signs[grammar.SIZE] = dialect.spaced, dialect.run, len(delimiter)
    signs[grammar.FIRST : grammar.FIRST + len(delimiter)] = list(delimiter)
    return signs
