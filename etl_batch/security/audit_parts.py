"""The parts of the audit log: the file that grows, and the older ones it was rotated to, read as one.

    etl_audit.log.000001   the oldest records; `PART_BYTES` long, the record that passed that size included
    etl_audit.log.000002   those that follow, and so on
    etl_audit.log          the newest records, the only file that is written

A rotation is one rename, so whoever is killed before or after it leaves every record in its place. Between the rename
and the next record `etl_audit.log` does not exist; the log then ends with its last part.
"""

from __future__ import annotations

import io
import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from etl_batch.security.audit_format import open_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART_BYTES = 64 * 1024 * 1024
"""The size past which the growing file becomes a part."""
_NUMBERED = re.compile(r"\.([0-9]{6})")
_BUFFER_BYTES = 64 * 1024


class Piece(NamedTuple):
    """One file of the log, and how many of its bytes belonged to the log when it was looked for."""

    path: Path
    size: int
    descriptor: int | None
    """Of the file that grows, which may be renamed meanwhile; an older part is found by its name at any time."""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file for reading, from its beginning; the caller reads no further than `size`."""
        if self.descriptor is None:
            with open_regular(self.path) as file:
                yield file
        else:
            with os.fdopen(os.dup(self.descriptor), "rb", buffering=_BUFFER_BYTES) as file:
                file.seek(0)
                yield file


def older_parts(log: Path) -> list[Path]:
    """The files that a log was rotated to, the oldest first."""
    try:
        entries = list(log.parent.iterdir())
    except FileNotFoundError:
        return []
    return sorted(each for each in entries if each.stem == log.name and _NUMBERED.fullmatch(each.suffix))


def next_part(log: Path) -> Path:
    """The name that the growing file gets when it is rotated now."""
    parts = older_parts(log)
    number = int(parts[-1].name[-6:]) + 1 if parts else 1
    return log.with_name(f"{log.name}.{number:06d}")


@contextmanager
def open_pieces(log: Path) -> Iterator[list[Piece]]:
    """Every file of a log, the oldest first, as they stand now: a rotation meanwhile changes nothing in them.

    The growing file is opened before the others are looked for: rotated in between, it is found once more, under its
    number, and counts there.
    """
    with ExitStack() as stack:
        newest = _descriptor(log, stack)
        pieces = [Piece(path, path.stat().st_size, None) for path in older_parts(log)]
        if newest is not None:
            found = os.fstat(newest)
            if not any(os.path.samestat(found, piece.path.stat()) for piece in pieces[-2:]):
                pieces.append(Piece(log, found.st_size, newest))
        yield pieces


def _descriptor(log: Path, stack: ExitStack) -> int | None:
    """The growing file, open until the stack is left; None when it does not exist."""
    try:
        return stack.enter_context(open_regular(log)).fileno()
    except FileNotFoundError:
        return None


@contextmanager
def open_whole(log: Path) -> Iterator[BinaryIO]:
    """All files of a log as one that can be read and sought in; raises `FileNotFoundError` when there is none.

    Offsets in it stay good when the log grows and when it is rotated.
    """
    with open_pieces(log) as pieces:
        if not pieces:
            raise FileNotFoundError(2, os.strerror(2), str(log))
        with io.BufferedReader(_Joined(pieces), _BUFFER_BYTES) as whole:
            yield whole


class _Joined(io.RawIOBase):
    """Files one after another as one; one of them is open at a time."""

    def __init__(self, pieces: list[Piece]) -> None:
        self._pieces, self._position = pieces, 0
        self._starts = [0, *accumulate(piece.size for piece in pieces)]
        self._opened, self._at = ExitStack(), -1
        self._descriptor = -1

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Any place of it can be gone to."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte of the whole."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read on, at most to the end of the file that the position stands in."""
        if self._position >= self._starts[-1]:
            return 0
        index = bisect_right(self._starts, self._position) - 1
        view = memoryview(buffer).cast("B")[: self._starts[index + 1] - self._position]
        count = os.preadv(self._open(index), [view], self._position - self._starts[index])
        self._position += count
        return count

    def _open(self, index: int) -> int:
        if self._at != index:
            self._opened.close()
            self._descriptor = self._opened.enter_context(self._pieces[index].open()).fileno()
            self._at = index
        return self._descriptor

    def close(self) -> None:
        """Close what is open."""
        self._opened.close()
        super().close()
