"""A folder of parts as one download: a tar archive that is made while it is sent, of which the size is known before."""

from __future__ import annotations

import tarfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from etl_batch.files.parted import PartFile

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the folder, as the archive has it."""

    folder: str
    name: str
    size: int
    modified: int
    """Seconds since 1970."""

    @property
    def head(self) -> bytes:
        """What stands before its content."""
        told = tarfile.TarInfo(f"{self.folder}/{self.name}")
        told.size, told.mtime, told.mode = self.size, self.modified, 0o644
        return told.tobuf(tarfile.PAX_FORMAT)

    @property
    def padding(self) -> bytes:
        """What stands behind its content."""
        return bytes(-self.size % _BLOCK)


def members_of(folder: str, parts: Sequence[PartFile], manifest: tuple[str, int], modified: int) -> list[Member]:
    """The files of a folder of parts; the manifest, a name and its size, comes last."""
    named = [(part.name, part.bytes) for part in parts]
    return [Member(folder, name, size, modified) for name, size in (*named, manifest)]


def size_of(members: Sequence[Member]) -> int:
    """Bytes of the archive."""
    return sum(len(each.head) + each.size + len(each.padding) for each in members) + len(_END)


async def archive(members: Sequence[Member], content: Callable[[Member], AsyncIterator[bytes]]) -> AsyncIterator[bytes]:
    """The archive piece by piece. A member that turns out shorter ends it there: its length tells that it is torn."""
    for member in members:
        yield member.head
        sent = 0
        async for piece in content(member):
            sent += len(piece)
            yield piece
        if sent != member.size:
            return
        yield member.padding
    yield _END
