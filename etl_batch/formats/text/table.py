"""Where in a text the table stands: what is above it, how its columns are called, and where its first row begins.

The body is the longest stretch of records that agree in width. The header is what stands above it and is made of words
where the body has values; what stands above that is preamble.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.sample import SampleRecord
from etl_batch.formats.text.sniffing import Tried
from etl_batch.model import Dialect

ROW_NAME = "row_name"
NO_HEADER = "no"
_COMMENT = "#"
_MOST_HEADER_ROWS, _BODY_ROWS, _TYPED_SHARE = 4, 40, 0.6
_HEAD_RECORDS = 64

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table in a sample."""

    dialect: Dialect
    names: tuple[str, ...]
    """Names as they stand, empty and repeated ones too; of a table without a header none."""
    width: int
    """Columns."""
    above: int
    """Records above the header."""
    header_at: int
    """Byte of the sample at which the header begins, or the body where there is none."""
    begin: int
    """Byte of the sample at which the body begins."""


def find_table(tried: Tried, length: int, header: str | None) -> Table:
    """The table among the first records of a text of so many bytes.

    `header`: what is declared of it, `yes`, `no` or how many rows it has; None: it is told by what stands in it.
    """
    records = list(tried.records)
    lines = [number for number, record in enumerate(records) if record.width]
    if not lines:
        return Table(replace(tried.dialect, header=False, header_rows=0), (), 0, 0, length, length)
    width = _body_width(records, lines)
    start = _body_start(records, lines, width)
    found = _Head(records, start, width).told() if header is None else _declared(records, start, width, header)
    body = found.body
    begin = records[body].begin if body < len(records) else length
    header_at = records[found.first].begin if found.first < len(records) else length
    dialect = replace(
        tried.dialect,
        header=found.rows > 0,
        header_rows=found.rows,
        tail=found.tail,
        comment=tried.dialect.comment or _comment(records[body:], width),
    )
    return Table(dialect, found.names, found.width, found.first, header_at, begin)


@dataclass(frozen=True, slots=True)
class _Header:
    """Records `[first, body)` are the header; its names, and how many columns they and the body come to."""

    first: int
    body: int
    rows: int
    names: Cells
    width: int
    tail: bool = False


def _body_width(records: Sequence[SampleRecord], lines: Sequence[int]) -> int:
    """The number of cells in the longest stretch of records that agree in it, wide ones being worth more."""
    best, most = 1, -1.0
    for width, run in groupby(records[number].width for number in lines):
        worth = sum(1 for _ in run) * (max(width - 1, 1e-3) / width)
        if worth > most:
            best, most = width, worth
    return best


def _body_start(records: Sequence[SampleRecord], lines: Sequence[int], width: int) -> int:
    """The first record of the body: where the longest stretch begins, or one before it that a broken row parts off."""
    runs = [(fits, list(run)) for fits, run in groupby(lines, key=lambda number: records[number].width == width)]
    longest = max((run for fits, run in runs if fits), key=len)
    at = next(place for place, (_, run) in enumerate(runs) if run is longest)
    while at >= 2 and _is_gap(records, runs[at - 1][1], runs[at - 2][1], runs[at][1], width):
        at -= 2
    return _below_sparse(records, runs[at][1], width)


def _is_gap(
    records: Sequence[SampleRecord], between: Sequence[int], before: Sequence[int], after: Sequence[int], width: int
) -> bool:
    """Whether some records of another width are broken rows, with rows before them, rather than a title."""
    if all(records[number].astray or records[number].width >= max(2, width - 2) for number in between):
        return True
    if len(before) > 2 * len(between):
        return True
    rows = [records[number].cells for number in after]
    return before[0] == 0 and len(between) == 1 and not _is_header(rows[0], rows[1:])


def _below_sparse(records: Sequence[SampleRecord], run: Sequence[int], width: int) -> int:
    """The first record of a stretch that is neither nearly empty nor of another table above a blank line."""
    start = 0
    for place in range(1, min(len(run), _HEAD_RECORDS)):
        if run[place] - run[place - 1] > 1:  # a blank line, or a broken row
            rows = [records[number].cells for number in run[place:]]
            above = [records[number].cells for number in run[start:place]]
            if len(rows) > len(above) and _strictly_header(rows[0], rows[1:]) and not _alike(above, rows[1:]):
                start = place
    while width > 2 and start + 1 < len(run) and start < _HEAD_RECORDS:
        cells = records[run[start]].cells
        if sum(map(bool, cells)) > 1 or sum(map(bool, records[run[start + 1]].cells)) > 1 < start:
            break
        if not any(sum(map(bool, records[number].cells)) > 1 for number in run[start + 1 :]):
            break
        start += 1
    return run[start]


