"""JSON Lines as a format: what it claims, its columns, and its sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl_batch.formats.jsonl import survey
from etl_batch.formats.jsonl.source import JsonLinesSource
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.source import Claim
from tests.unit.engine_parts import read_all
from tests.unit.formats.jsonl.lines_files import lines_source

CLAIMS = [
    ("x", b'{"a":1}\n{"a":2}\n', True),
    ("x.csv", b'{"a":1}\n{"a":2}\n', True),
    ("x", b'{"a":1}', True),
    ("x", b'\xef\xbb\xbf{"a":1}\r\n\r\n{"b":2}\r\n', True),
    ("x", b'{"a":1}\nbad\n{"a":2}\n', True),
    ("x", b'{"a":1}\nbad\nbad\n', False),
    ("x.jsonl", b'{"a":1}\nbad\nbad\n', True),
    ("x.NDJSON", b'bad\n{"a":1,"a":1}\nbad\n', True),
    ("x.jsonl", b"bad\n", False),
    ("x.jsonl", b'{\n"a":1\n}\n', False),
    ("x.json", b'[{"a":1},\n{"a":2}]\n', False),
    ("x.json", b'[\n{"a":1}\n]\n', False),
    ("x.json", b'{\n "rows": [\n{"a":1}\n]\n}\n', False),
    ("x.json", b"[1]\n[2]\n", False),
    ("x.json", b'"a"\n', False),
    ("x.csv", b"a,b\n1,2\n", False),
    ("x", b"\n\n", False),
    ("x", b"\xff\x00\xff", False),
    ("x", b'{"a":"\xff"}', True),
    ("x", b'{"a\xff', False),
]


@pytest.mark.parametrize(("name", "content", "claimed"), CLAIMS, ids=range(len(CLAIMS)))
def test_claims(tmp_path: Path, name: str, content: bytes, claimed: bool) -> None:
    """Lines most of which are objects, by content alone; under a name for such files one is enough."""
    path = tmp_path / name
    path.write_bytes(content)
    look = look_at(path, 0, Reading({}))
    claims = [claim for claim in Claim if JsonLinesSource.detect(look, claim) is not None]
    assert claims == ([Claim.CONTENT] if claimed else [])


def test_a_line_longer_than_what_is_looked_at(tmp_path: Path) -> None:
    """It is read to its end; a list of files takes what begins like an object for one."""
    for content, claimed in ((b'{"a":"%s"}\n', True), (b'{"a":"%s"\n', False)):
        path = tmp_path / "x"
        path.write_bytes(content % (b"x" * (3 << 20)))
        assert (JsonLinesSource.detect(look_at(path, 0, Reading({})), Claim.CONTENT) is not None) == claimed
        glance = look_at(path, 0, Reading({}, sample_bytes=1000))
        assert JsonLinesSource.detect(glance, Claim.CONTENT) is not None


def test_late_keys(tmp_path: Path) -> None:
    """A key that appears but once, far from any block of the sample, is a column in its place."""
    lines = [f'{{"id":{n},"text":"{"x" * 100}"}}' for n in range(60_000)]
    lines[32_190] = '{"id":32190,"late \\u00e9":1,"text":"","later":2}'
    lines[32_191] = '{"nothing":3'
    source = lines_source(tmp_path, "\n".join(lines))
    assert source.column_names == ["id", "text", "late é", "later"]
    found = read_all(source, 1 << 20)
    assert [row for row in found.rows if row[2]] == [("32190", "", "1", "2")]
    assert [reject.record for reject in found.rejects] == [32_191]


def test_order_of_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is that of the file, whatever pieces are looked at together, and there are no more than so many."""
    monkeypatch.setattr("etl_batch.formats.jsonl.source._SURVEY_BYTES", 50)
    lines = [f'{{"b":1,"key{n % 37 * 7 % 37}":2,"a":[{{"c":1}}]}}' for n in range(200)]
    order = ["b", "key0", "a", *(f"key{n * 7 % 37}" for n in range(1, 37))]
    assert lines_source(tmp_path, "\n".join(lines)).column_names == order
    monkeypatch.setattr(survey, "MOST_KEYS", 5)
    source = lines_source(tmp_path, "\n".join(lines))
    assert source.column_names == order[:5]
    assert {reject.reason for reject in read_all(source, 1 << 20).rejects} == {"unknown_key"}


def test_names_of_empty_keys(tmp_path: Path) -> None:
    """They get one, and none twice."""
    source = lines_source(tmp_path, '{"a":1,"":2,"column_2":3}\n')
    assert source.column_names == ["a", "column_2", "column_2_2"]
    assert read_all(source, 100).rows == [("1", "2", "3")]


def test_the_sample_is_of_the_whole_file(tmp_path: Path) -> None:
    """Of blocks that are spread over it; of a file of long lines the first ones."""
    source = lines_source(tmp_path, "\n".join(f'{{"id":"{n:09}","text":"{"x" * 100}"}}' for n in range(60_000)))
    ids = [int(cell) for part in source.sample() for cell in part.batch.column(0).to_pylist()]
    assert ids[0] == 0
    assert ids[-1] == 59_999
    assert len(ids) < 20_000
    long = lines_source(tmp_path, "\n".join(f'{{"id":{n},"text":"{"x" * 200_000}"}}' for n in range(20)))
    assert sum(part.batch.num_rows for part in long.sample()) > 0
