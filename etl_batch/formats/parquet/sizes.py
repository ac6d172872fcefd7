"""What the rows of a Parquet file become in memory: by what its footer and its pages promise, and as they are.

The bytes that a file says it has before compression are not what its rows take: a run of one code is a few of them for
millions of rows, and a text that stands in a dictionary once stands in each row. So every value counts for its width at
least, and a text from a dictionary for the mean of those in it. That is what pieces and slabs are cut by; who promises
less than the rows become is found out when they are decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl_batch.formats.opened import OpenContent
from etl_batch.formats.parquet.footer import ColumnChunk, OddFooter, column_chunks
from etl_batch.formats.parquet.pages import dictionary_at
from etl_batch.parquet_terms import PHYSICAL

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from etl_batch.formats.look import Look

_WIDTHS = {PHYSICAL["BOOLEAN"]: 1, PHYSICAL["INT32"]: 4, PHYSICAL["FLOAT"]: 4}
_WIDTH = 8
"""Of other types: numbers of 64 bits, and the place of a text."""
_ASKED, _GROUPS = 64, 16
"""Columns whose dictionaries are looked at, and row groups by which a file is judged before it is read."""
CELL_BYTES = 8
"""A cell is taken to be as long in an output, whatever it is in memory."""
MOST_CELLS, _CELLS_FROM = 1000, 256 << 20
"""What has more cells than so many for each byte of the file, and more than this in all, was made to fill a disk."""


def promised_bytes(opened: OpenContent, number: int) -> int:
    """What all rows of a row group become, as far as the file tells; 0 where it does not tell where its columns are."""
    try:
        chunks = column_chunks(opened, number)
    except OddFooter:
        return 0
    return sum(_promised(opened, chunk, looked=place < _ASKED) for place, chunk in enumerate(chunks))


def _promised(opened: OpenContent, chunk: ColumnChunk, *, looked: bool) -> int:
    width = _WIDTHS.get(chunk.physical, _WIDTH)
    if looked and chunk.physical == PHYSICAL["BYTE_ARRAY"] and chunk.begin > 0:
        dictionary = dictionary_at(opened, chunk.begin)
        width += dictionary.uncompressed // max(dictionary.values, 1) if dictionary else 0
    return max(chunk.uncompressed, chunk.compressed, max(chunk.values, 0) * width)


def too_many_cells(metadata: pq.FileMetaData, look: Look) -> bool:
    """Whether a file promises more than any that is meant to be read does: cells, or texts of that length."""
    cells, most = metadata.num_rows * metadata.num_columns, max(_CELLS_FROM, MOST_CELLS * look.size)
    if cells > most:
        return True
    groups = min(metadata.num_row_groups, _GROUPS)
    with look.content.opened() as opened:
        promised = sum(promised_bytes(opened, number) for number in range(groups))
    return bool(promised * metadata.num_row_groups > most * CELL_BYTES * groups)


def expanded_bytes(array: pa.Array) -> int:
    """What the cells of a column are, each text that stands in a dictionary as often as it is in a row."""
    if not pa.types.is_dictionary(array.type):
        return max(int(array.nbytes), len(array) * CELL_BYTES)
    lengths = _lengths(array.dictionary)
    codes = array.indices.drop_null().to_numpy()
    return int(np.bincount(codes, minlength=len(lengths)) @ lengths) + len(array) * CELL_BYTES


def _lengths(texts: pa.Array) -> NDArray[np.int64]:
    lengths: NDArray[np.int64] = pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths
