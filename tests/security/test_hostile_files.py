"""Files of some hundred bytes that become gigabytes: runs and looks refuse them by name, within their memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch import aside, previews, thrift
from etl_batch.defaults import ENGINE, PROJECT_ROOT
from etl_batch.errors import EtlError
from etl_batch.parquet_terms import MAGIC, closed
from etl_batch.thrift import BINARY, I32, I64, LIST
from tests.hostile import (
    CODES,
    DELTA_TEXT,
    PLAIN,
    RLE,
    Leaf,
    delta_texts,
    levels,
    plain_texts,
    run_length,
    write_parquet,
)

MILLION = 10**6
ZERO = (1, bytes(8))
LONG = (1, plain_texts([b"x" * (1 << 20)]))
PROCESS_BYTES = 284 << 20
"""What each process may have at most: two workers and a share of the 300 MB, as the engine's third invariant has it."""
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""A small process between, for what a process has is counted from when it is forked; of the engine and its workers it
tells whoever had most."""
ASKING = """
import sys
from contextlib import suppress
from pathlib import Path
from etl_batch import aside, previews
from etl_batch.errors import EtlError

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

base, sound, hostile = map(Path, sys.argv[1:])
assert aside.call(previews.preview, sound, base).source.format == "parquet"
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
with suppress(EtlError):
    assert aside.call(previews.preview, hostile, base).source.format == "parquet"
