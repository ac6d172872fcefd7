"""Replays: what a run has rejected is read again as mended settings, layouts and schemas say, and nothing else is."""

from __future__ import annotations

import gzip
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.commands import Outcome
from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]


def dirty(rows: int) -> str:
    """A table with short rows, long ones, blank lines, quotes and commas."""
    lines = ["id,name,price"]
    for number in range(rows):
        if number % 7 == 3:
            lines.append(f"{number},short")
        elif number % 11 == 5:
            lines.append(f"{number},long,{number / 4},more")
        elif number % 13 == 6:
            lines.append("")
        elif number % 17 == 8:
            lines.append(f'{number},"lone " quote",1')
        else:
            lines.append(f'{number},"n, ""{number}""",{number / 4}')
    return "\n".join(lines) + "\n"


def replay(home: Home, run_id: str, *arguments: object) -> dict[str, Any]:
    """The metadata of a replay that is a success."""
    outcome = home.etl("replay", run_id, "--json", *arguments)
    assert outcome.code == 0, outcome.err
    return outcome.json


def refused(home: Home, *arguments: object) -> Outcome:
    """A replay that ends otherwise, and has changed no output."""

    def outputs() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in home.output.iterdir() if ".csv" in path.name}

    before = outputs()
    outcome = home.etl("replay", *arguments)
    assert outputs() == before
    return outcome


def spans_both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, int]:
    """What a replay came to, once the equation is seen to hold for both runs."""
    before, after, found = first["counts"], second["counts"], second["replay"]
    assert after["records_in"] == before["records_in"]
    assert after["written"] == before["written"] + found["passed"]
    assert after["skipped"] == before["skipped"] + found["skipped"]
    assert after["rejected"] == found["rejected"]
    assert before["rejected"] == found["tried"] == found["passed"] + found["skipped"] + found["rejected"]
    assert second["outputs"]["csv"]["rows"] == after["written"]
    return {name: found[name] for name in ("passed", "skipped", "rejected")}


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 1, "-w", 3), ("--chunk-bytes", 300, "-w", 2)])
@pytest.mark.parametrize("mended", ["pad", "truncate"])
def test_in_their_places(home: Home, write: Write, options: tuple[object, ...], mended: str) -> None:
    """Where only rejects are read otherwise, all files are to the byte what a run with the mended settings makes."""
    text = dirty(400)
    path = write("in.csv", text)
    first = home.run("-i", path, *options)
    second = replay(home, first["run_id"], "--ragged", mended)
    assert spans_both(first, second)["passed"] == text.count("short" if mended == "pad" else "long")
    assert (second["replay"]["of"], second["rerun_of"]) == (first["run_id"], first["run_id"])
    third = home.run("-i", path, "--ragged", mended, name="y")
    assert home.csv() == home.csv("y")
    assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("y")))
    assert home.rejects(second) == home.rejects(third)
    for key in ("counts", "analytics", "schema", "rejects_by_reason", "repaired", "escaped_cells"):
        assert second[key] == third[key], key
    assert len(list(home.output.glob("x.csv.bak.*"))) == 1


def test_a_sign_for_rejects_alone(home: Home, write: Write) -> None:
    """Where another sign is the quote, rows that the former one has read stay as they are."""
    text = dirty(400)
    first = home.run("-i", write("in.csv", text))
    before = home.csv().splitlines()
    second = replay(home, first["run_id"], "--quote", "'")
    assert spans_both(first, second)["passed"] == text.count("lone")
    lone = [line for line in home.csv().splitlines() if b"lone" in line]
    assert lone[0] == b'8,"""lone "" quote""",1'
    assert [line for line in home.csv().splitlines() if line not in lone] == before


