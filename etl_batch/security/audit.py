"""The audit log of one home: records are appended, chained, signed and checkpointed, or the action is refused.

One append, under an exclusive `flock`, in an order in which every crash leaves something that verifies:

    1. the end of the log is held against `head.json` and the anchor; when they disagree, nothing is written
    2. a torn last line (never acknowledged) is cut off
       and a log that has passed `PART_BYTES` is rotated: cut, fsync, renamed, folder fsync
    3. the record goes to the log, fsync          crash here: the log is one whole or torn line ahead of the head
    4. its checkpoint goes to the anchor, fsync   crash here: the same, and the anchor agrees with the log
    5. `head.json` is replaced, folder fsync

So the log is ahead of its witnesses after a crash and never behind them; behind means tampered. Every record is
checkpointed: with a coarser policy, a rollback to just before the last checkpoint's successor would pass unseen.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from etl_batch import sentences
from etl_batch.errors import OutputFailed, Tampered, UsageError
from etl_batch.files.beneath import make_folder, sync_names
from etl_batch.files.replacing import make_once
from etl_batch.model import utc_now
from etl_batch.security import audit_parts, audit_search, audit_verify
from etl_batch.security.audit_format import (
    FIRST_PREV,
    MAX_RECORD_BYTES,
    AuditEntry,
    AuditFiles,
    Checkpoint,
    Head,
    Seal,
    open_descriptor,
    open_regular,
    parse_checkpoint,
    parse_entry,
    read_head,
    read_key,
)
from etl_batch.security.audit_parts import next_part, older_parts, open_whole
from etl_batch.security.audit_read import newest_first, offset_of
from etl_batch.security.audit_search import AuditFilter
from etl_batch.security.audit_verify import Mark, OnProgress, Verification

_SECRET_NAME = re.compile(r"passw|passphrase|pwd|secret|token|credential|(api|private).?key|cookie|authorization", re.I)
_ANCHOR_TAIL_BYTES = 4096
ORIGIN: ContextVar[str] = ContextVar("origin", default="")
"""The network address of whoever acts, set by the door they came through: the detail of a record says it, `address`."""
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class AuditLog:
    """The tamper-evident log under `home`; one instance may serve many threads, many processes may share one log."""

    def __init__(self, home: Path) -> None:
        self.files = AuditFiles.of(home)

    def append(
        self,
        *,
        user: str,
        action: str,
        target: str,
        outcome: str = "ok",
        detail: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Record one action and return the record; call it before the action takes effect.

        Raises `OutputFailed` when it cannot be recorded, so that the action is refused, and `UsageError` when `detail`
        holds a secret or something that is not plain JSON.
        """
        words = {"user": user, "action": action, "target": target, "outcome": outcome}
        where = {"address": ORIGIN.get()} if ORIGIN.get() else {}
        whole = _plain({**where, **(detail or {})}, "detail")
        body = {name: _plain(value, name) for name, value in words.items()} | {"detail": whole}
        if len(json.dumps(body)) > MAX_RECORD_BYTES // 2:
            raise UsageError(sentences.audit.RECORD_TOO_LONG.format(action=action))
        try:
            with self._exclusive_lock():
                return self._append(body)
        except Tampered as error:
            raise OutputFailed(sentences.audit.REFUSED_BY_LOG.format(action=action, reason=error.message)) from error
        except OSError as error:
            raise OutputFailed(
                sentences.audit.REFUSED_BY_DISK.format(
                    action=action, path=error.filename or self.files.log, reason=error.strerror
                )
            ) from error

    def verify(
        self, anchor: Path | None = None, tell: OnProgress | None = None, since: Mark | None = None
    ) -> Verification:
        """Check every record against the key, the chain, the head and the anchor (`anchor`: another copy of it).

        `since`: how far the log was found whole before; what is behind that is read alone, when it fits.
        """
        return audit_verify.verify(self.files, anchor, tell, since)

    def tail(self, limit: int, before: int | None = None) -> list[dict[str, Any]]:
        """The newest `limit` records (with `before`: those numbered lower), newest first, read from the end."""
        return list(islice(newest_first(self.files.log, before), limit))

    def search(
        self,
        *,
        text: str | None = None,
        action: str | None = None,
        user: str | None = None,
        outcome: str | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> list[dict[str, Any]]:
        """The newest `limit` records that fit all filters, however far back they stand; with `before` of lower number.

        `text`: words that all stand in some value, upper or lower case. A screen searches in steps (`audit_search`).
        """
        wanted = AuditFilter(text=text or "", user=user or "", action=action or "", outcome=outcome or "")
        found: list[dict[str, Any]] = []
        resume = None if before is None else self._offset(before)
        while len(found) < limit:
            step = audit_search.search(self.files.log, wanted, limit - len(found), resume)
            found += step.records
            resume = step.resume
            if resume is None:
                break
        return found

    def _offset(self, seq: int) -> int:
        try:
            with open_whole(self.files.log) as log:
                return offset_of(log, log.seek(0, os.SEEK_END), seq)
        except FileNotFoundError:
            return 0

    @contextmanager
    def _exclusive_lock(self) -> Iterator[None]:
        """One writer at a time. Unlocked by name, because a child forked meanwhile still holds the descriptor."""
        make_folder(self.files.folder, 0o700)
        if stat.S_IMODE(self.files.folder.stat().st_mode) != 0o700:
            self.files.folder.chmod(0o700)
        with _open_private(self.files.lock, os.O_WRONLY | os.O_CREAT) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(lock, fcntl.LOCK_UN)

    def _append(self, body: dict[str, Any]) -> dict[str, Any]:
        files = self.files
        line, size, offset = _read_end(files.log)
        last = _last_entry(line)
        checkpoint, anchor_torn = _read_anchor_end(files.anchor)
        head = read_head(files.head)
        _check_end(last, size, head, checkpoint)
        if last is None and not files.key.exists():
            make_once(files.key, secrets.token_hex(32).encode("ascii") + b"\n")
        seal = Seal(read_key(files.key))
        if last is not None and last.mac != seal.mac_of_line(line):
            raise Tampered(sentences.audit.LAST_DOES_NOT_FIT.format(seq=last.seq), seq=last.seq)
        seq, prev = (last.seq + 1, last.mac) if last is not None else (1, FIRST_PREV)
        record = {"seq": seq, "ts": utc_now(), **body, "prev": prev}
        line, mac = seal.line(record)
        # Only the home's own folder is made: an anchor on a disk that is not mounted must refuse, not land elsewhere.
        if files.anchor.parent == files.folder.parent / "output":
            make_folder(files.anchor.parent)
        # Opened first, so that an anchor out of reach refuses the action before anything is recorded.
        with os.fdopen(open_descriptor(files.anchor, _APPEND, 0o644), "wb", buffering=0) as anchor:
            if offset >= audit_parts.PART_BYTES:
                _rotate(files.log, offset)
                offset = 0
            _write_record(files.log, line, offset)
            mark = json.dumps({"seq": seq, "mac": mac, "ts": record["ts"]}, separators=(",", ":"))
            _write_durably(anchor, b"\n" * anchor_torn + mark.encode("ascii") + b"\n")
        _replace_head(files.head, Head(seq, mac, offset + len(line)))
        return {**record, "mac": mac}


def _plain(value: Any, name: str) -> Any:
    """A copy in plain JSON values and valid Unicode. The names are checked, the values are the caller's duty."""
    if isinstance(value, str):
        return value.encode("utf-8", errors="backslashreplace").decode("utf-8")
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and value - value == 0:  # neither NaN nor infinite: JSON has no word for them
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if not isinstance(value, Mapping):
        raise UsageError(sentences.audit.NO_DETAIL.format(name=name, value=value))
    for key in value:
        if not isinstance(key, str) or _SECRET_NAME.search(key):
            raise UsageError(sentences.audit.CONFIDENTIAL.format(key=key))
    return {_plain(key, name): _plain(item, key) for key, item in value.items()}


class _End(NamedTuple):
    """Where the log ends."""

    line: bytes
    """The last whole line; empty when there is none."""
    size: int
    """The size, up to its end, of the file that it stands in: what lies behind is torn."""
    offset: int
    """Where in the growing file the next one goes."""


def _read_end(log: Path) -> _End:
    line, size = _last_line(log)
    parts = [] if line else older_parts(log)
    if not parts:
        return _End(line, size, size)
    line, size = _last_line(parts[-1])
    if not line or parts[-1].stat().st_size != size:
        raise Tampered(sentences.audit.PART_IS_CUT.format(path=parts[-1]), seq=None)
    return _End(line, size, 0)


def _last_line(path: Path) -> tuple[bytes, int]:
    """The last whole line of a file (empty: none) and the file's size up to its end."""
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - 2 * MAX_RECORD_BYTES)
            file.seek(start)
            block = file.read()
    except FileNotFoundError:
        return b"", 0
    whole = block[: block.rfind(b"\n") + 1]
    if not whole and (start or len(block) > MAX_RECORD_BYTES):
        raise Tampered(sentences.audit.END_IS_NO_RECORD, seq=None)
    return whole[whole.rfind(b"\n", 0, -1) + 1 :], start + len(whole)


