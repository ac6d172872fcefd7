"""Downloads: which file of a run a name stands for, and its bytes as a stream of fixed memory."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from etl_batch.errors import InputRefused
from etl_batch.runs.index import open_run

PIECE_BYTES = 256 * 1024
PUBLISHED_LATER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Download:
    """A regular file of a run and the tag that names its content."""

    path: Path
    stat: os.stat_result
    etag: str


class Replaced(InputRefused):
    """The output of that name was written again by a later run."""

    kind = "replaced"


def locate(home: Path, run_id: str, name: str) -> Download:
    """The file that `name` stands for: an output's base name, a file of the run directory, or the run's report.

    Raises `UsageError` for a run that does not exist, `InputRefused` for a file that does not, `Replaced` for an
    output whose size is no longer the one this run wrote.
    """
    run = open_run(home, run_id)
    metadata = run.metadata() or {}
    for output in (metadata.get("outputs") or {}).values():
        path = Path(output["path"])
        if path.name == name:
            return _output(path, output, str(metadata.get("finished_at") or ""))
    plain = "/" not in name and not name.startswith(".")
    path = run.report if name == run.report.name else run.file(name)
    found = _regular(path) if plain else None
    if found is None:
        raise InputRefused(f"Run {run.run_id} has no file {name!r}; its page lists those there are.")
    return Download(path, found, _plain_etag(found))


def _output(path: Path, output: Mapping[str, Any], finished_at: str) -> Download:
    found = _regular(path)
    if found is None:
        raise InputRefused(f"The output {path.name} was moved or deleted; run again to write it anew.")
    if found.st_size != output["bytes"]:
        raise Replaced(
            f"The output {path.name} was replaced after this run; what this run wrote may stand beside it as "
            f"{path.name}.bak.<time>."
        )
    # A file written later may hold other bytes of the same length: then the recorded checksum does not name it.
    untouched = found.st_mtime <= _seconds(finished_at) + PUBLISHED_LATER_SECONDS
    checksum = output.get("sha256")
    return Download(path, found, f'"{checksum}"' if untouched and checksum else _plain_etag(found))


def _regular(path: Path) -> os.stat_result | None:
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _seconds(moment: str) -> float:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return 0.0


def _plain_etag(found: os.stat_result) -> str:
    return f'"{found.st_size:x}-{found.st_mtime_ns:x}"'


async def respond(request: Request, download: Download) -> Response:
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
    if request.method == "HEAD" or "range" in request.headers:
        return FileResponse(download.path, headers=headers, stat_result=download.stat)
    size = download.stat.st_size
    headers["Content-Length"] = str(size)
    media_type = FileResponse(download.path).media_type
    return StreamingResponse(_pieces(download.path, size), headers=headers, media_type=media_type)


async def _pieces(path: Path, size: int) -> AsyncIterator[bytes]:
    """The first `size` bytes: a log that grows while it is sent must not run past its Content-Length."""
    async with await anyio.open_file(path, "rb") as source:
        while size > 0:
            piece = await source.read(min(PIECE_BYTES, size))
            if not piece:
                return
            size -= len(piece)
            yield piece
