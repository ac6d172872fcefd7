"""The members of a line, and what is wrong with one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.jsonl.members import MOST_DEEP, BadLine, members_of

LINES = [
    ('{"a":1.50,"b":12345678901234567890,"c":1e400,"d":-0}', ["1.50", "12345678901234567890", "1e400", "-0"]),
    ('{"a":true,"b":false,"c":null,"d":"null"}', ["true", "false", "", "null"]),
    (' { "a" : "007" , "b" : "" } \r', ["007", ""]),
    ('{"a":"\\u00e9\\n\\"\\ud83d\\ude00\\/"}', ['é\n"\U0001f600/']),
    ('{"a":[1.50, {"b": "\\u00e9"}],"c":{}}', ['[1.50, {"b": "\\u00e9"}]', "{}"]),
    ("{}", []),
    ('{"a":NaN,"b":-Infinity}', ["NaN", "-Infinity"]),
    ('{"a":' + "1" * 5000 + "}", ["1" * 5000]),
]


@pytest.mark.parametrize(("line", "cells"), LINES, ids=range(len(LINES)))
def test_cells(line: str, cells: list[str]) -> None:
    """Numbers and nested values stay as they are written, strings are what they say, null is empty."""
    assert list(members_of(line.encode(), flatten=False).values()) == cells


def test_flattened() -> None:
    """Members of inner objects have names of two parts and more; lists and empty objects stay JSON."""
    line = b'{"a":{"b":1,"c":{"d":[1, {"e":2}],"f":{}}},"g":{"":"x"}}'
    assert members_of(line, flatten=True) == {"a.b": "1", "a.c.d": '[1, {"e":2}]', "a.c.f": "{}", "g.": "x"}


BAD = [
    (b'{"a":1', "invalid_json", None),
    (b'{"a":1}}', "invalid_json", None),
    (b"{'a':1}", "invalid_json", None),
    (b'{"a":01}', "invalid_json", None),
    (b'{"a":"\t"}', "invalid_json", None),
    (b"[1]", "not_an_object", None),
    (b"1", "not_an_object", None),
    (b'{"a":1,"a":1}', "duplicate_key", "a"),
    (b'{"a":1,"\\u0061":1}', "duplicate_key", "a"),
    (b'{"a":"\xff"}', "invalid_text", None),
    (b'{"a":"\\ud800"}', "invalid_text", "a"),
    (b'{"\\udc00":1}', "invalid_text", "\\udc00"),
    (b'{"a":' + b"[" * MOST_DEEP + b"]" * MOST_DEEP + b"}", "invalid_json", None),
]


@pytest.mark.parametrize(("line", "reason", "field"), BAD, ids=range(len(BAD)))
def test_bad_lines(line: bytes, reason: str, field: str | None) -> None:
    """Each has its reason, and the key where it is about one."""
    with pytest.raises(BadLine) as raised:
        members_of(line, flatten=False)
    assert (raised.value.reason, raised.value.field) == (reason, field)


def test_a_key_twice_by_flattening() -> None:
    """A name that two members come to have is one key twice."""
    with pytest.raises(BadLine, match="duplicate_key"):
        members_of(b'{"a":{"b":1},"a.b":2}', flatten=True)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES), st.booleans())
def test_each_cell_says_its_value(row: dict[str, object], ascii_only: bool) -> None:
    """What was written comes back out of the cell."""
    found = members_of(json.dumps(row, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"), flatten=False)
    assert list(found) == list(row)
    for key, value in row.items():
        assert found[key] == ("" if value is None else value if isinstance(value, str) else found[key])
        assert value is None or isinstance(value, str) or json.loads(found[key]) == value
