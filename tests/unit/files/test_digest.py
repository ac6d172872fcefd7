"""The checksum of an output that is still being written: of a file, and of each part of a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.files import digest as digest_module
from etl_batch.files.beneath import Place
from etl_batch.files.digest import Digest, Mark, verified
from etl_batch.files.parted import cut_off, opened_at, part_name, place_in
from etl_batch.files.staging import Staged, discard, stage, write_all
from tests.commits import staged_folder_in


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


PARTS = (b"0123456789", b"abcdefgh", b"xyz")
ENDS = [place_in(0, 4), place_in(0, 10), place_in(1, 3), place_in(1, 8), place_in(2, 1), place_in(2, 3)]
"""Where the chunks end that are in the parts."""
BEHIND = (b"-first footer", b"-second", b"-third one")


def hexed(content: bytes) -> str:
    """Its SHA-256."""
    return hashlib.sha256(content).hexdigest()


def put(folder: Staged, place: int, content: bytes) -> None:
    """Write at a place."""
    with opened_at(folder, place) as descriptor:
        write_all(descriptor, [content], place & 0xFF)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staged:
    """A staged folder of three parts, which are read three bytes at a time."""
    monkeypatch.setattr(digest_module, "_HASH_BYTES", 3)
    output = staged_folder_in(tmp_path / "x.parquet", "run", {})
    for number, content in enumerate(PARTS):
        put(output, place_in(number, 0), content)
    return output


def close_parts(folder: Staged) -> list[Mark]:
    """Write behind the chunks what stands there when they are closed; returns what the digests have to be."""
    for number, (content, behind) in enumerate(zip(PARTS, BEHIND, strict=True)):
        put(folder, place_in(number, len(content)), behind)
    wholes = [content + behind for content, behind in zip(PARTS, BEHIND, strict=True)]
    return [Mark(place_in(number, len(whole)), hexed(whole)) for number, whole in enumerate(wholes)]


def marks_of(ends: Sequence[int]) -> list[Mark]:
    """The digests of what stands before places, of each part by itself."""
    return [Mark(end, hexed(PARTS[end >> 40][: end & 0xFF])) for end in ends]


def test_each_part_has_a_digest(folder: Staged) -> None:
    """Of all that is in it, with what was written behind its chunks when it was closed; the marks are of the chunks."""
    digest = Digest(folder)
    digest.start()
    for end in ENDS:
        digest.advance(end, mark=True)
    digest.close()
    assert (digest.new_marks(), digest.new_marks()) == (marks_of(ENDS), [])
    whole = close_parts(folder)
    assert digest.finish_parts() == whole
    assert digest.thread is None


def test_parts_without_marks(folder: Staged) -> None:
    """Where only the end is asked for, however far the thread is behind, no part is passed over."""
    digest = Digest(folder)
    digest.advance(ENDS[0])
    digest.advance(ENDS[-1])
    whole = close_parts(folder)
    assert digest.finish_parts() == whole


def test_a_folder_without_rows(tmp_path: Path) -> None:
    """One part that has what begins and what closes it."""
    folder = staged_folder_in(tmp_path / "x.parquet", "run", {})
    put(folder, 0, b"PAR1-PAR1")
    assert Digest(folder).finish_parts() == [Mark(9, hexed(b"PAR1-PAR1"))]


def test_a_part_that_is_not_there(folder: Staged) -> None:
    """A chunk that is said to be in place and is not is an error, and never a digest."""
    digest = Digest(folder)
    digest.advance(place_in(2, 9), mark=True)
    with pytest.raises(OutputFailed, match="could not be read back"):
        digest.finish_parts()


def test_what_is_there_is_verified(folder: Staged) -> None:
    """A prefix for each mark, with the parts before it."""
    prefixes = verified(folder, marks_of(ENDS))
    assert [prefix.mark for prefix in prefixes] == marks_of(ENDS)
    whole = [Mark(place_in(number, len(content)), hexed(content)) for number, content in enumerate(PARTS)]
    assert [[before.mark for before in prefix.before] for prefix in prefixes] == [
        [],
        [],
        whole[:1],
        whole[:1],
        whole[:2],
        whole[:2],
    ]


@pytest.mark.parametrize(
    ("place", "known"),
    [(place_in(0, 0), 0), (place_in(0, 9), 1), (place_in(1, 2), 2), (place_in(1, 5), 3), (place_in(2, 2), 5)],
)
def test_a_damaged_byte(folder: Staged, place: int, known: int) -> None:
    """All prefixes up to it are found, and none that has it, nor one of a part behind it."""
    put(folder, place, b"!")
    assert [prefix.mark for prefix in verified(folder, marks_of(ENDS))] == marks_of(ENDS[:known])


@pytest.mark.parametrize("left", [0, 2])
def test_a_part_that_was_lost(folder: Staged, left: int) -> None:
    """A part that is shorter than it was, or is none any more, ends what is verified."""
    with opened_at(folder, place_in(1, 0)) as descriptor:
        os.ftruncate(descriptor, left)
    assert [prefix.end for prefix in verified(folder, marks_of(ENDS))] == ENDS[:2]
    (folder.staged / part_name(folder, 1)).unlink()
    assert [prefix.end for prefix in verified(folder, marks_of(ENDS))] == ENDS[:2]


@pytest.mark.parametrize("known", range(1, len(ENDS) + 1))
def test_going_on_from_a_prefix(folder: Staged, known: int) -> None:
    """From whatever place: what stands behind it is written again, and the digests are those of an undisturbed run."""
    before = verified(folder, marks_of(ENDS[:known]))[-1]
    cut_off(folder, before.end)
    for number, content in enumerate(PARTS):
        if place_in(number, len(content)) > before.end:
            put(folder, place_in(number, 0), content)
    digest = Digest(folder, before)
    digest.start()
    for end in ENDS[known:]:
        digest.advance(end, mark=True)
    digest.close()
    assert digest.new_marks() == marks_of(ENDS[known:])
    assert close_parts(folder) == digest.finish_parts()
