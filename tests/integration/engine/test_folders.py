"""Folders through the whole engine: what is passed over, bad files, keys of folders, and the column of names."""

from __future__ import annotations

import csv
import io
import os
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.security.escaping import unescape
from tests.integration.engine.conftest import Home

RECORD = struct.pack("<IQIq32s", 1, 1_700_000_000, 2, 3, b"product")


def put(home: Home, name: str, content: bytes | str = "a,b\n1,2\n") -> Path:
    """A file below `data/`, with its folders."""
    path = home.data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_leftovers_are_passed_over_and_listed(home: Home) -> None:
    """In a folder and in a glob, with a reason each; a file that is named is read."""
    left = {
        "_SUCCESS": "marker",
        ".a.csv": "hidden",
        "a.csv~": "backup",
        "b.csv.part": "partial",
        "Thumbs.db": "system",
    }
    for name in left:
        put(home, name, "a,b\n9,9\n")
    put(home, "empty.csv", "")
    put(home, "old/x.csv", "a,b\n8,8\n")
    put(home, "x.csv")
    listed = {
        str(home.data / name): reason for name, reason in {**left, "empty.csv": "empty", "old": "excluded"}.items()
    }
    metadata = home.run("-i", home.data, "--exclude", "old/")
    assert {each["path"]: each["reason"] for each in metadata["passed_over"]} == {
        str(home.data / name): reason for name, reason in listed.items()
    }
    assert [Path(each["path"]).name for each in metadata["inputs"]] == ["x.csv"]
    assert home.csv() == b"a,b\n1,2\n"
    assert any("Passed over" in note and "_SUCCESS (marker)" in note for note in metadata["notes"])
    assert "_SUCCESS (marker)" in (home.path / "report" / f"{metadata['run_id']}.html").read_text()
    named = home.run("-i", home.data, "-i", home.data / "b.csv.part", "--include", "x.csv", "--exclude", "old")
    assert [Path(each["path"]).name for each in named["inputs"]] == ["b.csv.part", "x.csv"]
    detected = home.etl("detect", home.data / "*", "--json").json
    assert {each["reason"] for each in detected["passed_over"]} == {"hidden", *left.values(), "empty"}


def test_names_that_are_no_utf8_can_be_listed(home: Home) -> None:
    """A name of any bytes is written out in the metadata and in the note."""
    put(home, "x.csv")
    Path(os.fsdecode(os.fsencode(home.data) + b"/.x\xff")).write_text("a\n")
    Path(os.fsdecode(os.fsencode(home.data) + b"/y\xff.pdf")).write_bytes(b"%PDF-1.7")
    metadata = home.run("-i", home.data, "--on-bad-file", "skip")
    names = [Path(each["path"]).name for each in metadata["passed_over"]]
    assert names == [".x\\xff", "y\\xff.pdf"]


def test_an_empty_file_that_is_named_is_refused(home: Home) -> None:
    """And so is a folder in which nothing is left, by what there is."""
    put(home, "empty.csv", "")
    for given in (home.data / "empty.csv", home.data):
        outcome = home.etl("-i", given, "-o", home.output / "x.csv")
        assert outcome.code == 3
        assert "empty" in outcome.err


def test_bad_files_are_skipped_when_that_is_asked_for(home: Home) -> None:
    """Each is listed with its sentence, and the others go on; all of them bad is refused."""
    put(home, "a.csv")
    put(home, "b.pdf", b"%PDF-1.7 ...")
    put(home, "c.parquet", b"PAR1 cut off")
    put(home, "d.csv", "a,b\n3,4\n")
    (home.data / "e.csv").symlink_to(home.data / "nowhere.csv")
    assert home.etl("-i", home.data, "-o", home.output / "x.csv").code == 3
    metadata = home.run("-i", home.data, "--on-bad-file", "skip")
    assert home.csv() == b"a,b\n1,2\n3,4\n"
    skipped = {Path(each["path"]).name: each["detail"] for each in metadata["passed_over"]}
    assert sorted(skipped) == ["b.pdf", "c.parquet", "e.csv"]
    assert "PDF" in skipped["b.pdf"]
    assert any("(3)" in note for note in metadata["notes"])
    outcome = home.etl("-i", home.data / "[bc].p*", "-o", home.output / "x.csv", "--on-bad-file", "skip")
    assert outcome.code == 3
    assert "None of the 2 files" in outcome.err


def damaged_parquet(rows: int, at: float) -> bytes:
    """A file whose footer is whole, with a page that is not: the one at that share of its bytes."""
    out = pa.BufferOutputStream()
    numbers = pa.array([(number * 7919) % 10007 for number in range(rows)])
    pq.write_table(
        pa.table({"a": numbers, "b": numbers}), out, use_dictionary=False, row_group_size=rows // 8, compression="zstd"
    )
    raw = bytearray(out.getvalue().to_pybytes())
    begin = int(len(raw) * at) + 4
    raw[begin : begin + 3000] = b"\xff" * 3000
    return bytes(raw)


