"""The demonstration data: the layout, the dirt that was promised, and files that are whole or absent."""

from __future__ import annotations

import csv
import io
import json
import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from etl_batch import demo
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import OutputFailed


def read_sales(path: Path) -> np.ndarray:
    """The file's records."""
    return np.fromfile(path, demo.RECORD)


def run_demo(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command as a person starts it."""
    command = [sys.executable, "-m", "etl_batch.demo", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


def test_records_are_in_the_default_layout() -> None:
    """The generator's record and the engine's `default` layout are the same 56 bytes under the same names."""
    layout = json.loads((PROJECT_ROOT / "etl_batch" / "struct_config.json").read_text())["layouts"]["default"]
    assert struct.calcsize(layout["struct"]) == demo.RECORD.itemsize == 56
    assert list(demo.RECORD.names or ()) == layout["names"]


def test_binary_file_holds_what_was_asked_for(tmp_path: Path) -> None:
    """Ids run from 1 across block borders, time never goes back, and every name is in the catalogue."""
    rows = demo._BLOCK_ROWS + 1_000
    assert demo.write_sales_binary(tmp_path / "sales.bin", rows, seed=3) == rows * 56
    sales = read_sales(tmp_path / "sales.bin")
    assert np.array_equal(sales["id"], np.arange(1, rows + 1))
    assert np.all(np.diff(sales["timestamp"].astype(np.int64)) >= 0)
    assert {name.decode() for name in np.unique(sales["product"])} <= set(demo.product_names())
    assert sales["quantity"].min() >= 1
    assert sales["value"].min() > 0
    assert list(tmp_path.iterdir()) == [tmp_path / "sales.bin"]


def test_catalogue_fits_the_field() -> None:
    """There are 1,000 different names, none longer than the field, and some that are not ASCII."""
    names = demo.product_names()
    assert len(set(names)) == 1_000
    assert max(len(name.encode()) for name in names) <= demo.RECORD["product"].itemsize
    assert any(not name.isascii() for name in names)


def test_products_follow_zipf(tmp_path: Path) -> None:
    """The k-th product has a share of 1/k: the ten largest meet it within five standard errors."""
    rows = 200_000
    demo.write_sales_binary(tmp_path / "sales.bin", rows)
    _, counts = np.unique(read_sales(tmp_path / "sales.bin")["product"], return_counts=True)
    share = 1 / np.arange(1, 11) / np.sum(1 / np.arange(1, 1_001))
    expected = rows * share
    largest = np.sort(counts)[::-1][:10]
    assert np.all(np.abs(largest - expected) < 5 * np.sqrt(expected * (1 - share)))


@pytest.mark.parametrize("dirt", [False, True])
def test_same_seed_same_bytes(tmp_path: Path, dirt: bool) -> None:
    """A seed names the bytes, another seed gives others."""
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        demo.write_sales_csv(tmp_path / name, 2_000, seed=seed, dirt=dirt)
    first, again, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == again != other


def test_clean_csv_holds_the_same_sales_as_the_binary(tmp_path: Path) -> None:
    """The first five columns of the CSV are the binary file's, and every record has seven fields."""
    demo.write_sales_binary(tmp_path / "sales.bin", 500)
    assert demo.write_sales_csv(tmp_path / "sales.csv", 500) == Counter()
    with (tmp_path / "sales.csv").open(encoding="utf-8", newline="") as data:
        header, *rows = csv.reader(data)
    assert tuple(header) == demo.CSV_COLUMNS
    records = [
        [str(cell.decode() if isinstance(cell, bytes) else cell) for cell in row]
        for row in read_sales(tmp_path / "sales.bin").tolist()
    ]
    assert [row[:5] for row in rows] == records
    assert {len(row) for row in rows} == {7}


def test_dirt_is_what_was_counted(tmp_path: Path) -> None:
    """Each kind of defect is there, as often as reported, where a plain CSV reader can see it."""
    rows = demo.DEFECT_EVERY * len(demo.DEFECTS) * 3
    planted = demo.write_sales_csv(tmp_path / "dirty.csv", rows, dirt=True)
    assert planted == dict.fromkeys(demo.DEFECTS, 3)
    raw = (tmp_path / "dirty.csv").read_bytes()
    records = list(csv.reader(io.StringIO(raw.decode("utf-8", errors="surrogateescape"), newline="")))[1:]
    whole = [record for record in records if record]
    assert len(whole) == rows
    note, code, quantity = ([record[at] for record in whole if len(record) == 7] for at in (6, 5, 2))
    assert Counter(len(record) for record in records) == {7: rows - 6, 6: 3, 8: 3, 0: 3}
    assert (code.count("007"), code.count("1.50"), code.count("+3")) == (3, 3, 3)
    assert (sum(cell.startswith("=HYPERLINK(") for cell in note), note.count("-2+3")) == (3, 3)
    assert sum("\n" in cell for cell in note) == sum("," in cell for cell in note) - 3 == 3
    assert (quantity.count(""), raw.count(b"\r\n"), raw.count(b"\xff")) == (3, 3, 3)


def test_command_fills_an_empty_folder_once(tmp_path: Path) -> None:
    """`--if-empty` counts hidden files as nothing, writes both files, and leaves a folder with files as it is."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / ".gitkeep").touch()
    first = run_demo(folder, "--megabytes", "0.1", "--if-empty")
    assert (first.returncode, first.stderr) == (0, "")
    assert {path.name for path in folder.iterdir()} == {".gitkeep", "sales.bin", "sales_dirty.csv"}
    assert 99_000 < (folder / "sales.bin").stat().st_size <= 100_000
    (folder / "sales.bin").write_bytes(b"mine")
    second = run_demo(folder, "--if-empty")
    assert (second.returncode, second.stdout) == (0, "")
    assert (folder / "sales.bin").read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A file where the folder should be ends in one sentence and exit code 5."""
    (tmp_path / "data").write_text("a file")
    answer = run_demo(tmp_path / "data")
    assert answer.returncode == OutputFailed.exit_code
    assert answer.stderr.startswith("Cannot write ")
    assert "Traceback" not in answer.stderr


def test_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure in mid-file leaves the former bytes under the name, and no staged file behind."""
    path = tmp_path / "sales.bin"
    path.write_bytes(b"former")
    monkeypatch.setattr(demo, "_BLOCK_ROWS", 10)
    blocks = demo.sales_blocks

    def failing(records: int, *, seed: int, products: int):
        yield next(iter(blocks(records, seed=seed, products=products)))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(demo, "sales_blocks", failing)
    with pytest.raises(OutputFailed, match="No space left on device"):
        demo.write_sales_binary(path, 100)
    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]
