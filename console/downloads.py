"""Downloads: which file of a run a name stands for, and its bytes as a stream of fixed memory.

A name is looked at once; what is sent is the file that stood there then. Whoever may write in an output's folder could
exchange it for a link meanwhile.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from console import sentences
from console.archives import Member, archive, members_of, size_of
from etl_batch.datasets.files import readable_roots
from etl_batch.datasets.listing import backup_of, parts_in, regular, stamp_of, standing
from etl_batch.errors import InputRefused
from etl_batch.files.beneath import Place, open_beneath
from etl_batch.files.parted import ARCHIVE, MANIFEST, PartFile, PartsManifest, is_part
from etl_batch.record.run import OutputRecord, RunRecord
from etl_batch.runs.history.index import open_run
from etl_batch.runs.history.outputs import every_output, maker_of
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.reject_view import RejectFilter, matching_lines
from etl_batch.security.guard import Guard
from etl_batch.security.paths import resolve_output
from etl_batch.stores.links import Link
from etl_batch.stores.s3 import Stored
from etl_batch.stores.url import Url, path_of

PIECE_BYTES = 256 * 1024
_STORED_BYTES = 4 << 20
"""Of a request to a store."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Download:
    """A regular file of a run and the tag that names its content."""

    place: Place
    stat: os.stat_result
    etag: str

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self.place.path

    def open(self) -> BinaryIO:
        """The very file that was looked at; raises `Replaced` when another one, or a link, stands there by now."""
        try:
            file = os.fdopen(open_beneath(self.place, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK), "rb", buffering=0)
        except OSError as error:
            raise Replaced(sentences.REPLACED_MEANWHILE.format(name=self.place.name)) from error
        if os.path.samestat(os.fstat(file.fileno()), self.stat):
            return file
        file.close()
        raise Replaced(sentences.REPLACED_MEANWHILE.format(name=self.place.name))


class Replaced(InputRefused):
    """The output of that name was written again by a later run."""

    kind = "replaced"


@dataclass(frozen=True, slots=True)
class StoredDownload:
    """An output that is an object, and the tag that names its content."""

    stored: Stored
    etag: str

    @property
    def path(self) -> Path:
        """Its URL."""
        return self.stored.url


@dataclass(frozen=True, slots=True)
class FolderDownload:
    """An output that is a folder of parts, as one archive."""

    name: str
    members: tuple[Member, ...]
    files: Mapping[str, Download | StoredDownload]
    """By the name in the folder."""
    etag: str

    @property
    def path(self) -> Path:
        """What the archive is called."""
        return Path(f"{self.name}{ARCHIVE}")


AnyDownload = Download | StoredDownload | FolderDownload


def locate(home: Path, run_id: str, name: str) -> AnyDownload:
    """The file that `name` stands for: an output's base name, a file of the run directory, or the run's report.

    Of an output in parts `<base name>.tar` is all of it, and the name of a part that part.

    Raises `UsageError` for a run that does not exist, `InputRefused` for a file that does not, `Replaced` for an
    output whose size is no longer the one this run wrote.
    """
    run = open_run(home, run_id)
    record = run.metadata() or RunRecord(run.run_id)
    for output in record.outputs.values():
        path = path_of(output.path)
        if output.parts is not None:
            parts = _in_parts(home, run.run_id, record, path, output, name)
            if parts is not None:
                return parts
            continue
        if path.name == name and isinstance(path, Url):
            return _object(home, run.run_id, path, output)
        if path.name == name:
            return _output(home, run.run_id, record, path, output)
    plain = "/" not in name and not name.startswith(".")
    if plain and name == run.report.name:
        return report_of(run)
    found = regular(run.file(name)) if plain else None
    if found is None:
        raise InputRefused(sentences.NO_RUN_FILE.format(run_id=run.run_id, name=name))
    return Download(run.place(name), found, _plain_etag(found))


def _in_parts(
    home: Path, run_id: str, record: RunRecord, path: Path, output: OutputRecord, name: str
) -> AnyDownload | None:
    """A folder of parts, or one of them; None for what has another name."""
    whole = name == f"{path.name}{ARCHIVE}"
    if not whole and not is_part(name):
        return None
    size = 0 if output.parts is None else output.parts.manifest_bytes
    manifest: Download | StoredDownload
    if isinstance(path, Url):
        manifest = _object(home, run_id, path / MANIFEST, replace(output, bytes=size))
        from etl_batch.stores.s3 import content_of  # few consoles ask a store

        content = content_of(manifest.stored)
    else:
        manifest = _output(home, run_id, record, path, replace(output, bytes=size))
        with manifest.open() as file:
            content = file.read()
    try:
        parts = {part.name: part for part in PartsManifest.parsed(content).parts}
    except ValueError as error:
        raise Replaced(sentences.OUTPUT_REPLACED.format(name=path.name)) from error
    if not whole and name not in parts:
        return None
    wanted = parts.values() if whole else [parts[name]]
    files = {part.name: _part(home, run_id, path / part.name, part) for part in wanted}
    if not whole:
        return files[name]
    modified = 0 if isinstance(manifest, StoredDownload) else int(manifest.stat.st_mtime)
    members = members_of(path.name, list(parts.values()), (MANIFEST, size), modified)
    return FolderDownload(path.name, tuple(members), {**files, MANIFEST: manifest}, f'"{output.sha256}-tar"')


