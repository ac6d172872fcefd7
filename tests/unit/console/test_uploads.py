"""Uploads as the route hands them over: pieces of any size, and a browser that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib

import pytest
from starlette.requests import ClientDisconnect

from console import reserve as reserve_of_disk
from console import settings, uploads
from etl_batch.errors import InputRefused
from etl_batch.security.audit import AuditLog

CONTENT = b"city,rain\n" + b"Paris,3\nRome,4\n" * 200_000
BODY = b'--x\r\nContent-Disposition: form-data; name="file"; filename="rain.csv"\r\n\r\n' + CONTENT + b"\r\n--x--\r\n"


async def pieces(size: int, end: int = len(BODY)):
    """The body in pieces of a size, cut off at an end as a browser that goes away cuts it off."""
    for start in range(0, end, size):
        yield BODY[start : min(start + size, end)]
    if end < len(BODY):
        raise ClientDisconnect


def receive(home, body) -> uploads.Upload:
    """One upload."""
    return asyncio.run(uploads.receive(home, "multipart/form-data; boundary=x", len(BODY), body, "ada"))


@pytest.mark.parametrize("size", [1000, uploads.BLOCK_BYTES, len(BODY)])
def test_the_size_of_the_pieces_does_not_matter(home, size):
    """Small pieces are gathered, large ones are not cut: the file is the same to the byte."""
    stored = receive(home, pieces(size))
    assert (stored.original_name, stored.bytes) == ("rain.csv", len(CONTENT))
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert (home / "data" / stored.name).read_bytes() == CONTENT


@pytest.mark.parametrize("end", [0, 100, 2_000_000, len(BODY) - 3])
def test_a_browser_that_goes_away_leaves_nothing(home, end):
    """A cancelled upload is told as one, and neither a file nor a record of one is left."""
    with pytest.raises(InputRefused, match="cancelled or cut off"):
        receive(home, pieces(65_536, end))
    assert list((home / "data").iterdir()) == []
    assert AuditLog(home).search(action="data.upload") == []


@pytest.mark.parametrize("announced", [len(BODY), None], ids=["announced", "chunked"])
def test_parallel_uploads_leave_the_reserve(home, monkeypatch, announced):
    """Six at once where two have room: those that are kept are whole, and the disk never has less than the reserve."""
    reserve, size, lowest = 10**9, 10**9 + int(2.5 * len(BODY)), []

    def free(folder) -> int:
        left = size
        for path in folder.glob("*upload-*[!n]"):
            with contextlib.suppress(FileNotFoundError):  # another upload's, which has been refused since
                left -= path.stat().st_size
        lowest.append(left)
        return left

    monkeypatch.setitem(reserve_of_disk._disks, home / "data", reserve_of_disk.Disk(home / "data", free))
    monkeypatch.setattr(reserve_of_disk, "STEP_BYTES", 65_536)
    settings.put(home, "disk_reserve_bytes", reserve)

    async def all_at_once() -> list[uploads.Upload | BaseException]:
        kind = "multipart/form-data; boundary=x"
        each = [uploads.receive(home, kind, announced, slowly(), "ada") for _ in range(6)]
        return await asyncio.gather(*each, return_exceptions=True)

    async def slowly():
        async for piece in pieces(65_536):
            await asyncio.sleep(0)  # the others' turn
            yield piece

    ended = asyncio.run(all_at_once())
    kept = [each for each in ended if isinstance(each, uploads.Upload)]
    refused = [each for each in ended if isinstance(each, uploads.TooLarge)]
    assert len(kept) + len(refused) == 6
    assert all("too full" in each.message for each in refused)
    assert len(kept) == 2 if announced else len(kept) <= 2
    assert min(lowest) >= reserve
    names = {path.name for path in (home / "data").iterdir() if path.name[0] != "."}
    assert names == {each.name for each in kept}
    assert list((home / "data").glob(".upload-*.part")) == []