@pytest.mark.parametrize("at", [0.0, 0.6])
@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 2000, "-w", 3)])
def test_a_file_that_turns_out_to_be_bad(home: Home, at: float, options: tuple[object, ...]) -> None:
    """Damage that is seen only while its rows are read: the others are read again, and nothing of it is left."""
    put(home, "a.csv", "a,b\n1,2\nbad\n")
    put(home, "m.parquet", damaged_parquet(40_000, at))
    put(home, "z.csv", "a,b\n3,4\nworse\n")
    outcome = home.etl("-i", home.data, "-o", home.output / "x.csv", *options)
    assert (outcome.code, "m.parquet" in outcome.err) == (3, True)
    metadata = home.run("-i", home.data, "--on-bad-file", "skip", *options)
    assert home.csv() == b"a,b\n1,2\n3,4\n"
    assert pq.read_table(home.parquet()).to_pydict() == {"a": [1, 3], "b": [2, 4]}
    assert [each["raw"] for each in home.rejects(metadata)] == ["bad", "worse"]
    assert metadata["counts"] == {"records_in": 4, "written": 2, "rejected": 2, "skipped": 0}
    assert [Path(each["path"]).name for each in metadata["inputs"]] == ["a.csv", "z.csv"]
    (skipped,) = metadata["passed_over"]
    assert (Path(skipped["path"]).name, skipped["reason"]) == ("m.parquet", "refused")
    assert "row group" in skipped["detail"]
    assert sorted(path.name for path in home.output.iterdir() if path.name.startswith(".x.")) == [
        ".x.csv.lock",
        ".x.parquet.lock",
    ]
    alone = home.etl("-i", home.data / "m.parquet", "-o", home.output / "y.csv", "--on-bad-file", "skip", *options)
    assert (alone.code, "row group" in alone.err) == (3, True)


def hive_folder(home: Home) -> Path:
    """Three formats under keys that not all of them have."""
    put(home, "h/year=2024/month=01/a.csv", "id,v\n1,2.5\n2,3.5\n")
    put(home, "h/year=2024/month=__HIVE_DEFAULT_PARTITION__/b.csv", "id,v\n3,4.5\n")
    put(home, "h/city=S%C3%A3o/c.bin", RECORD * 3)
    table = pa.table({"id": pa.array([7, 8], pa.int32()), "v": [1.5, None]})
    (home.data / "h/year=2025").mkdir()
    pq.write_table(table, home.data / "h/year=2025/=d.parquet")
    return home.data / "h"


def test_folders_and_names_become_columns(home: Home) -> None:
    """Typed as any text cell, the union of all keys, null where there is none; the CSV has the very texts."""
    metadata = home.run("-i", hive_folder(home), "--hive", "--source-column", "file", "--stratum", "file")
    table = pq.read_table(home.parquet())
    assert table.column_names[-4:] == ["file", "city", "year", "month"]
    assert table.column("year").to_pylist() == [None] * 3 + [2024] * 3 + [2025] * 2
    assert table.column("month").to_pylist() == [None] * 3 + ["01"] * 2 + [None] * 3
    assert table.column("city").to_pylist() == ["São"] * 3 + [None] * 5
    names = ["city=S%C3%A3o/c.bin"] * 3 + ["year=2024/month=01/a.csv"] * 2
    names += ["year=2024/month=__HIVE_DEFAULT_PARTITION__/b.csv"] + ["year=2025/=d.parquet"] * 2
    assert table.column("file").to_pylist() == names
    rows = list(csv.DictReader(io.StringIO(home.csv().decode())))
    assert [row["file"] for row in rows] == names
    assert [row["month"] for row in rows] == ["", "", "", "01", "01", "", "", ""]
    strata = {each["value"]: each["rows"] for each in metadata["analytics"]["strata"]}
    assert strata == {name: names.count(name) for name in names}


@pytest.mark.parametrize("options", [("-w", 3), ("--chunk-bytes", 1), ("--chunk-bytes", 30, "-w", 2)])
def test_the_same_bytes_however_it_is_cut(home: Home, options: tuple[object, ...]) -> None:
    """Constant columns hang on the file alone."""
    folder = hive_folder(home)
    put(home, "h/e.csv", "id,v,w\n" + "".join(f"{n},{n / 4},=x{n}\n" for n in range(500)))
    given = ("-i", folder, "--hive", "--source-column", "file")
    home.run(*given, name="whole")
    home.run(*given, *options)
    assert home.csv() == home.csv("whole")
    assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("whole")))


def test_a_name_that_begins_a_formula_is_escaped(home: Home) -> None:
    """A file called =cmd.csv puts no formula into a spreadsheet, and its name comes back."""
    put(home, "=cmd|x.csv", "a,b\n1,2\n3,4\n")
    metadata = home.run("-i", home.data, "--source-column", "file")
    rows = list(csv.DictReader(io.StringIO(home.csv().decode())))
    assert [row["file"] for row in rows] == ["'=cmd|x.csv"] * 2
    assert unescape(rows[0]["file"]) == "=cmd|x.csv"
    assert metadata["escaped_cells"] == 2
    assert pq.read_table(home.parquet()).column("file").to_pylist() == ["=cmd|x.csv"] * 2


