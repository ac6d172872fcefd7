"""Verification of the audit log: every record against key, chain, head and anchor, in constant memory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found. `torn` (a last line cut off by a crash) is whole; `records` are those that hold."""

    ok: bool
    records: int
    torn: bool
    first_bad: int | None
    problem: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Head and sizes at one moment: what is appended while the log is read does not disturb the reading."""

    head: Head | None
    log_size: int
    anchor_size: int | None


OnProgress = Callable[[int, int], None]
"""Told now and then how many bytes of the log have been read, and of how many."""
_TOLD_EVERY = 256


@dataclass(slots=True)
class _Progress:
    """How far the chain holds."""

    records: int = 0
    torn: bool = False
    checkpoints: int = 0
    tell: OnProgress | None = None


def verify(files: AuditFiles, anchor: Path | None = None, tell: OnProgress | None = None) -> Verification:
    """Check the whole log; `anchor` names a copy of the checkpoints to use instead of the configured one.

    `tell` is called every few hundred records. Raises `InputRefused` when the anchor that was named does not exist;
    everything else is an answer.
    """
    if anchor is not None and not anchor.exists():
        raise InputRefused(sentences.audit.NO_ANCHOR.format(anchor=anchor))
    anchor = anchor or files.anchor
    progress = _Progress(tell=tell)
    try:
        snapshot = _take_snapshot(files, anchor)
        _check(files, anchor, snapshot, progress)
    except Tampered as error:
        return _tampered(files, progress, error.message, error.facts.get("seq"))
    except OSError as error:
        return _tampered(
            files,
            progress,
            sentences.audit.CANNOT_READ.format(path=error.filename or files.log, reason=error.strerror),
            None,
        )
    return Verification(True, progress.records, progress.torn, None, None, _whole(files, anchor, progress))


def _take_snapshot(files: AuditFiles, anchor: Path) -> _Snapshot:
    with _shared_lock(files.lock):
        return _Snapshot(read_head(files.head), _size(files.log) or 0, _size(anchor))


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


def _check(files: AuditFiles, anchor: Path, snapshot: _Snapshot, progress: _Progress) -> None:
    if snapshot.log_size:
        seal = Seal(read_key(files.key))
        with open_regular(files.log) as log, _checkpoints(anchor, snapshot.anchor_size, progress) as checkpoints:
            _check_chain(log, snapshot, seal, checkpoints, progress)
    else:
        with _checkpoints(anchor, snapshot.anchor_size, progress) as checkpoints:
            _check_nothing_missing(snapshot.head, next(checkpoints, None), progress)


def _check_chain(
    log: BinaryIO, snapshot: _Snapshot, seal: Seal, checkpoints: Iterator[Checkpoint], progress: _Progress
) -> None:
    head, offset, prev, seq = snapshot.head, 0, FIRST_PREV, 0
    expected = next(checkpoints, None)
    while offset < snapshot.log_size:
        line = log.readline(min(MAX_RECORD_BYTES, snapshot.log_size - offset))
        seq += 1
        offset += len(line)
        if not line.endswith(b"\n") and (offset == snapshot.log_size or not line):
            progress.torn = bool(line)  # empty: a torn end was repaired while we read
            break
        prev = _check_record(line, seq, prev, seal)
        if head is not None and head.seq == seq and (head.mac != prev or head.size != offset):
            raise Tampered(sentences.audit.NOT_THAT_OF_HEAD.format(seq=seq), seq=seq)
        while expected is not None and expected.seq <= seq:
            _check_checkpoint(expected, seq, prev)
            expected = next(checkpoints, None)
        progress.records = seq
        if progress.tell is not None and seq % _TOLD_EVERY == 0:
            progress.tell(offset, snapshot.log_size)
    _check_nothing_missing(head, expected, progress)


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


def _check_checkpoint(checkpoint: Checkpoint, seq: int, mac: str) -> None:
    if checkpoint.seq < seq:
        raise Tampered(sentences.audit.ANCHOR_GOES_BACK.format(seq=checkpoint.seq), seq=checkpoint.seq)
    if checkpoint.mac != mac:
        raise Tampered(sentences.audit.NOT_THAT_OF_ANCHOR.format(seq=seq), seq=seq)


def _check_nothing_missing(head: Head | None, expected: Checkpoint | None, progress: _Progress) -> None:
    """The end of the log against its witnesses. A crash leaves it at most ahead of them, never behind."""
    records = progress.records
    if head is not None and head.seq > records:
        raise Tampered(sentences.audit.ENDS_AFTER.format(records=records, remembered=head.seq), seq=records + 1)
    if expected is not None:
        problem = sentences.audit.ROLLED_BACK.format(records=records, remembered=expected.seq)
        raise Tampered(problem, seq=records + 1)
    if head is None and records > 1:
        raise Tampered(sentences.audit.NO_HEAD, seq=None)


@contextmanager
def _checkpoints(anchor: Path, size: int | None, progress: _Progress) -> Iterator[Iterator[Checkpoint]]:
    """The anchor's checkpoints as they were at the snapshot; none when it does not exist."""
    if size is None:
        yield iter(())
        return
    with open_regular(anchor) as file:
        yield _read_checkpoints(file, size, progress)


def _read_checkpoints(file: BinaryIO, size: int, progress: _Progress) -> Iterator[Checkpoint]:
    while size > 0:
        line = file.readline(min(MAX_RECORD_BYTES, size))
        if not line:
            return
        size -= len(line)
        checkpoint = parse_checkpoint(line)
        if checkpoint is not None:
            progress.checkpoints += 1
            yield checkpoint


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
