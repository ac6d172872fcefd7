"""Signs of life: who is silent, for how long, and when nobody is though time has passed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from etl_batch.parallel.silence import Silence
from etl_batch.parallel.turns import Position, Turns


class Clock:
    """A clock that stands still."""

    now = 100.0

    def __call__(self) -> float:
        """Its time."""
        return self.now


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    """The turns of a run."""
    with Turns.begin(tmp_path / "turns", Position({"csv": 0})) as turns:
        yield turns


def look(silence: Silence, clock: Clock, running: list[int], seconds: int) -> float:
    """What is seen after so many seconds with a look in each."""
    found = 0.0
    for _ in range(seconds):
        clock.now += 1.0
        found = silence.seconds(running)
    return found


def test_a_worker_that_stands_still(turns: Turns) -> None:
    """It is silent from its last sign on, whatever the others do; with a new sign it is no more."""
    clock = Clock()
    silence = Silence(turns, clock)
    with Turns(turns.path, turns.names) as still, Turns(turns.path, turns.names) as busy, still.at_work(4):
        assert look(silence, clock, [4, 5], 1) == 0.0
        for second in range(1, 6):
            with busy.at_work(5):
                assert look(silence, clock, [4, 5], 1) == second
        still._signed = 0.0
        still.check()
        assert look(silence, clock, [4, 5], 1) == 0.0
    assert look(silence, clock, [], 9) == 0.0


def test_nobody_has_begun(turns: Turns) -> None:
    """When no chunk is begun and none comes to an end, all of them are silent together."""
    clock = Clock()
    silence = Silence(turns, clock)
    assert look(silence, clock, [0, 1], 1) == 0.0
    assert look(silence, clock, [0, 1], 30) == 30.0
    assert look(silence, clock, [1], 1) == 0.0


def test_a_pause_of_all_is_nobodys_silence(turns: Turns) -> None:
    """When the machine slept for an hour, or the tree was halted, that counts as one second."""
    clock = Clock()
    silence = Silence(turns, clock)
    with Turns(turns.path, turns.names) as worker, worker.at_work(0):
        look(silence, clock, [0], 1)
        clock.now += 3600.0
        assert silence.seconds([0]) == 1.0


def test_a_chunk_that_is_expected_has_no_sign(turns: Turns) -> None:
    """What stood in its place is forgotten."""
    with Turns(turns.path, turns.names) as worker, worker.at_work(3):
        assert turns.sign(3) > 0
        turns.expect(3)
        assert turns.sign(3) == 0
