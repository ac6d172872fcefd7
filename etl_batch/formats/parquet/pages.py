"""Where the pages of a Parquet file stand that hold some rows of a row group: their headers, walked.

A column chunk says where its pages begin; each page has a header that says how long it is and how many values it has.
Where a row has one value these are its rows, and a reader need decode no page before those that it wants. Numbers of
fields are those of Parquet's definition (parquet.thrift).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from etl_batch import stopping
from etl_batch.formats.opened import OpenContent
from etl_batch.thrift import STRUCT, Walker

if TYPE_CHECKING:
    pass

_DATA, _INDEX, _DICTIONARY, _DATA_2 = range(4)
_TYPE, _UNCOMPRESSED, _COMPRESSED = 1, 2, 3
_VALUES, _ENCODING = 1, 2
_HEADERS = {5: (_DATA, _ENCODING), 7: (_DICTIONARY, _ENCODING), 8: (_DATA_2, 4)}
"""The field of a page header that is about one type of page, and where in it the encoding is."""
_CODED = (2, 8)
"""Encodings whose values are places in the dictionary."""
_WINDOWS = (1 << 9, 1 << 13, 1 << 20)
"""Bytes that are read for a header; the least and the largest value may stand in it, and these may be long."""


class OddPages(Exception):
    """The pages are not as Parquet's definition has them, the file ends within them, or they are too unlike."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `file[start:end]` with its header, `uncompressed` bytes with the header when it is decompressed."""

    start: int
    end: int
    uncompressed: int
    values: int
    coded: bool = False
    """Whether its values are places in the dictionary."""
    first: int = 0
    """The first of its values, counted over the column chunk."""


class ColumnPages:
    """The pages of one column chunk with a value a row, walked as far as they are asked for."""

    def __init__(self, begin: int) -> None:
        self.at = begin
        self.values = 0
        self.dictionary: Page | None = None
        self.pages: list[Page] = []

    def covering(self, opened: OpenContent, first: int, last: int) -> list[Page]:
        """The data pages with the values `[first, last)`. Raises `OddPages`."""
        while self.values < last:
            stopping.check()
            kind, page = _page_at(opened, self.at, self.values)
            self.at = page.end
            if kind == _DICTIONARY and not self.pages and self.dictionary is None:
                self.dictionary = page
            elif kind in (_DATA, _DATA_2):
                self.pages.append(page)
                self.values += page.values
            elif kind != _INDEX:
                raise OddPages
        return [page for page in self.pages if page.first < last and page.first + page.values > first]


def dictionary_at(opened: OpenContent, at: int) -> Page | None:
    """The dictionary that begins at an offset; None for a page of another kind, or none."""
    try:
        kind, page = _page_at(opened, at, 0)
    except (OddPages, OSError):
        return None
    return page if kind == _DICTIONARY else None


def _page_at(opened: OpenContent, at: int, first: int) -> tuple[int, Page]:
    """The page whose header begins at an offset, and its type."""
    for window in _WINDOWS:
        data = opened.read(window, at)
        walker = Walker(data)
        try:
            numbers, values, coded = _walk_header(walker)
        except IndexError:
            if len(data) < window:
                break
        except (KeyError, RecursionError):
            break
        else:
            kind, uncompressed, compressed = (numbers.get(field, -1) for field in (_TYPE, _UNCOMPRESSED, _COMPRESSED))
            if min(uncompressed, compressed, values) < 0:
                break
            end = at + walker.at + compressed
            return kind, Page(at, end, walker.at + uncompressed, values, coded, first)
    raise OddPages


def _walk_header(walker: Walker) -> tuple[dict[int, int], int, bool]:
    """The numbers of the header by field, and of the page its values and whether they are coded."""
    numbers: dict[int, int] = {}
    values, coded = 0, False
    for number, kind in walker.fields():
        if number in (_TYPE, _UNCOMPRESSED, _COMPRESSED):
            numbers[number] = walker.integer()
        elif number in _HEADERS and kind == STRUCT:
            about, encoding = _HEADERS[number]
            inside = _integers(walker, (_VALUES, encoding))
            if about == numbers.get(_TYPE):
                values, coded = inside.get(_VALUES, -1), inside.get(encoding) in _CODED
        else:
            walker.skip(kind)
    return numbers, values, coded


def _integers(walker: Walker, wanted: tuple[int, int]) -> dict[int, int]:
    """Some numbers of the struct that begins here, by field."""
    found = {}
    for number, kind in walker.fields():
        if number in wanted:
            found[number] = walker.integer()
        else:
            walker.skip(kind)
    return found