def _part(home: Path, run_id: str, path: Path, part: PartFile) -> Download | StoredDownload:
    """A part as its manifest names it. Raises `Replaced`."""
    if isinstance(path, Url):
        return _object(home, run_id, path, OutputRecord(str(path), part.bytes, part.rows, part.sha256))
    place, found = _judged(home, path)
    if found.st_size != part.bytes:
        raise Replaced(sentences.OUTPUT_REPLACED.format(name=path.name))
    return Download(place, found, f'"{part.sha256}"')


def report_of(run: RunDirectory) -> Download:
    """A run's report; raises `InputRefused` when it has none."""
    found = regular(run.report)
    if found is None:
        raise InputRefused(sentences.NO_REPORT.format(run_id=run.run_id))
    return Download(Place.of(run.report), found, _plain_etag(found))


def _output(home: Path, run_id: str, record: RunRecord, path: Path, output: OutputRecord) -> Download:
    """An output, or the manifest of one in parts, of which `output.bytes` are then those of the manifest."""
    if standing(path) is None:
        raise InputRefused(sentences.OUTPUT_GONE.format(name=path.name))
    place, found = _judged(home, path / MANIFEST if path.is_dir() else path)
    maker = maker_of(found, every_output(home).get(path, ()))
    if found.st_size != output.bytes or (maker is not None and maker.run_id != run_id):
        backup = backup_of(record, next(kind for kind, each in record.outputs.items() if each.path == output.path))
        if backup is None:
            raise Replaced(sentences.OUTPUT_REPLACED.format(name=path.name))
        raise Replaced(sentences.OUTPUT_REPLACED_KEPT.format(name=path.name, backup=backup.name))
    # A file written later may hold other bytes of the same length: then the recorded checksum does not name it.
    known = maker is not None and output.sha256
    return Download(place, found, f'"{output.sha256}"' if known else _plain_etag(found))


def _object(home: Path, run_id: str, url: Url, output: OutputRecord) -> StoredDownload:
    from etl_batch.stores.s3 import find_object  # few consoles ask a store

    Guard.of_inputs(readable_roots(home)).check(url)
    stored = find_object(url)
    if stored is None:
        raise InputRefused(sentences.OUTPUT_GONE.format(name=url.name))
    if stored.mark != run_id or stored.size != output.bytes:
        raise Replaced(sentences.OUTPUT_REPLACED.format(name=url.name))
    return StoredDownload(stored, f'"{output.sha256}"')


def _judged(home: Path, path: Path) -> tuple[Place, os.stat_result]:
    """Where a file of a run's outputs stands and what is there, judged as what is read is, by what was opened."""
    descriptor, place = Guard.of_inputs(readable_roots(home)).open(path)
    try:
        return place, os.fstat(descriptor)
    finally:
        os.close(descriptor)


def locate_backup(home: Path, run_id: str, name: str) -> Download | FolderDownload:
    """A backup of an output that this run wrote, by its base name.

    Raises `UsageError` for a run that does not exist, `InputRefused` for what is no backup of its outputs, and
    `PathRefused` when the output lies outside the allowed roots.
    """
    run = open_run(home, run_id)
    record = run.metadata() or RunRecord(run.run_id)
    for output in record.outputs.values():
        target = Path(output.path)
        if stamp_of(target, name) is None:
            continue
        backup = target.with_name(name)
        resolve_output(backup.with_name(f"{name}.probe"), readable_roots(home))
        if regular(backup) is not None:
            place, found = _judged(home, backup)
            return Download(place, found, _plain_etag(found))
        if standing(backup) is not None:
            return _backup_in_parts(home, run.run_id, backup)
    raise InputRefused(sentences.NO_BACKUP.format(name=name, run_id=run.run_id))


def _backup_in_parts(home: Path, run_id: str, backup: Path) -> FolderDownload:
    place, found = _judged(home, backup / MANIFEST)
    parts = parts_in(backup, home).parts
    files = {part.name: _part(home, run_id, backup / part.name, part) for part in parts}
    members = members_of(backup.name, parts, (MANIFEST, found.st_size), int(found.st_mtime))
    manifest = Download(place, found, _plain_etag(found))
    return FolderDownload(backup.name, tuple(members), {**files, MANIFEST: manifest}, _plain_etag(found))


