"""Rows like those of TPC-H's table `lineitem`, as CSV and as Parquet: its 16 columns, types, widths and distributions.

`write(folder, megabytes)` makes both files from the same rows. The same size gives the same rows (with the same numpy).
The distributions are those of the specification's section 4.2; comments are pieces of one long text made of its words.
In the CSV every comment is quoted and nothing else is, as TPC-H's generators for CSV write it. The Parquet file is what
pyarrow writes by default, with decimals and days as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.parquet import ParquetWriter

Ints = np.ndarray[Any, np.dtype[np.int64]]

SEED = 8
BYTES_A_ROW = 128.23
BYTES_A_SCALE = 770_000_000
"""Of TPC-H's scale factor 1; the number of parts and suppliers follows from it."""
LINES_AN_ORDER = 4
BLOCK_ORDERS = 50_000
GROUP_ROWS = 1_000_000
"""About; of a row group in the Parquet file."""
POOL_BYTES = 4_000_000

FIRST_ORDER, ORDER_DAYS = np.datetime64("1992-01-01"), 2_406
TODAY = np.datetime64("1995-06-17")
SHIP_INSTRUCTIONS = ("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")
SHIP_MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")

NOUNS = (
    "packages requests accounts deposits foxes ideas theodolites instructions dependencies excuses platelets "
    "asymptotes courts dolphins multipliers sauternes warthogs frets dinos attainments somas braids "
    "hockey_players frays warhorses dugouts notornis epitaphs pearls tithes waters orbits gifts sheaves depths "
    "sentiments decoys realms pains grouches"
)
VERBS = (
    "sleep wake are cajole haggle nag use boost affix detect integrate maintain nod was lose sublate solve thrash "
    "promise engage hinder print x-ray breach eat grow impress mold poach serve run dazzle snooze doze unwind "
    "kindle play"
)
ADJECTIVES = (
    "special pending unusual express furious sly careful blithe quick fluffy slow quiet ruthless thin close "
    "dogged daring bold regular final ironic even silent"
)
ADVERBS = (
    "furiously slyly carefully blithely quickly fluffily slowly quietly ruthlessly thinly closely doggedly "
    "daringly boldly regularly finally ironically evenly silently"
)
PREPOSITIONS = (
    "about above according_to across after against along among around at before between into of on over under"
)
ENDS = (".", ";", ":", "?", "!", "--")
SENTENCES = ("JN VD.", "N V P.", "J,JN V.", "JN V P.", "N VD.", "DJN VP.", "JN,JN VP.", "JN VPD.", "N V.", "DJN D VJN.")
"""Kinds of words: J adjective, N noun, V verb, D adverb, P preposition with a noun."""


def write(folder: Path, megabytes: int) -> int:
    """Write `lineitem.csv` of about so many megabytes, and `lineitem.parquet` with the same rows; returns how many."""
    rows = 0
    with (folder / "lineitem.csv").open("wb") as text, ParquetWriter(folder / "lineitem.parquet", schema()) as columns:
        text.write(",".join(schema().names).encode() + b"\n")
        group: list[pa.Table] = []
        for table in blocks(megabytes):
            text.write(csv_bytes(table))
            group.append(table)
            rows += table.num_rows
            if sum(each.num_rows for each in group) >= GROUP_ROWS:
                columns.write_table(pa.concat_tables(group))
                group = []
        if group:
            columns.write_table(pa.concat_tables(group))
    return rows


def schema() -> pa.Schema:
    """Names and types of the columns."""
    money, day = pa.decimal128(15, 2), pa.date32()
    kinds = dict.fromkeys(("orderkey", "partkey", "suppkey", "linenumber", "quantity"), pa.int64())
    kinds |= dict.fromkeys(("extendedprice", "discount", "tax"), money)
    kinds |= dict.fromkeys(("returnflag", "linestatus"), pa.string())
    kinds |= dict.fromkeys(("shipdate", "commitdate", "receiptdate"), day)
    kinds |= dict.fromkeys(("shipinstruct", "shipmode", "comment"), pa.string())
    return pa.schema([(f"l_{name}", kind) for name, kind in kinds.items()])


def blocks(megabytes: int) -> Iterator[pa.Table]:
    """All rows, in tables that keep memory flat."""
    orders = max(round(megabytes * 1e6 / BYTES_A_ROW / LINES_AN_ORDER), 1)
    scale = megabytes * 1e6 / BYTES_A_SCALE
    pool = np.frombuffer(comment_pool(), np.uint8)
    for block, first in enumerate(range(0, orders, BLOCK_ORDERS)):
        yield _block(np.random.default_rng([SEED, block]), first, min(BLOCK_ORDERS, orders - first), scale, pool)


