"""What all sinks share: bytes placed anywhere in a file, by name and by size, and sinks that cross process borders."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import OutputFailed
from etl_batch.sinks.publish import Staged
from etl_batch.sinks.sink import Encoded, Part, place_parts
from tests.unit.engine_parts import make_sinks


@pytest.mark.parametrize("parts", [[b"abc"], [b"a", memoryview(b"xbcx")[1:3]], [b"", b"abc", b""]])
def test_parts_stand_one_behind_the_other(tmp_path: Path, parts: list[Part]) -> None:
    """From their offset on, before or behind what is there already."""
    path = tmp_path / "x"
    place_parts(path, parts, 6)
    place_parts(path, [b"012345"], 0)
    assert path.read_bytes() == b"012345abc"
    assert Encoded(parts).size == 3


def test_no_parts_need_no_file(tmp_path: Path) -> None:
    """A chunk without rows writes nothing."""
    place_parts(tmp_path / "x", [], 5)
    assert list(tmp_path.iterdir()) == []
    assert Encoded().size == 0


def test_what_cannot_be_written(tmp_path: Path) -> None:
    """Neither in a folder that is gone nor to a full disk, and the sentence says that the old output stands."""
    with pytest.raises(OutputFailed, match="previous output is untouched"):
        place_parts(tmp_path / "gone" / "x", [b"a"], 0)
    with pytest.raises(OutputFailed, match="No space left"):
        place_parts(Path("/dev/full"), [b"a"], 0)


def test_sinks_cross_process_borders(tmp_path: Path) -> None:
    """A sink holds plain data: it comes back from pickling equal, and small."""
    sinks = make_sinks(tmp_path)
    data = pickle.dumps(sinks)
    assert pickle.loads(data) == sinks
    assert len(data) < 1000


def test_a_start_that_cannot_be_written(tmp_path: Path) -> None:
    """The sentence names the target, not the staged file."""
    sink = type(make_sinks(tmp_path)[0])(Staged(tmp_path / "out.csv", tmp_path / "gone" / ".tmp"))
    with pytest.raises(OutputFailed, match=r"out\.csv cannot be written"):
        sink.begin((OutputColumn("a", 0, None),))
