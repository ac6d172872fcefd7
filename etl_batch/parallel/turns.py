"""Turns: many processes place their chunks in input order, each exactly where the one before it ended.

Chunks are started in order, so a worker that has encoded chunk k waits for its turn, reserves its ranges, passes the
turn on and writes outside of it. Only the holder of the turn writes the state, so no lock is needed: the ranges are
written first and the turn number last. The state is a small file, which works between processes of one machine and on
a folder that several machines share. Whoever works at a chunk also leaves a sign of life there.
"""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.files.staging import disk_failed

_NUMBER = struct.Struct("<q")
_ABANDONED = -1
_SHORTEST_WAIT, _LONGEST_WAIT = 0.0002, 0.005
_SIGNS = 4096
"""Chunks under way at once whose signs of life have a place of their own: more than there are workers."""
_TURN_AT, _FLAG_AT, _SIGNS_AT = 0, _NUMBER.size, 2 * _NUMBER.size
_STATE_AT = _SIGNS_AT + _SIGNS * _NUMBER.size
_SIGN_SECONDS = 0.25


class Abandoned(EtlError):
    """The run is being stopped for another reason; this chunk is not wanted any more."""

    kind = "abandoned"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next chunk begins: in each file that is placed in turns, and in the count of its source."""

    offsets: Mapping[str, int]
    """Bytes placed so far, by the file's name."""
    source: int = -1
    """Ordinal of the source that the last two numbers count in."""
    records: int = 0
    """Records of that source so far, rejected and skipped ones included."""
    rows: int = 0
    """Rows of that source written so far."""

    def entering(self, source: int) -> Position:
        """The position with the counts of a source begun when it is another one."""
        return self if source == self.source else Position(self.offsets, source)

    def at(self, offsets: Mapping[str, int]) -> Position:
        """The position with another place in each file."""
        return replace(self, offsets={name: offsets[name] for name in self.offsets})

    def behind(self, records: int, rows: int) -> Position:
        """The position behind so many records and rows of its source."""
        return replace(self, records=self.records + records, rows=self.rows + rows)


class Turns:
    """The shared state of one run; every process opens it by its path. A context that closes it.

    `names`: the files that are placed in turns, in the order in which their offsets stand in the state.
    """

    def __init__(self, path: Path, names: Sequence[str], *, create: bool = False) -> None:
        self.path, self.names = path, tuple(names)
        self.state = struct.Struct(f"<{3 + len(self.names)}q")
        try:
            self.descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o600)
        except FileNotFoundError as error:
            raise OutputFailed(sentences.runs.FOLDER_GONE.format(path=path)) from error
        self._sign_at: int | None = None
        self._signed = 0.0

    @classmethod
    def begin(cls, path: Path, position: Position) -> Turns:
        """The state of a new run, with the turn at chunk 0."""
        turns = cls(path, list(position.offsets), create=True)
        try:
            turns.begin_again(0, position)
        except OSError:
            turns.close()
            path.unlink(missing_ok=True)
            raise
        return turns

    def begin_again(self, turn: int, position: Position) -> None:
        """Give the turn to a chunk that begins at `position`, while no process has the state but this one."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, _NUMBER.pack(0), _FLAG_AT)
        self._reserve(position)
        os.pwrite(self.descriptor, _NUMBER.pack(turn), _TURN_AT)

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_for(self, turn: int) -> Position:
        """Block until it is this chunk's turn; raises `Abandoned` when the run stops first."""
        pause = _SHORTEST_WAIT
        while True:
            self.check()
            if self._number_at(_TURN_AT) == turn:
                source, records, rows, *offsets = self.state.unpack(
                    os.pread(self.descriptor, self.state.size, _STATE_AT)
                )
                return Position(dict(zip(self.names, offsets, strict=True)), source, records, rows)
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_WAIT)

    def pass_on(self, turn: int, position: Position) -> None:
        """Reserve up to `position` and give the turn to the next chunk."""
        self._reserve(position)
        os.pwrite(self.descriptor, _NUMBER.pack(turn + 1), _TURN_AT)

    def left(self, size: int, offset: int = 0) -> bytes:
        """What holders of the turn have left for those after them: so many bytes, or fewer where nothing was left."""
        return os.pread(self.descriptor, size, self._left_at + offset)

    def leave(self, content: bytes, offset: int = 0) -> None:
        """Leave something for the chunks after this one, which has the turn."""
        os.pwrite(self.descriptor, content, self._left_at + offset)

    def expect(self, turn: int) -> None:
        """Forget the signs of life of the chunk that had this one's place before."""
        os.pwrite(self.descriptor, _NUMBER.pack(0), self._sign_of(turn))

    @contextmanager
    def at_work(self, turn: int) -> Iterator[None]:
        """Leave signs of life for a chunk while the block runs: the first one now, others when `check` is called."""
        self._sign_at = self._sign_of(turn)
        self._sign(time.monotonic(), self._sign_at)
        try:
            yield
        finally:
            os.pwrite(self.descriptor, _NUMBER.pack(0), self._sign_at)
            self._sign_at = None

    def sign(self, turn: int) -> int:
        """The last sign of life from a chunk: another number each time, 0 before it is begun and when it is done."""
        return self._number_at(self._sign_of(turn))

    @staticmethod
    def _sign_of(turn: int) -> int:
        return _SIGNS_AT + turn % _SIGNS * _NUMBER.size

    def _sign(self, now: float, place: int) -> None:
        self._signed = now
        os.pwrite(self.descriptor, _NUMBER.pack(int(now * 1e9)), place)  # a number that is not the last one

    def abandon(self) -> None:
        """Tell every worker to stop at its next look."""
        try:
            os.pwrite(self.descriptor, _NUMBER.pack(_ABANDONED), _FLAG_AT)
        except OSError:
            os.ftruncate(self.descriptor, 0)  # they must not wait for ever, and of nothing they can read no turn

    def check(self) -> None:
        """Raise `Abandoned` when the run is being stopped; and say that this process goes on."""
        now = time.monotonic()
        try:
            if self._sign_at is not None and now - self._signed > _SIGN_SECONDS:
                self._sign(now, self._sign_at)
            flag = self._number_at(_FLAG_AT)
        except OSError as error:  # a read of an input calls this, and would take it for its own
            raise disk_failed(OSError(error.errno, error.strerror, str(self.path))) from error
        if flag == _ABANDONED:
            raise Abandoned(sentences.runs.STOPPED)

    def close(self) -> None:
        """Close this process's descriptor."""
        os.close(self.descriptor)

    @property
    def _left_at(self) -> int:
        return _STATE_AT + self.state.size

    def _number_at(self, offset: int) -> int:
        (number,) = _NUMBER.unpack(os.pread(self.descriptor, _NUMBER.size, offset))
        return int(number)

    def _reserve(self, position: Position) -> None:
        offsets = (position.offsets[name] for name in self.names)
        os.pwrite(
            self.descriptor, self.state.pack(position.source, position.records, position.rows, *offsets), _STATE_AT
        )