@pytest.mark.parametrize(
    "text",
    [
        "# c\nid\tn\tt\n1\t2\ta\n# x\n2\t3\n3\t4\tb\n",
        "A title\n\nid;n;t\n1;2;a\n2;3\n3;4;'b;c'\n4;5;d\n",
        "id n  t\n1  2  a\n2  3\n3  4  b\n4  55 c\n",
        "id,n,t,\n1,2,a,\n2,3\n3,4,b,\n",
        'id|n|t\n1|2|a\\|b\n2|3\n3|4|"x\\"y"\n',
        "\ufeffid,n,t\r\n1,2,a\r\n2,3\r\n3,4,b\r\n",
        "id,n,t\r1,2,a\r2,3\r3,4,b\r",
    ],
)
def test_however_the_text_is_written(home: Home, write: Write, text: str) -> None:
    """What was found of it is on record, and found again."""
    path = write("in.csv", text)
    first = home.run("-i", path)
    assert first["counts"]["rejected"] >= 1
    second = replay(home, first["run_id"], "--ragged", "pad")
    assert spans_both(first, second)["rejected"] == 0
    home.run("-i", path, "--ragged", "pad", name="y")
    assert home.csv() == home.csv("y")
    wide = write("wide.csv", text.removeprefix("\ufeff").encode("utf-16"))
    first = home.run("-i", wide)
    assert spans_both(first, replay(home, first["run_id"], "--ragged", "pad"))["rejected"] == 0
    assert home.csv() == home.csv("y")


def test_what_was_good_stays(home: Home, write: Write) -> None:
    """Settings that would read good rows otherwise are for rejects alone."""
    path = write("in.csv", "id,text,n\n1,!a,2\n!2,b,3\n! a remark\n!3,c,4\n4,d\n")
    first = home.run("-i", path, "--comment", "none", "--max-rejects", "100%")
    assert first["counts"] == {"records_in": 5, "written": 3, "rejected": 2, "skipped": 0}
    before = home.csv()
    second = replay(home, "latest", "--comment", "!")
    assert spans_both(first, second) == {"passed": 0, "skipped": 1, "rejected": 1}
    assert home.csv() == before


def test_appended(home: Home, write: Write) -> None:
    """New rows stand behind all others, in the order of the input, once for each file."""
    (home.data / "in").mkdir()
    for name, shift in (("a", 0), ("b", 1000)):
        rows = [f"{shift + number},x" if number % 5 == 4 else f"{shift + number},x,y" for number in range(20)]
        write(f"in/{name}.csv", "\n".join(["id,p,q", *rows]) + "\n")
    first = home.run("-i", home.data / "in", "--source-column", "file")
    second = replay(home, first["run_id"], "--append", "--ragged", "pad", "-w", 2)
    assert spans_both(first, second) == {"passed": 8, "skipped": 0, "rejected": 0}
    ids = [int(line.split(b",")[0]) for line in home.csv().splitlines()[1:]]
    late = [shift + number for shift in (0, 1000) for number in (4, 9, 14, 19)]
    assert ids == [*(each for each in sorted(ids) if each not in late), *late]
    assert home.csv().splitlines()[-1] == b"1019,x,,b.csv"
    assert [(each["records"], each["written"], each["rejected"]) for each in second["inputs"]] == [(20, 20, 0)] * 2
    assert pq.read_table(home.parquet()).column("id").to_pylist() == ids
    assert any("behind all others" in note for note in second["notes"])


def test_again_and_again(home: Home, write: Write) -> None:
    """A replay is replayed: what passed before stays, what is left is tried, and its place is that of its record."""
    text = dirty(200)
    first = home.run("-i", write("in.csv", text))
    second = replay(home, first["run_id"], "--ragged", "pad", "--append")
    third = replay(home, second["run_id"], "--ragged", "truncate")
    assert spans_both(first, second)["passed"] == text.count("short")
    assert spans_both(second, third)["rejected"] == third["rejects_by_reason"]["malformed_quotes"]
    ids = [int(line.split(b",")[0]) for line in home.csv().splitlines()[1:]]
    assert ids == sorted(ids)
    assert third["repaired"] == {"padded": text.count("short"), "truncated": text.count("long")}
    assert home.etl("replay", third["run_id"], "--ragged", "truncate").code == 2


