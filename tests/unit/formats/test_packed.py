"""Compressed files as windows of their content, however they are asked, and what is wrong with damaged ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile

import pyarrow as pa
import pytest

from etl_batch.formats import packed
from etl_batch.formats.packed import SIGNS_BYTES, Damaged, Window, compression_of

CONTENT = random.Random(7).randbytes(200_000) + b"tail" * 50_000


def zipped(*names: str) -> bytes:
    """A zip with the content under each name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, CONTENT)
    return out.getvalue()


PACKED = {
    "gzip": gzip.compress(CONTENT[:150_000]) + gzip.compress(CONTENT[150_000:]),
    "bzip2": bz2.compress(CONTENT),
    "xz": lzma.compress(CONTENT),
    "zstd": pa.compress(CONTENT, codec="zstd", asbytes=True),
    "zip": zipped("data.csv"),
}


@pytest.mark.parametrize("name", PACKED)
def test_windows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward, back and past what is kept: the content as it is."""
    monkeypatch.setattr(packed, "KEPT_BYTES", 4096)
    monkeypatch.setattr(packed, "_PIECE", 1000)
    assert compression_of(PACKED[name][:SIGNS_BYTES]) == name
    window = Window(name, io.BytesIO(PACKED[name]))  # type: ignore[arg-type]
    assert window.length() == len(CONTENT)
    for offset, length in [(0, 10), (150_000, 9_000), (149_000, 10), (3, 5000), (len(CONTENT) - 5, 50)]:
        room = bytearray(length)
        got = window.read_into(memoryview(room), offset)
        assert room[:got] == CONTENT[offset : offset + length]


@pytest.mark.parametrize("name", PACKED)
def test_damage_is_told(name: str) -> None:
    """Cut off, or with another byte in it: it is not taken for a shorter content."""
    whole = PACKED[name]
    for damaged in (whole[: len(whole) // 2], whole[:-3]):
        window = Window(name, io.BytesIO(damaged))  # type: ignore[arg-type]
        for _again in range(3):
            with pytest.raises(Damaged):
                window.length()


def test_a_failed_read_is_no_end() -> None:
    """A disk that answers again later: the content is whole then."""

    class Stumbling(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.reads += 1
            if self.reads == 2:
                raise OSError(5, "Input/output error")
            return super().read(size)

    window = Window("bzip2", Stumbling(PACKED["bzip2"]))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Input/output"):
        window.length()
    assert window.length() == len(CONTENT)


def test_what_is_no_compressed_file_of_data() -> None:
    """Several members are one too many; documents of programs, and text, are none at all."""
    with pytest.raises(Damaged, match="2"):
        Window("zip", io.BytesIO(zipped("a.csv", "b.csv"))).length()  # type: ignore[arg-type]
    for name in ("[Content_Types].xml", "mimetype", "xl/workbook.xml"):
        assert compression_of(zipped(name)[:SIGNS_BYTES]) is None
    assert compression_of(b"BZh,a,b\n1,2,3\n") is None


def test_bombs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows a thousand times past all measure is not read on."""
    monkeypatch.setattr(packed, "_RATIO_FROM", 1 << 20)
    with pytest.raises(Damaged):
        Window("xz", io.BytesIO(lzma.compress(bytes(64 << 20)))).length()  # type: ignore[arg-type]
