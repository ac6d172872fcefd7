"""Placing: a chunk takes its range in every file in its turn, and its rejects their numbers in the source."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl_batch.formats.source import AnySource, Chunk, Part
from etl_batch.model import Reject
from etl_batch.parallel.turns import Abandoned, Position, Turns
from etl_batch.sinks.row_groups import LooseRowGroup, RowGroup
from etl_batch.sinks.sink import Encoded
from etl_batch.stages.clean import Cleaner
from etl_batch.stages.place import REJECTS, take_place, write
from tests.unit.engine_parts import make_sinks, text_source

NAMES = (REJECTS, "csv", "parquet")


@pytest.fixture
def turns(tmp_path: Path) -> Iterator[Turns]:
    """A run whose files begin behind their first bytes."""
    with Turns.begin(tmp_path / "turns", Position({REJECTS: 0, "csv": 10, "parquet": 4})) as turns:
        yield turns


def chunk_of(source: AnySource, number: int, records: int, rows: int, *details: str) -> tuple[Chunk, Cleaner]:
    """A chunk and what was cleaned of it, with a reject for each detail."""
    cleaner = Cleaner(())
    see(cleaner, source, records, rows, *details)
    return Chunk(number, (Part(source, None),), 0), cleaner


def see(cleaner: Cleaner, source: AnySource, records: int, rows: int, *details: str) -> None:
    """The next source of a chunk."""
    cleaner.enter(source)
    seen = cleaner.seen[-1]
    seen.records, seen.rows = records, rows
    seen.rejects = [Reject(source.path, 7 * at, at, "why", None, detail, "raw") for at, detail in enumerate(details)]


def test_ranges_follow_one_another_by_name(tmp_path: Path, turns: Turns) -> None:
    """Each chunk begins in each file where the one before it ended; what is written stands just there."""
    sinks, source, rejects = make_sinks(tmp_path), text_source(tmp_path, "a\n1\n"), tmp_path / "rejects"
    outputs = [
        [Encoded([b"abc", b"d"], entry="first"), Encoded([b"PP"], entry=())],
        [Encoded([]), Encoded([b"QQQ"], entry=())],
        [Encoded([b"e"]), Encoded([], entry=())],
    ]
    found = []
    for number, encoded in enumerate(outputs):
        chunk, cleaner = chunk_of(source, number, 4, 3)
        taken = take_place(turns, chunk, cleaner, sinks, encoded, rejects)
        start, placed = taken.start, taken.placed
        write(sinks, encoded, placed)
        found.append((start.records, start.rows, [(where.start, where.end) for where in placed]))
    assert found == [
        (0, 0, [(10, 14), (4, 6)]),
        (4, 3, [(14, 14), (6, 9)]),
        (8, 6, [(14, 15), (9, 9)]),
    ]
    assert sinks[0].file.staged.read_bytes()[10:] == b"abcde"
    assert sinks[1].file.staged.read_bytes()[4:] == b"PPQQQ"
    assert not rejects.exists()


def test_what_closing_needs_comes_along(tmp_path: Path, turns: Turns) -> None:
    """The sink's own word on the chunk stands beside its range, as the sink settles it for that place."""
    sinks, chunk = make_sinks(tmp_path), chunk_of(text_source(tmp_path, "a\n1\n"), 0, 1, 1)
    groups = (LooseRowGroup((), (), (), 7, (), 0),)
    taken = take_place(turns, *chunk, sinks, [Encoded([b"x"]), Encoded(entry=groups)], tmp_path / "r")
    assert [where.entry for where in taken.placed] == [None, (RowGroup((), (), (), 7, ()),)]


def test_rejects_are_numbered_from_the_start_of_their_source(tmp_path: Path, turns: Turns) -> None:
    """The second chunk's go on where the first one ended; the next file begins at nought again."""
    first, second = (text_source(tmp_path, "a\n1\n", ordinal=n, name=f"{n}.csv") for n in range(2))
    rejects = tmp_path / "rejects"
    rejects.touch()
    for chunk in (
        chunk_of(first, 0, 5, 3, "a", "b"),
        chunk_of(first, 1, 5, 5),
        chunk_of(first, 2, 2, 1, "é"),
        chunk_of(second, 3, 4, 2, "c", "lone \udcff"),
    ):
        take_place(turns, *chunk, make_sinks(tmp_path), [Encoded(), Encoded(entry=())], rejects)
    lines = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert [(Path(line["source"]).name, line["record"], line["offset"]) for line in lines] == [
        ("0.csv", 0, 0),
        ("0.csv", 1, 7),
        ("0.csv", 10, 0),
        ("1.csv", 0, 0),
        ("1.csv", 1, 7),
    ]
    assert [line["detail"] for line in lines] == ["a", "b", "é", "c", "lone \udcff"]


def test_sources_that_share_a_chunk_are_numbered_apart(tmp_path: Path, turns: Turns) -> None:
    """The first goes on where a chunk before ended, those behind it begin at nought, and the last one goes on."""
    first, second, third = (text_source(tmp_path, "a\n1\n", ordinal=n, name=f"{n}.csv") for n in range(3))
    rejects, outputs = tmp_path / "rejects", [Encoded(), Encoded(entry=())]
    rejects.touch()
    take_place(turns, *chunk_of(first, 0, 5, 3), make_sinks(tmp_path), outputs, rejects)
    chunk, cleaner = chunk_of(first, 1, 2, 1, "a")
    see(cleaner, second, 1, 0, "b")
    see(cleaner, third, 4, 2, "c", "d")
    take_place(turns, chunk, cleaner, make_sinks(tmp_path), outputs, rejects)
    lines = [json.loads(line) for line in rejects.read_text().splitlines()]
    assert [(line["detail"], line["record"]) for line in lines] == [("a", 5), ("b", 0), ("c", 0), ("d", 1)]
    after = turns.wait_for(2)
    assert (after.source, after.records, after.rows) == (2, 4, 2)


def test_what_is_done_in_the_turn(tmp_path: Path, turns: Turns) -> None:
    """Is done while no other chunk has it."""
    seen = []
    chunk = chunk_of(text_source(tmp_path, "a\n1\n"), 0, 1, 1)
    outputs, rejects = [Encoded([b"x"]), Encoded(entry=())], tmp_path / "r"
    take_place(turns, *chunk, make_sinks(tmp_path), outputs, rejects, in_turn=lambda: seen.append(turns.wait_for(0)))
    assert [position.offsets["csv"] for position in seen] == [10]
    assert turns.wait_for(1).offsets["csv"] == 11


def test_a_run_that_stops_takes_no_place(tmp_path: Path, turns: Turns) -> None:
    """The chunk is not wanted any more: nothing is reserved and nothing written."""
    turns.abandon()
    rejects = tmp_path / "rejects"
    with pytest.raises(Abandoned):
        take_place(turns, *chunk_of(text_source(tmp_path, "a\n1\n"), 0, 1, 0, "x"), (), [], rejects)
    assert not rejects.exists()
