"""Cells that a spreadsheet would run: counted by column, never escaped twice, and left alone when that is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
MONEY = "id,change,phone\n1,-$5,+44 20 7946 0000\n2,-,n/a\n3,-2.5,+1\n"
ESCAPED = MONEY.replace("-$5,+44", "'-$5,'+44").replace("2,-,", "2,'-,")


def test_they_are_counted_by_column(home: Home, write: Write) -> None:
    """With an example of each in the metadata and in the report; Parquet has them as they were."""
    metadata = home.run("-i", write("in.csv", MONEY), "--chunk-bytes", 8)
    assert home.csv().decode() == ESCAPED
    assert metadata["escaped_cells"] == 3
    assert metadata["escapes"] == [
        {"column": "change", "cells": 2, "example": "-$5"},
        {"column": "phone", "cells": 1, "example": "+44 20 7946 0000"},
    ]
    report = (home.path / "report" / f"{metadata['run_id']}.html").read_text()
    assert "2 cells, such as" in report.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
    assert pq.read_table(home.parquet()).column("change").to_pylist() == ["-$5", "-", "-2.5"]


@pytest.mark.parametrize("table", [MONEY, "=a,'=b,c\n1,2,\"=x\ny\"\n2,'''@,'plain\n", '"=a"\n1\n2\n'])
def test_an_own_output_that_is_read_again(home: Home, write: Write, table: str) -> None:
    """The same bytes again and again, the values as they were first, wherever the file lies; a note says why."""
    first = home.run("-i", write("in.csv", table))
    wanted, values = home.csv(), pq.read_table(home.parquet()).to_pydict()
    for number, place in enumerate((home.output / "x.csv", home.data / "copy.csv")):
        place.write_bytes(wanted)
        metadata = home.run("-i", place, "--chunk-bytes", 9, name=f"again{number}")
        assert home.csv(f"again{number}") == wanted
        assert pq.read_table(home.parquet(f"again{number}")).to_pydict() == values
        assert any("CSV output of an earlier run" in note for note in metadata["notes"])
        assert metadata["escaped_cells"] == first["escaped_cells"]


def test_a_file_that_is_another_by_one_byte(home: Home, write: Write) -> None:
    """Nothing is taken off the cells of a file that no run has published, whatever it looks like."""
    home.run("-i", write("in.csv", MONEY))
    same_size = home.csv().replace(b"n/a", b"n/b")
    metadata = home.run("-i", write("other.csv", same_size), name="y")
    assert b"''-$5" in home.csv("y")
    assert not any("earlier run" in note for note in metadata["notes"])


def test_an_own_output_beside_others(home: Home, write: Write) -> None:
    """Only its own cells are read so, in columns of another order too; its estimate has the values that a run has."""
    home.run("-i", write("in.csv", MONEY))
    write("a.csv", "phone,id,change\n'+49,9,'=x\n")
    home.run("-i", home.data / "a.csv", "-i", home.output / "x.csv", name="y")
    assert home.csv("y").decode() == ("phone,id,change\n''+49,9,''=x\n'+44 20 7946 0000,1,'-$5\nn/a,2,'-\n+1,3,-2.5\n")
    told = home.etl("estimate", home.output / "x.csv", "--stratum", "change", "--sample-frac", 1, "--json").json
    assert {row["value"] for row in told["strata"]} == {"-$5", "-", "-2.5"}


def test_without_a_guard(home: Home, write: Write) -> None:
    """Every cell and name as it was, quotes where they are needed; said in the notes and on the audit log."""
    table = '=a,b\n-$5,"=x,y"\n"@""z",\'=1\n'
    metadata = home.run("-i", write("in.csv", table), "--no-escape")
    assert home.csv().decode() == table
    assert metadata["escaped_cells"] == 0
    assert metadata["config"]["no_escape"] is True
    assert any(note.startswith("--no-escape") for note in metadata["notes"])
    lines = (home.path / ".secrets" / "etl_audit.log").read_text().splitlines()
    started = [json.loads(line)["detail"] for line in lines if json.loads(line)["action"] == "run.start"]
    assert [detail.get("no_escape") for detail in started] == [True]
    home.run("-i", home.output / "x.csv", "--no-escape", name="y")
    assert home.csv("y").decode() == table


def test_an_escaped_output_is_freed_of_it(home: Home, write: Write) -> None:
    """Reading an own output with `--no-escape` gives the cells as they were at first."""
    home.run("-i", write("in.csv", MONEY))
    home.run("-i", home.output / "x.csv", "--no-escape", name="y")
    assert home.csv("y").decode() == MONEY


def test_typed_sources_without_a_guard(home: Home) -> None:
    """Text of Parquet files, as dictionaries too, is left alone as well."""
    import pyarrow as pa

    cells = pa.array(["=x", "a,b", "-5", None])
    pq.write_table(pa.table({"t": cells, "d": cells.dictionary_encode(), "n": [-1, 2, 3, 4]}), home.data / "a.parquet")
    home.run("-i", home.data / "a.parquet", "--no-escape")
    assert home.csv().decode() == 't,d,n\n=x,=x,-1\n"a,b","a,b",2\n-5,-5,3\n,,4\n'
