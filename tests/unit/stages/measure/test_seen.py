"""The largest rows of a chunk, of which those are left that no chunk before rules out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.largest import LargestSizes, find_largest
from etl_batch.analytics.numbers import Numbers
from etl_batch.analytics.sampling import KeyBounds
from etl_batch.parallel.turns import Position, Turns
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.seen import LargestSearch

RNG = np.random.default_rng(5)
CHUNKS = [[RNG.integers(-40, 40, 200), np.arange(200.0) + 200 * at] for at in range(8)]


def measuring(count: int, floors: tuple[float, ...] = ()) -> Measuring:
    """Two measures."""
    return Measuring(None, ("v", "w"), KeyBounds({}), 0, WantedSample(0.1), count, floors)


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    """The state of a new run."""
    with Turns.begin(tmp_path / "turns", Position({"rejects": 0, "csv": 9})) as turns:
        yield turns


@pytest.mark.parametrize("looks_early", [True, False])
@pytest.mark.parametrize("count", [1, 30, 500])
def test_each_chunk_knows_of_all_before(turns: Turns, count: int, looks_early: bool) -> None:
    """However few of them were done when it looked: what is found is the same."""
    searches = [LargestSearch(turns, measuring(count)) for _ in CHUNKS]
    chunks = [[Numbers.of(values) for values in chunk] for chunk in CHUNKS]
    if looks_early:
        for search, chunk in zip(searches, chunks, strict=True):
            search.look(chunk)
    sizes, found = LargestSizes.none(2, count), []
    for search, chunk in zip(searches, chunks, strict=True):
        if not looks_early:
            search.look(chunk)
        search.take_turn()
        expected = find_largest(chunk, count).above(sizes.floors)
        sizes.add(expected.sizes)
        assert [rows.tolist() for rows in search.found.rows] == [rows.tolist() for rows in expected.rows]
        found.append(search.found.count)
    assert found[0] == sum(np.count_nonzero(values) if count > 200 else count for values in CHUNKS[0])
    assert count > 200 or found[-1] < found[0]


def test_what_the_plan_rules_out(turns: Turns) -> None:
    """Is ruled out from the first chunk on."""
    search = LargestSearch(turns, measuring(50, (0.0, 180.0)))
    search.look([Numbers.of(values) for values in CHUNKS[0]])
    search.take_turn()
    assert [rows.size for rows in search.found.rows] == [50, 19]


def test_nothing_to_look_for(turns: Turns) -> None:
    """A chunk without rows, and a run that takes nothing whole, find and leave nothing."""
    for search, chunk in ((LargestSearch(turns, measuring(9)), []), (LargestSearch(turns, measuring(0)), CHUNKS[0])):
        search.look([Numbers.of(values) for values in chunk])
        search.take_turn()
        assert search.found.count == 0
        assert not search.found.marks(200).any()
    assert turns.left(8) == b""
