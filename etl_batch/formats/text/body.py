"""The body of a table among records: the stretch in which these agree in width, and what stands in its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.sample import SampleRecord

Cells = tuple[str, ...]
_ROWS, _TYPED_SHARE = 40, 0.6
_ONE_CELL, _ALONE = 1e-3, 0.1
"""What a cell counts that has no other beside it, and a row that no other is like."""


@dataclass(frozen=True, slots=True)
class Body:
    """Records of one width. `run`: the numbers of those in the stretch with which the body begins."""

    width: int
    run: tuple[int, ...]


def find_body(records: Sequence[SampleRecord]) -> Body | None:
    """The body, its header perhaps included; None when no record has a cell."""
    lines = [number for number, record in enumerate(records) if record.width]
    if not lines:
        return None
    width = _width(records, lines)
    runs = [(fits, list(run)) for fits, run in groupby(lines, key=lambda number: records[number].width == width)]
    longest = max((run for fits, run in runs if fits), key=len)
    at = next(place for place, (_, run) in enumerate(runs) if run is longest)
    while at >= 2 and _is_gap(records, runs[at - 1][1], runs[at - 2][1], runs[at][1], width):
        at -= 2
    return Body(width, tuple(runs[at][1]))


def _width(records: Sequence[SampleRecord], lines: Sequence[int]) -> int:
    """The width of the longest stretch of records that agree in it, wide ones being worth more."""
    longest: dict[int, int] = {}
    for width, run in groupby(records[number].width for number in lines):
        longest[width] = max(longest.get(width, 0), sum(1 for _ in run))
    count = {width: sum(records[number].width == width for number in lines) for width in longest}
    several = [width for width in count if width > 1 and count[width] > 1]
    if not several and count.get(1, 0) > 1:
        return 1  # lines of text, with a delimiter here and there

    def worth(width: int) -> float:
        rows = longest[width] + count[width] / 4
        return rows * max(width - 1, _ONE_CELL) * (_ALONE if count[width] == 1 < len(lines) else 1.0)

    return max(longest, key=worth)


def _is_gap(
    records: Sequence[SampleRecord], between: Sequence[int], before: Sequence[int], after: Sequence[int], width: int
) -> bool:
    """Whether some records of another width are broken rows, with rows before them, rather than a title."""
    if all(records[number].astray or records[number].width >= max(2, width - 2) for number in between):
        return True
    if len(before) > 2 * len(between):
        return True
    rows = [records[number].cells for number in after]
    return before[0] == 0 and len(between) == 1 and not is_header(rows[0], rows[1:])


def _columns(rows: Sequence[Cells]) -> Iterator[tuple[str, ...]]:
    return zip(*rows[:_ROWS], strict=True)


def typed_columns(rows: Sequence[Cells]) -> list[int]:
    """Columns in which values stand: numbers, dates, times."""
    found = []
    for place, column in enumerate(_columns(rows)):
        kinds = Counter(map(kind_of, column))
        there = len(column) - kinds[CellKind.EMPTY] - kinds[CellKind.MISSING]
        if there and sum(count for kind, count in kinds.items() if kind.typed) >= _TYPED_SHARE * there:
            found.append(place)
    return found


def is_header(first: Cells, body: Sequence[Cells]) -> bool:
    """Whether a row names columns.

    A text over numbers or dates says so, as does no name at all over the first of them (a row index), and a year over
    what is no year; a number or a date says no. Where all is text, a first row whose cells come again below is data.
    """
    if not body:
        return not any(kind_of(cell).typed for cell in first)
    typed = set(typed_columns(body))
    names = values = 0
    for place, (cell, column) in enumerate(zip(first, _columns(body), strict=True)):
        kind = kind_of(cell)
        named = place in typed and (kind in (CellKind.TEXT, CellKind.ODD) or (place == 0 and not cell))
        if named or (_is_year(cell) and not all(map(_is_year, column))):
            names += 1
        elif kind.typed:
            values += 1
    if names or values:
        return names >= values
    return not any(cell in column and set(column) != {""} for cell, column in zip(first, _columns(body), strict=True))


def strictly_header(row: Cells, body: Sequence[Cells]) -> bool:
    """Whether a row has words, and no value, where the rows below have values."""
    typed = typed_columns(body)
    kinds = [kind_of(row[place]) for place in typed]
    words = sum(kind in (CellKind.TEXT, CellKind.ODD) for kind in kinds)
    return bool(typed) and not any(kind.typed for kind in kinds) and 2 * words >= len(typed) and words > 0


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdecimal() and "1900" <= cell <= "2100"
