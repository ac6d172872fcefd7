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
from itertools import product

from etl_batch.formats.text.cell_kinds import CellKind, kind_of
from etl_batch.formats.text.sample import SampleRecord, SampleText, read_records
from etl_batch.model import Dialect
from etl_batch.reading_options import ReadingOptions

STRONG = (",", ";", "\t", "|", "^", "~", "\x01", "\x1f")
_WEAK = (Dialect(":"), Dialect(" "), Dialect(" ", run=2), Dialect(" ", run=1))
_NONE = "\x1f"
"""The delimiter of a text that has none: no text has it."""
_SEVERAL = re.compile(r"[|~^:#*@&$!]{2,4}")
_TRIED_RECORDS, _TYPED_RECORDS = 100, 40
_LEAST_LINES, _LEAST_AGREEING, _LEAST_TYPED = 0.3, 0.8, 0.8
_ONE_CELL = 1e-3
"""What a record of one cell counts."""
_WORTH = {CellKind.ODD: 0.3, CellKind.TEXT: 0.95}
_SEP = re.compile(r'"?sep=(.{1,2})"?[\r\n]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tried:
    """A dialect, the first records under it, and how good it is."""

    dialect: Dialect
    records: Sequence[SampleRecord]

    @property
    def rows(self) -> list[SampleRecord]:
        """The records that are not blank."""
        return [record for record in self.records if record.width]

    @property
    def widths(self) -> Counter[int]:
        """How many rows have how many cells."""
        return Counter(record.width for record in self.rows)

    @property
    def usual_width(self) -> int:
        """The number of cells that most rows have; of several the largest."""
        widths = self.widths
        return max(widths, key=lambda width: (widths[width], width), default=0)

    @property
    def agreeing(self) -> float:
        """Share of the rows that have the usual number of cells."""
        return self.widths[self.usual_width] / len(self.rows) if self.rows else 0.0

    def score(self) -> float:
        """Consistency times the worth of what is in the cells."""
        rows = self.rows
        if not rows:
            return 0.0
        widths = self.widths
        pattern = sum(count * max(width - 1, _ONE_CELL) / width for width, count in widths.items())
        astray = sum(record.astray for record in rows) / len(rows)
        return pattern / len(widths) / len(rows) * self._worth() * (1.0 - astray)

    def _worth(self) -> float:
        """Mean worth of the cells of the usual rows; a column in which nothing stands is worth nothing."""
        usual = [record.cells for record in self.rows if record.width == self.usual_width][:_TYPED_RECORDS]
        columns = [[kind_of(cell) for cell in column] for column in zip(*usual, strict=True)]
        worth = [sum(_WORTH.get(kind, 1.0) for kind in column) for column in columns if any(column)]
        return sum(worth) / (len(usual) * len(columns)) if usual else 0.0

    def has_values(self) -> bool:
        """Whether a column of values stands beside another one, in rows that nearly all agree."""
        usual = [record.cells for record in self.rows if record.width == self.usual_width]
        if self.usual_width < 2 or self.agreeing < _LEAST_AGREEING or len(usual) < 2:
            return False
        body = usual[1:] or usual
        columns = [[kind_of(cell) for cell in column] for column in zip(*body, strict=True)]
        typed = [sum(kind.typed or not kind for kind in column) >= _LEAST_TYPED * len(body) for column in columns]
        return any(typed) and any(any(kind.typed for kind in column) for column in columns)


def declared_by_file(text: str) -> tuple[str, int] | None:
    """The delimiter that a first line such as `sep=;` names, and the characters of that line."""
    found = _SEP.match(text)
    if found is None or (found.end() < len(text) and text[found.end() - 1] not in "\r\n"):
        return None
    return found[1], found.end()


def sniff(sample: SampleText, known: Dialect, options: ReadingOptions) -> Tried:
    """The best dialect of a sample. `known` has what is not asked about, and what is declared in `options`."""
    text = sample.text.decode("utf-8", "replace")
    quotes = _quotes(text, known, options)
    delimiters = [known] if options.delimiter is not None else list(_strong(text, known))
    tried = [
        Tried(way, read_records(sample, way, _TRIED_RECORDS)) for way in _ways(delimiters, quotes, text, known, options)
    ]
    best = max(tried, key=Tried.score, default=None)
    if options.delimiter is None and (best is None or best.usual_width < 2 or best.agreeing <= 0.5):
        best = _weaker(sample, known, best) or best or _one_column(sample, known, text)
        if best.usual_width < 2:
            best = _one_column(sample, known, text)
    assert best is not None
    return _spaced(sample, best)


def _strong(text: str, known: Dialect) -> Iterator[Dialect]:
    """Dialects of the delimiters that stand in many of the first lines."""
    lines = [line for line in text[: 1 << 16].splitlines()[:_TRIED_RECORDS] if line.strip()]
    least = max(_LEAST_LINES * len(lines), 1)
    several = Counter(sign for line in lines for sign in {found[0] for found in _SEVERAL.finditer(line)})
    for sign, count in several.most_common(2):
        alone = any(set(line.replace(sign, "")) & set(sign) for line in lines)
        if count >= _LEAST_AGREEING * len(lines) and not alone:
            yield replace(known, delimiter=sign)
    for sign in STRONG:
        if sum(sign in line for line in lines) >= least:
            yield replace(known, delimiter=sign)


def _quotes(text: str, known: Dialect, options: ReadingOptions) -> list[str | None]:
    """The quotes that may be meant."""
    if options.quote is not None:
        return [known.quotechar]
    single = re.search(r"(?:^|[,;\t|^~ ])'[^'\n]*'(?:[,;\t|^~ \r\n]|$)", text, re.MULTILINE)
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


def _weaker(sample: SampleText, known: Dialect, best: Tried | None) -> Tried | None:
    """Blanks or colons as delimiters, where they yield columns of values and are better than what was found."""
    ways = [replace(known, delimiter=weak.delimiter, run=weak.run) for weak in _WEAK]
    tried = [Tried(way, read_records(sample, way, _TRIED_RECORDS)) for way in ways]
    good = [each for each in tried if each.has_values()]
    found = max(good, key=Tried.score, default=None)
    if found is None or (best is not None and best.usual_width > 1 and best.score() >= found.score()):
        return None
    return found


def _one_column(sample: SampleText, known: Dialect, text: str) -> Tried:
    """A text without a delimiter: a comma, unless commas stand in it."""
    way = replace(known, delimiter=_NONE if "," in text else ",")
    return Tried(way, read_records(sample, way, _TRIED_RECORDS))


def _spaced(sample: SampleText, best: Tried) -> Tried:
    """With spaces that belong to no cell: where all cells stand behind one, or quotes that would be letters else do."""
    dialect = best.dialect
    if dialect.run or dialect.delimiter.endswith(" "):
        return best
    later = [cell for row in best.rows if row.width == best.usual_width for cell in row.cells[1:] if cell]
    if later and all(cell.startswith(" ") for cell in later):
        return _with_spaces(sample, dialect, 2)
    quote = dialect.quotechar
    if quote is None or not any(cell.startswith(" ") and cell.lstrip(" ")[:1] == quote for cell in later):
        return best
    tried = _with_spaces(sample, dialect, 1)
    return tried if tried.score() >= best.score() else best


def _with_spaces(sample: SampleText, dialect: Dialect, spaced: int) -> Tried:
    way = replace(dialect, spaced=spaced)
    return Tried(way, read_records(sample, way, _TRIED_RECORDS))
