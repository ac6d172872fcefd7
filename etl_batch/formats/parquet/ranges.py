"""Rows of a row group to slabs of columns, without decoding the rows before them where that can be had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import memory, sentences
from etl_batch.columns.plain_types import plain_type
from etl_batch.formats.content import Content
from etl_batch.formats.opened import OpenContent
from etl_batch.formats.parquet.excerpt import PagedGroup, Picked, build_excerpt, grouped, paged_group
from etl_batch.formats.parquet.footer import OddFooter, column_chunks
from etl_batch.formats.parquet.pages import OddPages
from etl_batch.formats.parquet.reader import (
    SLAB_ROWS,
    RowRange,
    column_paths,
    damaged,
    leaf_types,
    open_parquet,
    read_columns,
    rows_before,
)
from etl_batch.formats.parquet.rejects import is_valid, with_rejects
from etl_batch.formats.parquet.sizes import expanded_bytes
from etl_batch.formats.source import Slab, SourceColumn
from etl_batch.kernels.codes import GIVEN_UP, renumber

if TYPE_CHECKING:
    from etl_batch.formats.parquet.source import ParquetSource

_MOST_CODES = 1 << 15
_LEAST_REPEATS = 4
"""Text comes under its dictionary when that has at most so many values, which have so many rows each or more."""
_ASKED = 64
"""Columns whose pages are looked at before a row group is cut."""
_NONE = np.zeros(0, np.uint8)


def read_rows(source: ParquetSource, place: RowRange) -> Iterator[Slab]:
    """The slabs of a range of rows. Text whose values repeat is under a dictionary, in order of appearance."""
    if not place.rows:
        return
    file = open_parquet(source.content)
    offset, before, taken = group_begin(source, place.row_group), rows_before(file, place.row_group) + place.first, 0
    try:
        parts = _parts(file, source, place)
        for first in range(0, place.rows, SLAB_ROWS):
            rows = min(SLAB_ROWS, place.rows - first)
            try:
                found = _take(parts, rows)
            except _OddCodes:
                rest = RowRange(place.row_group, place.first + first, place.rows - first)
                parts = _parts(file, source, rest, dictionaries=False)
                found = _take(parts, rows)
            arrays = [found[at] for at in range(len(found))]
            taken += sum(map(expanded_bytes, arrays))
            if taken > memory.row_bytes():
                raise MemoryError
            yield with_rejects(arrays, source.columns, source.path, first, offset, before)
    except (pa.ArrowException, OSError, MemoryError) as error:
        raise damaged(source.path, place.row_group, error) from error


def group_begin(source: ParquetSource, number: int) -> int:
    """Where a row group begins in the file; 0 where the footer does not say so."""
    try:
        with source.content.opened() as opened:
            return column_chunks(opened, number)[0].begin
    except (OddFooter, IndexError):
        return 0


def page_starts(file: pq.ParquetFile, content: Content, number: int) -> list[int]:
    """The rows of a row group at which most of its columns begin a page, in order; none if that is not known."""
    group = file.metadata.row_group(number)
    with content.opened() as opened:
        try:
            pages = paged_group(content.path, opened, file.metadata, number)
        except OddPages:
            return []
        leaves = range(min(group.num_columns, _ASKED))
        picked = [pages.pick(opened, leaf, 0, group.num_rows) for leaf in leaves]
    votes = Counter(page.first for one in picked if one for page in one.pages if page.first)
    most = max(votes.values(), default=0)
    return sorted(first for first, count in votes.items() if 2 * count > most)


class _OddCodes(Exception):
    """A dictionary has a value twice: Arrow drops one and leaves the codes, which mean others from there on."""


class _Part:
    """Some of the columns, whose rows come in batches of Arrow's making."""

    def __init__(
        self,
        columns: dict[int, SourceColumn],
        batches: Iterator[list[pa.Array]],
        early: int,
        coded: dict[int, int] | None = None,
    ) -> None:
        """`columns`: by their places in the source, and in the batches in this order.

        `early`: rows in the batches before those that are wanted.

        `coded`: how many values the dictionaries have of the columns that come under them.
        """
        self.columns, self.batches, self.skip = columns, batches, early
        self.coded = coded or {}
        self.batch: list[pa.Array] | None = None

    def take(self, rows: int) -> Iterator[tuple[int, pa.Array]]:
        """The next rows of each column. Raises `_OddCodes`."""
        pieces = list(self._pieces(rows))
        for index, at in enumerate(self.columns):
            arrays = [piece[index] for piece in pieces]
            if at in self.coded and any(len(array.dictionary) != self.coded[at] for array in arrays):
                raise _OddCodes
            whole = arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)
            yield at, _as_they_appear(whole) if at in self.coded else whole

    def _pieces(self, rows: int) -> Iterator[list[pa.Array]]:
        while rows:
            while self.batch is None or len(self.batch[0]) <= self.skip:
                self.skip -= len(self.batch[0]) if self.batch is not None else 0
                self.batch = next(self.batches, None)
                if self.batch is None:
                    raise pa.ArrowInvalid(sentences.inputs.ROWS_MISSING)
            piece = [array.slice(self.skip, rows) for array in self.batch]
            taken = len(piece[0])
            self.skip, rows = self.skip + taken, rows - taken
            yield piece


