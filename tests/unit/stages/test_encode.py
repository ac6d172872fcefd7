"""Encoding: every sink gets every slab in order, and the typed rows are kept for the estimates."""

from __future__ import annotations

from pathlib import Path

from etl_batch.stages.encode import Encoder
from tests.unit.engine_parts import columns_of, make_sinks, text_rows


def test_every_sink_gets_every_slab(tmp_path: Path) -> None:
    """The outputs stand in the order of the sinks, the rows in that of the slabs."""
    slabs = [text_rows({"n": ["1", "2"], "k": ["=a", "b"]}), text_rows({"n": ["x"], "k": ["c"]})]
    encoder = Encoder(make_sinks(tmp_path), columns_of(slabs[0]))
    for slab in slabs:
        encoder.add(slab)
    encoded = encoder.finish()
    csv, parquet = encoded.outputs
    assert b"".join(csv.parts) == b"1,'=a\n2,b\nx,c\n"
    assert (csv.escaped_cells, parquet.escaped_cells) == (1, 0)
    assert [group.rows for group in parquet.entry] == [2, 1]
    assert encoded.typed == tuple((slab.typed, slab.forms, slab.from_text) for slab in slabs)


def test_a_chunk_without_rows(tmp_path: Path) -> None:
    """It has outputs of no bytes, and no rows; without sinks the rows are there all the same."""
    rows = text_rows({"n": ["1"]})
    encoded = Encoder(make_sinks(tmp_path), columns_of(rows)).finish()
    assert [output.size for output in encoded.outputs] == [0, 0]
    assert encoded.typed == ()
    alone = Encoder((), columns_of(rows))
    alone.add(rows)
    assert len(alone.finish().typed) == 1
