"""Declared schemas through the whole engine: violations are rejects, types are Parquet's, and inferred ones hold."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
COLUMNS = [
    {"name": "id", "type": "integer", "required": True, "min": 1},
    {"name": "price", "type": "decimal(8,2)", "max": 100},
    {"name": "day", "type": "date"},
    {"name": "code", "type": "text", "pattern": "[A-Z]+[0-9]", "max_length": 4},
    {"name": "kind", "values": ["a", "b"]},
    {"name": "nowhere", "type": "timestamp"},
]
TEXT = """kind,id,price,day,code,extra
a,007,1.5,2024-01-01,AB1,"=q"
b,2,2.50,2024-02-30,AB1,q
b,,2.50,2024-02-03,AB1,q
b,5,1000,2024-02-03,AB1,q

b,5,3.125,,AB1,q
b,5,3,,ab1,q
"b",5,3,,"",q
b,5,3,,ABCDE1,q
b,0,x,,AB1,q
bad
c,4,3,,AB1,q
b,+6,-3,,A1,-q
"""
REASONS = [
    ("schema_type", "day", 1),
    ("schema_required", "id", 2),
    ("schema_range", "price", 3),
    ("schema_type", "price", 5),
    ("schema_pattern", "code", 6),
    ("schema_length", "code", 8),
    ("schema_range", "id", 9),
    ("field_count", None, 10),
    ("schema_value", "kind", 11),
]


def declared(home: Home, columns: list[dict[str, Any]], **keys: Any) -> Path:
    """A schema file."""
    path = home.data / "schema.json"
    path.write_text(json.dumps({"version": 1, "columns": columns, **keys}))
    return path


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 1, "-w", 2)])
def test_violations_are_rejects(home: Home, write: Write, options: tuple[object, ...]) -> None:
    """With field, reason, offset and record; the others are as declared, and the CSV keeps the text."""
    path = write("in.csv", TEXT)
    metadata = home.run("-i", path, "--schema", declared(home, COLUMNS), "--max-rejects", 100, *options)
    rejects = home.rejects(metadata)
    assert [(each["reason"], each["field"], each["record"]) for each in rejects] == REASONS
    assert all(TEXT[each["offset"] :].startswith(each["raw"] + "\n") for each in rejects)
    assert metadata["counts"] == {"records_in": 13, "written": 3, "rejected": 9, "skipped": 1}
    assert home.csv().decode() == (
        "id,price,day,code,kind,nowhere,extra\n007,1.5,2024-01-01,AB1,a,,'=q\n5,3,,,b,,q\n+6,-3,,A1,b,,'-q\n"
    )
    table = pq.read_table(home.parquet())
    kinds = ["int64", "decimal128(8, 2)", "date32[day]", "string", "string", "timestamp[us]", "string"]
    assert [str(kind) for kind in table.schema.types] == kinds
    assert table.column("id").to_pylist() == [7, 5, 6]
    assert [str(value) for value in table.column("price").to_pylist()] == ["1.50", "3.00", "-3.00"]


def test_other_columns(home: Home, write: Write) -> None:
    """They are kept, dropped, or a reason to refuse the file; a required column that is missing is one as well."""
    path = write("in.csv", "b,a\n1,2\n")
    home.run("-i", path, "--schema", declared(home, [{"name": "a"}], extra_columns="drop"))
    assert home.csv() == b"a\n2\n"
    for columns, extra in (([{"name": "a"}], "refuse"), ([{"name": "z", "required": True}], "keep")):
        schema = declared(home, columns, extra_columns=extra)
        outcome = home.etl("-i", path, "-o", home.output / "y.csv", "--schema", schema)
        assert outcome.code == 3
        assert "in.csv has" in outcome.err
    write("good.csv", "z,a\n1,2\n")
    schema = declared(home, [{"name": "z", "required": True}])
    metadata = home.run("-i", home.data / "*.csv", "--schema", schema, "--on-bad-file", "skip")
    assert [Path(each["path"]).name for each in metadata["passed_over"]] == ["in.csv"]
    outcome = home.etl("-i", path, "-o", home.output / "y.csv", "--schema", declared(home, [{"name": "a", "typ": 1}]))
    assert outcome.code == 2
    assert "column 'a', typ" in outcome.err


def test_every_format_is_held_against_it(home: Home) -> None:
    """Records with their bytes, Parquet rows with their values, text in another encoding at its own offsets."""
    record = struct.Struct("<IQIq32s")
    raws = [record.pack(n, 1_700_000_000, n * 10, n, b"p%d" % n) for n in range(1, 6)]
    (home.data / "a.bin").write_bytes(b"".join(raws))
    schema = declared(home, [{"name": "quantity", "type": "integer", "max": 30}])
    metadata = home.run("-i", home.data / "a.bin", "--schema", schema)
    assert [each["offset"] for each in home.rejects(metadata)] == [168, 224]
    assert [each["raw_encoding"] for each in home.rejects(metadata)] == ["base64", "base64"]
    pq.write_table(pa.table({"v": [1.5, 99.0, None], "k": ["x", "y", "z"]}), home.data / "b.parquet")
    schema = declared(home, [{"name": "v", "type": "decimal(4,1)", "max": 50, "required": True}])
    metadata = home.run("-i", home.data / "b.parquet", "--schema", schema, "--max-rejects", "90%")
    rejects = [(each["record"], each["reason"], json.loads(each["raw"])["k"]) for each in home.rejects(metadata)]
    assert rejects == [(1, "schema_range", "y"), (2, "schema_required", "z")]
    assert str(pq.read_schema(home.parquet()).field("v").type) == "decimal128(4, 1)"
    text = "n,w\r\n1,é\r\nx,ü\r\n"
    (home.data / "c.csv").write_bytes(text.encode("utf-16"))
    metadata = home.run("-i", home.data / "c.csv", "--schema", declared(home, [{"name": "n", "type": "integer"}]))
    (reject,) = home.rejects(metadata)
    assert (reject["offset"], reject["raw"]) == (len(text[: text.index("x,")].encode("utf-16")), "x,ü")


def test_what_is_inferred_holds(home: Home, write: Write) -> None:
    """A run over the same file rejects nothing, and its Parquet file has the types that it would have had."""
    rows = [
        f"{n},{n / 4:.2f},{'ab'[n % 2]},2024-01-{n % 28 + 1:02},{'' if n % 3 else 'x'},{n % 2 == 0}" for n in range(60)
    ]
    path = write("in.csv", "id,price,kind,day,gap,flag\n" + "\n".join(rows) + "\n")
    inferred = home.etl("schema", "infer", path, "--ranges", "--json").json
    by_name = {column["name"]: column for column in inferred["columns"]}
    assert by_name["id"] == {"name": "id", "type": "integer", "required": True, "min": "0", "max": "59"}
    assert by_name["kind"] == {"name": "kind", "type": "text", "required": True, "values": ["a", "b"]}
    assert "required" not in by_name["gap"]
    target = home.output / "schema.json"
    assert home.etl("schema", "infer", path, "--ranges", "-o", target).code == 0
    assert json.loads(target.read_text()) == inferred
    home.run("-i", path, name="without")
    metadata = home.run("-i", path, "--schema", target)
    assert metadata["counts"]["rejected"] == 0
    assert home.csv() == home.csv("without")
    assert pq.read_table(home.parquet()).equals(pq.read_table(home.parquet("without")))


@pytest.mark.parametrize("options", [(), ("--chunk-bytes", 1, "-w", 2)])
def test_a_value_that_comes_twice(home: Home, write: Write, options: tuple[object, ...]) -> None:
    """The run ends without an output and says which rows; what is rejected or empty is none, nor is another column."""
    write("a.csv", "id,n\n1,1\n2,1\n,1\n,1\nx,1\n3,1\n")
    second = write("b.csv", "id,n\nx,5\n007,5\n")
    schema = declared(home, [{"name": "id", "type": "integer", "unique": True}, {"name": "n"}])
    given = ("-i", home.data / "*.csv", "--schema", schema, "--max-rejects", 9, *options)
    metadata = home.run(*given)
    assert metadata["counts"]["rejected"] == 2
    second.write_text("id,n\nx,5\n7,5\n+2,5\n01,5\n")
    outcome = home.etl("-o", home.output / "y.csv", "--json", *given)
    assert outcome.code == 4
    assert not (home.output / "y.csv").exists()
    for words in ("'id' must be unique", "2 rows", "row 2 of", "b.csv has that of good row 2 of", "a.csv"):
        assert words in outcome.json["error"]["message"]
    assert list((home.output / "runs").rglob("unique-*")) == []


def test_good_rows_are_copied_as_they_stand(home: Home, write: Write) -> None:
    """With the columns in the file's own order the CSV is made of its lines: those of the good rows alone."""
    rows = [f"{n},w{n % 5},{'x' if n % 7 == 0 else n * 10}\n" for n in range(2_000)]
    path = write("in.csv", "id,w,v\n" + "".join(rows))
    columns = [{"name": "id", "type": "integer"}, {"name": "w"}, {"name": "v", "type": "decimal(9,1)"}]
    metadata = home.run("-i", path, "--schema", declared(home, columns))
    good = [row for n, row in enumerate(rows) if n % 7]
    assert home.csv().decode() == "id,w,v\n" + "".join(good)
    assert metadata["counts"]["rejected"] == len(rows) - len(good)
    table = pq.read_table(home.parquet())
    assert [int(value) for value in table.column("v").to_pylist()] == [n * 10 for n in range(2_000) if n % 7]


@pytest.mark.parametrize("kind", ["integer", "number", "decimal(8,2)", "boolean", "date", "time", "timestamp", "text"])
def test_null_words_in_a_declared_column(home: Home, write: Write, kind: str) -> None:
    """A cell that stands for nothing is null, whatever the type is."""
    cells = {"boolean": "true", "date": "2024-01-02", "time": "10:11:12", "timestamp": "2024-01-02T10:11:12"}
    path = write("in.csv", f"id,d\n1,{cells.get(kind, '5')}\n2,\n3,NA\n")
    metadata = home.run(
        "-i", path, "--schema", declared(home, [{"name": "id"}, {"name": "d", "type": kind}]), "--null", "NA"
    )
    assert metadata["counts"]["written"] == 3
    assert pq.read_table(home.parquet()).column("d").null_count == 2
    assert home.csv() == path.read_bytes()
