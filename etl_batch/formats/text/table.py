"""Where in a text the table stands: what is above it, how its columns are called, and where its first row begins.

The body is the longest stretch of records that agree in width. The header is what stands above it and is made of words
where the body has values; what stands above that is preamble.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from etl_batch.formats.text.body import Cells, is_header, strictly_header, typed_columns
from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.sample import SampleRecord, SampleText, read_records
from etl_batch.formats.text.sniffing import Tried
from etl_batch.model import Dialect

ROW_NAME = "row_name"
NO_HEADER, ONE_HEADER = "no", "yes"
_COMMENT = "#"
_MOST_HEADER_ROWS = 4
_HEAD_RECORDS = 64
_ONLY_BETWEEN = ",;\t "
"""Delimiters that stand between cells; others, as in `1|2|`, may end every one of them."""


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


def find_table(sample: SampleText, tried: Tried, header: str | None) -> Table:
    """The table among the first records of a sample.

    `header`: what is declared of it, `yes`, `no` or how many rows it has; None: it is told by what stands in it.
    """
    records, length = [_without_quotes(sample, tried.dialect, each) for each in tried.records], sample.length
    body = tried.body
    if body is None:
        return Table(replace(tried.dialect, header=False, header_rows=0), (), 0, 0, length, length)
    width, start = body.width, _below_titles(records, body.run)
    found = _Head(records, start, width, tried.dialect.delimiter).declared(header)
    begin = records[found.body].begin if found.body < len(records) else _behind(sample, records)
    header_at = records[found.first].begin if found.first < len(records) else length
    dialect = replace(
        tried.dialect,
        header=found.rows > 0,
        header_rows=found.rows,
        tail=found.tail,
        comment=tried.dialect.comment or _comment(records[found.body :], width),
    )
    return Table(dialect, found.names, found.width, found.first, header_at, begin)


def _behind(sample: SampleText, records: Sequence[SampleRecord]) -> int:
    """Where the record behind those of a sample begins. It may be so long that the sample does not hold it."""
    end = records[-1].end
    rest = sample.data[end : min(end + 2, sample.length)].tobytes()
    return end + (2 if rest == b"\r\n" else len(rest[:1]))


def _without_quotes(sample: SampleText, dialect: Dialect, record: SampleRecord) -> SampleRecord:
    """A record whose quotes cannot be understood with its quotes as letters: it may be a header all the same."""
    if not record.astray or dialect.quotechar is None:
        return record
    line = SampleText.of(sample.text[record.begin : record.end], whole=True)
    (bare,) = read_records(line, replace(dialect, quotechar=None), 1)
    quote = dialect.quotechar
    cells = [
        cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == quote else cell.replace(quote * 2, quote)
        for cell in bare.cells
    ]
    return replace(record, cells=tuple(cells))


@dataclass(frozen=True, slots=True)
class _Header:
    """Records `[first, body)` are the header; its names, and how many columns they and the body come to."""

    first: int
    body: int
    rows: int
    names: Cells
    width: int
    tail: bool = False


def _below_titles(records: Sequence[SampleRecord], run: Sequence[int]) -> int:
    """The first record of a stretch that is no title and of no other table above a blank line."""
    cells = [records[number].cells for number in run]
    start = 0
    for place in range(1, min(len(run), _HEAD_RECORDS)):
        if run[place] - run[place - 1] > 1:  # a blank line, or a broken row
            rows, above = cells[place:], cells[start:place]
            if len(rows) > len(above) and strictly_header(rows[0], rows[1:]) and not _alike(above, rows[1:]):
                start = place
    while start + 1 < len(run) and _is_title(cells[start], cells[start + 1 :]):
        start += 1
    return run[start]


def _is_title(cells: Cells, below: Sequence[Cells]) -> bool:
    """Whether a record of the body's width stands above the table all the same: one cell in all, or a comment."""
    if cells[0].startswith(_COMMENT) and not below[0][0].startswith(_COMMENT):
        return is_header(below[0], below[1:])
    return len(cells) > 2 and _filled(cells) < 2 and any(_filled(row) > 1 for row in below)


def _filled(cells: Cells) -> int:
    return sum(map(bool, cells))


def _alike(above: Sequence[Cells], below: Sequence[Cells]) -> bool:
    """Whether rows have values where others have."""
    typed = typed_columns(below)
    return any(all(kind_of(row[column]).typed for column in typed) for row in above) if typed else True


def _tail(rows: Sequence[Cells]) -> bool:
    """Whether nothing stands behind the last delimiter of any row."""
    return bool(rows) and len(rows[0]) > 1 and not any(row[-1] for row in rows)


@dataclass(frozen=True, slots=True)
class _Head:
    """The records around where a body begins, whose header is looked for."""

    records: Sequence[SampleRecord]
    start: int
    width: int
    delimiter: str

    def declared(self, header: str | None) -> _Header:
        """The header as it is declared, where the one that is told would stand; see `find_table`."""
        told = self.told()
        if header is None:
            return told
        if header == NO_HEADER:
            return self._none(told.first)
        count = 1 if header == ONE_HEADER else int(header)
        return told if told.rows == count else self._inside(told.first, count)

    def told(self) -> _Header:
        """The header that stands first in the body or right above it, if there is one."""
        rows, above = self._rows(self.start), self._above()
        begins = bool(rows) and is_header(rows[0], rows[1:])
        if above is not None and not begins:
            return self._over(above, rows)
        if above is not None and self._is_merged(above):
            return self._inside(above, self._header_rows(above, 2))
        if begins or self._is_under_years(rows):
            return self._inside(self.start, self._header_rows(self.start, 1))
        return self._none(self.start)

    def _none(self, first: int) -> _Header:
        """No header. An empty last column that nobody names is one, unless the delimiter is such as ends records."""
        rows, ends = self._rows(first), self.delimiter not in _ONLY_BETWEEN
        return _Header(first, first, 0, (), *(self._without_tail(rows, "") if ends else (self.width, False)))

    def _rows(self, start: int) -> list[Cells]:
        """The rows of the body from a record on."""
        return [record.cells for record in self.records[start:] if record.width == self.width]

    def _above(self) -> int | None:
        """The record right above the body, if it could name columns: no blank line stands between."""
        above = self.start - 1
        if above < 0:
            return None
        cells = _uncommented(self.records[above].cells)
        least_width, least_names = min(self.width, max(2, self.width - 1)), 1 if self.width < 3 else 2
        if len(cells) < least_width or _filled(cells) < least_names or any(kind_of(cell).typed for cell in cells):
            return None
        return above

    def _is_merged(self, above: int) -> bool:
        """Whether the record above a header is one too, with cells that stand for several columns."""
        record = self.records[above]
        return record.width == self.width and not record.cells[0].startswith(_COMMENT)

    def _is_under_years(self, rows: Sequence[Cells]) -> bool:
        """Whether the first row has values, as years over several columns, and gaps, and names stand under it."""
        return len(rows) > 2 and "" in rows[0] and any(rows[0]) and strictly_header(rows[1], rows[2:])

    def _header_rows(self, first: int, count: int) -> int:
        """How many rows from a record on are header, given how many are at least."""
        rows = self._rows(first)
        while count < min(_MOST_HEADER_ROWS, len(rows) - 1) and self._goes_on(rows, count):
            count += 1
        return count

    @staticmethod
    def _goes_on(rows: Sequence[Cells], count: int) -> bool:
        """Whether a row behind so many of a header is header too: the last one again, or words over several values."""
        below = rows[count + 1 :]
        if not strictly_header(rows[count], below):
            return False
        words = sum(kind_of(rows[count][place]) is CellKind.TEXT for place in typed_columns(below))
        return rows[count] == rows[count - 1] or (words > 1 and len(below) > 1)

    def _inside(self, first: int, count: int) -> _Header:
        """A header of so many records, blank ones not counted."""
        places = [place for place in range(first, len(self.records)) if self.records[place].width]
        head, body = places[:count], places[count] if count < len(places) else len(self.records)
        names = _uncommented(joined([self.records[place].cells for place in head]))
        width, tail = self._without_tail(self._rows(body), names[self.width - 1] if len(names) >= self.width else "")
        names = _fitted(names, width)
        return _Header(first, body, len(head), names[:width] if tail else names, max(width, len(names)), tail)

    def _without_tail(self, rows: Sequence[Cells], last_name: str) -> tuple[int, bool]:
        """Columns of the body, and whether its rows end with a delimiter."""
        tail = not last_name and _tail(rows)
        return (self.width - 1, True) if tail else (self.width, False)

    def _over(self, above: int, rows: Sequence[Cells]) -> _Header:
        """A header of another width than its body has."""
        cells = _uncommented(self.records[above].cells)
        width, tail = self.width, False
        if len(cells) == width - 1:
            tail = _tail(rows)
            width -= tail
            cells = (ROW_NAME, *cells) if any(row[-1].strip() for row in rows) else cells
        if _filled(cells) <= width < len(cells):
            cells = tuple(filter(None, cells))  # a delimiter too many
        cells = _fitted(cells, width)
        return _Header(above, above + 1, 1, cells, len(cells), tail)


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
    first = cells[0].removeprefix(_COMMENT).lstrip(" ") if cells else ""
    return (first, *cells[1:]) if first else cells


def _comment(body: Sequence[SampleRecord], width: int) -> str | None:
    """The sign of comments, where lines that begin with it stand among the rows and are none."""
    marked = [record for record in body if record.width and record.cells[0].startswith(_COMMENT)]
    rows = [record.cells for record in body if record.width == width and not record.cells[0].startswith(_COMMENT)]
    if not marked or width < 2 or len(marked) >= len(rows):
        return None
    odd = all(record.width != width for record in marked)
    return _COMMENT if odd or 0 in typed_columns(rows) else None
