"""Uploads: one multipart file streamed to disk under `data/`, checked, and shown there only when it is whole."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from anyio import to_thread
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect

from console import sentences, settings, unfinished
from console.reserve import Room, disk
from etl_batch.errors import FormatRefused, InputRefused, OutputFailed
from etl_batch.files.beneath import make_folder, sync_names
from etl_batch.model import utc_now
from etl_batch.reporting.formatting import file_size
from etl_batch.runs.record.directory import write_json_atomically
from etl_batch.security.audit import AuditLog

FIELD = "file"
HEAD_BYTES = 4096
BLOCK_BYTES = 1 << 20
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,16}")
MULTIPART_OVERHEAD_BYTES = 64 * 1024
ARCHIVES = (
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"PK\x05\x06", "a ZIP archive"),
    (0, b"\x1f\x8b\x08", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (257, b"ustar", "a tar archive"),
)
EXECUTABLES = (
    (0, b"\x7fELF", "a Linux program"),
    (0, b"\xcf\xfa\xed\xfe", "a macOS program"),
    (0, b"\xca\xfe\xba\xbe", "a macOS program or a Java class"),
    (0, b"\x00asm", "a WebAssembly program"),
    (0, b"#!/", "a script"),
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that arrived whole: its generated name under `data/`, its own name, its size and its SHA-256."""

    name: str
    original_name: str
    bytes: int
    sha256: str


class TooLarge(InputRefused):
    """The upload is larger than the setting allows or than the disk can take."""

    kind = "too_large"


def check_magic(head: bytes, suffix: str) -> None:
    """Raise `FormatRefused` when the first bytes of a file are those of an archive or a program, or a lie."""
    for offset, magic, words in ARCHIVES:
        if head[offset : offset + len(magic)] == magic:
            raise FormatRefused(sentences.UPLOAD_PACKED.format(words=words))
    program = next((words for at, magic, words in EXECUTABLES if head[at : at + len(magic)] == magic), None)
    # "MZ" alone may well begin a binary record: only with the PE header it points to is it a program.
    if head[:2] == b"MZ" and head[int.from_bytes(head[60:64], "little") :][:4] == b"PE\x00\x00":
        program = "a Windows program"
    if program is not None:
        raise FormatRefused(sentences.UPLOAD_PROGRAM.format(program=program))
    if suffix == ".parquet" and head[:4] != b"PAR1":
        raise FormatRefused(sentences.UPLOAD_NO_PARQUET)
    if not head:
        raise InputRefused(sentences.UPLOAD_EMPTY)


class _Receiver:
    """Takes the body piece by piece; writes the field `file` to a hidden file, passes over everything else.

    After a refusal it goes on reading without writing, because a browser shows the answer only when it may send all.
    """

    def __init__(self, boundary: bytes, target: BinaryIO, limit: int, room: Room) -> None:
        self.target, self.limit, self.room = target, limit, room
        self.refusal: InputRefused | None = None
        self.original_name: str | None = None
        self.size, self.whole = 0, False
        self.sha256 = hashlib.sha256()
        self._head = b""
        self._in_file = False
        self._header, self._headers = [b"", b""], dict[bytes, bytes]()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, piece: bytes) -> None:
        """Take the next piece of the body."""
        self._parser.write(piece)

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def _on_headers_finished(self) -> None:
        _kind, options = parse_options_header(self._headers.get(b"content-disposition"))
        wanted = options.get(b"name") == FIELD.encode() and b"filename" in options and self.original_name is None
        self._in_file = wanted
        if wanted:
            # Some browsers send a whole path; only its last part is a name.
            self.original_name = re.split(r"[/\\]", options[b"filename"].decode("utf-8", "replace"))[-1]

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if not self._in_file:
            return
        self.size += end - start
        if self.size > self.limit:
            raise _too_large(self.limit)
        if self.refusal is not None:
            return
        if len(self._head) < HEAD_BYTES:
            self._head += data[start : min(end, start + HEAD_BYTES)]
            if len(self._head) >= HEAD_BYTES:
                self._check()
        if self.refusal is None:
            self._store(memoryview(data)[start:end])

    def _store(self, part: memoryview) -> None:
        if not self.room.take(len(part)):
            raise TooLarge(sentences.UPLOAD_DISK_FULL)
        self.sha256.update(part)
        self.target.write(part)
        self.room.wrote(len(part))

    def _on_part_end(self) -> None:
        if self._in_file and self.refusal is None:
            self._check()
        self._in_file = False

    def _check(self) -> None:
        try:
            check_magic(self._head, Path(self.original_name or "").suffix.lower())
        except InputRefused as error:
            self.refusal = error

    def _on_end(self) -> None:
        self.whole = True


