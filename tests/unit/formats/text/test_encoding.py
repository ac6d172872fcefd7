# ruff: noqa: RUF001 - text of many scripts
"""Which encoding a text is in."""

from __future__ import annotations

import codecs
import gzip
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.errors import UsageError
from etl_batch.formats.text.encoding import Encoding, codec_name, control_share, decide

CERTAIN = [
    (b"a,b\n1,2\n", "utf-8", 0),
    (b"", "utf-8", 0),
    (codecs.BOM_UTF8 + b"a,b\n", "utf-8", 3),
    ("é,日,😀\n".encode(), "utf-8", 0),
    ("é,caf".encode() + b"\xe9 x,y,z\n", "utf-8", 0),
    (b"a,b\ncaf" + "é".encode()[:1], "utf-8", 0),
    (("a,été à\n" * 20).encode() + "2,Müller\n".encode("cp1252"), "utf-8", 0),
    ("﻿id,name\n".encode("utf-16-le"), "utf-16-le", 2),
    ("﻿id,名\n".encode("utf-16-be"), "utf-16-be", 2),
    ("﻿id,名\n".encode("utf-32-le"), "utf-32-le", 4),
    ("﻿id,名\n".encode("utf-32-be"), "utf-32-be", 4),
    ("﻿\0id,name\n".encode("utf-16-le"), "utf-16-le", 2),
    ("﻿名,金\n".encode("gb18030"), "gb18030", 4),
    ("1,O’Neil,5 €\n2,Müller,6 €\n".encode("cp1252"), "cp1252", 0),
    ("tea,£5.50\ncold,25°C\n".encode("cp1252"), "cp1252", 0),
    ("n\nMüller\nSøren\nÉlodie\nJosé\nÅsa\nFrançois\nNuñez\nJoão\n".encode("cp1252"), "cp1252", 0),
    ("1,LÜBECK\n2,KÖLN\n".encode("cp1252"), "cp1252", 0),
    ("1,São João\n2,Conceição\n3,Não há café\n".encode("mac-roman"), "mac-roman", 0),
    ("jméno,město\nDvořák,Plzeň\nČerný,Ústí\n".encode("cp1250"), "cp1250", 0),
    ("imię,miasto\nPaweł,Łódź\nŚwiątek,Gdańsk\n".encode("iso8859-2"), "iso8859-2", 0),
    ("imię,miasto\nPaweł,Łódź\nWójcik,Gdańsk\n".encode("cp852"), "cp852", 0),
    ("ad,şehir\nÇelik,Eskişehir\nYıldız,Muğla\nIşık,İzmir\n".encode("cp1254"), "cp1254", 0),
    ("имя,город\nИван,Москва\nОльга,Казань\n".encode("cp1251"), "cp1251", 0),
    ("имя,город\nИван,Москва\nОльга,Казань\n".encode("koi8-r"), "koi8-r", 0),
    ("имя,город\nИван,Москва\nОльга,Казань\n".encode("cp866"), "cp866", 0),
    ("όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Πάτρα\n".encode("cp1253"), "cp1253", 0),
    ("שם,עיר\nמשה,ירושלים\nשרה,באר שבע\n".encode("cp1255"), "cp1255", 0),
    ("الاسم,المدينة\nمحمد,القاهرة\nفاطمة,دمشق\n".encode("cp1256"), "cp1256", 0),
    ("ชื่อ,เมือง\nสมชาย,กรุงเทพ\nวิชัย,เชียงใหม่\n".encode("cp874"), "cp874", 0),
    ("日期,金额\r\n2024年6月1日,10.50\r\n".encode("gbk"), "gb18030", 0),
    ("日期,金額\n臺北市,10.50\n高雄市,11.00\n".encode("big5"), "big5hkscs", 0),
    ("日付,金額\n東京都,10.50\n大阪,11.00\n".encode("cp932"), "cp932", 0),
    ("日付,商品\n東京,りんごジュース\n".encode("euc_jp"), "euc_jp", 0),
    ("날짜,금액\n서울,10.50\n부산,11.00\n".encode("cp949"), "cp949", 0),
]