def _alike(above: Sequence[Cells], below: Sequence[Cells]) -> bool:
    """Whether rows have values where others have."""
    typed = _typed_columns(below)
    return any(all(kind_of(row[column]).typed for column in typed) for row in above) if typed else True


def _columns(rows: Sequence[Cells]) -> Iterator[tuple[str, ...]]:
    return zip(*rows[:_BODY_ROWS], strict=True)


def _typed_columns(rows: Sequence[Cells]) -> list[int]:
    """Columns in which values stand: numbers, dates, times."""
    found = []
    for place, column in enumerate(_columns(rows)):
        kinds = [kind for kind in map(kind_of, column) if kind not in (CellKind.EMPTY, CellKind.MISSING)]
        if kinds and sum(kind.typed for kind in kinds) >= _TYPED_SHARE * len(kinds):
            found.append(place)
    return found


def _is_header(first: Cells, body: Sequence[Cells]) -> bool:
    """Whether a row names columns.

    A text over numbers or dates says so, as does no name at all over the first of them (a row index), and a year over
    what is no year; a number or a date says no. Where all is text, a first row whose cells come again below is data.
    """
    if not body:
        return not any(kind_of(cell).typed for cell in first)
    typed = set(_typed_columns(body))
    names = values = 0
    for place, (cell, column) in enumerate(zip(first, _columns(body), strict=True)):
        kind = kind_of(cell)
        if place in typed and kind in (CellKind.TEXT, CellKind.ODD):
            names += 1
        elif place == 0 in typed and not cell:
            names += 1
        elif _is_year(cell) and not all(map(_is_year, column)):
            names += 1
        elif kind.typed:
            values += 1
    if names or values:
        return names >= values
    return not any(cell in column and set(column) != {""} for cell, column in zip(first, _columns(body), strict=True))


def _strictly_header(row: Cells, body: Sequence[Cells]) -> bool:
    """Whether a row has words, and no value, where the rows below have values."""
    typed = _typed_columns(body)
    kinds = [kind_of(row[place]) for place in typed]
    words = sum(kind in (CellKind.TEXT, CellKind.ODD) for kind in kinds)
    return bool(typed) and not any(kind.typed for kind in kinds) and 2 * words >= len(typed) and words > 0


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdecimal() and "1900" <= cell <= "2100"


def _tail(rows: Sequence[Cells]) -> bool:
    """Whether nothing stands behind the last delimiter of any row."""
    return bool(rows) and len(rows[0]) > 1 and not any(row[-1] for row in rows)


