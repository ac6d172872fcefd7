"""Compressed files: what they hold, decompressed piece by piece as it is asked for, by one process and never to a disk.

A file is streamed through once before anything else: that proves it whole and tells how long its content is, so that
what is planned is the same as for the content alone. Later readings go forward through a window in memory, which begins
again at the start for what lies before it; what fits into the window is decompressed that one time only.
"""

from __future__ import annotations

import bz2
import lzma
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from typing import Any

import pyarrow as pa

from etl_batch import sentences, stopping

KEPT_BYTES = 80 << 20
"""Of the content, behind the last byte that was asked for: a record of the usual greatest length, and a chunk."""
SIGNS_BYTES = 64
"""Of a file's start, which tell how it is compressed."""
_PIECE = 1 << 20
_READ = 1 << 18
_MOST_RATIO, _RATIO_FROM = 1000, 256 << 20
"""What becomes more than so many times longer, and longer than this, was made to fill a memory or a disk."""
_LZMA_MEMORY = 128 << 20
_GZIP, _BZIP2, _XZ, _ZSTD, _ZIP = "gzip", "bzip2", "xz", "zstd", "zip"
_BZIP2_BLOCKS = (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")
_ENCRYPTED = 0x1
_ZIP_NAME = 30
_DOCUMENTS = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"mimetype", b"META-INF/")
"""What the first member is called where a zip is a document of some program, as workbooks are."""


class Damaged(Exception):
    """It cannot be decompressed to its end; the reason is a sentence's part."""


@dataclass(frozen=True, slots=True)
class Packed:
    """How a file is compressed, and the length of its content in bytes."""

    compression: str
    size: int


def compression_of(start: bytes) -> str | None:
    """How a file that begins so is compressed; None for one that is not."""
    if start[:3] == b"\x1f\x8b\x08" and len(start) > 3 and start[3] < 0x20:
        return _GZIP
    if start[:3] == b"BZh" and start[4:10] in _BZIP2_BLOCKS:
        return _BZIP2
    if start.startswith(b"PK\x03\x04") and start[_ZIP_NAME:].startswith(_DOCUMENTS):
        return None
    signs = ((b"\xfd7zXZ\0", _XZ), (b"\x28\xb5\x2f\xfd", _ZSTD), (b"PK\x03\x04", _ZIP))
    return next((name for magic, name in signs if start.startswith(magic)), None)


class Window:
    """A stretch of the content of a compressed file, moved forward as it is read."""

    def __init__(self, compression: str, file: RawIOBase | BufferedReader) -> None:
        """`file`: the compressed one, to be read from its start on."""
        self.compression, self.file = compression, file
        self._restart()

    def read_into(self, room: memoryview, offset: int) -> int:
        """Fill `room` from byte `offset` of the content on; fewer only where it ends before. Raises `Damaged`."""
        if offset < self.base:
            self._restart()
        while self.end < offset + len(room) and self._more(offset):
            pass
        done = 0
        while done < len(room) and offset + done < self.end:
            number, begin = divmod(offset + done - self.base, _PIECE)
            part = self.held[number][begin : begin + len(room) - done]
            room[done : done + len(part)] = part
            done += len(part)
        return done

    def length(self) -> int:
        """Read to the end; returns how many bytes there are. Raises `Damaged`."""
        while self._more(self.end):
            pass
        return self.end

    def _restart(self) -> None:
        self.file.seek(0)
        self.base = self.end = 0
        self.damage: Damaged | None = None
        self.held: deque[bytes] = deque()
        self.pieces = _even(_unpack(self.compression, self.file))

    def _more(self, wanted: int) -> bool:
        """Take the next piece, and drop what is far behind the wanted byte; False at the end."""
        stopping.check()
        if self.damage is not None:
            raise self.damage
        try:
            piece = next(self.pieces, None)
        except Damaged as error:
            # A generator that has raised is at its end, which would pass for the end of the content.
            self.damage = error
            raise
        except OSError:
            self._restart()
            raise
        if piece is None:
            return False
        self.held.append(piece)
        self.end += len(piece)
        while self.base + _PIECE <= min(wanted, self.end - KEPT_BYTES):
            self.held.popleft()
            self.base += _PIECE
        if self.end > _RATIO_FROM and self.end > _MOST_RATIO * self.file.tell():
            raise Damaged(sentences.inputs.PACKED_RATIO.format(most=_MOST_RATIO))
        return True


