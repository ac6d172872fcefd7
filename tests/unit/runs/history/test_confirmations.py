"""The memory of how often intervals held: real files, torn lines, many writers, and sums that count nothing twice."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.runs.history.confirmations import (
    FILE,
    Confirmation,
    ConfirmationTally,
    Confirmed,
    Tally,
    effective,
    memory_of,
    memory_of_all,
    remember,
)
from etl_batch.runs.record.directory import RunDirectory

RUN, OTHER = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"


def run_of(home, run_id=RUN) -> RunDirectory:
    """A run's directory, finished as far as the memory cares."""
    run = RunDirectory(home, run_id).create()
    run.write("config.json", {})
    return run


def confirmation(column="g", held=(True, False), certified=True) -> Confirmation:
    """A question by that column, with a group for each entry of `held`."""
    groups = tuple(Confirmed(str(at), 1.0, 0.0, 2.0, 1.5, certified, one) for at, one in enumerate(held))
    return Confirmation({"group_by": column}, groups, 0.01, 0.2)


def test_what_was_confirmed_is_added_up(tmp_path):
    """Two questions of one run and one of another; a group with nothing to hold does not count."""
    first, second = run_of(tmp_path), run_of(tmp_path, OTHER)
    remember(first, confirmation(held=(True, True, False, None)))
    remember(first, confirmation("h", held=(True,), certified=False))
    remember(second, confirmation(held=(True, True)))
    assert memory_of(first) == ConfirmationTally((Tally(3, 2), Tally(1, 1)), (Tally(3, 2), Tally(0, 0)))
    every = memory_of_all(tmp_path)
    assert (every.questions, sum(every.every, Tally()), sum(every.certified, Tally())) == (3, Tally(6, 5), Tally(5, 4))


def test_a_question_asked_twice_counts_once(tmp_path):
    """The last answer counts: asking again does not make the memory larger."""
    run = run_of(tmp_path)
    remember(run, confirmation(held=(True, True)))
    remember(run, confirmation(held=(True, True)))
    assert memory_of(run).every == (Tally(2, 2),)


def test_a_torn_line_spoils_no_other(tmp_path):
    """After a crash within an append the next one begins a line of its own, and only the torn one is lost."""
    run = run_of(tmp_path)
    remember(run, confirmation("a"))
    whole = run.file(FILE).read_bytes()
    run.file(FILE).write_bytes(whole + whole[: len(whole) // 2])
    assert memory_of(run).questions == 1
    remember(run, confirmation("b"))
    assert memory_of(run).questions == 2


@pytest.mark.parametrize(
    "line", ["[]", "null", '{"question": 1}', '{"question": {}, "groups": [1]}', "\x00", "{" * 5000]
)
def test_lines_from_elsewhere_are_passed_over(tmp_path, line):
    """Whatever else stands in the file, the page is drawn."""
    run = run_of(tmp_path)
    run.file(FILE).write_text(line + "\n")
    remember(run, confirmation())
    assert memory_of(run).questions == 1


def _remember_many(home, name) -> None:
    run = RunDirectory(home, RUN)
    for number in range(20):
        remember(run, confirmation(f"{name}-{number}", held=(True,) * 50))


def test_many_writers(tmp_path):
    """Four processes append at once: every line is whole."""
    run = run_of(tmp_path)
    # Forked, which is no longer the default of Python 3.14: a fresh interpreter knows no test module.
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(_remember_many, [tmp_path] * 4, "abcd"))
    lines = run.file(FILE).read_text().splitlines()
    assert len({json.loads(line)["question"]["group_by"] for line in lines}) == len(lines) == 80
    assert sum(memory_of(run).every, Tally()) == Tally(4000, 4000)


def test_a_run_that_is_gone_is_a_sentence(tmp_path):
    """Nothing is kept for a run whose directory was deleted, and the error says so."""
    with pytest.raises(OutputFailed, match="could not be kept"):
        remember(RunDirectory(tmp_path, RUN), confirmation())


def test_intervals_that_miss_together_tell_less():
    """Ten questions of ten intervals, one of which missed with all ten: worth nine intervals, not a hundred.

    p = 0.9; between = (9 * 1^2 + 9^2) * 10 / 9 = 100; design effect 100 / 9 = 11.1.
    """
    assert effective([Tally(10, 10)] * 9 + [Tally(10, 0)]) == pytest.approx((8.1, 9.0))
    assert effective([Tally(10, 9)] * 10) == pytest.approx((90.0, 100.0)), "never more than there are"
    assert effective([Tally(10, 9), Tally()]) == (9.0, 10.0)
    assert effective([]) == (0.0, 0.0)
