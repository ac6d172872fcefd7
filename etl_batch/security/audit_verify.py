"""Verification of the audit log: every record against key, chain, head and anchor, in constant memory."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from etl_batch import sentences
from etl_batch.errors import InputRefused, Tampered
from etl_batch.security.audit_format import (
    FIRST_PREV,
    MAX_RECORD_BYTES,
    AuditFiles,
    Checkpoint,
    Head,
    Seal,
    open_regular,
    parse_checkpoint,
    parse_entry,
    read_head,
    read_key,
)
from etl_batch.security.audit_parts import Piece, open_pieces


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a log was found whole: its last record, and where log and anchor go on behind it.

    Offsets count over all parts, and stay good when the log is rotated.
    """

    seq: int
    mac: str
    offset: int
    checkpoints: int
    anchor_offset: int


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found. `torn` (a last line cut off by a crash) is whole; `records` are those that hold."""

    ok: bool
    records: int
    torn: bool
    first_bad: int | None
    problem: str | None
    sentence: str
    known: int = 0
    """Records that were not read again: an earlier verification had found them whole."""
    mark: Mark | None = None
    """How far it is whole; None where it is not."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Head, files and sizes at one moment: what is appended or rotated while they are read does not disturb that."""

    head: Head | None
    pieces: list[Piece]
    anchor_size: int | None

    @property
    def log_size(self) -> int:
        """Bytes of all files together."""
        return sum(piece.size for piece in self.pieces)


OnProgress = Callable[[int, int], None]
"""Told now and then how many bytes of the log have been read, and of how many."""
_TOLD_EVERY = 256
_BLOCK_BYTES = 256 * 1024
_MOMENT = re.compile(rb'[^"\\]*"\}\n')


@dataclass(slots=True)
class _Progress:
    """How far the chain holds."""

    records: int = 0
    torn: bool = False
    checkpoints: int = 0
    tell: OnProgress | None = None
    mark: Mark | None = None


def verify(
    files: AuditFiles, anchor: Path | None = None, tell: OnProgress | None = None, since: Mark | None = None
) -> Verification:
    """Check the whole log; `anchor` names a copy of the checkpoints to use instead of the configured one.

    `tell` is called every few hundred records. `since`: how far it was found whole before, with the same anchor; only
    what is behind that is read, unless something there does not fit. Raises `InputRefused` when the anchor that was
    named does not exist; everything else is an answer.
    """
    if anchor is not None and not anchor.exists():
        raise InputRefused(sentences.audit.NO_ANCHOR.format(anchor=anchor))
    found = _verify(files, anchor or files.anchor, tell, since) if since is not None else None
    # What does not fit behind the mark may come of what stands before it: the first bad record is named by reading all.
    return found if found is not None and found.ok else _verify(files, anchor or files.anchor, tell, None)


def _verify(files: AuditFiles, anchor: Path, tell: OnProgress | None, since: Mark | None) -> Verification:
    progress = _Progress(tell=tell)
    try:
        with _snapshot(files, anchor) as snapshot:
            _check(files, anchor, snapshot, progress, since)
    except Tampered as error:
        return _tampered(files, progress, error.message, error.facts.get("seq"))
    except OSError as error:
        return _tampered(
            files,
            progress,
            sentences.audit.CANNOT_READ.format(path=error.filename or files.log, reason=error.strerror),
            None,
        )
    known = since.seq if since is not None else 0
    sentence = _whole(files, anchor, progress)
    return Verification(True, progress.records, progress.torn, None, None, sentence, known, progress.mark)


@contextmanager
def _snapshot(files: AuditFiles, anchor: Path) -> Iterator[_Snapshot]:
    with ExitStack() as stack:
        with _shared_lock(files.lock):
            pieces = stack.enter_context(open_pieces(files.log))
            snapshot = _Snapshot(read_head(files.head), pieces, _size(anchor))
        yield snapshot