def filtered_rejects(home: Path, run_id: str, wanted: Mapping[str, str]) -> Iterator[bytes]:
    """The lines of a run's rejects with that `reason`, `source` and `field` (each of them optional), bit by bit.

    Raises `UsageError` for a run that does not exist, `InputRefused` when it has no rejects.
    """
    run = open_run(home, run_id)
    path = run.file("rejects.jsonl")
    if regular(path) is None:
        raise InputRefused(sentences.NO_REJECTS.format(run_id=run.run_id))
    return matching_lines(path, RejectFilter(wanted.get("reason"), wanted.get("source"), wanted.get("field")))


def _plain_etag(found: os.stat_result) -> str:
    return f'"{found.st_size:x}-{found.st_mtime_ns:x}"'


async def respond(request: Request, download: AnyDownload) -> Response:
    """The answer to GET or HEAD: whole (200), a range (206, 416) or unchanged (304), as an attachment."""
    headers = {
        "ETag": download.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        # Without it the GZip middleware compresses on the fly and drops Content-Length.
        "Content-Encoding": "identity",
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(download.path.name)}",
    }
    if download.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    media_type = guess_type(download.path.name)[0] or "text/plain"
    if isinstance(download, FolderDownload):
        headers = {**headers, "Accept-Ranges": "none", "Content-Length": str(size_of(download.members))}
        content = partial(_member_pieces, download)
        sent_now = archive(download.members, content) if request.method == "GET" else None
        return StreamingResponse(sent_now or (), headers=headers, media_type="application/x-tar")
    if isinstance(download, StoredDownload):
        return await _from_store(request, download.stored, headers, media_type)
    return sent(request, download, headers, media_type)


async def _from_store(request: Request, stored: Stored, headers: dict[str, str], media_type: str) -> Response:
    """An object as the answer, whole or the one range that is asked for, read from its store piece by piece."""
    from etl_batch.stores.s3 import link_to

    first, last, status = 0, stored.size - 1, 200
    asked = request.headers.get("range", "")
    if asked and not asked.startswith("bytes="):
        return Response(status_code=400)
    one = _RANGE.fullmatch(asked.strip())  # several are answered by all of it
    if one is not None:
        found = _within(one, stored.size)
        if found is None:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{stored.size}"})
        first, last, status = *found, 206
        headers |= {"Content-Range": f"bytes {first}-{last}/{stored.size}"}
    headers |= {"Content-Length": str(last + 1 - first)}
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    link = await to_thread.run_sync(link_to, stored.url, stored.tag)
    return StreamingResponse(_stored_pieces(link, first, last + 1), status, headers, media_type)


async def _member_pieces(download: FolderDownload, member: Member) -> AsyncIterator[bytes]:
    from etl_batch.stores.s3 import link_to

    file = download.files[member.name]
    if isinstance(file, StoredDownload):
        link = await to_thread.run_sync(link_to, file.stored.url, file.stored.tag)
        async for piece in _stored_pieces(link, 0, member.size):
            yield piece
        return
    with file.open() as opened:
        async for piece in _pieces(Path(f"/proc/self/fd/{opened.fileno()}"), member.size):
            yield piece


def _within(asked: re.Match[str], size: int) -> tuple[int, int] | None:
    """The first and the last byte of a range; None where there are none."""
    if not asked[1]:
        first, last = max(size - int(asked[2] or 0), 0), size - 1
    else:
        first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    return (first, last) if first <= last else None


async def _stored_pieces(link: Link, position: int, end: int) -> AsyncIterator[bytes]:
    while position < end:
        room = bytearray(min(_STORED_BYTES, end - position))
        got = await to_thread.run_sync(link.read_into, memoryview(room), position)
        if not got:
            return
        position += got
        yield bytes(room[:got])


def sent(request: Request, download: Download, headers: dict[str, str], media_type: str | None) -> Response:
    """A file as the answer to GET or HEAD, whole or the range that is asked for. Raises `Replaced`."""
    file = download.open()
    # By its descriptor: whatever has the name by now.
    path, stat = Path(f"/proc/self/fd/{file.fileno()}"), download.stat
    if request.method == "HEAD" or "range" in request.headers:
        return _Held(FileResponse(path, headers=headers, media_type=media_type, stat_result=stat), file)
    headers = {**headers, "Content-Length": str(stat.st_size)}
    return _Held(StreamingResponse(_pieces(path, stat.st_size), headers=headers, media_type=media_type), file)


class _Held(Response):
    """An answer that holds a file open until it is sent or its client is gone."""

    def __init__(self, inner: Response, file: BinaryIO) -> None:
        super().__init__(status_code=inner.status_code)
        self.inner, self.file, self.raw_headers = inner, file, inner.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self.file:
            await self.inner(scope, receive, send)


async def _pieces(path: Path, size: int) -> AsyncIterator[bytes]:
    """The first `size` bytes: a log that grows while it is sent must not run past its Content-Length."""
    async with await anyio.open_file(path, "rb") as source:
        while size > 0:
            piece = await source.read(min(PIECE_BYTES, size))
            if not piece:
                return
            size -= len(piece)
            yield piece
