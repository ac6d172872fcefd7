"""How the cells of a text are written, as far as it was declared: decimal sign, thousands, order of days, null words.

`canonical` gives cells as the rest of the engine reads them; each depends on that cell alone. What types they may have
then is asked of `text_forms` as ever, but for what `FOREIGN` says: a cell that would be a number and is none by the
declared signs, such as `1.5` where decimals stand behind a comma.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.columns import text_forms
from etl_batch.columns.text_cells import TextCells
from etl_batch.errors import UsageError
from etl_batch.kernels import conventions as kernels
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.kernel import Bytes

if TYPE_CHECKING:
    from etl_batch.reading_options import ReadingOptions

_ORDERS = {None: 0, "dmy": kernels.DMY, "mdy": kernels.MDY, "ymd": kernels.YMD}
_BLANKS = (" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}")
_ALIKE = {" ": _BLANKS, "'": ("'", "\N{RIGHT SINGLE QUOTATION MARK}")}
"""Signs that nobody tells apart when typing: the plain one stands for all of them."""


@dataclass(frozen=True)
class Conventions:
    """What was declared of the cells; without it they are read as they stand."""

    decimal: str = "."
    thousands: str | None = None
    date_order: str | None = None
    null_words: tuple[str, ...] = ()
    everywhere: bool = False
    """Whether cells of text are rewritten too, and the CSV has every cell as it is read."""

    @classmethod
    def of(cls, options: ReadingOptions, *, normalise: bool = False) -> Conventions:
        """Those among the settings; raises `UsageError` where they contradict each other.

        A sign between thousands says nothing of the decimals: a point it is then.
        """
        if options.thousands == (options.decimal or "."):
            reason = sentences.command_line.SAME_SIGN.format(sign=options.thousands)
            raise UsageError(sentences.command_line.WRONG_SETTINGS.format(reason=reason), field="thousands")
        return cls(options.decimal or ".", options.thousands, options.date_order, options.null_words, normalise)

    @property
    def declared(self) -> bool:
        """Whether a cell may be read otherwise than it stands."""
        return self.numbers or self.date_order is not None or bool(self.null_words)

    @property
    def numbers(self) -> bool:
        """Whether numbers are written otherwise than the engine reads them."""
        return self.decimal != "." or self.thousands is not None

    def for_text(self) -> Conventions:
        """What holds for a column that is no number and no date: its words for nothing, unless all is rewritten."""
        return self if self.everywhere else Conventions(null_words=self.null_words)

    @cached_property
    def signs(self) -> Bytes:
        """The thousands signs as the kernels take them."""
        alike = _ALIKE.get(self.thousands, (self.thousands,)) if self.thousands else ()
        encoded = [sign.encode() for sign in alike]
        return np.frombuffer(b"".join(bytes([len(sign)]) + sign.ljust(3, b"\0") for sign in encoded), np.uint8)

    @cached_property
    def words(self) -> tuple[Bytes, np.ndarray[tuple[int], np.dtype[np.int32]]]:
        """The null words one behind the other, and where each ends."""
        encoded = [word.encode("utf-8", "surrogateescape") for word in self.null_words]
        return np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([len(word) for word in encoded]).astype(np.int32)

    @property
    def decimal_code(self) -> int:
        """The decimal sign as the kernels take it: 0 where numbers are left alone."""
        return ord(self.decimal) if self.numbers else 0


AS_WRITTEN = Conventions()
"""Nothing is declared."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadCells:
    """Cells as they are read, and the forms that they may not have whatever they look like."""

    cells: pa.StringArray | TextCells
    changed: bool
    barred: int = 0


def canonical(cells: pa.StringArray | TextCells, conventions: Conventions) -> ReadCells:
    """The cells as the conventions have them: numbers with a point and no more, ISO days, null words as empty cells."""
    if not conventions.declared or not len(cells):
        return ReadCells(cells, changed=False)
    view = cells if isinstance(cells, TextCells) else TextCells.from_arrow(cells)
    rows = len(view)
    size = int(view.ends.sum(dtype=np.int64) - view.before.sum(dtype=np.int64)) - rows
    offsets, kinds = np.empty(rows + 1, np.int32), np.empty(rows, np.uint8)
    out = np.empty(size + kernels.MOST_GROWTH * rows + PADDING, np.uint8)
    order = _ORDERS[conventions.date_order]
    kernels.rewrite(
        *view.places, conventions.decimal_code, conventions.signs, order, *conventions.words, offsets, out, kinds
    )
    barred = text_forms.NUMERIC if (kinds == kernels.FOREIGN).any() else 0
    if not ((kinds != kernels.AS_IT_WAS) & (kinds != kernels.FOREIGN)).any():
        return ReadCells(cells, changed=False, barred=barred)
    return ReadCells(TextCells(out, offsets[:-1] - np.int32(1), offsets[1:]), changed=True, barred=barred)


def canonical_text(cells: pa.StringArray, conventions: Conventions) -> pa.StringArray:
    """The same as an array."""
    read = canonical(cells, conventions).cells
    return read.to_arrow() if isinstance(read, TextCells) else read


def forms(cells: pa.StringArray, conventions: Conventions, wanted: int = text_forms.ALL) -> int:
    """The forms that every cell has by the conventions, among those wanted."""
    read = canonical(cells, conventions)
    return text_forms.forms(read.cells, wanted & ~read.barred)


def signed_numbers(cells: TextCells, conventions: Conventions) -> Bytes | None:
    """Marks of the cells that are numbers and begin with a minus; None when there is none."""
    if not conventions.numbers:
        return None
    found = np.empty(len(cells), np.uint8)
    count = kernels.find_signed(*cells.places, conventions.decimal_code, conventions.signs, found)
    return found if count else None