def _last_entry(line: bytes) -> AuditEntry | None:
    if not line:
        return None
    entry = parse_entry(line)
    if entry is None:
        raise Tampered(sentences.audit.LAST_LINE_IS_NO_RECORD, seq=None)
    return entry


def _read_anchor_end(anchor: Path) -> tuple[Checkpoint | None, bool]:
    """The last checkpoint, and whether a fragment follows it. The anchor is never cut: it may be append-only."""
    try:
        with open_regular(anchor) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _ANCHOR_TAIL_BYTES))
            block = file.read()
    except FileNotFoundError:
        return None, False
    lines = block.split(b"\n")
    torn = lines.pop() != b""
    if len(block) == _ANCHOR_TAIL_BYTES:
        del lines[:1]  # the block begins inside this one
    for line in reversed(lines):
        checkpoint = parse_checkpoint(line)
        if checkpoint is not None:
            return checkpoint, torn
    return None, torn


def _check_end(last: AuditEntry | None, size: int, head: Head | None, checkpoint: Checkpoint | None) -> None:
    """The end of the log against its witnesses: at or ahead of them is whole, no crash explains anything else."""
    seq = last.seq if last is not None else 0
    if head is None and seq > 1:
        raise Tampered(sentences.audit.NO_HEAD, seq=None)
    if head is not None and head.seq > seq:
        raise Tampered(sentences.audit.ENDS_BEFORE_HEAD.format(seq=seq, remembered=head.seq), seq=seq + 1)
    if checkpoint is not None and checkpoint.seq > seq:
        raise Tampered(sentences.audit.ENDS_BEFORE_ANCHOR.format(seq=seq, remembered=checkpoint.seq), seq=seq + 1)
    if last is None:
        return
    if head is not None and head.seq == seq and head.mac != last.mac:
        raise Tampered(sentences.audit.NOT_THAT_OF_HEAD.format(seq=seq), seq=seq)
    if head is not None and head.seq == seq and head.size != size:
        raise Tampered(sentences.audit.OTHER_LENGTH, seq=None)
    if checkpoint is not None and checkpoint.seq == seq and checkpoint.mac != last.mac:
        raise Tampered(sentences.audit.NOT_THAT_OF_ANCHOR.format(seq=seq), seq=seq)


