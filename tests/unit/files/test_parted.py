"""Outputs of several files: places in them, the manifest that names them, and who may write into their folder."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.files.parted import (
    MANIFEST,
    PartFile,
    PartsManifest,
    cut_off,
    in_order,
    is_free,
    offset_of,
    opened_at,
    part_name,
    part_of,
    place_in,
)
from etl_batch.files.staging import Staged, opened_within
from tests.commits import staged_folder_in, staged_in

RUN = "20260101T000000Z-aaaaaa"
PARTS = (
    PartFile(f"part-00000-{RUN}.parquet", 10, 3, "ab" * 32),
    PartFile(f"part-00001-{RUN}.parquet", 7, 2, "cd" * 32),
)
LAST_OFFSET = (1 << 40) - 1


@pytest.fixture
def folder(tmp_path: Path) -> Staged:
    """A staged folder with three parts of ten bytes."""
    output = staged_folder_in(tmp_path / "x.parquet", RUN, {})
    for part in range(3):
        with opened_at(output, place_in(part, 0)) as descriptor:
            os.pwrite(descriptor, b"0123456789", 0)
    return output


def in_folder(output: Staged) -> dict[str, bytes]:
    """What stands in a staged folder."""
    return {path.name: path.read_bytes() for path in output.staged.iterdir()}


@pytest.mark.parametrize("part", [0, 1, 63, 99_999, 1_000_000])
@pytest.mark.parametrize("offset", [0, 1, 4, 1 << 32, LAST_OFFSET])
def test_a_place_is_a_part_and_an_offset(part: int, offset: int) -> None:
    """Both come back from the one number, whatever they are."""
    place = place_in(part, offset)
    assert (part_of(place), offset_of(place)) == (part, offset)


def test_a_place_of_a_file_is_an_offset() -> None:
    """There is one part, so what counts in offsets counts in places."""
    assert [place_in(0, offset) for offset in (0, 1, LAST_OFFSET)] == [0, 1, LAST_OFFSET]


def test_places_are_in_the_order_of_the_rows() -> None:
    """One behind the other in a part, and each part behind all of the part before it."""
    places = [place_in(part, offset) for part in range(3) for offset in (0, 1, 1 << 39, LAST_OFFSET)]
    assert places == sorted(set(places))
    assert place_in(1, 7) + 5 == place_in(1, 12)


def test_names_of_parts(folder: Staged) -> None:
    """By number, in an order that readers that sort names have too, and with the run in them."""
    names = [part_name(folder, number) for number in (0, 9, 10, 12_345)]
    assert names == sorted(names)
    assert names[-1] == f"part-12345-{RUN}.parquet"


def test_a_manifest_comes_back() -> None:
    """What it says is what was said, with the sums for whoever reads no more than these."""
    manifest = PartsManifest(RUN, PARTS)
    assert PartsManifest.parsed(manifest.text.encode()) == manifest
    said = json.loads(manifest.text)
    assert {name: said[name] for name in ("version", "run_id", "rows", "bytes")} == {
        "version": 1,
        "run_id": RUN,
        "rows": 5,
        "bytes": 17,
    }
    assert said["parts"][1] == {"name": PARTS[1].name, "bytes": 7, "rows": 2, "sha256": "cd" * 32}
    assert manifest.text.endswith("}\n")


def test_a_manifest_without_parts_comes_back() -> None:
    """It names none, and counts none."""
    manifest = PartsManifest(RUN, ())
    assert PartsManifest.parsed(manifest.text.encode()) == manifest
    assert json.loads(manifest.text)["rows"] == 0


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A manifest with something else in it."""
    said: dict[str, Any] = json.loads(PartsManifest(RUN, PARTS).text)
    change(said)
    return json.dumps(said).encode()


def named(name: str) -> bytes:
    """A manifest with a part of that name."""
    return changed(lambda said: said["parts"][0].update(name=name))


