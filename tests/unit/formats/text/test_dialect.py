"""How a text file is told to be written: encoding, delimiter, line ends, header and names."""

from __future__ import annotations

import codecs

import pytest

from etl_batch.formats.text.dialect import read_names, sniff_dialect, sniff_encoding
from etl_batch.model import Dialect

ENCODINGS: list[tuple[bytes, tuple[str, int] | None]] = [
    (b"a,b\n1,2\n", ("utf-8", 0)),
    ("é,b\n".encode(), ("utf-8", 0)),
    (codecs.BOM_UTF8 + b"a,b\n", ("utf-8", 3)),
    (codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"), ("utf-16-le", 2)),
    (codecs.BOM_UTF16_BE + "a,b\n".encode("utf-16-be"), ("utf-16-be", 2)),
    ("name,city\n".encode("utf-16-le"), ("utf-16-le", 0)),
    ("name,city\n".encode("utf-16-be"), ("utf-16-be", 0)),
    ("café,Malmö,naïve\n".encode("latin-1"), ("latin-1", 0)),
    ("tea,£5.50\ncold,25°C\n".encode("latin-1"), ("latin-1", 0)),
    ("é,caf".encode() + b"\xe9 x,y,z\n", ("utf-8", 0)),
    (b"1,a\n2,\xff\xfe\n3,b\n", ("utf-8", 0)),
    (b"a,b\ncaf" + "é".encode()[:1], ("utf-8", 0)),
    (b"a,b\n1,x\x00y\n", ("utf-8", 0)),
    (bytes(range(32)) * 8, None),
    (b"\x01\x02\x03\x00" * 40, None),
]


@pytest.mark.parametrize(("sample", "encoding"), ENCODINGS)
def test_encodings(sample: bytes, encoding: tuple[str, int] | None) -> None:
    """By its mark, its NULs, its letters; damaged UTF-8 stays UTF-8, and too many control characters are no text."""
    assert sniff_encoding(sample) == encoding
    assert sniff_encoding(sample, forced=True) is not None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", 0), ("utf-8", 3), ("utf-16-le", 2), ("utf-16-be", 2)])
def test_dialects(delimiter: str, newline: str, encoding: str, mark: int) -> None:
    """Every combination of what sets cells and records apart is found from a few lines."""
    text = newline.join(delimiter.join(row) for row in (["id", "na,me" if delimiter != "," else "name"], ["1", "a"]))
    start = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}[encoding]
    sample = start[:mark] + (text + newline).encode(encoding)
    found = sniff_dialect(sample, whole=True)
    assert found == Dialect(delimiter, '"', encoding, True, mark, newline[-1])


DELIMITERS = [
    ("a;b\n1;2,5\n3;4,5\n", ";"),
    ("a,b\n1,2\n", ","),
    ('x,y\n"1;2;3",4\n"5;6;7",8\n', ","),
    ("one\ntwo\n", ","),
    ("a|b|c\nd|e|f\ng,h\n", "|"),
]


@pytest.mark.parametrize(("text", "delimiter"), DELIMITERS)
def test_delimiters(text: str, delimiter: str) -> None:
    """The one under which most records have the same number of fields, quotes respected, the comma when none does."""
    found = sniff_dialect(text.encode(), whole=True)
    assert found is not None
    assert found.delimiter == delimiter


def test_half_a_record_at_the_end_of_the_sample_has_no_say() -> None:
    """Of a file's start the last line may be cut anywhere."""
    found = sniff_dialect(b"a;b\n1;2\n3,4,5,6", whole=False)
    assert found is not None
    assert found.delimiter == ";"


HEADERS = [
    ("id,name\n1,al\n", True, ["id", "name"]),
    ("1,al\n2,bo\n", False, ["column_1", "column_2"]),
    ("name,name\nbob,oslo\n", True, ["name", "name_2"]),
    (",name\n0,bob\n1,al\n", True, ["column_1", "name"]),
    ("country,2019\nNorway,1\nItaly,3\n", True, ["country", "2019"]),
    ("bob,oslo\nal,rome\nbob,bonn\n", False, ["column_1", "column_2"]),
    ("2024-01-01,x\n2024-01-02,y\n", False, ["column_1", "column_2"]),
    ("name,city\n", True, ["name", "city"]),
    ("7,8\n", False, ["column_1", "column_2"]),
    ("\n\nid,name\n1,al\n", True, ["id", "name"]),
    ("total,2\n3,4\n5,6\n", True, ["total", "2"]),
    ("1,2\n3,4,5\n6,7,8\n", False, ["column_1", "column_2", "column_3"]),
]


@pytest.mark.parametrize(("text", "header", "names"), HEADERS)
def test_headers_and_names(text: str, header: bool, names: list[str]) -> None:
    """Names are told from data; they are unique and never empty, and made up where there are none."""
    found = sniff_dialect(text.encode(), whole=True)
    assert found is not None
    assert (found.header, read_names(text.encode(), found)) == (header, names)


def test_names_that_are_no_text() -> None:
    """A byte that is no character becomes a question mark, in a name alone."""
    assert read_names(b"a\xff,b\n", Dialect()) == ["a?", "b"]