def layout_file(home: Home, **field: Any) -> Path:
    """A layout of five bytes, whose number has these limits."""
    path = home.data / "layouts.json"
    fields = [{"name": "id", "type": "u32"}, {"name": "level", "type": "u8", **field}]
    path.write_text(json.dumps({"version": 1, "layouts": {"levels": {"fields": fields}}}))
    return path


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 1, "-w", 2)])
def test_a_mended_layout(home: Home, write: Write, options: tuple[object, ...]) -> None:
    """A range that was too narrow: the layout of the run is on record, the one of now is read from its file."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number % 100) for number in range(1000)) + b"abc")
    layouts = layout_file(home, max=80)
    first = home.run("-i", path, "--struct-config", layouts, "--layout", "levels", *options)
    assert first["counts"] == {"records_in": 1001, "written": 810, "rejected": 191, "skipped": 0}
    assert home.etl("replay", first["run_id"]).code == 2
    layout_file(home, max=98)
    second = replay(home, first["run_id"])
    assert spans_both(first, second) == {"passed": 180, "skipped": 0, "rejected": 11}
    assert second["layouts"]["levels"]["fields"][1]["max"] == 98
    ids = [int(line.split(b",")[0]) for line in home.csv().splitlines()[1:]]
    assert ids == [number for number in range(1000) if number % 100 <= 98]
    assert home.rejects(second)[-1]["reason"] == "partial_record"
    # What was written by the layout of then is read by it, whatever stands in the file now.
    fields = [{"name": "id", "type": "u32"}, {"name": "level", "type": "i8", "null_values": [99]}]
    layouts.write_text(json.dumps({"version": 1, "layouts": {"levels": {"fields": fields}}}))
    third = replay(home, second["run_id"])
    assert spans_both(second, third) == {"passed": 10, "skipped": 0, "rejected": 1}
    table = pq.read_table(home.parquet())
    assert table.column("level").type == pa.int64()
    assert table.column("level").to_pylist()[97:101] == [97, 98, None, 0]


def test_a_layout_of_other_records(home: Home, write: Write) -> None:
    """Records of another length are none of those that were rejected; a field more is a column more."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number % 3) for number in range(30)))
    layouts = layout_file(home, max=1)
    first = home.run("-i", path, "--struct-config", layouts, "--layout", "levels")
    fields = [{"name": "id", "type": "u32"}, {"name": "level", "type": "u16"}]
    layouts.write_text(json.dumps({"version": 1, "layouts": {"levels": {"fields": fields}}}))
    outcome = refused(home, first["run_id"])
    assert (outcome.code, "5 in the run" in outcome.err) == (2, True)
    fields = [{"name": "id", "type": "u16"}, {"name": "high", "type": "u16"}, {"name": "level", "type": "u8"}]
    layouts.write_text(json.dumps({"version": 1, "layouts": {"levels": {"fields": fields}}}))
    second = replay(home, first["run_id"])
    assert spans_both(first, second) == {"passed": 10, "skipped": 0, "rejected": 0}
    assert home.csv().splitlines()[:4] == [b"id,level,high", b"0,0,", b"1,1,", b"2,2,0"]


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 20, "-w", 2)])
def test_records_of_variable_length(home: Home, write: Write, options: tuple[object, ...]) -> None:
    """Records that have words before them are read again without what stands around them; damaged stretches are not."""

    def layouts(most: int) -> None:
        fields = [{"name": "n", "type": "u8"}, {"name": "v", "type": "u8", "count": {"field": "n", "max": 3}}]
        layout = {"record_format": "rdw", "endian": "big", "fields": [*fields[:1], {**fields[1], "max": most}]}
        (home.data / "layouts.json").write_text(json.dumps({"version": 1, "layouts": {"words": layout}}))

    def record(number: int) -> bytes:
        cells = bytes([number % 4, *(number % 50 for _ in range(number % 4))])
        return struct.pack(">HH", len(cells) + 4, 0) + cells

    records = [record(number) for number in range(1, 400)]
    path = write("in.bin", b"".join([*records[:200], b"\xff\x00\x01", *records[200:]]))
    layouts(40)
    arguments = ("--struct-config", home.data / "layouts.json", "--layout", "words")
    first = home.run("-i", path, *arguments, *options)
    assert first["rejects_by_reason"]["damaged_word"] == 1
    layouts(45)
    second = replay(home, first["run_id"])
    third = home.run("-i", path, *arguments, name="y")
    assert spans_both(first, second)["passed"] > 10
    assert (home.csv(), home.rejects(second)) == (home.csv("y"), home.rejects(third))


