"""What all formats share: names of columns, numbers of rejects, and sources and chunks that cross process borders."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from etl_batch.formats.source import AnySource, Chunk, Part, renumber, unique_names
from etl_batch.model import Reject
from tests.unit.engine_parts import layout_of, parquet_source, record_source, text_source

NAMES = [
    (["a", "b"], ["a", "b"]),
    (["a", "a", "a"], ["a", "a_2", "a_3"]),
    (["a", "a_2", "a"], ["a", "a_2", "a_3"]),
    (["", "x", ""], ["column_1", "x", "column_3"]),
    (["column_2", ""], ["column_2", "column_2_2"]),
    (["A", "a"], ["A", "a"]),
]


@pytest.mark.parametrize(("given", "unique"), NAMES)
def test_names_are_unique_and_never_empty(given: list[str], unique: list[str]) -> None:
    """A name that comes again gets a number that no other has."""
    assert unique_names(given) == unique


def test_rejects_are_numbered_from_the_file(tmp_path: Path) -> None:
    """Their numbers move on by the records before their chunk; nothing else of them changes."""
    rejects = [Reject("a", 10 * n, n, "why", None, "detail", "raw") for n in (0, 3)]
    moved = renumber(rejects, 5)
    assert [(reject.record, reject.offset) for reject in moved] == [(5, 0), (8, 30)]
    assert renumber(rejects, 0) == rejects


def sources(folder: Path) -> list[AnySource]:
    """One of each format."""
    return [
        text_source(folder, "a,b\n1,2\n"),
        record_source(folder, b"\x01\x02", layout_of([{"name": "n", "type": "u8"}]), ordinal=1),
        parquet_source(folder, {"n": [1, 2]}, ordinal=2),
    ]


def test_chunks_cross_process_borders(tmp_path: Path) -> None:
    """A chunk of any format comes back from pickling as it was, reads the same and is small."""
    for ordinal, source in enumerate(sources(tmp_path)):
        assert source.ordinal == ordinal
        for number, piece in enumerate(source.cut(1)):
            data = pickle.dumps(Chunk(number, (Part(source, piece.place),), piece.cost_bytes))
            back = pickle.loads(data)
            assert len(data) < 10_000
            (part,) = back.parts
            assert (part.place, part.source.columns) == (piece.place, source.columns)
            first, second = (
                next(each.read(piece.place, 0)).batch(source.column_names) for each in (source, part.source)
            )
            assert first.equals(second)


def test_what_only_some_formats_have(tmp_path: Path) -> None:
    """A dialect is the text's, a layout the records', and the bytes of a Parquet record stand nowhere."""
    text, records, parquet = sources(tmp_path)
    assert [source.text_dialect is not None for source in (text, records, parquet)] == [True, False, False]
    assert [source.record_layout is not None for source in (text, records, parquet)] == [False, True, False]
    assert [source.shows_bytes for source in (text, records, parquet)] == [True, True, False]
    assert parquet.data_bytes == parquet.size_bytes