@contextmanager
def _open_private(path: Path, flags: int) -> Iterator[BinaryIO]:
    """A file of `.secrets` for writing, unbuffered: regular, not a symlink, 0600."""
    descriptor = open_descriptor(path, flags | os.O_NOFOLLOW)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
        yield file


def _write_durably(file: BinaryIO, data: bytes) -> None:
    """Write all of `data` to an unbuffered file and see it on the disk."""
    while data:
        data = data[file.write(data) :]
    os.fsync(file.fileno())


def _rotate(log: Path, size: int) -> None:
    """Make the growing file a part, without what is torn behind `size`; a crash before or after leaves a whole log."""
    with _open_private(log, os.O_WRONLY) as file:
        file.truncate(size)
        os.fsync(file.fileno())
    log.rename(next_part(log))
    sync_names(log.parent)


def _write_record(log: Path, line: bytes, size: int) -> None:
    """Add the line at `size`, where the last whole record ends; on a failure (a full disk) take it back."""
    with _open_private(log, _APPEND) as file:
        try:
            file.truncate(size)
            _write_durably(file, line)
            if size == 0:
                sync_names(log.parent)  # before the anchor remembers it: else a power cut takes the new file's name
        except OSError:
            with contextlib.suppress(OSError):  # then it stays torn, and the next append cuts it off
                file.truncate(size)
            raise


def _replace_head(path: Path, head: Head) -> None:
    staged = path.with_name(path.name + ".new")
    with _open_private(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
        _write_durably(file, json.dumps(head._asdict()).encode("ascii") + b"\n")
    staged.replace(path)
    sync_names(path.parent)