SCHEMA = [{"name": "id", "type": "integer", "required": True}, {"name": "price", "type": "number", "max": 100}]


def schema_file(home: Home, columns: list[dict[str, Any]], **keys: Any) -> Path:
    """A schema that stands always in the same file."""
    path = home.data / "schema.json"
    path.write_text(json.dumps({"version": 1, "columns": columns, **keys}))
    return path


def as_csv(rows: list[tuple[Any, ...]]) -> bytes:
    """Rows of id, price and note."""
    return "".join(f"{','.join(map(str, row))}\n" for row in [("id", "price", "note"), *rows]).encode()


def as_json_lines(rows: list[tuple[Any, ...]]) -> bytes:
    """The same as objects."""
    return "".join(json.dumps(dict(zip(("id", "price", "note"), row, strict=True))) + "\n" for row in rows).encode()


def as_parquet(rows: list[tuple[Any, ...]]) -> bytes:
    """The same in row groups of seven rows."""
    out = pa.BufferOutputStream()
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=["id", "price", "note"]), out, row_group_size=7)
    return out.getvalue().to_pybytes()


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 1, "-w", 2)])
@pytest.mark.parametrize(
    ("name", "content"),
    [("in.csv", as_csv), ("in.csv.gz", lambda rows: gzip.compress(as_csv(rows))), ("in.jsonl", as_json_lines),
     ("in.parquet", as_parquet)],
)  # fmt: skip
@pytest.mark.parametrize("append", [(), ("--append",)])
def test_a_mended_schema(
    home: Home, write: Write, name: str, content: Any, options: tuple[object, ...], append: tuple[str, ...]
) -> None:
    """A limit that was too low, whatever the format is; the schema of then is on record."""
    rows = [(number, float(number), f"n{number}") for number in range(1, 201)]
    path = write(name, content(rows))
    schema = schema_file(home, SCHEMA)
    first = home.run("-i", path, "--schema", schema, *options)
    assert first["counts"]["rejected"] == 100
    assert home.etl("replay", first["run_id"], *append).code == 2
    schema_file(home, [SCHEMA[0], {**SCHEMA[1], "max": 150}])
    second = replay(home, first["run_id"], *append)
    assert spans_both(first, second) == {"passed": 50, "skipped": 0, "rejected": 50}
    third = home.run("-i", path, "--schema", schema, *options, name="y")
    assert home.csv() == home.csv("y")
    assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("y")))
    assert home.rejects(second) == home.rejects(third)
    assert json.loads(second["declared_schema"])["columns"][1]["max"] == 150
    assert json.loads(second["replay"]["readings"][0]["schema"])["columns"][1]["max"] == 100


def test_rejects_among_rows_of_parquet(home: Home, write: Write) -> None:
    """Scattered over row groups and chunks, each in its place."""
    rows = [(number, float(number * 37 % 200), "x") for number in range(300)]
    path = write("in.parquet", as_parquet(rows))
    schema = schema_file(home, SCHEMA)
    first = home.run("-i", path, "--schema", schema, "--chunk-bytes", 200)
    schema_file(home, [SCHEMA[0]])
    second = replay(home, first["run_id"], "-w", 2)
    assert spans_both(first, second)["rejected"] == 0
    assert [int(line.split(b",")[0]) for line in home.csv().splitlines()[1:]] == list(range(300))


def test_other_signs_for_rejects_alone(home: Home, write: Write) -> None:
    """Numbers with a comma and null words: they are brought to the way in which the other rows are written."""
    path = write("in.csv", 'id,price,note\n1,1.5,"1,5"\n2,"2,25","2,5"\n3,NA,NA\n4,4.0,\n')
    schema = schema_file(home, SCHEMA)
    first = home.run("-i", path, "--schema", schema, "--max-rejects", 2)
    second = replay(home, first["run_id"], "--decimal", ",", "--null", "NA")
    assert spans_both(first, second) == {"passed": 2, "skipped": 0, "rejected": 0}
    assert home.csv().decode() == 'id,price,note\n1,1.5,"1,5"\n2,2.25,"2,5"\n3,,\n4,4.0,\n'
    assert pq.read_table(home.parquet()).column("price").to_pylist() == [1.5, 2.25, None, 4.0]
    assert any("way in which the other rows are written" in note for note in second["notes"])
    other = home.run("-i", path, "--schema", schema, "--decimal", ",", "--max-rejects", "100%", name="y")
    assert refused(home, other["run_id"], "--decimal", ".", "--thousands", ",").code == 2


