"""Keys as the kernel looks them up: their spellings, the columns that these stand for, and a table of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from etl_batch.kernels.json_lines import enter_spellings
from etl_batch.kernels.kernel import Bytes, Ints


@dataclass(frozen=True, slots=True, eq=False)
class KeyTable:
    """See `kernels.json_lines.find_members`."""

    column_of: dict[str, int]
    names: Bytes
    places: Ints
    columns: Ints
    table: Ints
    longest: int
    """Bytes of the longest spelling."""

    @property
    def count(self) -> int:
        """How many columns there are."""
        return len(self.column_of)


@lru_cache(maxsize=8)
def key_table(keys: tuple[str, ...]) -> KeyTable:
    """The table of keys, each of which stands for the column of its place.

    A key beyond ASCII has two spellings: itself, and with an escape for each such character, as many writers write it.
    """
    spellings = {key.encode(): place for place, key in enumerate(keys)}
    for place, key in enumerate(keys):
        spellings.setdefault(json.dumps(key)[1:-1].encode(), place)
    lengths = [len(spelling) for spelling in spellings]
    places = np.cumsum([0, *lengths]).astype(np.int32)
    names = np.frombuffer(b"".join(spellings) or b"\0", np.uint8)
    table = np.full(2 << len(spellings).bit_length(), -1, np.int32)
    enter_spellings(names, places, table)
    columns = np.array(list(spellings.values()), np.int32)
    return KeyTable(
        {key: place for place, key in enumerate(keys)}, names, places, columns, table, max(lengths, default=0)
    )
