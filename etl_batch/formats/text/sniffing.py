"""How a text sets cells and records apart: every likely way is tried on the first records, and the best is taken.

A way is good when many records have the same, large number of cells (van den Burg et al., "Wrangling messy CSV files by
detecting row and type patterns", 2019, whose consistency measure this is), and when what stands in the cells looks like
values: numbers, dates, words. Signs that ordinary text is full of, blanks and colons, have to yield columns of values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from etl_batch.formats.text.body import Body, Cells, find_body, typed_columns
from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.sample import SampleRecord, SampleText, read_records
from etl_batch.model import Dialect
from etl_batch.reading_options import ReadingOptions

USUAL = (",", ";", "\t", "|")
"""Delimiters that nobody has to be told of."""
STRONG = (",", ";", "\t", "|", "^", "~", "\x01", "\x1f")
_WEAK = (Dialect(":"), Dialect(" "), Dialect(" ", run=2), Dialect(" ", run=1))
_NONE = "\x1f"
"""The delimiter of a text that has none: no text has it."""
_SEVERAL = re.compile(r"[|~^:#*@&$!]{2,4}")
_TRIED_RECORDS, _TYPED_RECORDS = 100, 40
_LEAST_LINES, _LEAST_AGREEING = 0.3, 0.8
_MOST_ABOVE = 20
"""Records above a body that is shorter than they are."""
_ONE_CELL = 1e-3
"""What a record of one cell counts."""
_WORTH = {CellKind.ODD: 0.3, CellKind.TEXT: 0.95}
_SEP = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n|\Z)', re.IGNORECASE)


@dataclass(frozen=True)
class Tried:
    """A dialect, the first records under it, and how good it is."""

    dialect: Dialect
    records: Sequence[SampleRecord]

    @classmethod
    def of(cls, sample: SampleText, dialect: Dialect) -> Tried:
        """The first records of a sample under a dialect."""
        return cls(dialect, read_records(sample, dialect, _TRIED_RECORDS))

    @cached_property
    def body(self) -> Body | None:
        """Where the body begins."""
        return find_body(self.records)

    @cached_property
    def rows(self) -> list[SampleRecord]:
        """The records from the first of the body on that are not blank."""
        first = self.body.run[0] if self.body else 0
        return [record for record in self.records[first:] if record.width]

    @property
    def width(self) -> int:
        """How many cells the records of the body have."""
        return self.body.width if self.body else 0

    @cached_property
    def usual(self) -> list[Cells]:
        """The rows that have so many."""
        return [record.cells for record in self.rows if record.width == self.width]

    @property
    def agreeing(self) -> float:
        """The share that these are."""
        return len(self.usual) / len(self.rows) if self.rows else 0.0

    @cached_property
    def score(self) -> float:
        """Consistency times the worth of what is in the cells; what stands above the body counts half."""
        rows, above = self.rows, sum(1 for record in self.records if record.width)
        if not rows or above - len(rows) > max(_MOST_ABOVE, 2 * len(rows)):
            return 0.0
        widths = Counter(record.width for record in rows)
        pattern = sum(count * max(width - 1, _ONE_CELL) / width for width, count in widths.items()) / len(rows)
        astray = sum(record.astray for record in rows) / len(rows)
        return pattern / len(widths) * self._worth() * (1.0 - astray) * (0.5 + 0.5 * len(rows) / above)

    def _worth(self) -> float:
        """Mean worth of the cells of the usual rows; a column in which nothing stands is worth nothing."""
        usual = self.usual[:_TYPED_RECORDS]
        columns = [[kind_of(cell) for cell in column] for column in zip(*usual, strict=True)]
        worth = [sum(_WORTH.get(kind, 1.0) for kind in column) for column in columns if any(column)]
        return sum(worth) / (len(usual) * len(columns)) if usual else 0.0

    def has_columns(self) -> bool:
        """Whether a column of values, or cells in quotes, stand beside others, in rows that nearly all agree."""
        lines = self.rows
        if self.dialect.delimiter == " " and not self.dialect.run:  # single blanks have to make rows of all lines
            lines = [record for record in self.records if record.width]
        if self.width < 2 or len(self.usual) < max(_LEAST_AGREEING * len(lines), 2):
            return False
        quoted = sum(min(record.quoted, record.width) for record in self.rows if record.width == self.width)
        body = self.usual[1:] if len(self.usual) > 2 else self.usual
        return quoted >= _LEAST_AGREEING * len(self.usual) * self.width or bool(typed_columns(body))


def declared_by_file(text: str) -> tuple[str, int] | None:
    """The delimiter that a first line such as `sep=;` names, and the characters of that line."""
    found = _SEP.match(text)
    return None if found is None else (found[1], found.end())


def sniff(sample: SampleText, known: Dialect, options: ReadingOptions) -> Tried:
    """The best dialect of a sample. `known` has what is not asked about, and what is declared in `options`."""
    text = sample.text.decode("utf-8", "replace")
    quotes = _quotes(text, known, options)
    delimiters = [known] if options.delimiter is not None else list(_strong(text, known))
    tried = [Tried.of(sample, way) for way in _ways(delimiters, quotes, text, known, options)]
    best = max(tried, key=_score, default=None)
    if options.delimiter is None and (best is None or best.width < 2 or best.agreeing <= _LEAST_AGREEING):
        best = _weaker(sample, known, quotes, best) or best
        if best is None or best.width < 2 or not best.score:
            best = _one_column(sample, known, text)
    assert best is not None
    return _spaced(sample, best, declared=options.delimiter is not None)


def _strong(text: str, known: Dialect) -> Iterator[Dialect]:
    """Dialects of the delimiters that stand in many of the first lines."""
    lines = [line for line in text[: 1 << 16].splitlines()[:_TRIED_RECORDS] if line.strip()] or [""]
    least = max(_LEAST_LINES * len(lines), 1)
    several = Counter(sign for line in lines for sign in {found[0] for found in _SEVERAL.finditer(line)})
    for sign, count in several.most_common(2):
        alone = any(set(line.replace(sign, "")) & set(sign) for line in lines)
        if count >= _LEAST_AGREEING * len(lines) and not alone:
            yield replace(known, delimiter=sign)
    for sign in STRONG:
        if sum(sign in line for line in lines) >= least or sign in lines[0]:
            yield replace(known, delimiter=sign)


def _quotes(text: str, known: Dialect, options: ReadingOptions) -> list[str | None]:
    """The quotes that may be meant."""
    if options.quote is not None:
        return [known.quotechar]
    single = re.search(r"(?:^|[,;:\t|^~ ])'[^'\n]*'(?:[,;:\t|^~ \r\n]|$)", text, re.MULTILINE)
    return ['"', "'"] if single is not None else ['"']


def _ways(
    delimiters: Sequence[Dialect], quotes: Sequence[str | None], text: str, known: Dialect, options: ReadingOptions
) -> Iterator[Dialect]:
    """Every combination, the likelier first: of equals the first is taken."""
    escapes = [known.escape]
    if options.escape is None and any(f"\\{quote}" in text for quote in quotes if quote):
        escapes.append("\\")
    for delimiter, quote, escape in product(delimiters, quotes, escapes):
        yield replace(delimiter, quotechar=quote, escape=escape)


def _score(tried: Tried) -> float:
    return tried.score


def _weaker(sample: SampleText, known: Dialect, quotes: Sequence[str | None], best: Tried | None) -> Tried | None:
    """Blanks or colons as delimiters, where they yield columns and are better than what was found."""
    tried = [
        Tried.of(sample, replace(known, delimiter=weak.delimiter, run=weak.run, quotechar=quote))
        for weak, quote in product(_WEAK, quotes)
    ]
    found = max((each for each in tried if each.has_columns()), key=_score, default=None)
    if found is None or (best is not None and best.width > 1 and best.score >= found.score):
        return None
    return found


def _one_column(sample: SampleText, known: Dialect, text: str) -> Tried:
    """A text without a delimiter: a comma, unless commas stand in it."""
    way = replace(known, delimiter=_NONE if "," in text else ",")
    return Tried.of(sample, way)


def _spaced(sample: SampleText, best: Tried, *, declared: bool) -> Tried:
    """With spaces that belong to no cell: where all cells stand behind one, or quotes that would be letters else do."""
    dialect = best.dialect
    if dialect.run or dialect.delimiter.endswith(" "):
        return best
    body = best.usual[1:] if len(best.usual) > 1 else best.usual
    later = [cell for row in body for cell in row[1:] if cell]
    if not declared and later and all(cell.startswith(" ") for cell in later):
        return Tried.of(sample, replace(dialect, spaced=2))
    if dialect.quotechar is None or not _has_spaced_quotes(best, dialect.quotechar):
        return best
    tried = Tried.of(sample, replace(dialect, spaced=1))
    return tried if tried.score >= best.score else best


def _has_spaced_quotes(tried: Tried, quote: str) -> bool:
    """Whether quotes stand behind spaces, or spaces behind quotes."""
    cells = [cell for record in tried.records for cell in record.cells if quote in cell]
    return any(
        (cell[:1] == " " and cell.lstrip(" ")[:1] == quote) or (cell[-1:] == " " and cell.rstrip(" ")[-1:] == quote)
        for cell in cells
    )