def test_another_encoding_for_rejects_alone(home: Home, write: Write) -> None:
    """Two encodings in one file: each row by its own."""
    rows = [f"{number},caf\u00e9,{number}".encode("utf-8" if number % 9 else "cp1252") for number in range(1, 90)]
    path = write("in.csv", b"\n".join([b"id,name,n", *rows]) + b"\n")
    first = home.run("-i", path, "--encoding", "utf-8")
    assert first["rejects_by_reason"] == {"invalid_text": 9}
    second = replay(home, first["run_id"], "--encoding", "cp1252")
    assert spans_both(first, second) == {"passed": 9, "skipped": 0, "rejected": 0}
    assert home.csv().decode() == "id,name,n\n" + "".join(f"{n},caf\u00e9,{n}\n" for n in range(1, 90))


def test_records_that_were_too_long(home: Home, write: Write) -> None:
    """They are read again from the file, whose bytes the reject has not."""
    path = write("in.csv", "id,text\n1,a\n2," + "x" * 200_000 + "\n3,c\n4,d\n")
    first = home.run("-i", path, "--max-record-bytes", 100_000)
    second = replay(home, first["run_id"], "--max-record-bytes", 300_000)
    assert spans_both(first, second) == {"passed": 1, "skipped": 0, "rejected": 0}
    assert home.csv() == path.read_bytes()
    path = write("in.jsonl", '{"id": 1}\n{"id": 2, "t": "' + "x" * 200_000 + '"}\n{"id": 3, "t": ""}\n')
    first = home.run("-i", path, "--max-record-bytes", 100_000, name="y")
    second = replay(home, first["run_id"], "--max-record-bytes", 300_000)
    assert spans_both(first, second)["passed"] == 1
    assert home.csv("y").decode() == "id,t\n1,\n2," + "x" * 200_000 + "\n3,\n"


def test_a_record_stays_one(home: Home, write: Write) -> None:
    """What would be two records by the settings of now, or a part of one, is a reject still; its neighbours pass."""
    text = 'a,b,c\n1,2,3\n4,"5\n6",7,8\n9,10\n4,5,6\n7,8,9\n5,5,5\n6,6,6\n'
    path = write("in.csv", text)
    first = home.run("-i", path)
    assert first["counts"]["rejected"] == 2
    second = replay(home, first["run_id"], "--quote", "none", "--ragged", "pad")
    assert spans_both(first, second) == {"passed": 1, "skipped": 0, "rejected": 1}
    (left,) = home.rejects(second)
    assert (left["raw"], left["reason"]) == ('4,"5\n6",7,8', "field_count")


def test_folders_of_keys(home: Home, write: Write) -> None:
    """Columns that the places of the files make are theirs again."""
    for year in (2023, 2024):
        (home.data / f"in/year={year}").mkdir(parents=True)
        write(f"in/year={year}/a.csv", "id,v\n1,2\n3\n4,5\n")
    first = home.run("-i", home.data / "in", "--hive", "--source-column", "file")
    second = replay(home, first["run_id"], "--ragged", "pad")
    assert spans_both(first, second)["passed"] == 2
    assert home.csv().splitlines()[5] == b"3,,year=2024/a.csv,2024"


def test_an_own_output(home: Home, write: Write) -> None:
    """Cells of rejects of an own output lose their apostrophes as the others do."""
    write("in.csv", "id,v\n1,=1\n2,=2\n3,=3\n4,4\n5,=5\n")
    home.run("-i", home.data / "in.csv", name="first")
    schema = schema_file(home, [{"name": "id", "type": "integer", "max": 4}])
    first = home.run("-i", home.output / "first.csv", "--schema", schema)
    schema_file(home, [{"name": "id", "type": "integer"}])
    second = replay(home, first["run_id"])
    assert spans_both(first, second)["passed"] == 1
    assert home.csv() == home.csv("first")
    assert second["escaped_cells"] == 4


