"""What must come once: repeats are found wherever they stand, by shares of any number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.schemas import unique
from etl_batch.schemas.unique import Repeats, find_repeats, forget, keep, notes_of

ROWS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["a", "b", "c", "", None, "é", "1"])), max_size=12)


def slow_repeats(sources: list[list[tuple[int, str | None]]]) -> Repeats | None:
    """Row by row, with everything in memory."""
    seen: dict[tuple[int, str], tuple[int, int]] = {}
    found: list[Repeats] = []
    for source, rows in enumerate(sources):
        for row, (column, value) in enumerate(rows):
            if not value:
                continue
            if (column, value) in seen:
                found.append(Repeats(0, column, source, row, *seen[column, value]))
            seen[column, value] = (source, row)
    if not found:
        return None
    first = found[0]
    return Repeats(len(found), first.column, first.source, first.row, first.former_source, first.former_row)


@given(st.lists(ROWS, max_size=3), st.sampled_from([1, 3, 1000]))
def test_repeats_are_those_of_the_slow_way(
    tmp_path_factory: pytest.TempPathFactory, sources: list[list[tuple[int, str | None]]], most: int
) -> None:
    """The number, the first one and what it repeats; columns are apart, and what is empty is no value."""
    folder = tmp_path_factory.mktemp("notes")
    for source, rows in reversed(list(enumerate(sources))):
        for column in (1, 0):
            values = pa.array([value if place == column else None for place, value in rows], pa.string())
            for begin in range(0, len(values), 5):
                keep(
                    folder, source, [(begin > 4, notes_of(values[begin : begin + 5], column, source, begin % 5))], begin
                )
    kept, unique.MOST_NOTES = unique.MOST_NOTES, most
    try:
        assert find_repeats(folder, lambda: None) == slow_repeats(sources)
    finally:
        unique.MOST_NOTES = kept
    forget(folder)
    assert list(folder.iterdir()) == []


def test_values_are_compared_as_they_are(tmp_path: Path) -> None:
    """A text and a number that look alike are not, but they never stand in one column."""
    notes = [notes_of(pa.array(values), 0, 0, 7) for values in ([1, None, 2], [1.5, 2.5], ["x", ""])]
    assert [len(each) for each in notes] == [2, 2, 1]
    assert notes[0]["row"].tolist() == [7, 9]
    assert len(np.unique(np.concatenate(notes)["high"])) == 5


def test_the_search_may_be_stopped(tmp_path: Path) -> None:
    """It asks between its looks whether it is to go on."""

    def stop() -> None:
        raise KeyboardInterrupt

    keep(tmp_path, 0, [(True, notes_of(pa.array(["a"]), 0, 0, 0))], 0)
    with pytest.raises(KeyboardInterrupt):
        find_repeats(tmp_path, stop)
