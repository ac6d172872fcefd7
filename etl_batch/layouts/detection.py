"""How well a file's first bytes fit a record layout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from etl_batch.layouts.cell_types import Array, ColumnValues, Mask
from etl_batch.layouts.cells import read_fields
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import Layout, LayoutColumn

NOTHING_TO_CHECK = 0.5
"""Score of a file that a layout without checkable fields divides evenly: possible, and no more."""
_UNEVEN = 0.9
_NAMED_OTHERWISE = 0.95
_TEXT_BYTES = np.isin(np.arange(256), [9, 10, 13, *range(32, 127), *range(128, 256)])


def plausibility(layout: Layout, sample: bytes, size: int, filename: str) -> float:
    """How well `sample`, the file's bytes from its first record on, fits `layout`: 0 (not at all) to 1.

    The score grows with the share of records in the sample that hold no impossible value: it is 0 when half of them do,
    and above 0.8 for a file with a few damaged records; magic bytes or a file name that speak for the layout halve what
    is missing to 1. Text must be valid, printable and padded at its end only;
    `const`, `min`, `max`, `pattern`, `enum` and digits must hold. `size` is counted from the first record to the end
    of the file. Magic bytes in a header are not in the sample: call `extent` first, which checks them.
    """
    rows = _rows(layout, sample)
    if len(rows) == 0 or not _magic_fits(layout, sample) or _is_text(layout, rows):
        return 0.0
    wrong, checked = _wrong_rows(layout, rows)
    if checked:
        score = max(0.0, 1.0 - 2.0 * float(wrong.mean()))
        score *= 1.0 if _divides(layout, size) else _UNEVEN
    else:
        score = _unchecked_score(layout, size)
    if score and (layout.magic is not None or layout.matches(filename)):
        return (1.0 + score) / 2
    return score * _NAMED_OTHERWISE if layout.match else score


def _rows(layout: Layout, sample: bytes) -> Array:
    whole = len(sample) // layout.record_size
    return np.frombuffer(sample, np.uint8, whole * layout.record_size).reshape(whole, layout.record_size)


def _unchecked_score(layout: Layout, size: int) -> float:
    """Without a field to check, magic bytes speak for the layout, else the file's size alone."""
    if layout.magic is not None:
        return 1.0
    return NOTHING_TO_CHECK if _divides(layout, size) else NOTHING_TO_CHECK / 2


def _divides(layout: Layout, size: int) -> bool:
    """Whether the file holds whole records only, as far as the layout alone can tell."""
    if layout.record_count is not None or not isinstance(layout.footer_bytes, int):
        return True
    return (size - layout.footer_bytes) % layout.record_size == 0


def _magic_fits(layout: Layout, sample: bytes) -> bool:
    if layout.magic is None or not isinstance(layout.header_bytes, int):
        return True
    offset, expected = layout.magic
    at = offset - layout.header_bytes
    return at < 0 or sample[at : at + len(expected)] == expected


def _is_text(layout: Layout, rows: Array) -> bool:
    """Whether this is a text file: every byte is one of text, although numbers in binary would show others."""
    binary = (Family.INTEGER, Family.FLOAT, Family.TIME)
    numbers = sum(column.size for column in layout.fields if column.family in binary and column.size > 1)
    return numbers * len(rows) >= 16 and bool(_TEXT_BYTES[rows].all())


def _wrong_rows(layout: Layout, rows: Array) -> tuple[Mask, bool]:
    """The records with an impossible value, and whether any field could have shown one."""
    wrong = np.zeros(len(rows), bool)
    checked = False
    for column, values in read_fields(layout, rows, _can_tell):
        for failure in values.failures:
            wrong |= failure.mask
        if column.family is Family.TEXT and not column.enum:
            wrong |= _odd_text(values)
            checked |= _has_text(values.array)
        else:
            checked |= column.checked
    return wrong, checked or bool(wrong.any()) or layout.discriminator is not None


def _can_tell(column: LayoutColumn) -> bool:
    return column.checked or column.family is Family.TIME


def _odd_text(values: ColumnValues) -> Mask:
    """Rows whose text has padding before its end or characters that nobody prints."""
    array = values.array
    if not isinstance(array, pa.DictionaryArray):
        array = array.dictionary_encode()
    odd = [not (text or "").rstrip("\0 ").isprintable() for text in array.dictionary.to_pylist()]
    # The index of a null row is -1, the last place: nothing odd about it.
    mask: Mask = np.array([*odd, False], bool)[array.indices.fill_null(-1).to_numpy()]
    return mask


def _has_text(array: pa.Array) -> bool:
    """Whether any row has text: blank fields alone would fit a file of zeros too."""
    return any(text.strip("\0 ") for text in _distinct(array))


def _distinct(array: pa.Array) -> Iterator[str]:
    values = array.dictionary if isinstance(array, pa.DictionaryArray) else array
    return (text for text in values.to_pylist() if text)
