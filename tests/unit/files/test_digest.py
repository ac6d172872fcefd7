"""The checksum of a file that is still being written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.files import digest as digest_module
from etl_batch.files.beneath import Place
from etl_batch.files.digest import Digest
from etl_batch.files.staging import Staged, discard, stage


def staged(folder: Path, content: bytes) -> Staged:
    """A staged file that holds something."""
    output = stage(Place.of(folder / "x"), "run")
    output.staged.write_bytes(content)
    return output


@pytest.mark.parametrize("ends", [[], [0], [5], [5, 3, 9], [10], [1, 2, 3, 4]])
def test_a_digest_follows_the_file(tmp_path: Path, ends: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever part is said to be in place meanwhile, in the end it is the SHA-256 of the whole."""
    monkeypatch.setattr(digest_module, "_HASH_BYTES", 4)
    digest = Digest(staged(tmp_path, b"0123456789"))
    digest.start()
    for end in ends:
        digest.advance(end)
    assert digest.finish(10) == hashlib.sha256(b"0123456789").hexdigest()
    assert digest.thread is None


def test_a_digest_that_pauses(tmp_path: Path) -> None:
    """Closed it has no thread and has taken in what was in place; started again it goes on from there."""
    digest = Digest(staged(tmp_path, b"0123456789"))
    for end in (3, 7):
        digest.start()
        digest.advance(end)
        digest.close()
        assert (digest.position, digest.thread) == (end, None)
    assert digest.finish(10) == hashlib.sha256(b"0123456789").hexdigest()


def test_a_digest_of_what_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read back, or is shorter than what was written, is an error and never a digest."""
    short = staged(tmp_path, b"01")
    with pytest.raises(OutputFailed, match="could not be read back"):
        Digest(short).finish(3)
    discard([short])
    with pytest.raises(OutputFailed, match="could not be read back"):
        Digest(short).finish(3)


def test_a_digest_that_is_given_up(tmp_path: Path) -> None:
    """Closing ends its thread, whether or not anything was placed."""
    digest = Digest(staged(tmp_path, b""))
    digest.start()
    digest.close()
    assert digest.thread is None
