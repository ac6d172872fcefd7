"""Windows into logs: pages, searches and levels, over rotated parts, growing files and what is no log at all."""

from __future__ import annotations

import logging
import os
from itertools import count

import pytest

from etl_batch.runs.record import log_view
from etl_batch.runs.record.log_view import LINE_CHARACTERS, RECORD_LINES, WINDOW_LINES, Filter, LogView, parts_of
from etl_batch.runs.record.logs import run_log


def entry(number: int, level: str = "INFO", text: str = "message") -> str:
    """One line as the engine writes it."""
    return f"2026-01-01T00:00:00.000Z {level:<7} {text} {number:06d}\n"


def numbers(window: log_view.LogWindow) -> list[int]:
    """The numbers at the ends of the lines shown."""
    return [int(line[-6:]) for record in window.records for line in record.lines]


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of a few lines, so that small files have many of them."""
    monkeypatch.setattr(log_view, "BLOCK_BYTES", 300)
    monkeypatch.setattr(log_view, "SCAN_BYTES", 700)
    monkeypatch.setattr(log_view, "LARGEST_RECORD", 500)
    monkeypatch.setattr(log_view, "WINDOW_LINES", 20)


@pytest.fixture
def log(tmp_path):
    """1,000 lines in one file and three rotated parts; every hundredth is an error, every tenth a warning."""
    path = tmp_path / "run.log"
    for part in range(4):
        lines = [entry(n, "ERROR" if n % 100 == 0 else "WARNING" if n % 10 == 0 else "INFO") for n in range(1000)]
        name = path if part == 0 else path.with_name(f"run.log.{part}")
        name.write_text("".join(lines[(3 - part) * 250 : (4 - part) * 250]))
    return path


def test_pages_back_and_forward_hold_every_line_once(log, small_blocks):
    """From the end to the beginning and back again, over the borders of blocks and parts."""
    with LogView(log) as view:
        window, seen = view.tail(), []
        assert not window.newer
        while window.records:
            seen = numbers(window) + seen
            assert window.lines <= 20
            assert window.older is (numbers(window)[0] > 0)
            window = view.before(window.begin)
        assert seen == list(range(1000))
        window, seen = view.head(), []
        while window.records:
            seen += numbers(window)
            window = view.after(window.end)
        assert seen == list(range(1000))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter("MESSAGE 0004"), range(400, 500)),
        (Filter(levels=("ERROR", "CRITICAL")), range(0, 1000, 100)),
        (Filter(levels=("WARNING", "ERROR")), range(0, 1000, 10)),
        (Filter("00099", ("WARNING",)), [990]),
        (Filter("nowhere"), []),
    ],
)
def test_search_and_levels(log, small_blocks, wanted, expected):
    """What fits is found in all parts, in pages, whichever way one goes."""
    with LogView(log) as view:
        window, seen = view.tail(wanted), []
        while True:
            seen = numbers(window) + seen
            if not window.older:
                break
            window = view.before(window.begin, wanted)
        assert seen == list(expected)
        window, seen = view.head(wanted), []
        while True:
            seen += numbers(window)
            if not window.newer:
                break
            window = view.after(window.end, wanted)
        assert seen == list(expected)


def test_a_search_out_of_time_says_so_and_goes_on(log, small_blocks):
    """A step ends with its time; the next one goes on where it stopped, and together they find the line."""
    ticks = count(0, 1.0)
    steps, wanted = 0, Filter("message 000003")
    with LogView(log, seconds=0.5, clock=lambda: next(ticks)) as view:
        window = view.tail(wanted)
        while window.stopped and not window.records:
            steps += 1
            window = view.before(window.begin, wanted)
    assert numbers(window) == [3]
    assert steps > 10


def test_a_traceback_belongs_to_its_line(tmp_path, small_blocks):
    """Lines without a head go with the record before them: the level filter keeps or drops them together."""
    path = tmp_path / "run.log"
    trace = "Traceback (most recent call last):\n" + "".join(f"  File {n}\n" for n in range(30)) + "ValueError: bad\n"
    path.write_text(entry(1) + entry(2, "ERROR") + trace + entry(3))
    with LogView(path) as view:
        (record,) = view.tail(Filter(levels=("ERROR",))).records
        assert record.level == "ERROR"
        assert record.lines[1] == "Traceback (most recent call last):"
        assert record.lines[-1] == "ValueError: bad"
        assert len(record.lines) == 33
        assert [one.level for one in view.head(Filter("valueerror")).records] == ["ERROR"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"no head\n" * 50,
        b"x" * 5000,
        b"\xff\xfe\x00" * 900 + b"\n",
        entry(1).encode()[:-1],
        b"\n\n" + b"y\n" * 9,
    ],
)
def test_anything_can_be_shown(tmp_path, small_blocks, content):
    """Files without records, without lines or without text: every byte is in one page, and the pages end."""
    path = tmp_path / "run.log"
    path.write_bytes(content)
    with LogView(path) as view:
        pages, window = 0, view.tail()
        while window.older:
            assert (pages := pages + 1) < 100
            window = view.before(window.begin)
        pages, window = 0, view.head()
        while window.newer:
            assert (pages := pages + 1) < 100
            window = view.after(window.end)
    assert not LogView(tmp_path / "none.log").tail().records


def test_what_is_drawn_stays_bounded(tmp_path):
    """Endless lines and endless records are cut, and the cut is told: at most two pages' lines reach a browser."""
    path = tmp_path / "run.log"
    path.write_text(
        entry(1, text="x" * 100_000) + entry(2) + "trace\n" * 3000 + entry(3) * 1000 + entry(4) + "t\n" * 900
    )
    with LogView(path) as view:
        window = view.tail()
        assert window.lines <= WINDOW_LINES + RECORD_LINES
        assert window.records[-1].left_out == 901 - RECORD_LINES
        assert max(len(line) for record in view.head().records for line in record.lines) == LINE_CHARACTERS + 1


