"""The reading stage: transient errors are tried again, others and too many of them end the run with a sentence."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats import reading
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.formats.source import Part
from etl_batch.layouts import load_layouts
from etl_batch.stages import read


@pytest.fixture
def part(tmp_path: Path) -> Part:
    """The whole of a small text file."""
    path = tmp_path / "in.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    source = detect(path, 0, Reading(load_layouts()))
    (piece,) = source.cut(1 << 20)
    return Part(source, piece.place)


def failing(times: int, number: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make the first reads fail, as a disk or a network share does; returns the pauses that follow."""
    pauses: list[float] = []
    real = os.preadv
    left = [times]

    def preadv(*arguments: object) -> int:
        if left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "preadv", preadv)
    monkeypatch.setattr(reading.time, "sleep", pauses.append)
    return pauses


def test_transient_errors_are_tried_again_with_growing_pauses(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two I/O errors cost two pauses, the second twice the first, and no record."""
    pauses = failing(2, errno.EIO, monkeypatch)
    (slab,) = read.read_slabs(part, retries=3)
    assert slab.batch(["a", "b"]).to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}
    assert pauses == [0.1, 0.2]


@pytest.mark.parametrize(("number", "retries", "pauses"), [(errno.EIO, 1, [0.1]), (errno.EACCES, 5, [])])
def test_lasting_errors_end_with_a_sentence(
    part: Part, number: int, retries: int, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More failures than retries, or an error that waiting cannot mend."""
    seen = failing(9, number, monkeypatch)
    with pytest.raises(InputRefused, match="cannot be read at byte 4"):
        list(read.read_slabs(part, retries=retries))
    assert seen == pauses