def _too_large(limit: int) -> TooLarge:
    return TooLarge(sentences.UPLOAD_TOO_LARGE.format(limit=file_size(limit)))


def largest(home: Path) -> int:
    """The largest upload possible now, in bytes, beside those under way; raises `TooLarge` when the disk is full."""
    limit: int = settings.get(home, "upload_max_bytes")
    spare = disk(home / "data").spare(settings.get(home, "disk_reserve_bytes"))
    if spare <= 0:
        raise TooLarge(sentences.UPLOAD_DISK_FULL)
    return min(limit, spare)


async def receive(
    home: Path,
    content_type: str,
    announced: int | None,
    body: AsyncIterator[bytes],
    user: str,
    ask: Callable[[], object] = lambda: None,
) -> Upload:
    """Store the field `file` of a multipart body under a generated name in `data/`, in memory that does not grow.

    `ask` is called when all of it is here, and raises when the user may not upload any more. Raises `InputRefused`
    (`TooLarge`, `FormatRefused`) in words; nothing appears in `data/` then.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise InputRefused(sentences.UPLOAD_NO_FORM)
    make_folder(home / "data")
    limit: int = settings.get(home, "upload_max_bytes")
    if (announced or 0) > limit + MULTIPART_OVERHEAD_BYTES:
        raise _too_large(limit)
    with disk(home / "data").room(settings.get(home, "disk_reserve_bytes")) as room:
        # What is announced is set aside as a whole, else two uploads would share the same free bytes.
        if not room.take(announced or 1, step=0):
            raise TooLarge(sentences.UPLOAD_DISK_FULL)
        return await _receive(home, options[b"boundary"], limit, room, body, partial(_publish, home, user, ask))


async def _receive(
    home: Path,
    boundary: bytes,
    limit: int,
    room: Room,
    body: AsyncIterator[bytes],
    publish: Callable[[_Receiver, Path], Upload],
) -> Upload:
    try:
        with unfinished.begin(home / "data") as staged:
            receiver = _Receiver(boundary, staged.file, limit, room)
            async for block in _blocks(body):
                await to_thread.run_sync(receiver.feed, block)
            return await to_thread.run_sync(publish, receiver, staged.path)
    except ClientDisconnect as error:
        raise InputRefused(sentences.UPLOAD_CUT_OFF) from error
    except FormParserError as error:
        raise InputRefused(sentences.UPLOAD_MALFORMED) from error
    except OSError as error:
        raise OutputFailed(sentences.UPLOAD_NOT_STORED.format(reason=error.strerror)) from error


async def _blocks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The body in larger pieces: going to another thread and back costs more than writing a network packet."""
    waiting = bytearray()
    async for piece in body:
        waiting += piece
        if len(waiting) >= BLOCK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _publish(home: Path, user: str, ask: Callable[[], object], receiver: _Receiver, staged: Path) -> Upload:
    """Give the whole, synced file its name; first its companion, so that no data file stands without one."""
    if receiver.refusal is not None:
        raise receiver.refusal
    if receiver.original_name is None:
        raise InputRefused(sentences.UPLOAD_NO_FILE)
    if not receiver.whole:
        raise InputRefused(sentences.UPLOAD_NOT_WHOLE)
    ask()
    receiver.target.flush()
    os.fsync(receiver.target.fileno())
    suffix = Path(receiver.original_name).suffix.lower()
    suffix = suffix if SUFFIX.fullmatch(suffix) else ".bin"
    name = f"upload-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}{suffix}"
    upload = Upload(name, receiver.original_name[:255], receiver.size, receiver.sha256.hexdigest())
    facts = {"original_name": upload.original_name, "bytes": upload.bytes, "sha256": upload.sha256}
    AuditLog(home).append(user=user, action="data.upload", target=name, detail=facts)
    companion = {"name": name, **facts, "uploaded_by": user, "uploaded_at": utc_now()}
    write_json_atomically(home / "data" / f".{name}.json", companion, durable=True)
    staged.rename(home / "data" / name)
    sync_names(home / "data")
    return upload
