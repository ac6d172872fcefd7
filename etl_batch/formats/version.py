"""Versions of files: which file it is and in which state, and what has become of it since."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from enum import StrEnum

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.files.beneath import Place
from etl_batch.formats.packed import Packed
from etl_batch.stores.links import Link


class Change(StrEnum):
    """What has become of a file since it was opened."""

    NONE = "none"
    GROWN = "grown"
    """Bytes came behind those that were there."""
    SHORTER = "shorter"
    REWRITTEN = "rewritten"
    REPLACED = "replaced"
    """Another file stands at its path."""
    REMOVED = "removed"
    """No file stands there."""


REFUSED = frozenset(Change) - {Change.NONE, Change.GROWN}


def refusal(path: str, change: Change) -> InputRefused:
    """Why an input is not read any further."""
    return InputRefused(sentences.inputs.CHANGED[change].format(path=path), source=path, changed=True)


@dataclass(frozen=True, slots=True)
class Version:
    """Which file it is, and in which state.

    The time at which its permissions or links changed is no part of it, nor is the time at which it was read.
    """

    machine: str
    """By whose numbers the next two tell the file: another machine has others for the same one."""
    device: int
    inode: int
    size: int
    modified_ns: int
    tag: str = ""
    """Of an object of a store its ETag, by which alone versions of it are told; its other numbers are nought."""
    ends: bytes = field(default=b"", compare=False)
    """A digest of its first bytes and its last ones, where these were looked at."""
    place: Place | None = field(default=None, compare=False)
    """Where it was opened; None for one whose path was trusted."""
    packed: Packed | None = field(default=None, compare=False)
    """How it is compressed; then its content is not the bytes that stand in it."""
    link: Link | None = field(default=None, compare=False)
    """By what an object of a store is read."""

    @classmethod
    def of(cls, descriptor: int) -> Version:
        """The version that is open."""
        return cls._of(os.fstat(descriptor))

    @classmethod
    def at(cls, path: str) -> Version | None:
        """The version that stands at a path now; None when nothing does that can be reached."""
        try:
            return cls._of(os.stat(path))  # noqa: PTH116 - once a chunk
        except OSError:
            return None

    @classmethod
    def _of(cls, found: os.stat_result) -> Version:
        return cls(os.uname().nodename, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)

    def change_to(self, now: Version) -> Change:
        """What has happened between the two. Of a file with more bytes, growth is assumed."""
        if self.tag:
            return Change.NONE if self.tag == now.tag else Change.REPLACED
        if self.machine == now.machine and (self.device, self.inode) != (now.device, now.inode):
            return Change.REPLACED
        if now.size < self.size:
            return Change.SHORTER
        if now.size > self.size:
            return Change.GROWN
        return Change.NONE if now.modified_ns == self.modified_ns else Change.REWRITTEN
