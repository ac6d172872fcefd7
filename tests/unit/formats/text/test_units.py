"""The code units of a text, in which signs are looked for."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.text.transcoding import Transcoder
from etl_batch.formats.text.units import are_bytes, unit_size, units_of, whole_bytes
from etl_batch.kernels.bits import PADDING

SIGNS = b'\n\r,;|^~`"' + b"'"
ENCODINGS = ["cp932", "shift_jis", "gb18030", "gbk", "big5", "big5hkscs", "cp949", "johab", "euc_jp", "cp1252", "cp037"]
TEXTS = st.text(max_size=120) | st.text(st.sampled_from('ソ表能許功蓋\u1e3f😀é,"|^\n'), max_size=120)
WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


def units(raw: bytes | memoryview, encoding: str) -> bytes:
    """Those of the text, without what stands behind them."""
    found = units_of(raw, encoding)
    assert found[len(found) - PADDING :].tobytes() == b"x" * PADDING
    return found[: len(found) - PADDING].tobytes()


def test_sizes() -> None:
    """Two bytes in UTF-16, four in UTF-32, one in all others."""
    assert [unit_size(encoding) for encoding in [*WIDE, "utf-8", "gbk"]] == [2, 2, 4, 4, 1, 1]
    assert [encoding for encoding in [*ENCODINGS, *WIDE, "utf-8"] if are_bytes(encoding)] == ["cp1252", "utf-8"]


@pytest.mark.parametrize("encoding", WIDE)
def test_characters_that_hold_the_bytes_of_signs(encoding: str) -> None:
    """A code unit past 255 is a letter, whatever its bytes are; what is no whole unit is left out."""
    text = "\u0a0a\u2c2c\u2222\u220a\u0122,b\n\u00e9c"
    assert units(text.encode(encoding) + b"\n", encoding) == b"xxxxx,b\n\xe9c"


@pytest.mark.parametrize(
    ("encoding", "raw", "expected"),
    [
        ("cp932", "ソ|表\n能,".encode("cp932"), b"\x83x|\x95x\n\x94x,"),
        ("cp932", b"\x81\x22,\xb1|", b"\x81\x22,\xb1|"),
        ("gb18030", b"\x81\x30\x81\x30|\x81|\xfe\x7e", b"\x81xxx|\x81x\xfex"),
        ("big5", "許功蓋".encode("big5"), b"\xb3x\xa5x\xbbx"),
        ("cp037", 'a,"b"\n'.encode("cp037") + b"\x15\xff", b'a,"b"\n\n\x9f'),
        ("cp1252", b"a\x81,\xff", b"a\x81,\xff"),
        ("utf-8", b"a,\xff\n", b"a,\xff\n"),
        ("cp932", b"", b""),
    ],
)
def test_units(encoding: str, raw: bytes, expected: bytes) -> None:
    """A sign stands only where the text has it: the other half of a character is a letter."""
    assert units(raw, encoding) == expected


@given(
    st.text(max_size=120) | st.text(st.sampled_from('ソ表能許功蓋\u1e3f😀,"|^\n'), max_size=120),
    st.sampled_from(ENCODINGS),
)
def test_signs_stand_where_the_text_has_them(text: str, encoding: str) -> None:
    """In the order in which UTF-8 has them, at the places that the transcoder leads back to."""
    raw = text.encode(encoding, "ignore")
    transcoder = Transcoder(0, encoding)
    utf_8 = bytes(transcoder.to_utf8(memoryview(raw)))
    found = [(place, byte) for place, byte in enumerate(units(raw, encoding)) if byte in SIGNS]
    expected = [(transcoder.in_file(place), byte) for place, byte in enumerate(utf_8) if byte in SIGNS]
    assert found == expected


@given(st.binary(max_size=80), st.sampled_from(ENCODINGS))
def test_signs_of_damaged_text(raw: bytes, encoding: str) -> None:
    """Units and text agree about any bytes, so that a record that is cut out of one is a record of the other."""
    raw += b" " * 4
    transcoder = Transcoder(0, encoding)
    utf_8 = bytes(transcoder.to_utf8(memoryview(raw)))
    found = [(place, byte) for place, byte in enumerate(units(raw, encoding)) if byte in SIGNS]
    assert found == [(transcoder.in_file(place), byte) for place, byte in enumerate(utf_8) if byte in SIGNS]


@given(
    st.text(st.sampled_from("ソ表能許功蓋\u1e3f😀é,a\n"), max_size=30),
    st.integers(0, 60),
    st.sampled_from(ENCODINGS[:-1]),
)
def test_windows(text: str, cut: int, encoding: str) -> None:
    """Windows that begin where the whole characters of the one before end have the units of the whole."""
    raw = text.encode(encoding, "ignore")
    whole = whole_bytes(raw[:cut], encoding)
    assert whole <= cut
    assert len(raw[:cut]) - whole < 4
    assert units(raw[:cut], encoding)[:whole] + units(raw[whole:], encoding) == units(raw, encoding)
    assert whole_bytes(raw, encoding) == len(raw)


def test_rows_of_a_table_in_an_encoding_whose_halves_look_like_signs() -> None:
    """Line ends, quotes and delimiters of the units take a text apart as the csv module does the text."""
    rows = [["ソース", "表|示", "能"], ["許", "b", "c"]]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="|", lineterminator="\n").writerows(rows)
    raw = out.getvalue().encode("cp932")
    read = csv.reader(io.StringIO(units(raw, "cp932").decode("latin-1"), newline=""), delimiter="|")
    assert [len(row) for row in read] == [3, 3]


@pytest.mark.parametrize("encoding", WIDE)
def test_a_large_text_with_a_stray_quote(encoding: str) -> None:
    """Of 20 MB that are looked at in pieces there are the units and the text that UTF-8 has, to the last one."""
    text = 'id,name\n7,5" pipe\n' + "12345,Sm\u00f8rrebr\u00f8d,2024-01-02\n" * (10_000_000 // 29)
    raw, size = text.encode(encoding), unit_size(encoding)
    step = (8 << 20) // size * size
    pieces = [memoryview(raw)[begin : begin + step] for begin in range(0, len(raw), step)]
    assert b"".join(units(piece, encoding) for piece in pieces) == text.encode("latin-1")
    assert b"".join(bytes(Transcoder(0, encoding).to_utf8(piece)) for piece in pieces) == text.encode()