def _take(parts: Sequence[_Part], rows: int) -> dict[int, pa.Array]:
    """The next rows of all columns, by their places in the source. Raises `_OddCodes`."""
    return {at: array for part in parts for at, array in part.take(rows)}


def _parts(file: pq.ParquetFile, source: ParquetSource, place: RowRange, dictionaries: bool = True) -> list[_Part]:
    """All columns: from an excerpt of their pages where that can be had, the others from the row group's start."""
    paths = column_paths(file, source.columns, source.column_names)
    columns = dict(enumerate(source.columns))
    if paths is None:
        return [_from_start(file, source, columns, None, place)]
    parts = _from_pages(file, source, place, paths, dictionaries)
    seen = {at for part in parts for at in part.columns}
    rest = {at: column for at, column in columns.items() if at not in seen}
    if rest:
        parts.append(_from_start(file, source, rest, [paths[at] for at in rest], place))
    return parts


def _from_start(
    file: pq.ParquetFile,
    source: ParquetSource,
    columns: dict[int, SourceColumn],
    paths: Sequence[str] | None,
    place: RowRange,
) -> _Part:
    """Columns that are decoded from the first row of the row group on."""
    size = min(SLAB_ROWS, place.rows)
    batches = read_columns(file, source, place.row_group, list(columns.values()), paths, size)
    return _Part(columns, batches, place.first)


def _from_pages(
    file: pq.ParquetFile, source: ParquetSource, place: RowRange, paths: Sequence[str], dictionaries: bool
) -> list[_Part]:
    """The columns whose pages can be told, those with pages of the same rows together."""
    try:
        with source.content.opened() as opened:
            pages = paged_group(source.path, opened, file.metadata, place.row_group)
            single = {at: path for at, path in enumerate(paths) if source.columns[at].name not in source.wide}
            picked = _picked(pages, opened, place, single)
            groups = grouped(list(picked.values()), file.metadata.num_columns)
            excerpt = build_excerpt(opened, file.metadata, groups)
    except OddPages:
        return []
    kinds = leaf_types(file.schema_arrow)
    repeating = {at: one.coded for at, one in picked.items() if dictionaries and _repeats(one, kinds[at])}
    read = pq.ParquetFile(pa.BufferReader(pa.py_buffer(excerpt)), read_dictionary=[paths[at] for at in repeating])
    places = {one.leaf: at for at, one in picked.items()}
    parts = []
    for number, group in enumerate(groups):
        columns = {places[one.leaf]: source.columns[places[one.leaf]] for one in group}
        asked, first = [paths[at] for at in columns], group[0].rows[0]
        batches = read_columns(read, source, number, list(columns.values()), asked, min(SLAB_ROWS, place.rows))
        coded = {at: repeating[at] for at in columns if at in repeating}
        parts.append(_Part(columns, batches, place.first - first, coded))
    return parts


def _picked(pages: PagedGroup, opened: OpenContent, place: RowRange, paths: Mapping[int, str]) -> dict[int, Picked]:
    """The pages of those columns, by their places in the source, that are a single leaf of the schema."""
    found = {}
    for at, path in paths.items():
        leaf = pages.leaves.get(path)
        picked = None if leaf is None else pages.pick(opened, leaf, place.first, place.first + place.rows)
        if picked is not None:
            found[at] = picked
    return found


def _repeats(picked: Picked, kind: pa.DataType) -> bool:
    """Whether the text of a column, whose type this is in the file, is best left under its dictionary."""
    first, last = picked.rows
    few = 0 < picked.coded <= min(_MOST_CODES, (last - first) // _LEAST_REPEATS)
    return few and pa.types.is_string(plain_type(kind)) and not isinstance(kind, pa.BaseExtensionType)


def _as_they_appear(array: pa.DictionaryArray) -> pa.Array:
    """The dictionary cut to the values that there are, in order of appearance; none where one of these is no text."""
    codes = array.indices.fill_null(0).to_numpy(zero_copy_only=False) if array.null_count else array.indices.to_numpy()
    missing = array.is_null().to_numpy(zero_copy_only=False).view(np.uint8) if array.null_count else _NONE
    places, order = np.empty(len(array.dictionary), np.int32), np.empty(len(array.dictionary), np.int32)
    new = np.empty(len(array), np.int32)
    known = renumber(codes, missing, places, order, new)
    if known == GIVEN_UP:
        raise _OddCodes
    dictionary = array.dictionary.take(pa.array(order[:known]))
    if not is_valid(dictionary):
        return array.dictionary_decode()
    return pa.DictionaryArray.from_arrays(
        pa.array(new, mask=missing.view(np.bool_) if missing.size else None), dictionary, safe=False
    )
