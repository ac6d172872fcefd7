"""Compressed inputs: what is in them is read as it would be by itself; what is not whole is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.demo import write_sales_binary
from etl_batch.formats import packed

TEXT = b"id,name,n\n" + b"".join(b'%d,"name, %d",%d.5\n' % (row, row % 7, row) for row in range(9_000)) + b"bad\n"
HALF = len(TEXT) // 2


def zstd(content: bytes) -> bytes:
    """One frame."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


def zipped(*contents: bytes) -> bytes:
    """An archive of these files, in a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("a")
        for number, content in enumerate(contents):
            archive.writestr(f"a/{number}.csv", content)
    return out.getvalue()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": zipped,
}


@pytest.mark.parametrize("compression", PACK)
def test_as_its_content(home: Any, write: Callable[[str, bytes], Path], compression: str) -> None:
    """The same bytes for any number of workers and size of chunks; offsets are those of the content, which is said."""
    source, pack = write("x.packed", PACK[compression](TEXT)), PACK[compression]
    plain = home.run("-i", write("x.csv", TEXT), name="plain")
    for workers, chunk_bytes in ((1, 1000), (3, 50_000)):
        run = home.run("-i", source, "-w", workers, "--chunk-bytes", chunk_bytes)
        assert home.csv() == home.csv("plain")
        assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("plain")))
        assert run["counts"] == plain["counts"]
        assert (run["inputs"][0]["compression"], run["inputs"][0]["size_bytes"]) == (compression, len(TEXT))
        assert f"csv, {compression}" in (home.path / "report" / f"{run['run_id']}.html").read_text()
        (reject,) = home.rejects(run)
        assert TEXT[reject["offset"] :] == b"bad\n"
    if compression != "zip":
        home.run("-i", write("y.packed", pack(TEXT[:HALF]) + pack(TEXT[HALF:])))
        assert home.csv() == home.csv("plain")
    (found,) = home.etl("detect", source, "--json").json["files"]
    assert found["compression"] == compression
    estimated = home.etl("estimate", source, "--json", "--sample-frac", 1).json
    assert estimated["population_rows"]["estimate"] == 9_000


@pytest.mark.parametrize("compression", PACK)
def test_records(home: Any, write: Callable[[str, bytes], Path], compression: str) -> None:
    """Fixed records are told and read by their layout."""
    write_sales_binary(home.data / "s.bin", 5_000, seed=1)
    home.run("-i", home.data / "s.bin", name="plain")
    run = home.run("-i", write("t.bin.packed", PACK[compression]((home.data / "s.bin").read_bytes())))
    assert home.csv() == home.csv("plain")
    assert run["inputs"][0]["format"] == "binary"


@pytest.mark.parametrize("compression", PACK)
@pytest.mark.parametrize("harm", ["cut", "behind"])
def test_what_is_not_whole(home: Any, write: Callable[[str, bytes], Path], compression: str, harm: str) -> None:
    """Cut off, or with other bytes behind it: exit 3, and nothing is published."""
    content = PACK[compression](TEXT)
    content = content[:-9] if harm == "cut" else content + (b"" if compression == "zip" else b"garbage!")
    if compression == "zip" and harm == "behind":
        content = zipped(TEXT, TEXT)
    outcome = home.etl("-i", write("x.packed", content), "-o", home.output / "x.csv")
    assert outcome.code == 3, outcome.err
    assert "cannot be decompressed (" in outcome.err
    assert not (home.output / "x.csv").exists()


def test_limits(home: Any, write: Callable[[str, bytes], Path]) -> None:
    """The limit of the size counts what is in it."""
    source = write("x.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    assert home.etl("-i", source, "-o", home.output / "x.csv", "--max-size-gb", 0.001).code == 3


def test_a_window_that_moves_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places that were passed are read again from the start; memory holds a bounded part; a bomb is none to it."""
    monkeypatch.setattr(packed, "KEPT_BYTES", 1 << 20)
    content = bytes(range(256)) * 40_000
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(content))
    with path.open("rb", buffering=0) as file:
        window = packed.Window("gzip", file)
        assert window.length() == len(content)
        for offset in (5_000_001, 9_999_999, 3, 7_654_321, len(content) - 5, len(content) + 5):
            room = bytearray(300_000)
            got = window.read_into(memoryview(room), offset)
            assert bytes(room[:got]) == content[offset : offset + 300_000]
            assert sum(map(len, window.held)) < 4 << 20
        monkeypatch.setattr(packed, "_RATIO_FROM", 1 << 20)
        monkeypatch.setattr(packed, "_MOST_RATIO", 20)
        with pytest.raises(packed.Damaged, match="more than 20 times"):
            packed.Window("gzip", file).length()
