"""Files that are small and promise much, or promise little and hold much: made byte by byte, in milliseconds."""

from __future__ import annotations

import struct as packing
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from etl_batch import thrift
from etl_batch.parquet_terms import MAGIC, PHYSICAL, closed
from etl_batch.thrift import BINARY, I32, I64, LIST, STRUCT

PLAIN, RLE, DELTA_INTEGERS, DELTA_TEXT, CODES = 0, 3, 5, 7, 8
"""Encodings of Parquet's definition."""
_ZSTD, _NONE = 6, 0
_DATA, _DICTIONARY = 0, 2
_UTF8 = 0


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of one page behind a dictionary or without one, and how many values the page says that it has."""

    name: str
    physical: str
    values: int
    encoding: int
    content: bytes
    dictionary: tuple[int, bytes] | None = None
    """How many values it has, and them."""
    optional: bool = False
    pages: int = 1
    """How often the page stands there."""
    said: int | None = None
    """How long its pages say that they are, where that is not so."""


def write_parquet(path: Path, leaves: Sequence[Leaf], rows: int, promised: int | None = None, groups: int = 1) -> Path:
    """One file; `promised`: how many bytes its footer says that each column is before compression."""
    out = bytearray(MAGIC)
    row_groups = []
    for _ in range(groups):
        chunks = [_column(out, leaf, promised) for leaf in leaves]
        said = thrift.struct(
            (1, LIST, thrift.structs(chunks)),
            (2, I64, thrift.number(promised if promised is not None else 1000)),
            (3, I64, thrift.number(rows)),
        )
        row_groups.append(said)
    footer = thrift.struct(
        (1, I32, thrift.number(1)),
        (2, LIST, thrift.structs(_schema(leaves))),
        (3, I64, thrift.number(rows * groups)),
        (4, LIST, thrift.structs(row_groups)),
    )
    path.write_bytes(out + closed(footer))
    return path


def _schema(leaves: Sequence[Leaf]) -> list[bytes]:
    root = thrift.struct((4, BINARY, thrift.binary(b"root")), (5, I32, thrift.number(len(leaves))))
    return [root, *map(_element, leaves)]


def _element(leaf: Leaf) -> bytes:
    text = [(6, I32, thrift.number(_UTF8))] if leaf.physical == "BYTE_ARRAY" else []
    return thrift.struct(
        (1, I32, thrift.number(PHYSICAL[leaf.physical])),
        (3, I32, thrift.number(int(leaf.optional))),
        (4, BINARY, thrift.binary(leaf.name.encode())),
        *text,
    )


def _column(out: bytearray, leaf: Leaf, promised: int | None) -> bytes:
    begin, dictionary = len(out), b""
    if leaf.dictionary is not None:
        values, content = leaf.dictionary
        dictionary = _page(
            _DICTIONARY, (7, thrift.struct((1, I32, thrift.number(values)), (2, I32, b"\0"))), content, leaf.said
        )
    out += dictionary
    data = len(out)
    about = thrift.struct(
        (1, I32, thrift.number(leaf.values)),
        (2, I32, thrift.number(leaf.encoding)),
        (3, I32, thrift.number(RLE)),
        (4, I32, thrift.number(RLE)),
    )
    out += _page(_DATA, (5, about), leaf.content, leaf.said) * leaf.pages
    real = len(leaf.content) + len(dictionary)
    metadata = thrift.struct(
        (1, I32, thrift.number(PHYSICAL[leaf.physical])),
        (2, LIST, thrift.listed(I32, [thrift.number(leaf.encoding)])),
        (3, LIST, thrift.listed(BINARY, [thrift.binary(leaf.name.encode())])),
        (4, I32, thrift.number(_ZSTD)),
        (5, I64, thrift.number(leaf.values * leaf.pages)),
        (6, I64, thrift.number(real if promised is None else promised)),
        (7, I64, thrift.number(len(out) - begin)),
        (9, I64, thrift.number(data)),
        *([(11, I64, thrift.number(begin))] if dictionary else []),
    )
    return thrift.struct((2, I64, thrift.number(begin)), (3, STRUCT, metadata))


def _page(kind: int, about: tuple[int, bytes], content: bytes, said: int | None) -> bytes:
    packed = pa.Codec("zstd").compress(content, asbytes=True)
    number, header = about
    return (
        thrift.struct(
            (1, I32, thrift.number(kind)),
            (2, I32, thrift.number(len(content) if said is None else said)),
            (3, I32, thrift.number(len(packed))),
            (number, STRUCT, header),
        )
        + packed
    )


def plain_texts(texts: Sequence[bytes]) -> bytes:
    """Texts as a dictionary or a plain page has them."""
    return b"".join(packing.pack("<I", len(text)) + text for text in texts)


def run_length(values: int, code: int = 0, width: int = 1) -> bytes:
    """One code, so many times, as a page of codes has it: a few bytes."""
    return bytes((width,)) + thrift.length(values << 1) + code.to_bytes((width + 7) // 8, "little")


def levels(values: int, level: int = 1) -> bytes:
    """A level of one bit, so many times, as a data page has it."""
    run = thrift.length(values << 1) + bytes((level,))
    return packing.pack("<I", len(run)) + run


def delta_integers(values: int, first: int = 0) -> bytes:
    """The same integer, so many times: blocks of 2 to the 20th values, each of which takes no bits."""
    block, minis = 1 << 20, 1
    head = thrift.length(block) + thrift.length(minis) + thrift.length(values) + thrift.number(first)
    blocks = -(-max(values - 1, 0) // block)
    return head + (thrift.number(0) + b"\0") * blocks


def delta_texts(values: int, length: int) -> bytes:
    """One text, so many times: the first is written, and each of the others begins with all of the one before."""
    return _steps(values, 0, length) + _steps(values, length, -length) + b"x" * length


def _steps(values: int, first: int, step: int) -> bytes:
    """An integer, and behind it others that are all by one step away from it: blocks of 128 in 4 parts."""
    low = min(step, 0)
    width = abs(step).bit_length()
    others = -low
    packed = _packed([step - low] + [others] * 31, width) + _packed([others] * 32, width if low else 0) * 3
    head = thrift.length(128) + thrift.length(4) + thrift.length(values) + thrift.number(first)
    begin = thrift.number(low) + bytes((width, *[width if low else 0] * 3)) + packed
    return head + begin + (thrift.number(0) + bytes(4)) * -(-max(values - 129, 0) // 128)


def _packed(values: Sequence[int], width: int) -> bytes:
    whole = sum(value << place * width for place, value in enumerate(values))
    return whole.to_bytes(len(values) * width // 8, "little")
