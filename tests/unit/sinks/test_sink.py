"""What all sinks share: bytes placed anywhere in their staged file, and sinks that cross process borders."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path
from typing import NoReturn

import pytest

from etl_batch.columns.schema import OutputColumn
from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.staging import Staged, discard
from etl_batch.sinks import sink as sink_module
from etl_batch.sinks.sink import Encoded, Part
from tests.unit.engine_parts import make_sinks


@pytest.mark.parametrize("parts", [[b"abc"], [b"a", memoryview(b"xbcx")[1:3]], [b"", b"abc", b""]])
def test_parts_stand_one_behind_the_other(tmp_path: Path, parts: list[Part]) -> None:
    """From their offset on, before or behind what is there already."""
    sink, _ = make_sinks(tmp_path)
    sink.place(parts, 6)
    sink.place([b"012345"], 0)
    assert sink.file.staged.read_bytes() == b"012345abc"
    assert Encoded(parts).size == 3


def test_no_parts_need_no_file(tmp_path: Path) -> None:
    """A chunk without rows writes nothing, and looks at nothing."""
    sink, _ = make_sinks(tmp_path)
    discard([sink.file])
    sink.place([], 5)
    assert not sink.file.staged.exists()
    assert Encoded().size == 0


def test_what_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither into a file that is gone nor to a full disk, and the sentence says that the old output stands."""

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    sink, other = make_sinks(tmp_path)
    discard([sink.file])
    with pytest.raises(OutputFailed, match="previous output is untouched"):
        sink.place([b"a"], 0)
    monkeypatch.setattr(sink_module, "write_all", full)
    with pytest.raises(OutputFailed, match="No space left"):
        other.place([b"a"], 0)


def test_sinks_cross_process_borders(tmp_path: Path) -> None:
    """A sink holds plain data: it comes back from pickling equal, and small."""
    sinks = make_sinks(tmp_path)
    data = pickle.dumps(sinks)
    assert pickle.loads(data) == sinks
    assert len(data) < 1000


def test_a_start_that_cannot_be_written(tmp_path: Path) -> None:
    """The sentence names the target, not the staged file."""
    sink = type(make_sinks(tmp_path)[0])(Staged(Place(str(tmp_path), "out.csv"), "gone", 0, 0))
    with pytest.raises(OutputFailed, match=r"out\.csv cannot be written"):
        sink.begin((OutputColumn("a", 0, None),))