@contextmanager
def _shared_lock(path: Path) -> Iterator[None]:
    """Keep writers out for a moment; without a lock file nobody writes here (a copy, or a log not begun)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _check(
    files: AuditFiles, anchor: Path, snapshot: _Snapshot, progress: _Progress, since: Mark | None = None
) -> None:
    with _checkpoint_lines(anchor, snapshot.anchor_size, since.anchor_offset if since else 0) as lines:
        witness = _Witness(lines, since)
        offset, mac = 0, FIRST_PREV
        if snapshot.log_size:
            chain = _Chain(Seal(read_key(files.key)), snapshot, witness, progress)
            offset, mac = chain.check(since)
        elif since is not None:
            raise Tampered(sentences.audit.OTHER_LENGTH, seq=None)
        _check_nothing_missing(snapshot.head, witness.expected(), progress)
        progress.checkpoints = witness.count
        progress.mark = Mark(progress.records, mac, offset, witness.count, witness.offset)


class _Chain:
    """The walk along the records of all files."""

    def __init__(self, seal: Seal, snapshot: _Snapshot, witness: _Witness, progress: _Progress) -> None:
        self._seal, self._snapshot, self._witness, self._progress = seal, snapshot, witness, progress
        self._prev, self._done, self._end = FIRST_PREV, 0, 0

    def check(self, since: Mark | None = None) -> tuple[int, str]:
        """Check those behind `since`; returns where the last one ends, and its mac.

        Raises `Tampered` at the first that is not the one that must stand there.
        """
        if since is not None:
            self._go_on_from(since)
        begin = self._end
        *older, newest = self._snapshot.pieces
        for piece in older:
            if self._check_piece(piece, begin):
                seq = self._progress.records + 1
                raise Tampered(sentences.audit.PART_IS_TORN.format(path=piece.path, seq=seq), seq=seq)
        self._progress.torn = self._check_piece(newest, begin)
        return self._end, self._prev

    def _go_on_from(self, mark: Mark) -> None:
        """Take the records up to the mark for read, when the last of them still stands there."""
        before, head = 0, self._snapshot.head
        for piece in self._snapshot.pieces:
            end = mark.offset - before
            if 0 < end <= piece.size:
                self._expect_at(piece, end, mark)
            before += piece.size
        moved = head is not None and (head.seq < mark.seq or (head.seq == mark.seq and head.mac != mark.mac))
        if moved or before < mark.offset:
            raise Tampered(sentences.audit.OTHER_LENGTH, seq=None)
        self._prev, self._end, self._progress.records = mark.mac, mark.offset, mark.seq

    def _expect_at(self, piece: Piece, end: int, mark: Mark) -> None:
        with piece.open() as file:
            file.seek(max(0, end - MAX_RECORD_BYTES))
            block = file.read(min(end, MAX_RECORD_BYTES))
        line = block[block.rfind(b"\n", 0, -1) + 1 :]
        entry = parse_entry(line)
        if entry is None or (entry.seq, entry.mac, self._seal.mac_of_line(line)) != (mark.seq, mark.mac, mark.mac):
            raise Tampered(sentences.audit.OUT_OF_PLACE.format(seq=mark.seq, other=entry.seq if entry else 0), seq=None)

    def _check_piece(self, piece: Piece, begin: int) -> bool:
        """Check the lines of one file from byte `begin` of the whole log on; returns whether a torn line ends it."""
        with piece.open() as file:
            offset = min(max(begin - self._done, 0), piece.size)
            file.seek(offset)
            for lines in _blocks_of_lines(file, piece.size - offset):
                for line in lines:
                    offset += len(line)
                    if not line.endswith(b"\n") and offset == piece.size:
                        return True
                    self._check_line(line, offset)
            self._done += piece.size
        return False

    def _check_line(self, line: bytes, offset: int) -> None:
        progress, head, seq = self._progress, self._snapshot.head, self._progress.records + 1
        mac = self._prev = _check_record(line, seq, self._prev, self._seal)
        if head is not None and head.seq == seq and (head.mac != mac or head.size != offset):
            raise Tampered(sentences.audit.NOT_THAT_OF_HEAD.format(seq=seq), seq=seq)
        self._witness.hold(seq, mac)
        progress.records = seq
        self._end = self._done + offset
        if progress.tell is not None and seq % _TOLD_EVERY == 0:
            progress.tell(self._done + offset, self._snapshot.log_size)


def _blocks_of_lines(file: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """The lines of the first `size` bytes with their newlines, many at a time; what is longer than a record is cut."""
    rest = b""
    while size > 0:
        block = file.read(min(_BLOCK_BYTES, size))
        if not block:  # a torn end was repaired while we read
            return
        size -= len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield [line + b"\n" for line in whole]
        if len(rest) > MAX_RECORD_BYTES:
            yield [rest[:MAX_RECORD_BYTES]]
            rest = rest[MAX_RECORD_BYTES:]
    if rest:
        yield [rest]


def _check_record(line: bytes, seq: int, prev: str, seal: Seal) -> str:
    """The record's mac, when it is the one that must stand here: all of it follows from the number and the last mac."""
    mac = seal.mac_of_line(line)
    expected_end = f',"prev":"{prev}","mac":"{mac}"}}\n'.encode("ascii")
    if not (line.endswith(expected_end) and line.startswith(b'{"seq":%d,' % seq)):
        raise _misplaced(line, seq, mac)
    return mac


