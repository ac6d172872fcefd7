"""Turns: processes place their chunks in order, each where the one before it ended, and stop when the run does."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from etl_batch.errors import EtlError, OutputFailed
from etl_batch.parallel.turns import Abandoned, Position, Turns

NAMES = ("rejects", "csv", "parquet")
START = Position({"rejects": 0, "csv": 10, "parquet": 4})
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The state of a new run."""
    path = tmp_path / "turns.bin"
    Turns.begin(path, START).close()
    return path


def test_a_run_begins_at_its_first_chunk(path: Path) -> None:
    """Chunk 0 finds the offsets by their names, in whatever order it was told those."""
    with Turns(path, NAMES) as turns:
        assert turns.wait_for(0) == START
        turns.check()


def test_each_chunk_begins_where_the_last_one_ended(path: Path) -> None:
    """Offsets, source, records and rows come through the state as they were passed on."""
    with Turns(path, NAMES) as turns:
        first = turns.wait_for(0).entering(0)
        turns.pass_on(0, first.behind(records=7, rows=6).at({"rejects": 5, "csv": 110, "parquet": 4}))
        second = turns.wait_for(1)
        assert second == Position({"rejects": 5, "csv": 110, "parquet": 4}, 0, 7, 6)
        turns.pass_on(1, second.entering(0).behind(1, 1).at({"rejects": 5, "csv": 110 + 2**40, "parquet": 5}))
        assert turns.wait_for(2) == Position({"rejects": 5, "csv": 110 + 2**40, "parquet": 5}, 0, 8, 7)


def test_what_holders_of_the_turn_leave(path: Path) -> None:
    """Is there for those after them beside the ranges, and not for another run at the same path."""
    with Turns(path, NAMES) as turns:
        assert turns.left(8) == b""
        start = turns.wait_for(0)
        turns.leave(b"first")
        turns.leave(b"RD", offset=3)
        turns.pass_on(0, start)
        assert (turns.left(99), turns.left(2, offset=2)) == (b"firRD", b"rR")
        assert turns.wait_for(1) == start
    with Turns.begin(path, START) as turns:
        assert turns.left(8) == b""


def test_records_are_counted_from_the_start_of_their_source(path: Path) -> None:
    """Entering another source begins its counts, the offsets go on."""
    position = Position({"csv": 9}, source=0, records=7, rows=6)
    assert position.entering(0) is position
    assert position.entering(1) == Position({"csv": 9}, 1, 0, 0)


def take_turns(path: Path, numbers: list[int], log: Path) -> None:
    """What a worker does: wait, note it, and pass the turn on."""
    with Turns(path, NAMES) as turns:
        for number in numbers:
            position = turns.wait_for(number).entering(0)
            with log.open("a") as out:
                out.write(f"{number} {position.offsets['csv']}\n")
            begin = position.offsets
            after = {"rejects": 0, "csv": begin["csv"] + number, "parquet": begin["parquet"] + 1}
            turns.pass_on(number, position.behind(1, 1).at(after))


def test_processes_take_turns_in_order(path: Path, tmp_path: Path) -> None:
    """Three processes, each with every third chunk: whoever is ready first, the places follow one another."""
    log = tmp_path / "log"
    workers = [FORK.Process(target=take_turns, args=(path, list(range(first, 30, 3)), log)) for first in (2, 1, 0)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    expected = [f"{number} {10 + sum(range(number))}" for number in range(30)]
    assert log.read_text().splitlines() == expected
    with Turns(path, NAMES) as turns:
        assert turns.wait_for(30) == Position({"rejects": 0, "csv": 10 + sum(range(30)), "parquet": 34}, 0, 30, 30)


def wait_in_vain(path: Path, answer: Connection) -> None:
    """Wait for a turn that never comes; says when it begins to, and how it ended."""
    with Turns(path, NAMES) as turns:
        answer.send("waiting")
        try:
            turns.wait_for(5)
        except Abandoned as error:
            answer.send(str(error))


def test_a_run_that_stops_wakes_those_who_wait(path: Path) -> None:
    """A process that waits for a turn ends with `Abandoned`, and so does every later look."""
    ours, theirs = FORK.Pipe()
    worker = FORK.Process(target=wait_in_vain, args=(path, theirs))
    worker.start()
    assert ours.recv() == "waiting"
    with Turns(path, NAMES) as turns:
        turns.abandon()
        assert ours.recv() == "The run was stopped."
        worker.join()
        assert worker.exitcode == 0
        for look in (turns.check, lambda: turns.wait_for(0)):
            with pytest.raises(Abandoned):
                look()


def test_a_run_whose_folder_is_gone(tmp_path: Path) -> None:
    """A worker finds no state: that is no bug but a folder that was removed, and nobody makes it anew."""
    with pytest.raises(OutputFailed, match="removed while it ran"):
        Turns(tmp_path / "turns.bin", NAMES)
    assert list(tmp_path.iterdir()) == []
    assert issubclass(Abandoned, EtlError)
