"""How well a file's bytes fit a record layout: one score, and the reasons for it in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa

from etl_batch import sentences
from etl_batch.kernels.kernel import Longs
from etl_batch.layouts.cell_types import Array, ColumnValues, Mask
from etl_batch.layouts.cells import read_fields
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import Layout, LayoutColumn

NOTHING_TO_CHECK = 0.5
"""Score of a file that a layout without checkable fields divides evenly: possible, and no more."""
_UNEVEN = 0.9
_NAMED_OTHERWISE = 0.95
_TOLD_FIELDS = 3
_TEXT_BYTES = np.isin(np.arange(256), [9, 10, 13, *range(32, 127), *range(128, 256)])
_ODD_TEXT = "odd_text"
"""Why a value is impossible, in words that follow a field's name."""


class Speaks(StrEnum):
    """Which way a reason points."""

    FOR = "for"
    AGAINST = "against"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at, in a sentence."""

    speaks: Speaks
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How well one layout fits a file: 0 (not at all) to 1, and why."""

    layout: str
    score: float
    reasons: tuple[Reason, ...]
    rules: int = 0
    """Fields that could have shown that the file is another one's: with equal scores the stricter layout is better."""

    @property
    def summary(self) -> str:
        """The reason that weighs most: the first against the layout, else the first of all."""
        against = [reason.text for reason in self.reasons if reason.speaks is Speaks.AGAINST]
        return (against or [reason.text for reason in self.reasons])[0]

    def to_json(self) -> dict[str, object]:
        """As `detect --json` has it."""
        reasons = [{"speaks": str(reason.speaks), "text": reason.text} for reason in self.reasons]
        return {"name": self.layout, "score": self.score, "reasons": reasons}

    @property
    def order(self) -> tuple[float, int, str]:
        """Sorts fits; the best is the largest."""
        return self.score, self.rules, self.layout


def plausibility(layout: Layout, sample: bytes, size: int, filename: str) -> float:
    """How well `sample`, the file's bytes from its first record on, fits `layout`: 0 (not at all) to 1.

    `size` is counted from the first record to the end of the file. See `judge`; `fitting.fit` does this for a file.
    """
    rows = record_rows(layout, sample)
    if not _magic_fits(layout, sample):
        return 0.0
    return judge(layout, rows, even=_divides(layout, size), filename=filename).score


def record_rows(layout: Layout, raw: bytes) -> Array:
    """The whole records of a block as a matrix of bytes, shape (records, record_size)."""
    whole = len(raw) // layout.record_size
    return np.frombuffer(raw, np.uint8, whole * layout.record_size).reshape(whole, layout.record_size)


def judge(layout: Layout, rows: Array, *, even: bool, filename: str, lengths: Longs | None = None) -> Fit:
    """How well sampled records fit `layout`, in a file whose magic bytes were found right.

    The score grows with the share of records in the sample that hold no impossible value: it is 0 when half of them do,
    and above 0.8 for a file with a few damaged records; magic bytes or a file name that speak for the layout halve what
    is missing to 1. Text must be valid, printable and padded at its end only; `const`, `min`, `max`, `pattern`, `enum`
    and digits must hold. `even`: the file holds whole records only. `lengths`: see `cells.read_fields`.
    """
    if len(rows) == 0:
        return Fit(layout.name, 0.0, (Reason(Speaks.AGAINST, sentences.layouts.NO_WHOLE_RECORD),))
    if _is_text(layout, rows):
        text = sentences.layouts.IS_TEXT
        return Fit(layout.name, 0.0, (Reason(Speaks.AGAINST, text),))
    found = _wrong_rows(layout, rows, lengths)
    if found.rules:
        score = max(0.0, 1.0 - 2.0 * float(found.wrong.mean())) * (1.0 if even else _UNEVEN)
    elif layout.magic is not None:
        score = 1.0
    else:
        score = NOTHING_TO_CHECK if even else NOTHING_TO_CHECK / 2
    named = layout.matches(filename)
    if score and (layout.magic is not None or named):
        score = (1.0 + score) / 2
    elif layout.match:
        score *= _NAMED_OTHERWISE
    reasons = (_about_values(found, len(rows)), *_about_names(layout, named))
    return Fit(layout.name, score, reasons, found.rules)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the fields of sampled records say."""

    wrong: Mask
    """Records with an impossible value."""
    rules: int
    """How many fields could have shown one."""
    why: Counter[tuple[str, str]]
    """Records by field and reason."""


def _about_values(found: _Found, records: int) -> Reason:
    wrong = int(found.wrong.sum())
    looked = sentences.layouts.SAMPLED_ONE if records == 1 else sentences.layouts.SAMPLED.format(records=records)
    if not found.rules:
        return Reason(
            Speaks.NEITHER,
            sentences.layouts.NOTHING_CAN_BE_WRONG.format(records=looked),
        )
    if not wrong:
        return Reason(Speaks.FOR, sentences.layouts.NOTHING_WRONG.format(records=looked, rules=found.rules))
    told = [
        sentences.layouts.WRONG_FIELD.format(name=name, why=sentences.layouts.WRONG[why], count=count)
        for (name, why), count in found.why.most_common(_TOLD_FIELDS)
    ]
    sentence = (
        sentences.layouts.IMPOSSIBLE_AND_OTHERS if len(found.why) > _TOLD_FIELDS else sentences.layouts.IMPOSSIBLE
    )
    return Reason(
        Speaks.AGAINST,
        sentence.format(wrong=wrong, records=looked, share=wrong / records, told="; ".join(told)),
    )


def _about_names(layout: Layout, named: bool) -> Iterator[Reason]:
    if layout.magic is not None:
        offset, expected = layout.magic
        yield Reason(Speaks.FOR, sentences.layouts.MAGIC_FOUND.format(magic=expected.hex(), offset=offset))
    if layout.match:
        globs = ", ".join(layout.match)
        text = (
            sentences.layouts.NAME_FITS.format(globs=globs)
            if named
            else sentences.layouts.NAME_OTHERWISE.format(globs=globs)
        )
        yield Reason(Speaks.FOR if named else Speaks.AGAINST, text)


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


def _wrong_rows(layout: Layout, rows: Array, lengths: Longs | None) -> _Found:
    """The records with an impossible value, and how many fields could have shown one."""
    wrong = np.zeros(len(rows), bool)
    why: Counter[tuple[str, str]] = Counter()
    rules = 0
    for column, values in read_fields(layout, rows, _can_tell, lengths):
        failed = [(failure.reason, failure.mask) for failure in values.failures]
        if column.family is Family.TEXT and not column.enum:
            failed.append((_ODD_TEXT, _odd_text(values)))
            telling = _has_text(values.array)
        else:
            telling = column.checked
        for reason, mask in failed:
            wrong |= mask
            why[column.name, reason] += int(mask.sum())
        rules += telling or any(bool(mask.any()) for _, mask in failed)
    return _Found(wrong, rules or int(layout.discriminator is not None), +why)


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