@pytest.mark.parametrize("change", ["grown", "written", "gone", "another"])
def test_another_version(home: Home, write: Write, change: str) -> None:
    """An input that was written to since is no input of the run: exit 3, said why, and nothing is touched."""
    path = write("in.csv", "id,v\n1,2\n3\n4,5\n")
    first = home.run("-i", path)
    if change == "grown":
        path.write_text(path.read_text() + "5,6\n")
    elif change == "written":
        path.write_text(path.read_text().replace("4,5", "4,9"))
        os.utime(path, ns=(0, 1_600_000_000_123_456_789))
    elif change == "gone":
        path.unlink()
    else:
        path.unlink()
        write("in.csv", '{"a": 1}\n{"a": 2}\n')
    outcome = refused(home, first["run_id"], "--ragged", "pad")
    assert outcome.code == 3
    assert ("There is no file" if change == "gone" else "is not what run") in outcome.err
    assert (change != "written") or ("2020-09-13" in outcome.err)


def test_what_cannot_be_replayed(home: Home, write: Write) -> None:
    """A run without rejects, one that nobody knows, one whose settings are the same: exit 2, each with its sentence."""
    path = write("in.csv", "id,v\n1,2\n3,4\n")
    clean = home.run("-i", path)["run_id"]
    short = write("short.csv", "id,v\n1,2\n3\n4,5\n")
    dirty = home.run("-i", short, name="y")["run_id"]
    for run_id, options, said in (
        (clean, ("--ragged", "pad"), "has rejected nothing"),
        ("20200101T000000Z-aaaaaa", (), "20200101T000000Z-aaaaaa"),
        (dirty, (), "Nothing is mended"),
        (dirty, ("--delimiter", ","), "Nothing is mended"),
        (dirty, ("--layout", "nowhere"), "Nothing is mended"),
    ):
        outcome = refused(home, run_id, *options)
        assert (outcome.code, said in outcome.err) == (2, True), outcome.err
    assert home.etl("-i", path, "-o", home.output / "z.csv", "--append").code == 2


