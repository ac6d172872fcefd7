"""Turns: many processes place their chunks in input order, each exactly where the one before it ended.

Chunks are started in order, so a worker that has encoded chunk k waits for its turn, reserves its ranges, passes the
turn on and writes outside of it. Only the holder of the turn writes the state, so no lock is needed: the ranges are
written first and the turn number last. The state is a small file, which works between processes of one machine and on
a folder that several machines share.
"""

from __future__ import annotations

import os
import struct
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from etl_batch.errors import EtlError

_STATE = struct.Struct("<6q")
_TURN = struct.Struct("<q")
_ABANDONED = -1
_SHORTEST_WAIT, _LONGEST_WAIT = 0.0002, 0.005
_ABANDON_OFFSET = _TURN.size + _STATE.size


class Abandoned(EtlError):
    """The run is being stopped for another reason; this chunk is not wanted any more."""

    kind = "abandoned"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next chunk begins: in each output, and in the count of its source."""

    csv: int = 0
    """Bytes of the CSV placed so far."""
    parquet: int = 0
    """Bytes of the Parquet file placed so far."""
    rejects: int = 0
    """Bytes of `rejects.jsonl` placed so far."""
    source: int = -1
    """Ordinal of the source the last two numbers count in."""
    records: int = 0
    """Records of that source so far, rejected and skipped ones included."""
    rows: int = 0
    """Rows of that source written so far."""

    def entering(self, source: int) -> Position:
        """The position with the counts of a source begun when it is another one."""
        if source == self.source:
            return self
        return Position(self.csv, self.parquet, self.rejects, source, 0, 0)


class Turns:
    """The shared state of one run; every process opens it by its path. A context that closes it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
        except FileNotFoundError as error:
            raise Abandoned("The run is over.") from error

    @classmethod
    def begin(cls, path: Path, position: Position) -> Turns:
        """The state of a new run, with the turn at chunk 0."""
        turns = cls(path, create=True)
        os.pwrite(turns.descriptor, _TURN.pack(0) + _STATE.pack(*astuple(position)) + _TURN.pack(0), 0)
        return turns

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_for(self, turn: int) -> Position:
        """Block until it is this chunk's turn; raises `Abandoned` when the run stops first."""
        pause = _SHORTEST_WAIT
        while True:
            self.check()
            (current,) = _TURN.unpack(os.pread(self.descriptor, _TURN.size, 0))
            if current == turn:
                return Position(*_STATE.unpack(os.pread(self.descriptor, _STATE.size, _TURN.size)))
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_WAIT)

    def pass_on(self, turn: int, position: Position) -> None:
        """Reserve up to `position` and give the turn to the next chunk."""
        os.pwrite(self.descriptor, _STATE.pack(*astuple(position)), _TURN.size)
        os.pwrite(self.descriptor, _TURN.pack(turn + 1), 0)

    def abandon(self) -> None:
        """Tell every worker to stop at its next look."""
        os.pwrite(self.descriptor, _TURN.pack(_ABANDONED), _ABANDON_OFFSET)

    def check(self) -> None:
        """Raise `Abandoned` when the run is being stopped."""
        (flag,) = _TURN.unpack(os.pread(self.descriptor, _TURN.size, _ABANDON_OFFSET))
        if flag == _ABANDONED:
            raise Abandoned("The run was stopped.")

    def close(self) -> None:
        """Close this process's descriptor."""
        os.close(self.descriptor)
