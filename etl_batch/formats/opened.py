"""An input that is open: its bytes from any place on, for the engine and for libraries that want a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import RawIOBase

from etl_batch import stopping

PIECE_BYTES = 8 << 20
"""Bytes between two looks at whether to go on: a slow disk takes seconds for them, not minutes."""
_PROOF_BYTES = 64 << 10
"""Bytes of the start and of the end by which a file that has grown is told from one that was written anew."""
_OUTLINE_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class OpenContent:
    """A version that is open: `size` bytes, whatever has come behind them. Many read it at once: each says where."""

    descriptor: int
    size: int

    def read(self, length: int, offset: int) -> bytes:
        """`length` bytes from byte `offset` on, fewer only where the content ends before."""
        room = bytearray(max(min(length, self.size - offset), 0))
        return bytes(memoryview(room)[: self.read_into(memoryview(room), offset)])

    def read_into(self, room: memoryview, offset: int) -> int:
        """Fill `room` from byte `offset` on; returns for how many bytes there were some, fewer only at the end."""
        done, most = 0, min(len(room), self.size - offset)
        while done < most:
            stopping.check()
            got = os.preadv(self.descriptor, [room[done : min(done + PIECE_BYTES, most)]], offset + done)
            if not got:
                break
            done += got
        return done

    def key(self) -> tuple[object, ...]:
        """What was read of it holds as long as this is the same."""
        found = os.fstat(self.descriptor)
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, self.size

    @contextmanager
    def outline(self) -> Iterator[int]:
        """A descriptor for whoever looks at some hundred kilobytes of the start, the middle and the end alone."""
        yield self.descriptor

    def digest_of_ends(self) -> bytes:
        """A digest of the first bytes and the last ones."""
        start, end = self.read(_PROOF_BYTES, 0), self.read(_PROOF_BYTES, max(self.size - _PROOF_BYTES, _PROOF_BYTES))
        return hashlib.blake2b(start + end, digest_size=8).digest()

    def for_library(self) -> str | RawIOBase:
        """What a library opens to have the content with a place of its own in it, which outlives this opening.

        The name of the descriptor, which costs nothing; a file in Python only where bytes have come behind.
        """
        if os.fstat(self.descriptor).st_size == self.size:
            return f"/proc/self/fd/{self.descriptor}"
        return Planned(self.again())

    def again(self) -> OpenContent:
        """The same, opened once more."""
        name = f"/proc/self/fd/{self.descriptor}"
        return OpenContent(os.open(name, os.O_RDONLY | os.O_CLOEXEC), self.size)

    def close(self) -> None:
        """Close what `again` has opened."""
        os.close(self.descriptor)


class Sparse(OpenContent):
    """What has no descriptor of its own."""

    __slots__ = ()

    @contextmanager
    def outline(self) -> Iterator[int]:
        """See `OpenContent`: in memory, with nothing between the three."""
        descriptor = os.memfd_create("outline", os.MFD_CLOEXEC)
        try:
            os.ftruncate(descriptor, self.size)
            for begin in (0, self.size // 2 - _OUTLINE_BYTES // 2, self.size - _OUTLINE_BYTES):
                os.pwrite(descriptor, self.read(_OUTLINE_BYTES, max(begin, 0)), max(begin, 0))
            yield descriptor
        finally:
            os.close(descriptor)


class Planned(RawIOBase):
    """An open content as a file of Python's, which ends where it ended when it was looked at."""

    def __init__(self, content: OpenContent) -> None:
        self.content, self.at = content, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: memoryview) -> int:  # type: ignore[override]
        """Fill the room from where it stands on."""
        got = self.content.read_into(memoryview(room).cast("B"), self.at)
        self.at += got
        return got

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Stand elsewhere."""
        self.at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.content.size}[whence]
        return self.at

    def tell(self) -> int:
        """Where it stands."""
        return self.at

    def close(self) -> None:
        """Close the descriptor, once."""
        if not self.closed:
            self.content.close()
        super().close()