def test_a_run_that_rejected_too_much(home: Home, write: Write) -> None:
    """It has published nothing: a replay reads what was good as it was, and publishes all of it."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number % 10) for number in range(100)))
    layouts = layout_file(home, max=2)
    outcome = home.etl("-i", path, "-o", home.output / "x.csv", "--struct-config", layouts, "--layout", "levels")
    assert outcome.code == 4
    layout_file(home, max=8)
    assert refused(home, "latest", "--append").code == 2
    run_id = min((home.output / "runs").glob("2*")).name
    second = replay(home, run_id)
    assert (second["counts"]["written"], second["replay"]["tried"], second["replay"]["passed"]) == (90, 70, 60)
    ids = [int(line.split(b",")[0]) for line in home.csv().splitlines()[1:]]
    assert ids == [number for number in range(100) if number % 10 < 9]


def test_the_audit_log_has_it(home: Home, write: Write) -> None:
    """The start of a replay names the run."""
    first = home.run("-i", write("in.csv", "id,v\n1,2\n3\n4,5\n"))
    second = replay(home, first["run_id"], "--ragged", "pad")
    lines = [json.loads(line) for line in (home.path / ".secrets" / "etl_audit.log").read_text().splitlines()]
    starts = {each["target"]: each["detail"] for each in lines if each["action"] == "run.start"}
    assert "replay_of" not in starts[first["run_id"]]
    assert starts[second["run_id"]]["replay_of"] == first["run_id"]


def test_the_command_that_is_shown(home: Home, write: Write) -> None:
    """`run` with the settings of a replay is that replay."""
    path = write("in.csv", "id,v\n1,2\n3\n4,5\n")
    first = home.run("-i", path)
    second = home.run("-i", path, "--ragged", "pad", "--replay-of", first["run_id"])
    assert spans_both(first, second)["passed"] == 1


@pytest.mark.parametrize("told", [("--decimal", ","), ("--decimal", ",", "--thousands", "."), ("--null", "x")])
def test_declared_signs_are_those_of_all_rows(home: Home, write: Write, told: tuple[str, ...]) -> None:
    """What the run was told of its cells holds for the new rows."""
    path = write("in.csv", "id;v;t\n1;-2,50;x\n2;3,75\n4;1,5;y\n")
    first = home.run("-i", path, *told)
    second = replay(home, first["run_id"], "--ragged", "pad")
    assert spans_both(first, second)["passed"] == 1
    home.run("-i", path, *told, "--ragged", "pad", name="y")
    assert home.csv() == home.csv("y")
    assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("y")))


def test_signs_of_columns_that_have_a_type(home: Home, write: Write) -> None:
    """Without a schema too: numbers and days as the other rows have them, other texts as they stand."""
    text = "id,v,d,t\n1,2.25,2024-01-02,a\n2;3,75;03.02.2024;1,5\n3,1.50,2024-05-06,b\n4;8,00;05.06.2024;c\n"
    path = write("in.csv", text)
    first = home.run("-i", path, "--delimiter", ",", "--max-rejects", "100%")
    second = replay(home, first["run_id"], "--delimiter", ";", "--decimal", ",", "--date-order", "dmy")
    assert spans_both(first, second)["passed"] == 2
    assert home.csv().decode() == (
        'id,v,d,t\n1,2.25,2024-01-02,a\n2,3.75,2024-02-03,"1,5"\n3,1.50,2024-05-06,b\n4,8.00,2024-06-05,c\n'
    )
    assert [str(kind) for kind in pq.read_schema(home.parquet()).types[1:3]] == ["decimal128(18, 2)", "date32[day]"]
    assert second["replay"]["typed"] == ["d", "id", "v"]


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl"])
def test_a_long_record_keeps_its_bytes(home: Home, write: Write, name: str) -> None:
    """One that is rejected for another reason, once it may be so long, is whole in the next replay too."""
    rows = [(number, float(number), "x") for number in range(1, 9)] + [(9, 900.0, "z" * 100_000)]
    path = write(name, (as_csv if name == "in.csv" else as_json_lines)(rows))
    schema = schema_file(home, SCHEMA)
    first = home.run("-i", path, "--schema", schema, "--max-record-bytes", 90_000)
    second = replay(home, first["run_id"], "--max-record-bytes", 200_000)
    assert second["rejects_by_reason"] == {"schema_range": 1}
    schema_file(home, [SCHEMA[0]])
    third = replay(home, second["run_id"])
    assert spans_both(second, third)["passed"] == 1
    assert home.csv() == as_csv(rows)


def test_a_long_record_of_a_compressed_file(home: Home, write: Write) -> None:
    """A replay has its start alone, and says what to do."""
    path = write("in.csv.gz", gzip.compress(b"id,t\n1,a\n2," + b"x" * 5000 + b"\n3,c\n"))
    first = home.run("-i", path, "--max-record-bytes", 1024)
    (left,) = home.rejects(replay(home, first["run_id"], "--max-record-bytes", 9000))
    assert (left["reason"], "run the file again" in left["detail"]) == ("record_too_long", True)


@pytest.mark.parametrize("declared", [True, False])
def test_values_that_must_come_once(home: Home, write: Write, declared: bool) -> None:
    """What the schema of now says of the whole is held against all rows, and what it says no more is not."""
    path = write("in.csv", "id,v\n1,5\n2\n1,7\n")
    once = {"name": "id", "type": "integer", "unique": True}
    first = home.run("-i", path, *(("--schema", schema_file(home, [{"name": "v"}])) if declared else ()))
    outcome = refused(home, first["run_id"], "--ragged", "pad", "--schema", schema_file(home, [once, {"name": "v"}]))
    assert (outcome.code, "'id' must be unique" in outcome.err) == (4, True)
    path = write("in.csv", "id,v\n1,5\n2,50\n1,70\n")
    first = home.run("-i", path, "--schema", schema_file(home, [once, {"name": "v", "type": "integer", "max": 60}]))
    second = replay(home, first["run_id"], "--schema", schema_file(home, [{"name": "v", "type": "integer"}]))
    assert spans_both(first, second)["passed"] == 1
    assert home.csv() == b"id,v\n1,5\n2,50\n1,70\n"


def test_a_schema_is_held_against_the_columns_of_now(home: Home, write: Write) -> None:
    """Those that the mended layout gives: required ones are there, others are not where none may be."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number % 20) for number in range(60)))
    columns = [{"name": "id", "type": "integer"}, {"name": "level", "type": "integer"}]
    told = ("--struct-config", layout_file(home, max=10), "--layout", "levels", "--schema", schema_file(home, columns))
    first = home.run("-i", path, *told)

    def layout(*names: str) -> None:
        fields = [{"name": "id", "type": "u16"}, {"name": names[0], "type": "u16"}, {"name": names[1], "type": "u8"}]
        text = json.dumps({"version": 1, "layouts": {"levels": {"fields": fields}}})
        (home.data / "layouts.json").write_text(text)

    layout("high", "level")
    schema_file(home, columns, extra_columns="refuse")
    assert refused(home, first["run_id"]).code == 3
    schema_file(home, [*columns, {"name": "high", "type": "integer", "required": True}])
    assert spans_both(first, replay(home, first["run_id"]))["rejected"] == 0
    home.run("-i", path, *told[:2], "--layout", "levels", name="y")
    layout("high", "renamed")
    schema_file(home, [columns[0], {**columns[1], "required": True}])
    assert refused(home, first["run_id"]).code == 3