def test_a_taken_name_is_told(home: Home) -> None:
    """A key that is a column of the file is exit 3, a chosen name exit 2."""
    put(home, "a=5/x.csv")
    assert home.etl("-i", home.data, "-o", home.output / "x.csv", "--hive").code == 3
    outcome = home.etl("-i", home.data, "-o", home.output / "x.csv", "--source-column", "b")
    assert outcome.code == 2
    assert "--source-column" in outcome.err


def test_the_probe_knows_the_columns_too(home: Home) -> None:
    """Read whole, its strata by file are those of a run."""
    folder = hive_folder(home)
    probed = home.etl("estimate", folder, "--hive", "--source-column", "file", "--stratum", "year", "--json").json
    assert {each["value"]: each["rows"] for each in probed["strata"]} == {None: 3, 2024: 3, 2025: 2}


def small_files(home: Home) -> Path:
    """Files of several shapes that share chunks, with bad records, quotes, blank lines and late words."""
    for number in range(60):
        if number % 7 == 3:
            table = pa.table({"v": pa.array([number, None], pa.int16()), "k": ["p", "q"]})
            (home.data / "s").mkdir(exist_ok=True)
            pq.write_table(table, home.data / f"s/{number:02}.parquet")
            continue
        rows = [f"{'ab'[n % 2]},{number * n / 4 if number != 50 else 'n/a'}" for n in range(number % 5 + 1)]
        rows += ["bad", "", '"quoted, twice",7', "=x,8"] if number % 4 == 0 else []
        put(home, f"s/{number:02}.csv", "\n".join(["k,v", *rows]) + "\n")
    return home.data / "s"


def left_by(home: Home, metadata: dict[str, Any], name: str) -> list[object]:
    """All that a run leaves and that must not hang on how its input was cut."""
    run = home.output / "runs" / metadata["run_id"]
    tables = [pq.read_table(home.parquet(name)), pq.read_table(run / "sample.parquet")]
    kept = ("inputs", "counts", "escaped_cells", "schema", "rejects_by_reason", "analytics")
    return [
        home.csv(name),
        (run / "rejects.jsonl").read_bytes(),
        *(table.to_pydict() for table in tables),
        *(metadata[key] for key in kept),
    ]


def test_clean_files_that_share_a_chunk_keep_their_bytes(home: Home) -> None:
    """Rows that are copied as they stand are not those of the file that was read after them."""
    contents = [f"k,v\n{number:03},x{number}\n" for number in range(40)]
    for number, content in enumerate(contents):
        put(home, f"{number:02}.csv", content)
    home.run("-i", home.data)
    assert home.csv().decode() == "k,v\n" + "".join(content.removeprefix("k,v\n") for content in contents)
    assert pq.read_table(home.parquet()).column("v").to_pylist() == [f"x{number}" for number in range(40)]


def test_small_files_that_share_chunks_are_as_they_were_alone(home: Home) -> None:
    """Outputs, rejects with their numbers, counts by input, sample and estimates: whatever is read together."""
    folder = small_files(home)
    given = ("-i", folder, "--stratum", "k", "--measure", "v", "--sample-frac", 0.3, "--source-column", "file")
    together = left_by(home, home.run(*given, name="together"), "together")
    for options in (("--chunk-bytes", 1, "-w", 1), ("--chunk-bytes", 60, "-w", 3)):
        assert left_by(home, home.run(*given, *options), "x") == together
    table = pq.read_table(home.parquet("together"))
    assert pq.read_metadata(home.parquet("together")).num_row_groups < 60
    assert table.num_rows == together[5]["written"]  # type: ignore[index]
    expected = {f"{number:02}.csv": 1 for number in range(0, 60, 4) if number % 7 != 3}
    assert {Path(each["path"]).name: each["rejected"] for each in together[4] if each["rejected"]} == expected  # type: ignore[attr-defined]


def test_what_the_union_came_to_is_told(home: Home) -> None:
    """Which files lack a column, and which types were widened, by the sources' types or by a late value."""
    put(home, "u/a.csv", "k,n\n" + "x,1\n" * 9)
    put(home, "u/b.csv", "k,m\nx,2\n")
    pq.write_table(
        pa.table({"m": pa.array([300], pa.int16()), "big": pa.array([1], pa.int8())}), home.data / "u/c.parquet"
    )
    pq.write_table(pa.table({"big": pa.array([2**40])}), home.data / "u/d.parquet")
    notes = "\n".join(home.run("-i", home.data / "u")["notes"])
    assert "n is missing in 3 (b.csv, c.parquet, d.parquet)" in notes
    assert "k is missing in 2 (c.parquet, d.parquet)" in notes
    assert "big from int8 to int64" in notes
    put(home, "late.csv", "n\n" + "1\n" * 1_500_000 + "n/a\n" + "1\n" * 1_500_000)
    assert any("n from int64 to string" in note for note in home.run("-i", home.data / "late.csv")["notes"])
    alike = home.run("-i", put(home, "alike.csv", "a\n1\n"))["notes"]
    assert not any("missing in" in note or "widened" in note for note in alike)