@pytest.mark.parametrize(("raw", "name", "bom"), CERTAIN)
def test_beyond_doubt(raw: bytes, name: str, bom: int) -> None:
    """By a mark, or by some words of a language."""
    assert decide([raw]) == Encoding(name, bom)


WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
WIDE_TEXTS = [
    "id,name\n1,abc\n",
    "é,à\nü,ß\n",
    "编号,姓名\n1,王伟\n2,李娜\n",
    "номер,имя\n1,Москва\n2,Казань\n",
    "日付\r\n東京\r\n大阪\r\n",
    "番号,名前\n1,東京都中文字表示をする文章はとても長いです\n",
    "x" * 5000 + "\n",
]


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("text", WIDE_TEXTS)
def test_wide_text_without_a_mark(text: str, encoding: str) -> None:
    """By the NULs beside line ends, digits and delimiters, whatever the script; half a character at the end is none."""
    assert decide([text.encode(encoding)]) == Encoding(encoding)
    assert decide([text.encode(encoding) + b"!"]) == Encoding(encoding)


def test_what_is_doubtful_is_said() -> None:
    """One word that two encodings have as other words: the note names both, and what decides."""
    found = decide(["n,v\nnaïve,1\n".encode("cp1252")])
    assert found is not None
    assert found.name == "cp1252"
    assert found.note is not None
    assert "cp1252" in found.note
    assert "cp1257" in found.note
    assert "--encoding" in found.note


@pytest.mark.parametrize("raw", [b"1,a\n2,\xff\xfe\n3,b\n", b"id\n1,Rom\xff,3\n2,x\n", b"a,b\n1,x\x80y\n2,x\n"])
def test_bytes_that_no_language_has(raw: bytes) -> None:
    """They are damage of UTF-8, so that their rows are rejects; a note says so."""
    found = decide([raw])
    assert found is not None
    assert found.name == "utf-8"
    assert "--encoding" in (found.note or "")


def test_blocks_from_all_over() -> None:
    """Letters far behind the start count, and characters that a block cuts in two are none of another encoding."""
    assert decide([b"a,b\n1,2\n" * 1000, "x,Müller\n1,café\n".encode("cp1252")]) == Encoding("cp1252")
    assert decide([b"a,b\n1,2\n" * 90_000 + "x,Müller\n1,café\n".encode("cp1252")]) == Encoding("cp1252")
    utf_8 = ("日本,東京\n" * 100).encode()
    assert decide([utf_8[:401], utf_8[1:300], utf_8[2:301]]) == Encoding("utf-8")
    japanese = ("日本,東京\n" * 100).encode("cp932")
    assert decide([japanese[:401], japanese[6:299]]) == Encoding("cp932")


@pytest.mark.parametrize(
    "raw",
    [
        b"id,text\n" + b"".join(b"%d,\x00a\n%d,b\x00c\n%d,\x00\x00\n" % (n, n, n) for n in range(10)),
        b"id,t\n" + b"1,abc\0\0\0\0\n" * 50,
        b"id,t\n1,a\0\n2,b\n",
        b"a,b\n1,x\x00y\n",
        b"a,b\n" + b"\0,\0\n" * 40,
        b"a,b\n" + b"a\0,b\0\n" * 40,
        b"a,b\r\n" + b"1\0,\0\r\n" * 40,
    ],
)
def test_text_with_nuls(raw: bytes) -> None:
    """Lines that agree in their delimiters are a table, whatever NULs stand in their cells."""
    assert decide([raw]) == Encoding("utf-8")


@pytest.mark.parametrize("rows", [b"\0\n" * 40, b"\0a" * 40, b"\0\0\0," * 40])
def test_a_line_of_letters_over_nuls(rows: bytes) -> None:
    """Its own line end tells that it is no UTF-16 or UTF-32, though every other byte behind it is NUL."""
    assert decide([b"a,b\n" + rows]) is None