@dataclass(frozen=True, slots=True)
class _Head:
    """The records around where a body begins, whose header is looked for."""

    records: Sequence[SampleRecord]
    start: int
    width: int

    def told(self) -> _Header:
        """The header that stands first in the body or right above it, if there is one."""
        rows = self._rows(self.start)
        above = self._above()
        if above is not None and not (rows and _is_header(rows[0], rows[1:])):
            return self._over(above, rows)
        if above is not None and self._is_merged(above, rows):
            return self._inside(above, 1)
        if not rows or not self._begins_with_header(rows):
            return _Header(self.start, self.start, 0, (), *self._without_tail(rows, ""))
        return self._inside(self.start, 0)

    def _rows(self, start: int) -> list[Cells]:
        """The rows of the body from a record on."""
        return [record.cells for record in self.records[start:] if record.width == self.width]

    def _above(self) -> int | None:
        """The record right above the body, if it could name columns: no blank line stands between."""
        above = self.start - 1
        if above < 0:
            return None
        record = self.records[above]
        cells = _uncommented(record.cells)
        few = record.width < max(2, self.width - 1) and self.width > 1
        if few or not any(cells) or any(kind_of(cell).typed for cell in cells):
            return None
        return above

    def _is_merged(self, above: int, rows: Sequence[Cells]) -> bool:
        """Whether a record of the same width above a header is one too, with cells that stand for several columns."""
        return self.records[above].width == self.width and bool(rows)

    def _begins_with_header(self, rows: Sequence[Cells]) -> bool:
        if _is_header(rows[0], rows[1:]):
            return True
        # Years over names, as of merged cells: what stands above a header is one too.
        return "" in rows[0] and any(rows[0]) and len(rows) > 2 and _strictly_header(rows[1], rows[2:])

    def _inside(self, first: int, known: int) -> _Header:
        """A header of the body's width, of one row or several."""
        rows = self._rows(first)
        count = known + 1
        while count < min(_MOST_HEADER_ROWS, len(rows) - 1) and _strictly_header(rows[count], rows[count + 1 :]):
            count += 1
        names = _uncommented(joined(rows[:count]))
        body = self._record_of_row(first, count)
        width, tail = self._without_tail(rows[count:], names[-1])
        return _Header(first, body, count, names[:width], width, tail)

    def _record_of_row(self, first: int, count: int) -> int:
        """The record behind so many rows of the body."""
        places = [place for place in range(first, len(self.records)) if self.records[place].width == self.width]
        return places[count - 1] + 1

    def _without_tail(self, rows: Sequence[Cells], last_name: str) -> tuple[int, bool]:
        """Columns of the body, and whether its rows end with a delimiter."""
        tail = not last_name and _tail(rows)
        return (self.width - 1, True) if tail else (self.width, False)

    def _over(self, above: int, rows: Sequence[Cells]) -> _Header:
        """A header of another width than its body has."""
        cells = _uncommented(self.records[above].cells)
        count, width, tail = len(cells), self.width, False
        if count == width - 1:
            tail = _tail(rows)
            width -= tail
            cells = cells if tail else (ROW_NAME, *cells)
        while len(cells) > width and not cells[-1]:
            cells = cells[:-1]
        cells = (*cells, *[""] * (width - len(cells)))
        return _Header(above, above + 1, 1, cells, len(cells), tail)


def _declared(records: Sequence[SampleRecord], start: int, width: int, header: str) -> _Header:
    """The header that is declared: so many of the first records that are not blank."""
    head = _Head(records, start, width)
    rows = [place for place, record in enumerate(records) if record.width]
    count = {"no": 0, "yes": 1}.get(header) if not header.isdecimal() else int(header)
    assert count is not None
    if not count:
        return _Header(rows[0], rows[0], 0, (), *head._without_tail(head._rows(rows[0]), ""))
    body = rows[count - 1] + 1 if count <= len(rows) else len(records)
    cells = [records[place].cells for place in rows[:count]]
    names = joined([_fitted(row, width) if len(row) <= width else row for row in cells])
    tail = not any(row[-1:] != ("",) for row in cells if len(row) == width) and _tail(head._rows(body))
    if len(cells[-1]) == width - 1 and not _tail(head._rows(body)) and head._rows(body):
        names = (ROW_NAME, *names[: width - 1])
    elif tail or (len(cells[-1]) == width - 1 and _tail(head._rows(body))):
        names, width, tail = names[: width - 1], width - 1, True
    while len(names) > width and not names[-1]:
        names = names[:-1]
    return _Header(rows[0], body, count, names, len(names), tail)


def _fitted(row: Cells, width: int) -> Cells:
    return (*row, *[""] * (width - len(row)))


def joined(rows: Sequence[Cells]) -> Cells:
    """The names that several rows give together; an empty cell of an upper row goes on with the one before it."""
    width = max(map(len, rows))
    spread = []
    for number, row in enumerate(rows):
        cells, last = [], ""
        for cell in _fitted(row, width):
            last = cell or (last if number < len(rows) - 1 else "")
            cells.append(last)
        spread.append(cells)
    return tuple(" ".join(filter(None, parts)) for parts in zip(*spread, strict=True))


def _uncommented(cells: Cells) -> Cells:
    """Names of a header that is written as a comment."""
    return (cells[0].removeprefix(_COMMENT).lstrip(" "), *cells[1:]) if cells and cells[0].startswith(_COMMENT) else cells


def _comment(body: Sequence[SampleRecord], width: int) -> str | None:
    """The sign of comments, where lines that begin with it stand among the rows and are none."""
    marked = [record for record in body if record.width and record.cells[0].startswith(_COMMENT)]
    return _COMMENT if marked and not any(record.width == width for record in marked) and width > 1 else None
