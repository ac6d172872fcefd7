"""Schema files: read as a whole, each error with the column's name and the key."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from etl_batch.errors import UsageError
from etl_batch.schemas.spec import ColumnSpec, ExtraColumns, fits, load_schema, parse_schema


def schema_of(**keys: Any) -> str:
    """A schema of one column `c` with these keys."""
    return json.dumps({"version": 1, "columns": [{"name": "c", **keys}]})


def test_a_schema_is_read(tmp_path: Path) -> None:
    """All keys; bounds and values may be numbers or texts. It crosses process borders, used or not."""
    column = {"name": "c", "type": "decimal(5,2)", "required": True, "unique": True, "min": 1, "max": 9.5}
    column |= {"values": [1, "2.50"], "pattern": "[0-9.]+", "max_length": 4, "description": "x"}
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"version": 1, "columns": [column], "extra_columns": "drop"}))
    schema = load_schema(path)
    spec = ColumnSpec("c", "decimal(5,2)", True, True, "1", "9.5", "[0-9.]+", ("1", "2.50"), None, 4)
    assert (schema.columns, schema.extra, schema.by_name) == ((spec,), ExtraColumns.DROP, {"c": spec})
    assert schema.columns[0].kind is not None
    assert pickle.loads(pickle.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", ["no JSON"]),
        ("[" * 100_000, ["no JSON"]),
        ("[]", ["version", "object"]),
        ('{"version": 2, "columns": []}', ["version", "1"]),
        ('{"version": true, "columns": []}', ["version", "1"]),
        ('{"version": 1}', ["columns", "list"]),
        ('{"version": 1, "columns": [], "colour": 1}', ["colour", "no such key"]),
        ('{"version": 1, "columns": [], "extra_columns": "maybe"}', ["extra_columns", "keep"]),
        ('{"version": 1, "columns": [{"name": ""}]}', ["'#1'", "name"]),
        ('{"version": 1, "columns": [7]}', ["'#1'"]),
        ('{"version": 1, "columns": [{"name": "a"}, {"name": "a"}]}', ["'a'", "twice"]),
        (schema_of(typ="text"), ["'c'", "typ:"]),
        (schema_of(type="int"), ["'c'", "type:", "integer"]),
        (schema_of(type="decimal(39,2)"), ["'c'", "type:"]),
        (schema_of(type="decimal(3,4)"), ["'c'", "type:"]),
        (schema_of(type="date(ms)"), ["'c'", "type:"]),
        (schema_of(type=7), ["'c'", "type:"]),
        (schema_of(required="yes"), ["'c'", "required:"]),
        (schema_of(min=1), ["'c'", "min:", "order"]),
        (schema_of(type="text", max="z"), ["'c'", "max:", "order"]),
        (schema_of(type="integer", min="x"), ["'c'", "min:", "'x' is no integer"]),
        (schema_of(type="integer", min=2, max=1), ["'c'", "max:", "below"]),
        (schema_of(type="date", min="2024-02-30"), ["'c'", "min:"]),
        (schema_of(pattern="("), ["'c'", "pattern:"]),
        (schema_of(pattern=7), ["'c'", "pattern:"]),
        (schema_of(values=[]), ["'c'", "values:"]),
        (schema_of(values=[None]), ["'c'", "values:"]),
        (schema_of(type="boolean", values=["maybe"]), ["'c'", "values:", "no boolean"]),
        (schema_of(max_length=-1), ["'c'", "max_length:"]),
        (schema_of(min_length=True), ["'c'", "min_length:"]),
        (schema_of(min_length=3, max_length=2), ["'c'", "max_length:"]),
    ],
)
def test_errors_name_the_place(text: str, words: list[str]) -> None:
    """The file, the column and the key; the exit code is that of a wrong configuration."""
    with pytest.raises(UsageError) as caught:
        parse_schema(text, "s.json")
    assert caught.value.exit_code == 2
    assert [word for word in ["s.json", *words] if word not in caught.value.message] == []


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Is told by its name."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(UsageError, match=path.name):
            load_schema(path)
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"bad\.json"):
        load_schema(tmp_path / "bad.json")


def test_a_pattern_is_held_against_the_whole_cell() -> None:
    """Alternatives and line ends among them."""
    cells = pa.array(["a", "ab", "b", "a\n", ""])
    assert fits(cells, "a|b").to_pylist() == [True, False, True, False, False]