RANDOM = random.Random(5)
BINARIES = [
    b"\x01\x02\x03\x00" * 40,
    bytes(RANDOM.randrange(256) for _ in range(50_000)),
    struct.pack("<1000i", *[RANDOM.randrange(5000) for _ in range(1000)]),
    struct.pack("<1000h", *[RANDOM.randrange(5000) for _ in range(1000)]),
    struct.pack(">1000h", *[RANDOM.randrange(200) for _ in range(1000)]),
    struct.pack("<1000d", *[RANDOM.random() for _ in range(1000)]),
    b"".join(struct.pack("<i16sd", n, b"name%d" % n, n / 7) for n in range(500)),
    b"".join(struct.pack("<16sih", b"name,%d,x" % n, n, 3) for n in range(500)),
    gzip.compress(bytes(RANDOM.randrange(97, 105) for _ in range(50_000)))[10:],
    Path("/bin/sh").read_bytes()[:10_000],
]


@pytest.mark.parametrize("raw", BINARIES, ids=range(len(BINARIES)))
def test_no_text(raw: bytes) -> None:
    """None, unless the user says that it is text."""
    assert decide([raw]) is None
    assert decide([raw], forced=True) is not None
    assert control_share(raw) > 0.03


NAMES = {
    "latin1": "iso8859-1",
    "Windows-1252": "cp1252",
    "utf8": "utf-8",
    "UTF-8-SIG": "utf-8",
    "sjis": "shift_jis",
    "gbk": "gbk",
    "euc-kr": "cp949",
    "UTF_16_LE": "utf-16-le",
    "ansi": "cp1252",
    "cp037": "cp037",
}


@pytest.mark.parametrize(("declared", "name"), NAMES.items())
def test_declared_is_obeyed(declared: str, name: str) -> None:
    """By any of its names, whatever the bytes look like."""
    assert codec_name(declared) == name
    assert decide([b"\x01\x02\x03\x00" * 40], declared=declared) == Encoding(name)
    assert decide(["日付,金額\n".encode("cp932")], declared=declared) == Encoding(name)


@pytest.mark.parametrize(
    ("declared", "start", "expected"),
    [
        ("utf-16", b"\xff\xfea\0", Encoding("utf-16-le", 2)),
        ("utf-16", b"\xfe\xff\0a", Encoding("utf-16-be", 2)),
        ("utf-16", "a,b\n1,2\n".encode("utf-16-be"), Encoding("utf-16-be")),
        ("utf-16", "a,b\n1,2\n".encode("utf-16-le"), Encoding("utf-16-le")),
        ("utf-16", b"", Encoding("utf-16-le")),
        ("utf-32", "a,b\n1,2\n".encode("utf-32-be"), Encoding("utf-32-be")),
        ("utf-16-le", b"\xff\xfea\0", Encoding("utf-16-le", 2)),
        ("utf-16-le", b"\xfe\xff\0a", Encoding("utf-16-le")),
        ("utf-8", codecs.BOM_UTF8 + b"a", Encoding("utf-8", 3)),
        ("cp1252", codecs.BOM_UTF8 + b"a", Encoding("cp1252")),
    ],
)
def test_marks_of_what_was_declared(declared: str, start: bytes, expected: Encoding) -> None:
    """A mark counts when it is one of that encoding; it also tells the order of the bytes."""
    assert decide([start], declared=declared) == expected


@pytest.mark.parametrize("declared", ["base64", "rot13", "no-such", "", "zlib", "a\0b", "é"])
def test_no_encoding_of_text(declared: str) -> None:
    """It is refused with a sentence that names some that are."""
    with pytest.raises(UsageError, match="is no encoding of text"):
        decide([b"a"], declared=declared)


@pytest.mark.parametrize("declared", ["utf-7", "iso2022_jp", "hz", "idna", "punycode", "unicode_escape"])
def test_encodings_with_states(declared: str) -> None:
    """They cannot be read in pieces."""
    with pytest.raises(UsageError, match="cannot be read in pieces"):
        decide([b"a"], declared=declared)


@given(st.lists(st.binary(max_size=400), max_size=4), st.booleans())
def test_any_bytes(blocks: list[bytes], forced: bool) -> None:
    """Some answer, whatever stands in them."""
    found = decide(blocks, forced=forced)
    assert found is not None or not forced
    if found is not None:
        codecs.lookup(found.name)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=20, max_size=200))
def test_what_is_valid_is_utf_8(text: str) -> None:
    """No text in UTF-8 is taken for anything else."""
    assert (decide([text.encode()]) or Encoding("")).name == "utf-8"
