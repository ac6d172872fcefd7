"""Uploads as the route hands them over: pieces of any size, and a browser that goes away."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from starlette.requests import ClientDisconnect

from console import uploads
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