def _even(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts in pieces of one length, the last one shorter: members may be of a few bytes each."""
    rest = bytearray()
    for part in parts:
        rest += part
        while len(rest) >= _PIECE:
            yield bytes(rest[:_PIECE])
            del rest[:_PIECE]
    if rest:
        yield bytes(rest)


def _unpack(compression: str, file: RawIOBase | BufferedReader) -> Iterator[bytes]:
    """The content in pieces. Raises `Damaged`, at the first byte that is not as it should be, and `OSError`."""
    try:
        if compression == _ZIP:
            yield from _only_member(file)
        elif compression == _ZSTD:
            yield from _frames(file)
        else:
            yield from _members(_DECOMPRESSORS[compression], file)
    except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, pa.ArrowException, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk; those of the decompressors have no number
        raise Damaged(str(error).partition("\n")[0].rstrip(".") or sentences.inputs.PACKED_CUT) from error


class _Inflate:
    """zlib's decompressor with the ways of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    def decompress(self, data: bytes, most: int) -> bytes:
        """At most so many bytes of the content."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, most)

    @property
    def needs_input(self) -> bool:
        """Whether all that was given has been taken."""
        return not self._inner.unconsumed_tail

    @property
    def eof(self) -> bool:
        """Whether the member is over."""
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        """What stands behind it."""
        return self._inner.unused_data


_DECOMPRESSORS: dict[str, Callable[[], Any]] = {
    _GZIP: _Inflate,
    _BZIP2: bz2.BZ2Decompressor,
    _XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY),
}


def _members(begin: Callable[[], Any], file: RawIOBase | BufferedReader) -> Iterator[bytes]:
    """The members one behind the other, which may have zeros behind them."""
    rest = file.read(_READ) or b""
    while rest:
        member = begin()
        while not member.eof:
            if member.needs_input and not rest:
                rest = file.read(_READ) or b""
                if not rest:
                    raise EOFError(sentences.inputs.PACKED_CUT)
            piece, rest = member.decompress(rest, _PIECE), b""
            if piece:
                yield piece
        rest = member.unused_data
        while not rest.strip(b"\0"):
            rest = file.read(_READ) or b""
            if not rest:
                return
        rest = rest.lstrip(b"\0")


def _frames(file: RawIOBase | BufferedReader) -> Iterator[bytes]:
    """Zstandard's frames one behind the other."""
    with pa.CompressedInputStream(pa.PythonFile(_Unclosed(file), mode="r"), "zstd") as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _only_member(file: RawIOBase | BufferedReader) -> Iterator[bytes]:
    """The one file of a zip archive."""
    with zipfile.ZipFile(BufferedReader(_Unclosed(file))) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise Damaged(sentences.inputs.PACKED_MEMBERS.format(number=len(members)))
        if members[0].flag_bits & _ENCRYPTED:
            raise Damaged(sentences.inputs.PACKED_ENCRYPTED)
        if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Damaged(sentences.inputs.PACKED_METHOD.format(number=members[0].compress_type))
        with archive.open(members[0]) as stream:
            while piece := stream.read(_PIECE):
                yield piece


class _Unclosed(RawIOBase):
    """A file for a library that closes what it has read."""

    def __init__(self, file: RawIOBase | BufferedReader) -> None:
        self._file = file

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: Any) -> int | None:
        """As the file does."""
        return self._file.readinto(room)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As the file does."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As the file does."""
        return self._file.tell()