print(status("VmHWM") - before)
"""
"""Asks for a look as the console does, and prints by how much it had more at any moment of it. A process of its own,
that does nothing beside: what a process of many threads has, changes by itself."""
Maker = Callable[[Path], object]


def leaf(leaf: Leaf, rows: int, promised: int | None = None) -> Maker:
    """A file of one column."""
    return lambda path: write_parquet(path, [leaf], rows, promised)


def list_of_many(path: Path) -> None:
    """One row that is a list of twenty million zeros; made aside, for it takes memory to make."""
    made = "import pyarrow as pa, pyarrow.parquet as pq, numpy as np; lists = [np.zeros(20_000_000, np.int64)]"
    subprocess.run(
        [sys.executable, "-c", f"{made}; pq.write_table(pa.table({{'l': lists}}), {str(path)!r})"], check=True
    )


def one_among_short_ones(path: Path) -> None:
    """Texts that are short by their mean, and of which the later half of the rows has the only long one."""
    texts = (20_001, plain_texts([LONG[1][4:], *[b"a"] * 20_000]))
    short, long = thrift.length(500_000 << 1) + b"\1\0", thrift.length(500_000 << 1) + b"\0\0"
    write_parquet(path, [Leaf("t", "BYTE_ARRAY", MILLION, CODES, b"\x0f" + short + long, texts)], MILLION)


def names_without_end(path: Path) -> None:
    """A footer of nothing but names."""
    name = thrift.struct((1, I32, thrift.number(1)), (3, I32, b"\0"), (4, BINARY, thrift.binary(b"")))
    root = thrift.struct((4, BINARY, thrift.binary(b"root")), (5, I32, thrift.number(900_000)))
    names = thrift.structs([root] + [name] * 900_000)
    nothing = (4, LIST, thrift.structs([]))
    footer = thrift.struct((1, I32, thrift.number(1)), (2, LIST, names), (3, I64, b"\0"), nothing)
    path.write_bytes(MAGIC + closed(footer))


def one_run(values: int) -> bytes:
    """A page of truths."""
    run = thrift.length(values << 1) + b"\1"
    return len(run).to_bytes(4, "little") + run


def large_page(path: Path) -> None:
    """A page that says it is of two gigabytes, of which the footer promises ten bytes."""
    write_parquet(path, [Leaf("n", "INT64", 1000, PLAIN, bytes(8000), said=2 * 10**9)], 1000, promised=10)


def large_dictionary(path: Path) -> None:
    """A dictionary that is longer than any chunk."""
    texts = (10**7, plain_texts([b"x"]))
    write_parquet(path, [Leaf("t", "BYTE_ARRAY", 10, CODES, run_length(10), texts, said=2 * 10**9)], 10, promised=10)


def nulls(path: Path) -> None:
    """A thousand million of them."""
    content = levels(1000 * MILLION, 0) + run_length(1)
    write_parquet(path, [Leaf("n", "INT64", 1000 * MILLION, CODES, content, ZERO, optional=True)], 1000 * MILLION)


def long_texts(path: Path) -> None:
    """Each begins with all of the one before, which is a million bytes."""
    write_parquet(path, [Leaf("t", "BYTE_ARRAY", MILLION, DELTA_TEXT, delta_texts(MILLION, 1 << 20))], MILLION)


ZEROS = Leaf("n", "INT64", 100 * MILLION, CODES, run_length(100 * MILLION), ZERO, pages=20)
HOSTILE: dict[str, Maker] = {
    "two thousand million zeros": leaf(ZEROS, 2000 * MILLION),
    "a thousand million truths": leaf(Leaf("b", "BOOLEAN", 10**9, RLE, one_run(10**9)), 10**9),
    "a thousand million nulls": nulls,
    "one long text a million times": leaf(Leaf("t", "BYTE_ARRAY", MILLION, CODES, run_length(MILLION), LONG), MILLION),
    "the same in a few rows": leaf(Leaf("t", "BYTE_ARRAY", 200, CODES, run_length(200), LONG), 200, promised=10),
    "long texts by their beginnings": long_texts,
    "a large page": large_page,
    "a large dictionary": large_dictionary,
    "a long list": list_of_many,
    "long texts behind short ones": one_among_short_ones,
    "names without end": names_without_end,
}
PROCESSED = {"the same in a few rows"}
"""What is much, but not too much: chunk by chunk it is written."""


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_run_ends_within_its_memory(tmp_path: Path, kind: str) -> None:
    """It refuses the file by name, or writes all of it; no process of it has ever had more than its share."""
    data, out = tmp_path / "data", tmp_path / "output"
    data.mkdir()
    out.mkdir()
    source = data / "hostile.parquet"
    HOSTILE[kind](source)
    command = [
        sys.executable,
        str(ENGINE),
        "-w",
        "2",
        "-i",
        str(source),
        "-o",
        str(out / "o.csv"),
        "--home",
        str(tmp_path),
    ]
    engine = subprocess.run(
        [sys.executable, "-c", MEASURED, *command, "--quiet"], capture_output=True, text=True, check=False
    )
    words = engine.stdout + engine.stderr
    assert int(engine.stdout.splitlines()[-1]) * 1024 < PROCESS_BYTES, words
    assert engine.returncode == (0 if kind in PROCESSED else 3), words
    assert kind in PROCESSED or str(source) in words
    assert kind in PROCESSED or list(out.glob("*.csv")) == []


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_look_ends_within_its_memory(tmp_path: Path, kind: str) -> None:
    """What it has in the end is a preview or a sentence; who asked never has more than it had."""
    (tmp_path / "data").mkdir()
    source, sound = tmp_path / "data" / "hostile.parquet", tmp_path / "data" / "sound.parquet"
    HOSTILE[kind](source)
    pq.write_table(pa.table({"a": [1, 2]}), sound)
    asked = [sys.executable, "-c", ASKING, str(tmp_path), str(sound), str(source)]
    grown = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=PROJECT_ROOT)
    assert grown.returncode == 0, grown.stderr
    assert int(grown.stdout) < 8 << 20


def test_long_lines_of_json_are_no_gigabytes(tmp_path: Path) -> None:
    """Records of the greatest length that is read, which JSON becomes a multiple of."""
    (tmp_path / "data").mkdir()
    source = tmp_path / "data" / "long.jsonl"
    with source.open("w") as file:
        for _ in range(3):
            file.write('{"a": "')
            for _ in range(60):
                file.write("x" * (1 << 20))
            file.write('"}\n')
    with pytest.raises(EtlError, match=r"long\.jsonl takes more memory at once"):
        aside.call(previews.preview, source, tmp_path)