def test_a_place_stays_while_the_log_is_rotated(tmp_path, small_blocks):
    """A page holds the same lines after the log has grown, was rotated, and lost its oldest part."""
    path = tmp_path / "run.log"
    path.write_text("".join(map(entry, range(100))))
    with LogView(path) as view:
        page = view.before(view.tail().begin)
    path.rename(tmp_path / "run.log.1")
    path.write_text("".join(map(entry, range(100, 130))))
    with LogView(path) as view:
        assert numbers(view.before(page.end)) == numbers(page)
        assert view.goes_on(page.end)
        assert numbers(view.tail())[-1] == 129
    (tmp_path / "run.log.1").unlink()
    with LogView(path) as view:
        assert numbers(view.after(page.end))[0] == 100


def test_a_found_line_among_its_neighbours(log, small_blocks, monkeypatch):
    """From a search to the place in the log: the page holds the line and some that follow it."""
    monkeypatch.setattr(log_view, "LINES_AFTER", 5)
    with LogView(log) as view:
        (found,) = view.tail(Filter("message 000500")).records
        around = numbers(view.around(found.place))
        assert around == list(range(485, 505))


def test_a_search_knows_letters_beyond_ascii(tmp_path):
    """Upper and lower case of any alphabet are the same."""
    path = tmp_path / "run.log"
    path.write_text(entry(1, text="Zürich"))
    with LogView(path) as view:
        assert view.tail(Filter("ZÜRICH")).records
        assert view.tail(Filter("zürich")).records
        assert not view.tail(Filter("zurich")).records


def test_the_engines_own_log_is_understood(tmp_path):
    """The format that `run_log` writes is the one that is read here, levels included."""
    path = tmp_path / "run-1" / "run.log"
    path.parent.mkdir()
    with run_log(path) as logger:
        logger.info("begin")
        try:
            raise ValueError("bad")
        except ValueError:
            logger.exception("a bug")
        logger.log(logging.CRITICAL, "end")
    with LogView(path) as view:
        assert [record.level for record in view.tail().records] == ["INFO", "ERROR", "CRITICAL"]
        assert [record.level for record in view.tail(Filter("Traceback")).records] == ["ERROR"]


def test_a_large_log_is_not_loaded(tmp_path, monkeypatch):
    """The end of a log of 500 MB is read from its last block alone."""
    path = tmp_path / "run.log"
    tail = "".join(map(entry, range(5000))).encode()
    with path.open("wb") as file:
        file.seek(500_000_000)
        file.write(b"\n" + tail)
    read = []
    pread = os.pread
    monkeypatch.setattr(os, "pread", lambda *arguments: read.append(arguments[1]) or pread(*arguments))
    with LogView(path) as view:
        assert view.size > 500_000_000
        assert numbers(view.tail())[-1] == 4999
    assert sum(read) <= log_view.BLOCK_BYTES


def test_parts_are_the_log_and_what_was_rotated_away(log, tmp_path):
    """Newest first; a gap in the numbers ends them."""
    (tmp_path / "run.log.9").touch()
    assert [path.name for path in parts_of(log)] == ["run.log", "run.log.1", "run.log.2", "run.log.3"]
