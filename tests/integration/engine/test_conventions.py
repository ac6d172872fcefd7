"""Declared signs, orders and words: types in Parquet, the text in the CSV unless it is to be normalised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
GERMAN = ("--decimal", ",", "--thousands", ".", "--date-order", "dmy")
TABLE = "datum;betrag;notiz\n01.06.2024;2.554,94;a\n02.06.2024;12,50;k.A.\n3.6.2024;-7,00;1.234,5\n4.6.2024;k.A.;\n"


def test_decimals_and_dates(home: Home, write: Write) -> None:
    """Types in Parquet; the CSV has each cell as it stood, quoted where a comma is in it, and no apostrophe."""
    metadata = home.run("-i", write("in.csv", TABLE), *GERMAN, "--null", "k.A.")
    table = pq.read_table(home.parquet())
    assert [str(kind) for kind in table.schema.types] == ["date32[day]", "decimal128(18, 2)", "string"]
    assert table.column("datum").to_pylist()[2] == dt.date(2024, 6, 3)
    assert table.column("betrag").to_pylist() == [Decimal("2554.94"), Decimal("12.50"), Decimal("-7.00"), None]
    assert table.column("notiz").to_pylist() == ["a", None, "1.234,5", None]
    rows = '01.06.2024,"2.554,94",a\n02.06.2024,"12,50",k.A.\n3.6.2024,"-7,00","1.234,5"\n4.6.2024,k.A.,\n'
    assert home.csv().decode() == "datum,betrag,notiz\n" + rows
    assert metadata["escaped_cells"] == 0
    assert metadata["analytics"]["measures"]["betrag"]["exact"] == pytest.approx(2560.44)


@pytest.mark.parametrize("text", ["k;v\na;1.234,5\nb;2,5\n", 'k,v\na,"1.234,5"\nb,"2,5"\n', 'v\n"2,5"\n"1.234,5"\n'])
def test_numbers_with_a_comma_keep_their_quotes(home: Home, write: Write, text: str) -> None:
    """Typed as they are, their text needs quotes in a file whose cells a comma sets apart."""
    home.run("-i", write("in.csv", text), *GERMAN)
    assert str(pq.read_schema(home.parquet()).field("v").type) == "double"
    assert home.csv().decode() == text.replace(";1.234,5", ',"1.234,5"').replace(";2,5", ',"2,5"').replace(";", ",")


def test_normalised(home: Home, write: Write) -> None:
    """The CSV has what Parquet has, in every column, cell by cell."""
    home.run("-i", write("in.csv", TABLE), *GERMAN, "--null", "k.A.", "--normalise")
    rows = "2024-06-01,2554.94,a\n2024-06-02,12.50,\n2024-06-03,-7.00,1234.5\n2024-06-04,,\n"
    assert home.csv().decode() == "datum,betrag,notiz\n" + rows
    assert pq.read_table(home.parquet()).column("notiz").to_pylist() == ["a", None, "1234.5", None]


def late_table(broken: str) -> str:
    """Many rows, one of which breaks the columns, where no block of the planning sample lies."""
    rows = [
        f"{1 + n % 28:02}.06.2024;{f'{n // 1000}.{n % 1000:03},5' if n % 7 else 'NA'};{'x' if n % 3 else 'NA'}"
        for n in range(1000, 200_000)
    ]
    rows[4200] = f"{broken};{broken};{broken}"
    return "d;v;t\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize("broken", ["nothing", "1.5", "", "NA", "'=x", '"a ""b"""'])
def test_the_outputs_do_not_depend_on_the_chunks(home: Home, write: Write, broken: str) -> None:
    """A late cell makes the columns text, of cells as they are read, in chunks of any size."""
    path = write("in.csv", late_table(broken))
    found = []
    for chunk_bytes in (77_777, 1 << 22):
        metadata = home.run("-i", path, *GERMAN, "--null", "NA", "--chunk-bytes", chunk_bytes, "-w", 2)
        table = pq.read_table(home.parquet())
        found.append((home.csv(), table.schema, table.to_pydict(), metadata["escaped_cells"]))
        metadata = home.run("-i", path, *GERMAN, "--null", "NA", "--normalise", "--chunk-bytes", chunk_bytes)
        found.append((home.csv(), pq.read_table(home.parquet()).to_pydict()))
    assert found[0] == found[2]
    assert found[1] == found[3]
    typed = broken in ("", "NA")
    assert (str(found[0][1].field("v").type) == "string") is not typed
    assert found[0][2]["v"][0] == (1000.5 if typed else "1000.5")
    assert found[0][2]["v"].count(None) == sum(n % 7 == 0 for n in range(1000, 200_000)) + typed
    assert None in found[0][2]["t"][:3]


def test_an_estimate_reads_the_same(home: Home, write: Write) -> None:
    """The probe knows the conventions too."""
    path = write("in.csv", late_table("NA"))
    exact = home.run("-i", path, *GERMAN, "--null", "NA", "--stratum", "t", "--measure", "v")["analytics"]
    told = home.etl(
        "estimate", path, *GERMAN, "--null", "NA", "--stratum", "t", "--measure", "v", "--sample-frac", 1, "--json"
    ).json
    assert told["measures"]["v"]["exact"] == exact["measures"]["v"]["exact"]
    assert {row["value"] for row in told["strata"]} == {row["value"] for row in exact["strata"]} == {"x", None}


def test_one_sign_for_both(home: Home, write: Write) -> None:
    """Said before anything is read, by each verb."""
    path = write("in.csv", TABLE)
    for verb in (("run", "-o", home.output / "x.csv", "-i"), ("estimate",)):
        outcome = home.etl(*verb, path, "--thousands", ".")
        assert (outcome.code, "--thousands and --decimal would be the same sign" in outcome.err) == (2, True)