REFUSED: dict[str, bytes] = {
    "another version": changed(lambda said: said.update(version=2)),
    "a version in words": changed(lambda said: said.update(version="1")),
    "no version": changed(lambda said: said.pop("version")),
    "no run": changed(lambda said: said.pop("run_id")),
    "no parts": changed(lambda said: said.pop("parts")),
    "parts that are a number": changed(lambda said: said.update(parts=3)),
    "parts that are a word": changed(lambda said: said.update(parts="abc")),
    "a part without a name": changed(lambda said: said["parts"][0].pop("name")),
    "a part without bytes": changed(lambda said: said["parts"][0].pop("bytes")),
    "a part without rows": changed(lambda said: said["parts"][1].pop("rows")),
    "a part without a digest": changed(lambda said: said["parts"][1].pop("sha256")),
    "rows that are none": changed(lambda said: said["parts"][1].update(rows="many")),
    "bytes without end": changed(lambda said: said["parts"][1].update(bytes=float("inf"))),
    "a name with a slash": named(f"a/part-00000-{RUN}.parquet"),
    "a name that ends in a slash": named(f"part-00000-{RUN}.parquet/"),
    "a name that leads up": named(f"../part-00000-{RUN}.parquet"),
    "a run that leads up": named("part-00000-../x.parquet"),
    "two dots": named(".."),
    "an absolute name": named(f"/part-00000-{RUN}.parquet"),
    "another file": named("x.parquet"),
    "a name with a line's end": named(f"part-00000-{RUN}.parquet\n"),
    "an empty name": named(""),
    "no JSON": b"part-00000.parquet",
    "half of it": PartsManifest(RUN, PARTS).text.encode()[:100],
    "nothing": b"",
    "no UTF-8": b"\xff\xfe\xfd",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_manifest(content: bytes) -> None:
    """A file that anybody may have put there is refused as a value, whatever is odd about it."""
    with pytest.raises(ValueError):
        PartsManifest.parsed(content)


def test_the_manifest_is_published_last() -> None:
    """Whoever finds it finds what it names; the parts come in their order."""
    names = [MANIFEST, PARTS[1].name, PARTS[0].name]
    assert in_order(names) == [PARTS[0].name, PARTS[1].name, MANIFEST]
    assert in_order(reversed(names)) == in_order(names)


OWN = PartsManifest("r", PARTS).text.encode()


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({}, True),
        ({MANIFEST: OWN}, True),
        ({MANIFEST: OWN, PARTS[0].name: b"", "notes.txt": b""}, True),
        ({PARTS[0].name: b""}, False),
        ({"a.txt": b""}, False),
        ({MANIFEST: b"{}"}, False),
    ],
)
def test_folders_that_may_be_replaced(tmp_path: Path, files: dict[str, bytes], free: bool) -> None:
    """An empty one, and one with a manifest of ours; parts alone may be those of any other program."""
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert is_free(tmp_path) is free


def test_a_link_is_no_manifest(tmp_path: Path) -> None:
    """Whatever it leads to."""
    (tmp_path / "own").write_bytes(OWN)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / MANIFEST).symlink_to(tmp_path / "own")
    with pytest.raises(OSError, match="symbolic"):
        is_free(tmp_path / "x")


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("offset", [0, 4, 10])
def test_cutting_off(folder: Staged, part: int, offset: int) -> None:
    """The part ends there, those before it stay as they are, later ones are gone, and so is a manifest."""
    with opened_within(folder, MANIFEST) as descriptor:
        os.pwrite(descriptor, b"{}", 0)
    cut_off(folder, place_in(part, offset))
    whole = {part_name(folder, number): b"0123456789" for number in range(part)}
    assert in_folder(folder) == {**whole, part_name(folder, part): b"0123456789"[:offset]}


def test_cutting_off_a_file(tmp_path: Path) -> None:
    """Of a file it is its end, and nothing beside it is touched."""
    (tmp_path / "beside").touch()
    output = staged_in(tmp_path / "x.csv", RUN, "0123456789")
    cut_off(output, 4)
    assert output.staged.read_text() == "0123"
    assert (tmp_path / "beside").exists()


def test_a_file_in_the_folder_is_made_when_it_is_missing(folder: Staged) -> None:
    """To be read and written; the second who comes finds what the first one wrote."""
    with opened_within(folder, "new") as descriptor:
        os.pwrite(descriptor, b"abc", 0)
    with opened_within(folder, "new") as descriptor:
        assert os.pread(descriptor, 10, 0) == b"abc"


def link(outside: Path, path: Path) -> None:
    """A symbolic link to a file."""
    path.symlink_to(outside)


def dangling(outside: Path, path: Path) -> None:
    """A symbolic link to a file that is made by whoever follows it."""
    path.symlink_to(outside.with_name("not there"))


def second_name(outside: Path, path: Path) -> None:
    """Another name of a file."""
    os.link(outside, path)


def fifo(outside: Path, path: Path) -> None:
    """A FIFO, which holds up whoever opens it to write."""
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("put", "number"),
    [(link, errno.ELOOP), (dangling, errno.ELOOP), (second_name, errno.ESTALE), (fifo, errno.ESTALE)],
)
def test_what_somebody_puts_in_a_staged_folder(
    folder: Staged, tmp_path: Path, put: Callable[[Path, Path], None], number: int
) -> None:
    """No part is written into another file by a link in its place, and nobody waits for the other end of a FIFO."""
    outside = tmp_path / "outside"
    outside.write_text("mine")
    name = part_name(folder, 3)
    put(outside, folder.staged / name)
    with pytest.raises(OSError) as raised, opened_at(folder, place_in(3, 0)) as descriptor:
        os.pwrite(descriptor, b"parquet", 0)
    assert raised.value.errno == number
    assert outside.read_text() == "mine"
    assert not outside.with_name("not there").exists()
