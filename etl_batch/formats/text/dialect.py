"""How a text file is written: its encoding, its delimiter, and whether its first record is a header."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

import pyarrow as pa

from etl_batch.columns import text_forms
from etl_batch.formats.source import unique_names
from etl_batch.model import Dialect

DELIMITERS = ",;\t|"
_SAMPLE_RECORDS = 200
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def sniff_encoding(sample: bytes, forced: bool = False) -> tuple[str, int] | None:
    """Encoding and length of the byte order mark of a text sample; None when it looks like no text (unless forced).

    Bytes that are no UTF-8 mean Latin-1 when they are all letters or signs of it, most of them beside plain letters or
    digits, and no UTF-8 sequence stands among them; else the file is UTF-8 with damaged records.
    """
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding, len(mark)
    unmarked = _unmarked_utf16(sample)
    if unmarked is not None:
        return unmarked, 0
    if _damaged(sample) and not forced:
        return None
    return ("latin-1" if _looks_latin(sample) else "utf-8"), 0


def _damaged(sample: bytes) -> bool:
    """Whether there are more control characters than a text can have: some may stand in cells, of a short text too."""
    controls = len(sample) - len(sample.translate(None, _CONTROL))
    return controls > max(len(sample) // 50, min(len(sample) // 6, 4))


def _unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 without a mark: nearly every second byte of Western text is NUL, hardly any of the rest is."""
    even, odd = sample[0 : len(sample) // 2 * 2 : 2], sample[1 : len(sample) // 2 * 2 : 2]
    if len(even) < 4:
        return None
    for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if zeros.count(0) > 0.7 * len(zeros) and others.count(0) <= max(len(others) // 20, 1):
            text = sample[: len(even) * 2].decode(encoding, errors="replace").encode("utf-8")
            return None if _damaged(text) else encoding
    return None


def _looks_latin(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
        return False
    except UnicodeDecodeError:
        pass  # the case that needs the closer look below
    text = sample.decode("utf-8", errors="surrogateescape")
    escaped = [character for character in text if "\udc80" <= character <= "\udcff"]
    # A sequence cut off at the end of the sample is no evidence.
    if len(escaped) <= 3 and not re.search("[\udc80-\udcff]", text[:-3]):
        return False
    valid = sum(1 for character in text if character > "\x7f" and not "\udc80" <= character <= "\udcff")
    latin = sum(1 for character in escaped if 0xC0 <= ord(character) - 0xDC00 <= 0xFD or _is_sign(character))
    beside = len(re.findall("(?<=[A-Za-z0-9])[\udca0-\udcfd]|[\udca0-\udcfd](?=[A-Za-z0-9])", text))
    return valid == 0 and latin == len(escaped) and beside >= 0.5 * len(escaped)


def _is_sign(character: str) -> bool:
    """The Latin-1 signs that stand in ordinary text: no-break space, pound, section, degree, half and the like."""
    return 0xA0 <= ord(character) - 0xDC00 <= 0xBF


def sniff_dialect(sample: bytes, whole: bool, forced: bool = False) -> Dialect | None:
    """The dialect of a text sample from the start of a file (`whole`: it is all of it); None when it is no text."""
    sniffed = sniff_encoding(sample, forced)
    if sniffed is None:
        return None
    encoding, mark = sniffed
    text = sample[mark:].decode(encoding, errors="replace")
    if not whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    newline = "\r" if "\r" in text and "\n" not in text else "\n"
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    return Dialect(delimiter, '"', encoding, bool(rows) and _has_header(rows), mark, newline)


def read_names(sample: bytes, dialect: Dialect) -> list[str]:
    """Column names: the header record's, made unique and never empty, else `column_1`, `column_2`, ..."""
    text = sample[dialect.bom :].decode(dialect.encoding, errors="replace")
    rows = _rows(text, dialect.delimiter)
    first = rows[0] if rows else []
    if not dialect.header:
        return [f"column_{number}" for number in range(1, _usual_width(rows) + 1)]
    return unique_names([cell.replace("\ufffd", "?") for cell in first])


def sample_columns(rows: list[list[str]], width: int) -> list[pa.StringArray]:
    """The cells of those rows that have the usual width, column by column."""
    fitting = [row for row in rows if len(row) == width]
    return [pa.array([row[index] for row in fitting], pa.string()) for index in range(width)]


def _rows(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # a field over the csv module's limit: the rows up to there tell enough
    return rows


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _delimiter(text: str) -> str:
    """The candidate under which most records have the same number (more than one) of fields, the first among equals."""
    best, best_score = ",", 0.0
    for candidate in DELIMITERS:
        rows = _rows(text, candidate)
        width = _usual_width(rows)
        if width < 2:
            continue
        agreement = sum(len(row) == width for row in rows) / len(rows)
        first_fits = len(rows[0]) == width
        score = agreement * agreement + (0.5 if first_fits else 0.0) + min(width, 50) / 1000
        if score > best_score + 1e-9:
            best, best_score = candidate, score
    return best


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns.

    A text over numbers or dates says so, as does no name at all over the first of them (a row index), and a year over
    what is no year; a number or a date says no. Where all is text, a first row whose cells come again below is data.
    """
    first, body = rows[0], rows[1:]
    if not body:
        return not any(_form(cell) for cell in first)
    columns = sample_columns(body, len(first))
    names, values = 0, 0
    for number, (cell, column) in enumerate(zip(first, columns, strict=True)):
        below = text_forms.pick(text_forms.forms(column)) if len(column) else text_forms.TEXT
        named = bool(below and not _form(cell) and (cell or number == 0))
        if named or (_is_year(cell) and not all(_is_year(other) for other in column.to_pylist())):
            names += 1
        elif _form(cell):
            values += 1
    if names or values:
        return names >= values
    return not any(_comes_again(cell, column) for cell, column in zip(first, columns, strict=True))


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdecimal() and "1900" <= cell <= "2100"


def _comes_again(cell: str, column: pa.StringArray) -> bool:
    """Whether a cell of the first row stands below it too; in a column that is empty throughout that says nothing."""
    below = set(column.to_pylist())
    return cell in below and below != {""}


def _form(cell: str) -> int:
    return text_forms.forms(pa.array([cell], pa.string())) if cell else text_forms.TEXT
