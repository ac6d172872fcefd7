"""The JSON Lines reader: rows, and every bad line at its place, wherever pieces end."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from etl_batch.formats.jsonl import reader
from etl_batch.formats.jsonl.members import BadLine, members_of
from tests.unit.engine_parts import read_all
from tests.unit.formats.jsonl.lines_files import lines_source

MIXED = b"""\xef\xbb\xbf{"id":1,"name":"a\\nb"}\r
{"id":2,"n\\u0061me":"late spelling","extra":1.50}

{"id":3
[1]
{"id":4,"name":"\xff"}
{"id":5,"id":5}
{"id":6,"name":"\\ud800"}
  {"name":null,"id":"007"}  \r
{"id":8}"""


@pytest.mark.parametrize("chunk_bytes", [1, 7, 40, 1 << 20])
def test_rows_and_rejects(tmp_path: Path, chunk_bytes: int) -> None:
    """Good lines are rows, the others rejects at their offsets, and blank ones are counted."""
    source = lines_source(tmp_path, MIXED)
    assert source.column_names == ["id", "name", "extra"]
    found = read_all(source, chunk_bytes)
    rows = [("1", "a\nb", ""), ("2", "late spelling", "1.50"), ("007", "", ""), ("8", "", "")]
    assert found.rows == rows
    assert (found.records, found.skipped) == (10, 1)
    reasons = [(reject.record, reject.reason, reject.field) for reject in found.rejects]
    assert reasons == [
        (3, "invalid_json", None),
        (4, "not_an_object", None),
        (5, "invalid_text", None),
        (6, "duplicate_key", "id"),
        (7, "invalid_text", "name"),
    ]
    for reject in found.rejects:
        raw = base64.b64decode(reject.raw) if reject.raw_encoding else reject.raw.encode()
        assert MIXED[reject.offset :].startswith(raw + b"\n")


def test_a_key_that_the_plan_does_not_know(tmp_path: Path) -> None:
    """The line is a reject that names it: so it is when a file was not surveyed, as for a probe."""
    source = lines_source(tmp_path, '{"a":1}\n').with_keys(["a"])
    Path(source.path).write_text('{"b":1}\n')
    source = replace(source, version=None)
    (reject,) = read_all(source, 100).rejects
    assert (reject.reason, reject.field) == ("unknown_key", "b")


@pytest.mark.parametrize("chunk_bytes", [1, 50, 1 << 20])
def test_lines_that_are_too_long(tmp_path: Path, chunk_bytes: int) -> None:
    """One reject each, with its start, and never read as a whole where it would be a piece of its own."""
    long = '{"a":"' + "x" * 20_000 + '"}'
    just, over = ('{"a":"' + "y" * size + '"}' for size in (92, 93))
    content = "\n".join([long, '{"a":"1"}', over, just, long, '{"a":"2"}', long])
    source = replace(lines_source(tmp_path, content), longest=100)
    found = read_all(source, chunk_bytes)
    assert found.rows == [("1",), ("y" * 92,), ("2",)]
    assert [(reject.record, reject.reason) for reject in found.rejects] == [
        (number, "record_too_long") for number in (0, 2, 4, 6)
    ]
    for reject in found.rejects:
        assert content[reject.offset :].startswith(reject.raw)
        assert len(reject.raw) <= reader.MOST_SHOWN
    assert all(piece.place.long or piece.place.length <= chunk_bytes + 200 for piece in source.cut(chunk_bytes))


def test_narrow_slabs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slab that is full goes on in the next, whatever filled it."""
    monkeypatch.setattr(reader, "_SLAB_CELLS", 9)
    monkeypatch.setattr(reader.Finder, "find", lambda self, at, odd=2, find=reader.Finder.find: find(self, at, odd))
    lines = [f'{{"a":{n},"b":"\\u00e9"}}' if n % 3 else "bad" for n in range(50)]
    found = read_all(lines_source(tmp_path, "\n".join(lines)), 1 << 20)
    assert found.rows == [(str(n), "é") for n in range(50) if n % 3]
    assert [reject.record for reject in found.rejects] == list(range(0, 50, 3))


KEYS = st.sampled_from(["a", "b", "é", "", "a.b", "c" * 70])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)
LINES = st.one_of(
    st.tuples(st.dictionaries(KEYS, VALUES, max_size=4), st.booleans()).map(
        lambda way: json.dumps(way[0], ensure_ascii=way[1]).encode("utf-8", "surrogatepass")
    ),
    st.sampled_from([b"", b" \r", b"{", b'{"a":1}}', b'{"a":"\xff"}', b'{"z\\u0061":"\\n"}', b"{}", b"null"]),
    st.binary(max_size=8).map(lambda raw: raw.replace(b"\n", b"")),
)


@given(
    st.lists(LINES, max_size=8), st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.booleans(), st.integers(1, 200)
)
def test_any_lines(lines: list[bytes], end: bytes, ended: bool, flatten: bool, chunk_bytes: int) -> None:
    """All of them are what Python's reader says, one by one, under the keys in order of appearance."""
    text = b'{"id":0}\n' + end.join(lines) + (end if ended else b"")
    expected, keys, bad, blank = [{"id": "0"}], ["id"], [], 0
    split = text.split(b"\n")[: None if not text.endswith(b"\n") else -1]
    for number, line in enumerate(split[1:], 1):
        if not line.strip(b" \t\r"):
            blank += 1
            continue
        try:
            expected.append(members_of(line, flatten))
            keys += [key for key in expected[-1] if key not in keys]
        except BadLine as fault:
            bad.append((number, fault.reason))
    assume("" not in keys or "column_" not in "".join(keys))
    with TemporaryDirectory() as folder:
        source = lines_source(Path(folder), text, flatten=flatten)
        assert source.keys == tuple(keys)
        found = read_all(source, chunk_bytes)
    assert found.rows == [tuple(row.get(key, "") for key in keys) for row in expected]
    assert [(reject.record, reject.reason) for reject in found.rejects] == bad
    assert (found.records, found.skipped) == (len(split), blank)


def test_where_a_row_stands(tmp_path: Path) -> None:
    """Its line as it is in the file, though the text was written over, its offset and its number."""
    lines = ['{"a":"x\\ny","b":1}', "", '{"b":2}', "[1]", '{"a":"\\u00e9é"}  ']
    source = lines_source(tmp_path, "\n".join(lines))
    (piece,) = source.cut(1 << 20)
    (slab,) = source.read(piece.place, 0)
    assert slab.origin is not None
    found = [slab.origin(row) for row in range(slab.rows)]
    assert [(each.record, each.raw) for each in found] == [(0, lines[0]), (2, lines[2]), (4, lines[4])]
    content = Path(source.path).read_bytes()
    assert all(content[each.offset :].startswith(each.raw.encode()) for each in found)
