"""Files of records that nobody describes: many shapes made by chance from one seed, and what is right for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Column = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class UnknownFile:
    """One file, and what made it."""

    raw: bytes
    record_size: int
    header: int
    fields: tuple[tuple[int, str], ...]
    """Offset and type of each field."""


def packed(values: np.ndarray, size: int) -> np.ndarray:
    """Packed decimals of `size` bytes."""
    cells = [f"{abs(int(v)):0{2 * size - 1}d}{'d' if v < 0 else 'c'}"[-2 * size :] for v in values]
    return np.array([bytes.fromhex(cell) for cell in cells], f"V{size}")


def words(numbers: np.random.Generator, count: int, size: int, padding: bytes, encoding: str) -> np.ndarray:
    """Names of different lengths."""
    names = ["north", "south", "Ann Lee", "west end", "O'Neil", "Product 7", "Product 12", "east", "X", "Cologne"]
    picked = numbers.choice(names, count)
    return np.array([str(name)[:size].encode(encoding).ljust(size, padding) for name in picked], f"V{size}")


def column_kinds(order: str) -> dict[str, tuple[str, Column]]:
    """By a name, the type that is right and what makes the column."""
    return {
        "id": ("u32", lambda _, n: (1000 + np.arange(n)).astype(f"{order}u4")),
        "big id": ("u64", lambda r, n: (10**6 + np.cumsum(r.integers(1, 900, n))).astype(f"{order}u8")),
        "amount": ("i64", lambda r, n: r.integers(-(10**6), 10**7, n).astype(f"{order}i8")),
        "change": ("i32", lambda r, n: r.integers(-(10**5), 10**5, n).astype(f"{order}i4")),
        "count": ("u16", lambda r, n: r.integers(0, 5000, n).astype(f"{order}u2")),
        "seconds": ("datetime", lambda r, n: (1_700_000_000 + r.integers(0, 10**7, n)).astype(f"{order}u4")),
        "micros": ("datetime", lambda r, n: (1_700_000_000_000_000 + r.integers(0, 10**13, n)).astype(f"{order}i8")),
        "price": ("f64", lambda r, n: r.normal(80, 20, n).round(2).astype(f"{order}f8")),
        "level": ("f32", lambda r, n: r.normal(0, 3, n).astype(f"{order}f4")),
        "state": ("u8", lambda r, n: r.integers(1, 9, n).astype("u1")),
        "name": ("char", lambda r, n: words(r, n, 12, b"\0", "ascii")),
        "padded": ("char", lambda r, n: words(r, n, 10, b" ", "ascii")),
        "host": ("char", lambda r, n: words(r, n, 9, b"\x40", "cp037")),
        "packed": ("packed", lambda r, n: packed(r.integers(-(10**6), 10**6, n), 4)),
        "gap": ("bytes", lambda _, n: np.zeros(n, "V3")),
        "mark": ("bytes", lambda _, n: np.array([b"\xfe\xca"] * n, "V2")),
    }


def unknown_files(count: int, seed: int) -> Iterator[UnknownFile]:
    """Files of 2 to 9 columns and 60 to 3,000 records, every third one behind a header."""
    numbers = np.random.default_rng(seed)
    for number in range(count):
        kinds = column_kinds(">" if number % 4 == 3 else "<")
        records = int(numbers.choice([60, 300, 1000, 3000]))
        names = numbers.choice(sorted(kinds), int(numbers.integers(2, 10)))
        header = int(numbers.choice([16, 37, 64])) if number % 3 == 2 else 0
        made = [kinds[name][1](numbers, records) for name in names]
        dtype = np.dtype([(f"f{index}", column.dtype) for index, column in enumerate(made)])
        table = np.empty(records, dtype)
        for index, column in enumerate(made):
            table[f"f{index}"] = column
        offsets = [int(dtype.fields[name][1]) for name in dtype.names]
        fields = tuple(zip(offsets, (kinds[name][0] for name in names), strict=True))
        raw = (b"HEAD" + numbers.bytes(header))[:header] + table.tobytes()
        yield UnknownFile(raw, dtype.itemsize, header, fields)
