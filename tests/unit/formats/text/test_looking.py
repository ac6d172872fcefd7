"""What a text is found to be: its encoding, its dialect, its table, and what is said of guesses."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest

from etl_batch.errors import FormatRefused, UsageError
from etl_batch.formats.look import Reading, look_at
from etl_batch.formats.source import Claim
from etl_batch.formats.text.looking import Seen, look_into
from etl_batch.formats.text.source import TextSource
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import read_all


def seen(folder: Path, content: bytes | str, **options: Any) -> Seen:
    """What a file with this content is found to be."""
    path = folder / "in.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = look_into(look_at(path, 0, Reading({}, ReadingOptions(**options))), forced=False)
    assert found is not None
    return found


def source_of(folder: Path, content: bytes | str, **options: Any) -> TextSource:
    """The same as a source."""
    path = folder / "in.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    look = look_at(path, 0, Reading({}, ReadingOptions(force_text_fallback=True, **options)))
    found = TextSource.detect(look, Claim.NAMED)
    assert found is not None
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x01", "||", "::", "|~|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", 0), ("utf-8", 3), ("utf-16-le", 2), ("utf-16-be", 2)])
def test_dialects(tmp_path: Path, delimiter: str, newline: str, encoding: str, mark: int) -> None:
    """Every combination of what sets cells and records apart is found from a few lines."""
    text = newline.join(
        delimiter.join(row) for row in (["id", "name", "town"], ["1", "al", "rome"], ["2", "bo", "oslo"])
    )
    start = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]
    dialect = seen(tmp_path, start[:mark] + (text + newline).encode(encoding)).dialect
    assert (dialect.delimiter, dialect.encoding, dialect.bom) == (delimiter, encoding, mark)
    assert (dialect.header, dialect.newline) == (True, newline[-1])


TABLES: list[tuple[str, list[str] | None, list[tuple[str, ...]]]] = [
    # delimiters
    ("a;b\n1;2,5\n3;4,5\n", ["a", "b"], [("1", "2,5"), ("3", "4,5")]),
    ('x,y\n"1;2;3",4\n"5;6;7",8\n', ["x", "y"], [("1;2;3", "4"), ("5;6;7", "8")]),
    ("one\ntwo\n", ["one"], [("two",)]),
    ("said\nYes, but no\nNo\nWell, yes, and so on\nPerhaps\n", ["said"],
     [("Yes, but no",), ("No",), ("Well, yes, and so on",), ("Perhaps",)]),
    ("id:when\n1:2024-01-01\n2:2024-01-02\n", ["id", "when"], [("1", "2024-01-01"), ("2", "2024-01-02")]),
    ("at,load\n10:15:00,0.5\n10:30:00,0.7\n", ["at", "load"], [("10:15:00", "0.5"), ("10:30:00", "0.7")]),
    ("k  long name  n\na  first one   1\nb  second    22\n", ["k", "long name", "n"],
     [("a", "first one", "1"), ("b", "second", "22")]),
    ("  x    y\n  1  2.5\n 10 12.5\n", ["x", "y"], [("1", "2.5"), ("10", "12.5")]),
    ("Ada Lovelace\nGrace Hopper\n", ["Ada Lovelace"], [("Grace Hopper",)]),
    ("n, town, pop\n1, Rome, 3\n2, Oslo, 1\n", ["n", "town", "pop"], [("1", "Rome", "3"), ("2", "Oslo", "1")]),
    # quotes and escapes
    ("id,t\n1,'a, b'\n2,'it''s'\n", ["id", "t"], [("1", "a, b"), ("2", "it's")]),
    ('id,t\n1,"say \\"no\\""\n2,"a\\\\b"\n', ["id", "t"], [("1", 'say "no"'), ("2", "a\\b")]),
    ('id,path\n1,C:\\dir\n2,"D:\\dir"\n', ["id", "path"], [("1", "C:\\dir"), ("2", "D:\\dir")]),
    ('id, t\n1, "a, b"\n2, "c"\n', ["id", "t"], [("1", "a, b"), ("2", "c")]),
    ('"id" ,"t"\n"1" ,"a, b"\n"2" ,"c"\n', ["id", "t"], [("1", "a, b"), ("2", "c")]),
    # what stands above
    ("Sales 2024\n\nid,n\n1,2\n3,4\n", ["id", "n"], [("1", "2"), ("3", "4")]),
    ("Station;7\nUnit;mm\n\nday;rain\n2024-06-01;1.5\n2024-06-02;0\n2024-06-03;0\n", ["day", "rain"],
     [("2024-06-01", "1.5"), ("2024-06-02", "0"), ("2024-06-03", "0")]),
    ("Report,,\n,,\nid,a,b\n1,2,3\n4,5,6\n", ["id", "a", "b"], [("1", "2", "3"), ("4", "5", "6")]),
    ("# made by hand\n# unit: mm\nid,n\n1,2\n3,4\n", ["id", "n"], [("1", "2"), ("3", "4")]),
    ("#id,n\n1,2\n3,4\n", ["id", "n"], [("1", "2"), ("3", "4")]),
    ("sep=;\na;b\n1;2\n", ["a", "b"], [("1", "2")]),
    # headers
    ("name,name\nbob,oslo\n", ["name", "name_2"], [("bob", "oslo")]),
    (",name\n0,bob\n1,al\n", ["column_1", "name"], [("0", "bob"), ("1", "al")]),
    ("country,2019\nNorway,1\nItaly,3\n", ["country", "2019"], [("Norway", "1"), ("Italy", "3")]),
    ("1,al\n2,bo\n", None, [("1", "al"), ("2", "bo")]),
    ("bob,oslo\nal,rome\nbob,bonn\n", None, [("bob", "oslo"), ("al", "rome"), ("bob", "bonn")]),
    ("7,8\n", None, [("7", "8")]),
    ("name,city\n", ["name", "city"], []),
    ("\n\nid,name\n1,al\n", ["id", "name"], [("1", "al")]),
    ("total,2\n3,4\n5,6\n", ["total", "2"], [("3", "4"), ("5", "6")]),
    ("id,n\nid,n\n1,2\n3,4\n", ["id id", "n n"], [("1", "2"), ("3", "4")]),
    (",2023,,2024,\nk,q1,q2,q1,q2\na,1,2,3,4\nb,5,6,7,8\n", ["k", "2023 q1", "2023 q2", "2024 q1", "2024 q2"],
     [("a", "1", "2", "3", "4"), ("b", "5", "6", "7", "8")]),
    ("depth,temp\n(m),(C)\n1,20.5\n2,19.5\n", ["depth (m)", "temp (C)"], [("1", "20.5"), ("2", "19.5")]),
    ('"x","y"\n"r1",5,"a"\n"r2",6,"b"\n', ["row_name", "x", "y"], [("r1", "5", "a"), ("r2", "6", "b")]),
    ("a,b,\n1,2\n3,4\n", ["a", "b"], [("1", "2"), ("3", "4")]),
    ("a,b\n1,2,\n3,4,\n", ["a", "b"], [("1", "2"), ("3", "4")]),
    ("a,b,\n1,2,\n3,4,\n", ["a", "b"], [("1", "2"), ("3", "4")]),
    ("1|2|\n3|4|\n", None, [("1", "2"), ("3", "4")]),
    ("1,2,\n3,4,\n", None, [("1", "2", ""), ("3", "4", "")]),
    ("id,name,,amount\n1,al,2\n2,bo,3\n", ["id", "name", "amount"], [("1", "al", "2"), ("2", "bo", "3")]),
    ('"id,name\n1,al\n2,bo\n', ['"id', "name"], [("1", "al"), ("2", "bo")]),
    ('1,"a,b"c,3\n4,d,5\n6,e,7\n8,f,9\n', None, [("4", "d", "5"), ("6", "e", "7"), ("8", "f", "9")]),
    # what stands between
    ("id,n\n1,2\n# a remark, with, commas\n3,4\n", ["id", "n"], [("1", "2"), ("3", "4")]),
    ("id,t\n1,a\x00b\n2,\x00\n", ["id", "t"], [("1", "a\x00b"), ("2", "\x00")]),
    ("id,n\r\n1,2\n3,4\r5,6\r\n", ["id", "n"], [("1", "2"), ("3", "4"), ("5", "6")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "names", "rows"), TABLES)
def test_tables(tmp_path: Path, text: str, names: list[str] | None, rows: list[tuple[str, ...]]) -> None:
    """Each kind of file that people have, with what is right; names are numbered where there are none."""
    source = source_of(tmp_path, text)
    assert read_all(source, 1000).rows == rows
    numbered = [f"column_{place}" for place in range(1, len(source.columns) + 1)]
    assert source.column_names == (numbered if names is None else names)
    assert source.dialect.header == (names is not None)


def test_a_preamble_is_kept_and_counted(tmp_path: Path) -> None:
    """What stands above the table stands in the source as text, and its lines count as skipped records."""
    source = source_of(tmp_path, "Title\n\nid,n\n1,2\n\n3,x,y\n")
    found = read_all(source, 1000)
    assert source.text_above == "Title\n\n"
    assert (found.rows, found.skipped, found.records) == ([("1", "2")], 3, 5)
    assert [(reject.record, reject.offset) for reject in found.rejects] == [(4, 17)]


DECLARED: list[tuple[dict[str, Any], str, list[str] | None, list[tuple[str, ...]]]] = [
    ({"delimiter": "tab"}, "a,b\tc\n1,2\t3\n", ["a,b", "c"], [("1,2", "3")]),
    ({"delimiter": "\\t"}, "a,b\tc\n1,2\t3\n", ["a,b", "c"], [("1,2", "3")]),
    ({"delimiter": "^A"}, "a\x01b\n1\x012\n", ["a", "b"], [("1", "2")]),
    ({"delimiter": "->"}, "a->b\n1->2\n", ["a", "b"], [("1", "2")]),
    ({"delimiter": "blanks"}, "a b\n1    2\n", ["a", "b"], [("1", "2")]),
    ({"delimiter": "§"}, "a§b\n1§2\n", ["a", "b"], [("1", "2")]),
    ({"quote": "none"}, 'a,b\n"1,2"\n', ["a", "b"], [('"1', '2"')]),
    ({"quote": "'"}, "a,b\n'1,2',3\n", ["a", "b"], [("1,2", "3")]),
    ({"escape": "\\"}, "a,b\n1\\,2,3\n", ["a", "b"], [("1,2", "3")]),
    ({"escape": "none"}, 'a,b\n"x\\",3\n', ["a", "b"], [("x\\", "3")]),
    ({"comment": "%"}, "a,b\n% no row\n1,2\n", ["a", "b"], [("1", "2")]),
    ({"comment": "none"}, "a,b\n#,2\n#1,3\n", ["a", "b"], [("#", "2"), ("#1", "3")]),
    ({"header": "no"}, "name,town\nal,rome\n", None, [("name", "town"), ("al", "rome")]),
    ({"header": "yes"}, "1,2\n3,4\n", ["1", "2"], [("3", "4")]),
    ({"header": "2"}, "a,b\nc,d\ne,f\n", ["a c", "b d"], [("e", "f")]),
    ({"skip_lines": 1}, "x,y\na,b\n1,2\n", ["a", "b"], [("1", "2")]),
    ({"skip_lines": 2}, "x\r\ny\r\na,b\r\n1,2\r\n", ["a", "b"], [("1", "2")]),
    ({"ragged": "pad"}, "a,b,c\n1,2,3\n4\n5,6\n7,8,9,10\n", ["a", "b", "c"],
     [("1", "2", "3"), ("4", "", ""), ("5", "6", "")]),
    ({"ragged": "truncate"}, "a,b\n1,2\n3,4,5\n6\n", ["a", "b"], [("1", "2"), ("3", "4")]),
]  # fmt: skip


@pytest.mark.parametrize(("options", "text", "names", "rows"), DECLARED)
def test_what_is_declared_is_obeyed(
    tmp_path: Path, options: dict[str, Any], text: str, names: list[str] | None, rows: list[tuple[str, ...]]
) -> None:
    """Whatever the text looks like."""
    source = source_of(tmp_path, text, **options)
    assert read_all(source, 1000).rows == rows
    assert source.dialect.header == (names is not None)
    if names is not None:
        assert source.column_names == names


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"delimiter": "\n"}, "delimiter '\\\\n' cannot be one"),
        ({"delimiter": ""}, "delimiter '' cannot be one"),
        ({"quote": "ab"}, "quote 'ab' cannot be one"),
        ({"quote": "é"}, "quote 'é' cannot be one"),
        ({"delimiter": '"'}, "must be different signs"),
        ({"comment": "#", "escape": "#"}, "must be different signs"),
        ({"header": "maybe"}, "header 'maybe' is not known"),
        ({"header": "0"}, "header '0' is not known"),
        ({"encoding": "rot13"}, "no encoding of text"),
    ],
)
def test_declarations_that_cannot_be(tmp_path: Path, options: dict[str, Any], sentence: str) -> None:
    """One sentence that names the setting."""
    with pytest.raises(UsageError, match=sentence):
        seen(tmp_path, "a,b\n1,2\n", **options)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<!DOCTYPE html><html><body>404</body></html>", "an HTML page"),
        ("\n  <html>\n<head>", "an HTML page"),
        ('<?xml version="1.0"?>\n<a><b>1,2</b></a>\n', "an XML document"),
        ("<rows>\n<row>1,2</row>\n</rows>\n", "an XML document"),
        ('[\n {"a": 1},\n {"a": 2}\n]\n', "a JSON document"),
        ('{\n "a": [1,\n 2]\n}\n', "a JSON document"),
    ],
)
def test_documents_are_refused_by_what_they_are(tmp_path: Path, text: str, what: str) -> None:
    """They are no tables, whatever the file is called."""
    with pytest.raises(FormatRefused, match=f"is {what}"):
        seen(tmp_path, text)


@pytest.mark.parametrize("text", ["a,b\n<b>,2\n", "{a},[b]\n1,2\n", '"[1]",x\n"[2]",y\n'])
def test_rows_that_look_a_little_like_documents(tmp_path: Path, text: str) -> None:
    """Brackets in cells make no document."""
    assert len(seen(tmp_path, text).names) == 2


NOTES = [
    ("Title\nid,n\n1,2\n3,4\n", "a line above the table"),
    ("x y\nTitle\n\nid,n\n1,2\n3,4\n", "lines above the table"),
    ("1,2\n3,4\n", "first row was taken for data"),
    ("id,n\nu,u\n1,2\n3,4\n", "put together from 2 rows"),
    ('"x","y"\n"r1",5,6\n"r2",6,7\n', "no name for the first column"),
    ("1|2|\n3|4|\n", "behind the last delimiter"),
    ("n, m\n1, 2\n3, 4\n", "spaces behind each delimiter"),
    ("id,n\n1,2\n# a\n3,4\n", "taken for comments"),
    ("id~n\n1~2\n", "'~' was taken for the delimiter"),
    ("id   n\n1   2\n3   4\n", "a run of blanks was taken"),
]


@pytest.mark.parametrize(("text", "sentence"), NOTES)
def test_guesses_are_said(tmp_path: Path, text: str, sentence: str) -> None:
    """What could have gone another way, and how to say so; nothing of a file that leaves no doubt."""
    assert any(sentence in note for note in seen(tmp_path, text).notes)
    assert seen(tmp_path, "id,n\n1,2\n").notes == ()


def test_half_a_record_at_the_end_of_the_sample_has_no_say(tmp_path: Path) -> None:
    """Of a file's start the last line may be cut anywhere."""
    path = tmp_path / "x"
    path.write_bytes(b"a;b\n1;2\n3,4,5,6" + b"7" * 100)
    look = look_at(path, 0, Reading({}, sample_bytes=15))
    found = look_into(look, forced=False)
    assert found is not None
    assert found.dialect.delimiter == ";"


def test_a_header_longer_than_the_first_sample(tmp_path: Path) -> None:
    """More of the file is looked at where the first bytes hold too few records."""
    names = [f"a_rather_long_name_{number}" for number in range(5000)]
    rows = "".join(",".join(str(number) for number in range(5000)) + "\n" for _ in range(3))
    assert list(seen(tmp_path, ",".join(names) + "\n" + rows).names) == names


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A byte that is no character becomes a question mark, in a name alone."""
    assert seen(tmp_path, b"a\xff\xc3\xa9,b\n1,2\n3,4\n").names[0].startswith("a?")