def _misplaced(line: bytes, seq: int, mac: str) -> Tampered:
    """Why a line cannot be record `seq`."""
    entry = parse_entry(line)
    if entry is None:
        return Tampered(sentences.audit.NO_RECORD.format(seq=seq), seq=seq)
    if entry.mac != mac:
        sentence = sentences.audit.FIRST_CHANGED if seq == 1 else sentences.audit.CHANGED
        return Tampered(sentence.format(seq=seq), seq=seq)
    if entry.seq != seq:
        return Tampered(sentences.audit.OUT_OF_PLACE.format(seq=seq, other=entry.seq), seq=seq)
    return Tampered(sentences.audit.DOES_NOT_FOLLOW.format(seq=seq), seq=seq)


class _Witness:
    """The anchor's checkpoints, held against the records as these come along."""

    def __init__(self, lines: Iterator[bytes], since: Mark | None = None) -> None:
        self._lines = lines
        self._line = next(lines, b"")
        self._parsed: Checkpoint | None = None
        self.count, self.offset = (since.checkpoints, since.anchor_offset) if since is not None else (0, 0)
        """How many checkpoints were held against records, and where in the anchor the next one is."""

    def expected(self) -> Checkpoint | None:
        """The next checkpoint that no record has been held against; fragments are passed over."""
        while self._parsed is None and self._line:
            self._parsed = parse_checkpoint(self._line)
            if self._parsed is None:
                self._next()
        return self._parsed

    def hold(self, seq: int, mac: str) -> None:
        """Check what the anchor says of record `seq`; raises `Tampered` when it is something else."""
        # Nearly every line is the one that this engine wrote for the record: it need not be taken apart.
        own = b'{"seq":%d,"mac":"%b","ts":"' % (seq, mac.encode("ascii"))
        if self._line.startswith(own) and _MOMENT.fullmatch(self._line, len(own)):
            self._advance()
            return
        while (checkpoint := self.expected()) is not None and checkpoint.seq <= seq:
            if checkpoint.seq < seq:
                raise Tampered(sentences.audit.ANCHOR_GOES_BACK.format(seq=checkpoint.seq), seq=checkpoint.seq)
            if checkpoint.seq == seq and checkpoint.mac != mac:
                raise Tampered(sentences.audit.NOT_THAT_OF_ANCHOR.format(seq=seq), seq=seq)
            self._advance()

    def _advance(self) -> None:
        self.count += 1
        self._parsed = None
        self._next()

    def _next(self) -> None:
        self.offset += len(self._line)
        self._line = next(self._lines, b"")


def _check_nothing_missing(head: Head | None, expected: Checkpoint | None, progress: _Progress) -> None:
    """The end of the log against its witnesses. A crash leaves it at most ahead of them, never behind."""
    records = progress.records
    if head is not None and head.seq > records:
        raise Tampered(sentences.audit.ENDS_AFTER.format(records=records, remembered=head.seq), seq=records + 1)
    if expected is not None and expected.seq <= records:
        raise Tampered(sentences.audit.ANCHOR_GOES_BACK.format(seq=expected.seq), seq=expected.seq)
    if expected is not None:
        problem = sentences.audit.ROLLED_BACK.format(records=records, remembered=expected.seq)
        raise Tampered(problem, seq=records + 1)
    if head is None and records > 1:
        raise Tampered(sentences.audit.NO_HEAD, seq=None)


@contextmanager
def _checkpoint_lines(anchor: Path, size: int | None, begin: int) -> Iterator[Iterator[bytes]]:
    """The anchor's lines from byte `begin` on, as they were at the snapshot; none when it does not exist."""
    if (size or 0) < begin:
        raise Tampered(sentences.audit.ANCHOR_SHORTER, seq=None)
    if size is None:
        yield iter(())
        return
    with open_regular(anchor) as file:
        file.seek(begin)
        yield (line for lines in _blocks_of_lines(file, size - begin) for line in lines)


def _whole(files: AuditFiles, anchor: Path, progress: _Progress) -> str:
    if progress.records == 0 and not progress.torn:
        return sentences.audit.NOTHING_YET.format(path=files.log)
    checked = progress.checkpoints
    sentence = sentences.audit.WHOLE_WITH_CHECKPOINTS if checked else sentences.audit.WHOLE_WITHOUT_CHECKPOINT
    sentence = sentence.format(records=progress.records, checkpoints=checked, anchor=anchor)
    return sentences.audit.TORN.format(sentence=sentence) if progress.torn else sentence


def _tampered(files: AuditFiles, progress: _Progress, problem: str, first_bad: int | None) -> Verification:
    sentence = sentences.audit.DOES_NOT_VERIFY if first_bad is None else sentences.audit.DOES_NOT_VERIFY_FROM
    sentence = sentence.format(path=files.log, problem=problem, seq=first_bad)
    return Verification(False, progress.records, False, first_bad, problem, sentence)
