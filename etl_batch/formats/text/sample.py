"""The first records of a text, cell by cell, under a dialect that is being tried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from etl_batch.formats.text.grammar import signs_of
from etl_batch.kernels import grammar
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes
from etl_batch.model import Dialect

MOST_CELLS = 1 << 18


@dataclass(frozen=True, slots=True)
class SampleText:
    """Text in UTF-8 from a record's begin on; `whole`: all that there is."""

    data: Bytes
    """With `PADDING` bytes behind the text."""
    length: int
    whole: bool

    @classmethod
    def of(cls, text: bytes, *, whole: bool) -> SampleText:
        """A text, without its last line where that is not known to be complete."""
        if not whole:
            text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1] or text
        return cls(np.frombuffer(text + bytes(PADDING), np.uint8), len(text), whole)

    @property
    def text(self) -> bytes:
        """The text as bytes."""
        return self.data[: self.length].tobytes()


@dataclass(frozen=True, slots=True)
class SampleRecord:
    """One record: its cells as they read, none for a blank line or a comment; `[begin, end)` in the sample."""

    cells: tuple[str, ...]
    begin: int
    end: int
    astray: bool = False
    """Whether its quotes cannot be understood."""
    quoted: int = 0
    """Cells in quotes."""

    @property
    def width(self) -> int:
        """How many cells it has."""
        return len(self.cells)


def read_records(sample: SampleText, dialect: Dialect, most: int) -> list[SampleRecord]:
    """The first records, `most` of them at most."""
    cells = np.empty((MOST_CELLS, 3), np.int64)
    records, state = np.empty((most, 4), np.int64), np.zeros(3, np.int64)
    grammar.note_cells(sample.data, sample.length, signs_of(dialect), cells, records, state)
    text, noted = sample.text, cells[: state[0]]
    words = _words(text, noted.tolist(), dialect)
    # What is the same in all cells of most texts is asked of all of them at once.
    hows: list[int] | None = noted[:, 2].tolist() if noted[:, 2].any() else None
    found = []
    for first, count, begin, end in records[: state[1]].tolist():
        ways = hows[first : first + count] if hows is not None else []
        if not sample.whole and any(how & grammar.OPEN for how in ways):
            break  # what stands in those quotes, and how far, is not known
        astray = any(how & grammar.ASTRAY for how in ways)
        quoted = sum(how & grammar.IN_QUOTES for how in ways)
        found.append(SampleRecord(tuple(words[first : first + count]), begin, end, astray, quoted))
    return found


def _words(text: bytes, cells: list[list[int]], dialect: Dialect) -> list[str]:
    """The cells as they read."""
    if text.isascii():
        letters, odd = text.decode("ascii"), grammar.DOUBLED | grammar.ESCAPED
        return [
            _word(text[start:stop], how, dialect) if how & odd else letters[start:stop] for start, stop, how in cells
        ]
    return [_word(text[start:stop], how, dialect) for start, stop, how in cells]


def _word(content: bytes, how: int, dialect: Dialect) -> str:
    word = content.decode("utf-8", "replace").replace("\ufffd", "?")
    quote, escape = dialect.quotechar, dialect.escape
    if how & grammar.DOUBLED and quote:
        word = word.replace(quote * 2, quote)
    if how & grammar.ESCAPED and escape:
        for sign in filter(None, (quote, dialect.delimiter, escape)):
            word = word.replace(escape + sign, sign)
    return word
