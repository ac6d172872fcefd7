"""`detect` as a command: every layout with its score and reasons, and a draft where none fits."""

from __future__ import annotations

import json
import random
import struct

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def unknown(home):
    """A home with a file of records that no layout describes, and one of noise."""
    numbers = random.Random(4)
    rows = (struct.pack("<IhB5s", 90_000 + n, numbers.randrange(-9, 900), n % 3, b"abcde") for n in range(2000))
    (home.data / "unknown.dat").write_bytes(b"".join(rows))
    (home.data / "noise.dat").write_bytes(numbers.randbytes(60_000))
    return home


def test_a_file_that_nothing_fits_gets_a_draft(unknown, tmp_path):
    """It is refused as before, and the draft beside it, saved, reads every record."""
    answer = unknown.etl("detect", unknown.data / "unknown.dat", "--json")
    assert answer.code == 3
    found = json.loads(answer.out)
    assert found["error"]["kind"] == "format_refused"
    assert {layout["name"] for layout in found["layouts"]} >= {"default"}
    assert all(reason["text"] for layout in found["layouts"] for reason in layout["reasons"])
    assert found["draft"]["record_size"] == 12
    path = tmp_path / "draft.json"
    path.write_text(json.dumps({"version": 1, "layouts": {"draft": found["draft"]}}))
    run = unknown.run("-i", unknown.data / "unknown.dat", "--struct-config", path, "--layout", "draft")
    assert run["counts"] == {"records_in": 2000, "written": 2000, "rejected": 0, "skipped": 0}
    text = unknown.etl("detect", unknown.data / "unknown.dat")
    assert text.code == 3
    assert "draft: Bytes 12 apart are alike" in text.out
    assert "layout default: 0%" in text.out


def test_noise_gets_none_and_says_so(unknown):
    """There is a sentence instead of a draft."""
    answer = unknown.etl("detect", unknown.data / "noise.dat", "--json")
    found = json.loads(answer.out)
    assert (answer.code, found["draft"]) == (3, None)
    assert "noise" in found["draft_reasons"][0]
    assert "no draft: " in unknown.etl("detect", unknown.data / "noise.dat").out


def test_a_file_that_is_known_shows_every_layouts_score(unknown, tmp_path):
    """The layout that is taken comes first; one that was named is not argued about."""
    fields = [{"name": "n", "type": "u32", "min": 90_000, "max": 99_999}, {"name": "rest", "type": "bytes", "size": 8}]
    other = [{"name": "n", "type": "u32", "max": 10}, {"name": "rest", "type": "bytes", "size": 8}]
    path = tmp_path / "layouts.json"
    path.write_text(json.dumps({"version": 1, "layouts": {"bad": {"fields": other}, "good": {"fields": fields}}}))
    asked = ("detect", unknown.data / "unknown.dat", "--struct-config", path)
    (found,) = unknown.etl(*asked, "--json").json["files"]
    assert [(layout["name"], layout["score"]) for layout in found["layouts"]] == [("good", 1.0), ("bad", 0.0)]
    assert "outside its limits" in unknown.etl(*asked).out
    (named,) = unknown.etl(*asked, "--layout", "good", "--json").json["files"]
    assert "layouts" not in named


ROWS = [{"id": n, "price": n + 0.5, "day": f"2026-01-{n:02}", "code": f"0{n}", "name": "x" * n} for n in range(1, 10)]


def written(folder, name):
    """The rows as a file of one format."""
    path = folder / name
    if name.endswith(".csv"):
        path.write_text("\n".join([",".join(ROWS[0]), *(",".join(map(str, row.values())) for row in ROWS), ""]))
    elif name.endswith(".jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    elif name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(ROWS), path)
    else:
        path.write_bytes(b"".join(struct.pack("<Id4s", row["id"], row["price"], row["code"].encode()) for row in ROWS))
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "a.dat"])
def test_each_column_has_the_type_of_a_run(home, tmp_path, name):
    """Whatever the format: numbers are numbers, dates dates, and text stays text, in words and as JSON."""
    layouts = tmp_path / "layouts.json"
    layouts.write_text(
        json.dumps({"version": 1, "layouts": {"mine": {"struct": "<Id4s", "names": ["id", "price", "code"]}}})
    )
    path = written(home.data, name)
    how = ("--struct-config", layouts, "--layout", "mine") if name == "a.dat" else ()
    (found,) = home.etl("detect", path, *how, "--json").json["files"]
    types = {column["name"]: column["type"] for column in found["columns"]}
    run = home.run("-i", path, *how)
    assert types == {each["name"]: each["type"].replace("string", "text") for each in run["schema"]}
    assert types["code"] == "text"
    assert types["price"] == "double"
    assert types["id"] in ("int64", "uint32")
    said = ", ".join(f"{column} ({kind})" for column, kind in types.items())
    assert f"columns: {said}\n" in home.etl("detect", path, *how).out


def test_what_is_declared_of_the_cells_counts(home):
    """A column of numbers with a decimal comma is one when that is said, as in a run."""
    path = home.data / "a.csv"
    path.write_text("n;price\n1;2,5\n2;3,5\n")
    assert "price (text)" in home.etl("detect", path).out
    assert "price (double)" in home.etl("detect", path, "--decimal", ",").out