def comment_pool() -> bytes:
    """The text that comments are pieces of."""
    rng = np.random.default_rng(SEED)
    kinds = {"J": ADJECTIVES, "N": NOUNS, "V": VERBS, "D": ADVERBS, "P": PREPOSITIONS}
    words = {kind: [word.replace("_", " ") for word in text.split()] for kind, text in kinds.items()}
    nouns, parts, size = words["N"], [], 0
    while size < POOL_BYTES:
        sentence: list[str] = []
        for kind in SENTENCES[rng.integers(len(SENTENCES))]:
            if kind in words:
                word = words[kind][rng.integers(len(words[kind]))]
                sentence.append(f" {word} the {nouns[rng.integers(len(nouns))]}" if kind == "P" else f" {word}")
            elif kind != " ":
                sentence.append("," if kind == "," else ENDS[min(rng.geometric(0.7) - 1, len(ENDS) - 1)])
        parts.append("".join(sentence))
        size += len(parts[-1])
    return "".join(parts).encode()


def csv_bytes(table: pa.Table) -> bytes:
    """A table's rows as lines."""
    cells = [column.cast(pa.string()) for column in table.columns[:-1]]
    comments = pc.binary_join_element_wise('"', table.column(table.num_columns - 1), '"\n', "")
    lines = pc.binary_join_element_wise(*cells, comments, ",")
    return b"".join(_text(chunk) for chunk in lines.chunks)


def _text(array: pa.StringArray) -> bytes:
    """The bytes of all strings, one behind the other."""
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    return bytes(memoryview(data)[ends[0] : ends[-1]])


def _block(rng: np.random.Generator, first: int, orders: int, scale: float, pool: np.ndarray[Any, Any]) -> pa.Table:
    """The lines of so many orders."""
    lines = rng.integers(1, 2 * LINES_AN_ORDER, orders)
    order = np.repeat(np.arange(first, first + orders), lines)
    rows = order.size
    number = np.arange(rows) - np.repeat(np.cumsum(lines) - lines, lines) + 1
    parts, suppliers = max(int(200_000 * scale), 1), max(int(10_000 * scale), 4)
    part = rng.integers(1, parts + 1, rows)
    # As the specification has it: of the sparse order keys eight follow one another and 24 are left out, and each
    # part has four suppliers.
    turn = rng.integers(0, 4, rows) * (suppliers // 4 + (part - 1) // suppliers)
    quantity = rng.integers(1, 51, rows)
    ordered = np.repeat(FIRST_ORDER + rng.integers(0, ORDER_DAYS, orders), lines)
    shipped = ordered + rng.integers(1, 122, rows)
    received = shipped + rng.integers(1, 31, rows)
    returned = np.where(received <= TODAY, rng.integers(0, 2, rows), 2)
    columns = (
        order // 8 * 32 + order % 8 + 1,
        part,
        (part + turn) % suppliers + 1,
        number,
        quantity,
        _money(quantity * (90_000 + part // 10 % 20_001 + 100 * (part % 1_000))),
        _money(rng.integers(0, 11, rows)),
        _money(rng.integers(0, 9, rows)),
        _words(("R", "A", "N"), returned),
        _words(("F", "O"), (shipped > TODAY).astype(np.int64)),
        shipped,
        ordered + rng.integers(30, 91, rows),
        received,
        _words(SHIP_INSTRUCTIONS, rng.integers(0, len(SHIP_INSTRUCTIONS), rows)),
        _words(SHIP_MODES, rng.integers(0, len(SHIP_MODES), rows)),
        _comments(rng, rows, pool),
    )
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=schema())


def _money(cents: Ints) -> pa.Array:
    """Hundredths as decimals with two places."""
    halves = np.column_stack([cents, cents >> 63])
    return pa.Array.from_buffers(pa.decimal128(15, 2), len(cents), [None, pa.py_buffer(halves)])


def _words(words: Sequence[str], codes: Ints) -> pa.Array:
    return pa.array(words).take(pa.array(codes))


def _comments(rng: np.random.Generator, rows: int, pool: np.ndarray[Any, Any]) -> pa.Array:
    """Pieces of 10 to 43 bytes from anywhere in the pool."""
    lengths = rng.integers(10, 44, rows)
    starts = rng.integers(0, pool.size - 43, rows)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(pool[places]))
