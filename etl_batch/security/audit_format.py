"""The form of the audit log: its files, one record, the head and the checkpoints, all that a third party needs.

    .secrets/etl_audit.log   one record a line; `mac` signs the line up to and without itself, `prev` is the mac before
    .secrets/audit.key       64 hexadecimal digits: the 32 bytes of the HMAC-SHA256 key
    .secrets/head.json       {seq, mac, size} of the last record, replaced after each append
    output/audit.anchor      {seq, mac, ts}, a line a record, in a second place (`ETL_AUDIT_ANCHOR` names a better one)

What cannot be explained by a crash raises `Tampered`, with `seq` the first record concerned.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from etl_batch import sentences
from etl_batch.errors import Tampered

SIGNED_FIELDS = ("seq", "ts", "user", "action", "target", "outcome", "detail", "prev")
FIRST_PREV = "0" * 64
MAX_RECORD_BYTES = 64 * 1024
"""Longest line, its newline included; what bounds the memory of every reader."""

_RECORD = re.compile(rb'\{"seq":([1-9]\d*),.*,"prev":"([0-9a-f]{64})","mac":"([0-9a-f]{64})"\}\n')
_CHECKPOINT = re.compile(rb'\{"seq":([1-9]\d*),"mac":"([0-9a-f]{64})","ts":"[^"\\]*"\}\n?')
_MAC_TAIL_BYTES = len(',"mac":""}\n') + 64
_HEX_256 = re.compile(r"[0-9a-f]{64}")


def canonical(record: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: the signed fields in this order as compact ASCII JSON, the keys in `detail` sorted."""
    fields = (
        f'"{name}":{json.dumps(record[name], sort_keys=True, separators=(",", ":"), allow_nan=False)}'
        for name in SIGNED_FIELDS
    )
    return ("{" + ",".join(fields) + "}").encode("ascii")


class Seal:
    """HMAC-SHA256 under one key. The two states the key leads to (RFC 2104, section 4) are made once, for speed."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(self, signed: bytes) -> str:
        """The mac of canonical bytes, in hexadecimal."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(signed)
        outer.update(inner.digest())
        return outer.hexdigest()

    def line(self, record: Mapping[str, Any]) -> tuple[bytes, str]:
        """A record's line of the log and its mac."""
        signed = canonical(record)
        mac = self.mac(signed)
        return signed[:-1] + f',"mac":"{mac}"}}\n'.encode("ascii"), mac

    def mac_of_line(self, line: bytes) -> str:
        """The mac that a line of the log must carry: that of the bytes before its `mac`, closed by a brace."""
        return self.mac(line[:-_MAC_TAIL_BYTES] + b"}")


class AuditEntry(NamedTuple):
    """What the chain needs of one line."""

    seq: int
    prev: str
    mac: str


def parse_entry(line: bytes) -> AuditEntry | None:
    """Take a line apart by its bytes, so that no other JSON writer has to agree with ours; None for no record."""
    match = _RECORD.fullmatch(line)
    if match is None:
        return None
    seq, prev, mac = match.groups()
    return AuditEntry(int(seq), prev.decode("ascii"), mac.decode("ascii"))


class Head(NamedTuple):
    """Where the log ends: the last record's number and mac, and the log's size in bytes after it."""

    seq: int
    mac: str
    size: int


class Checkpoint(NamedTuple):
    """A record as the anchor remembers it."""

    seq: int
    mac: str


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """Where one home keeps its log."""

    folder: Path
    log: Path
    head: Path
    key: Path
    lock: Path
    anchor: Path

    @classmethod
    def of(cls, home: Path) -> AuditFiles:
        """The files of a home; a relative `ETL_AUDIT_ANCHOR` counts from the home, not from the current directory."""
        folder = home / ".secrets"
        return cls(
            folder=folder,
            log=folder / "etl_audit.log",
            head=folder / "head.json",
            key=folder / "audit.key",
            lock=folder / "audit.lock",
            anchor=home / (os.environ.get("ETL_AUDIT_ANCHOR") or "output/audit.anchor"),
        )


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open for reading what must be a regular file: a FIFO put in its place neither blocks nor feeds the reader."""
    descriptor = open_descriptor(path, os.O_RDONLY)
    with os.fdopen(descriptor, "rb", buffering=64 * 1024) as file:
        yield file


def open_descriptor(path: Path, flags: int, mode: int = 0o600) -> int:
    """`os.open` for a regular file and nothing else; raises `Tampered` for another kind."""
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Tampered(sentences.audit.NOT_REGULAR.format(path=path), seq=None)
    return descriptor


def read_key(path: Path) -> bytes:
    """The 32 bytes of the key; raises `Tampered` when the file is missing or holds something else."""
    try:
        with open_regular(path) as file:
            text = file.read(128).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        raise Tampered(sentences.audit.NO_KEY.format(path=path), seq=None) from None
    if not _HEX_256.fullmatch(text):
        raise Tampered(sentences.audit.KEY_DAMAGED.format(path=path), seq=None)
    return bytes.fromhex(text)


def read_head(path: Path) -> Head | None:
    """The head, or None when there is none; raises `Tampered` when it is damaged, which no atomic replace leaves."""
    try:
        with open_regular(path) as file:
            text = file.read(4096)
    except FileNotFoundError:
        return None
    try:
        value = json.loads(text)
        return Head(int(value["seq"]), str(value["mac"]), int(value["size"]))
    except (ValueError, KeyError, TypeError):
        raise Tampered(sentences.audit.DAMAGED.format(path=path), seq=None) from None


def parse_checkpoint(line: bytes) -> Checkpoint | None:
    """One line of an anchor. None for a fragment that a crash left; raises `Tampered` for any other unreadable line."""
    match = _CHECKPOINT.fullmatch(line)
    if match is not None:
        return Checkpoint(int(match[1]), match[2].decode("ascii"))
    if not line.rstrip().endswith(b"}"):
        return None
    try:
        value = json.loads(line)  # a copy that another program has written: the same values, other spaces
        return Checkpoint(int(value["seq"]), str(value["mac"]))
    except (ValueError, KeyError, TypeError):
        raise Tampered(sentences.audit.NO_CHECKPOINT.format(line=line[:60]), seq=None) from None