def test_a_field_that_must_not_fail(home: Home, write: Write) -> None:
    """The record that ends a replay is named by its place in the file."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number * 7 % 20) for number in range(40)))
    first = home.run("-i", path, "--struct-config", layout_file(home, max=9), "--layout", "levels", "--max-rejects", 30)
    layout_file(home, max=15, on_error="fail")
    outcome = refused(home, first["run_id"])
    assert (outcome.code, "Record 9 of" in outcome.err, "(byte 40): level is 16" in outcome.err) == (3, True, True)


def test_a_layout_that_is_gone(home: Home, write: Write) -> None:
    """The one on record is used, where something else is mended."""
    path = write("in.bin", b"".join(struct.pack("<IB", number, number % 20) for number in range(40)))
    columns = [{"name": "level", "type": "integer", "max": 12}]
    told = ("--struct-config", layout_file(home), "--layout", "levels", "--schema", schema_file(home, columns))
    first = home.run("-i", path, *told)
    other = home.data / "layouts.json"
    other.write_text(other.read_text().replace("levels", "others"))
    schema_file(home, [{"name": "level", "type": "integer"}])
    assert spans_both(first, replay(home, first["run_id"]))["rejected"] == 0


@pytest.mark.parametrize(
    "told",
    [("--header", "no"), ("--source-column", "src"), ("--exclude", "x"), ("--normalise",), ("--max-size-gb", 1)],
)
def test_settings_that_are_those_of_the_run(home: Home, write: Write, told: tuple[object, ...]) -> None:
    """`run --replay-of` takes no other inputs, and no settings that say which files there are or where tables stand."""
    path = write("in.csv", "id,v\n1,2\n3\n4,5\n")
    first = home.run("-i", path)
    command = ("-o", home.output / "x.csv", "--ragged", "pad", "--replay-of", first["run_id"])
    outcome = home.etl("-i", path, *command, *told)
    assert (outcome.code, str(told[0]) in outcome.err) == (2, True)
    outcome = home.etl("-i", write("other.csv", "id,v\n1,2\n"), *command)
    assert (outcome.code, "--input" in outcome.err) == (2, True)


def test_many_rejects_among_blank_lines(home: Home, write: Write) -> None:
    """Each in its place."""
    text = "id,a,b\n" + "".join(f"{number},x,y\n\n{number}\n" for number in range(500))
    path = write("in.csv", text)
    first = home.run("-i", path, "--chunk-bytes", 700)
    replay(home, first["run_id"], "--ragged", "pad")
    home.run("-i", path, "--ragged", "pad", name="y")
    assert home.csv() == home.csv("y")
