"""The benchmark's inputs: made once, made again when they are damaged, and put into memory only where there is room."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import inputs
from benchmarks.inputs import BINARY, CSV, PARQUET, Input, Sizes, in_memory, prepared
from benchmarks.measure import CommandFailed


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(inputs, "CACHE", tmp_path)
    monkeypatch.setattr(inputs, "SHARED_MEMORY", tmp_path)


def test_an_input_is_made_once_and_again_when_its_size_has_changed() -> None:
    """Text and Parquet come from the same rows; a file that was cut is written anew."""
    text = prepared(CSV, Sizes(1, 1))
    size, made = text.size, text.path.stat().st_mtime_ns
    assert prepared(PARQUET, Sizes(1, 1)).rows == text.rows
    assert prepared(CSV, Sizes(1, 1)).path.stat().st_mtime_ns == made
    text.path.write_bytes(b"cut")
    assert prepared(CSV, Sizes(1, 1)).size == size


def test_inputs_that_the_disk_cannot_hold_are_refused(tmp_path: Path) -> None:
    """A sentence with what to do, and nothing that would be taken for an input later."""
    with pytest.raises(CommandFailed, match="--megabytes"):
        prepared(CSV, Sizes(10**12, 1))
    assert not list(tmp_path.rglob("files.json"))


def test_the_head_of_records_holds_whole_records(tmp_path: Path) -> None:
    """A share is cut between two records; a file that is small enough is its own head."""
    source = prepared(BINARY, Sizes(1, 1))
    head = source.head(tmp_path / "head", 1_000)
    assert (head.rows, head.size) == (17, 17 * 56)
    assert head.path.read_bytes() == source.path.read_bytes()[: 17 * 56]
    assert source.head(tmp_path / "other", 2_000_000) == source


def test_memory_is_used_only_where_there_is_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A copy in a folder that is gone afterwards; nothing where the work would not fit."""
    source = Input(tmp_path / "x.csv", 1)
    source.path.write_bytes(b"a\n1\n")
    with in_memory(source) as found:
        place, copy = found
        assert place.in_memory
        assert copy.path.read_bytes() == b"a\n1\n"
    assert not place.folder.exists()
    monkeypatch.setattr(inputs, "ROOM", 1 << 60)
    with in_memory(source) as found:
        assert found is None
