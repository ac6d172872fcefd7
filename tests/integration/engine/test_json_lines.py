"""JSON Lines through the whole engine: the same rows whatever the workers, and every bad line kept."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.integration.engine.conftest import Home

Write = Callable[[str, bytes | str], Path]
LINES = [
    json.dumps({"id": n, "name": f"=é{n % 3}\n", "place": {"city": "Paris", "at": [n, 1.50]}}, ensure_ascii=n % 2 == 0)
    for n in range(2_000)
]
LINES[7], LINES[1_500], LINES[1_700] = "broken", '{"id":1,"id":2}', '{"late":1.50}'


def rows_of(home: Home, name: str = "x") -> list[dict[str, str]]:
    """The CSV as Python reads it."""
    return list(csv.DictReader(io.StringIO(home.csv(name).decode(), newline="")))


def test_numbers_stay_as_they_are_written(home: Home, write: Write) -> None:
    """Columns in order of appearance; what no number holds stays text, and so does what only looks like one."""
    lines = ['{"id":1,"tags":["a", "b"],"n":12345678901234567890}', '{"id":2,"amount":1.50,"zip":"007","n":1e400}']
    home.run("-i", write("in.jsonl", "\n".join(lines)))
    assert home.csv() == (b'id,tags,n,amount,zip\n1,"[""a"", ""b""]",12345678901234567890,,\n2,,1e400,1.50,007\n')
    schema = pq.read_table(home.parquet()).schema
    assert [str(kind) for kind in schema.types] == ["int64", "string", "string", "decimal128(18, 2)", "string"]


def test_workers_and_chunks_change_nothing(home: Home, write: Write) -> None:
    """The same bytes, the same rejects at their offsets, and the conservation equation."""
    content = "\r\n".join(LINES).encode()
    path = write("in.ndjson", content)
    runs = {
        name: home.run("-i", path, "-w", workers, "--chunk-bytes", size, name=name)
        for name, workers, size in (("a", 1, 1 << 26), ("b", 3, 1000), ("c", 2, 1))
    }
    assert home.csv("a") == home.csv("b") == home.csv("c")
    assert pq.read_table(home.parquet("a")).equals(pq.read_table(home.parquet("b")))
    for metadata in runs.values():
        assert metadata["counts"] == {"records_in": 2_000, "written": 1_998, "rejected": 2, "skipped": 0}
        rejects = home.rejects(metadata)
        assert [(reject["record"], reject["reason"]) for reject in rejects] == [
            (7, "invalid_json"),
            (1_500, "duplicate_key"),
        ]
        assert all(content[reject["offset"] :].startswith(reject["raw"].encode() + b"\r\n") for reject in rejects)
    rows = rows_of(home, "a")
    assert list(rows[0]) == ["id", "name", "place", "late"]
    assert [row["name"] for row in rows[:2]] == ["'=é0\n", "'=é1\n"]
    assert [row["late"] for row in rows if row["late"]] == ["1.50"]
    assert json.loads(rows[5]["place"]) == {"city": "Paris", "at": [5, 1.5]}


def test_flattened(home: Home, write: Write) -> None:
    """Inner objects become columns; the numbers in them have types."""
    home.run("-i", write("in.jsonl", "\n".join(LINES[:7])), "--flatten")
    assert list(rows_of(home)[0]) == ["id", "name", "place.city", "place.at"]
    home.run("-i", write("in.jsonl", '{"a":{"b":{"c":1}}}\n{"a":{"b":{"c":2}}}\n'), "--flatten")
    assert pq.read_table(home.parquet()).to_pydict() == {"a.b.c": [1, 2]}


def test_it_is_told(home: Home, write: Write) -> None:
    """`detect` names it, `estimate` reads some of it, and a document of JSON is something else."""
    (told,) = home.etl("detect", write("in.txt", "\n".join(LINES)), "--json").json["files"]
    assert (told["format"], told["dialect"]) == ("jsonl", None)
    found = home.etl("estimate", write("in.txt", "\n".join(LINES)), "--json").json
    assert found["format"] == "jsonl"
    assert found["population_rows"]["estimate"] == pytest.approx(1_998)


def test_beside_other_formats(home: Home, write: Write) -> None:
    """Columns are joined by name, as those of any files are."""
    write("a.jsonl", '{"n":1,"x":"a"}\n{"x":"b"}\n')
    write("b.csv", "x,n\nc,3\n")
    pq.write_table(pa.table({"n": pa.array([4], pa.int32()), "x": ["d"]}), home.data / "c.parquet")
    home.run("-i", home.data)
    assert home.csv() == b"n,x\n1,a\n,b\n3,c\n4,d\n"
    assert pq.read_table(home.parquet()).column("n").to_pylist() == [1, None, 3, 4]
