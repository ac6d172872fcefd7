"""A stretch of a file as UTF-8, and the way back to its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.text.transcoding import Transcoder

TEXTS = [
    ("cp1252", "1,O\u2019Neil,5 €\n2,Müller\n".encode("cp1252")),
    ("cp1252", b"1,a\x81b\n2,\x9d\n"),
    ("gb18030", "日期,金额\n2024年,😀ḿ\n".encode("gb18030") + b"\x81\n\xff,\x81\x30\n"),
    ("cp932", "日付,ソ表能\nｶﾅ,|\n".encode("cp932") + b"\x81\x22\n"),
    ("big5hkscs", b"\x88\x62\x88\x66a\n\x88\x62,b\n"),
    ("euc_jp", "日本,ｶﾅ\n".encode("euc_jp") + b"\x8f\xb0\xa1,\x8f\xb0\n"),
    ("utf-16-le", "a,é\n日,😀\n".encode("utf-16-le") + b"\x00\xd8,\x00\n\x00\x00"),
    ("utf-16-be", "a,é\n日,😀\n".encode("utf-16-be") + b"\xdc\x00\x00,\x00\n"),
    ("utf-32-le", "a,é\n日,😀\n".encode("utf-32-le") + b"\x00\xd8\x00\x00\n\x00\x00\x00\x00\x00\x00\x11"),
    ("utf-8", "a,é\n".encode() + b"\xff\n"),
    ("cp037", "a,b\n".encode("cp037") + b"\x15"),
    ("cp1252", b""),
    ("utf-16-le", b"x"),
]


@pytest.mark.parametrize(("encoding", "raw"), TEXTS)
def test_lines_and_their_bytes(encoding: str, raw: bytes) -> None:
    """Each line of the text comes back as its own bytes of the file, at its offset; together they are all of it."""
    transcoder = Transcoder(1000, encoding)
    text = transcoder.to_utf8(memoryview(bytearray(raw)))
    start, pieces = 0, []
    while start < len(text):
        end = text.find(b"\n", start) + 1 or len(text)
        assert transcoder.in_file(start) == 1000 + sum(map(len, pieces))
        pieces.append(transcoder.as_in_file(start, end))
        if b"\xff" not in text[start:end] and b"\x15" not in pieces[-1]:
            assert pieces[-1].decode(encoding).encode() == text[start:end]
        start = end
    whole = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4}.get(encoding, 1)
    assert b"".join(pieces) == raw[: len(raw) // whole * whole]


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        ("cp1252", b"a\x81b\x92", b"a\xffb\xe2\x80\x99"),
        ("cp932", b"\x81\x22,\x82\x40|", b'\xff",\xff\xff|'),
        ("cp932", b"\x80\xfd\xa0", b"\xc2\x80\xff\xff"),
        ("gb18030", b"\x81\x30\x81", b"\xff0\xff"),
        ("utf-16-le", b"\x00\xdca\x00\x00\xd8", b"\xffa\xff"),
        ("utf-16-be", b"\xdc\x00\xdc\x00\xd8\x00\xd8\x01\xdc\x00", b"\xff\xff\xff\xf0\x90\x90\x80"),
        ("utf-32-be", b"\x00\x11\x00\x00\x00\x00\xd8\x00\x00\x01\xf6\x00", b"\xff\xff\xf0\x9f\x98\x80"),
        ("cp037", b"\xc1\x15\xc2\x25", b"A\nB\n"),
    ],
)
def test_what_is_no_character(encoding: str, raw: bytes, text: bytes) -> None:
    """One byte that is nowhere in UTF-8 for each byte or unit; what stands beside it is as it was."""
    assert Transcoder(0, encoding).to_utf8(memoryview(raw)) == text


@given(
    st.text(max_size=200),
    st.sampled_from(["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "gb18030", "cp932", "cp1252", "cp949"]),
    st.data(),
)
def test_there_and_back(text: str, encoding: str, data: st.DataObject) -> None:
    """What an encoding can say comes out the same, and every stretch of it comes back, whatever was asked before."""
    raw = text.encode(encoding, "ignore")
    known = raw.decode(encoding)
    transcoder = Transcoder(7, encoding)
    found = transcoder.to_utf8(memoryview(raw))
    if max(known, default="") >= "\x80" and encoding == "cp932":
        known = known.translate({0xF8F0: None, 0xF8F1: None, 0xF8F2: None, 0xF8F3: None})
    assert found.decode(errors="ignore") == known
    if b"\xff" in found:
        return
    places = sorted(data.draw(st.lists(st.integers(0, len(known)), min_size=2, max_size=6)))
    in_text = [len(known[:place].encode()) for place in places]
    for begin, end, start, stop in zip(places[::2], places[1::2], in_text[::2], in_text[1::2], strict=False):
        before = sum(len(character.encode(encoding)) for character in known[:begin])
        assert transcoder.in_file(start) == 7 + before
        assert transcoder.as_in_file(start, stop).decode(encoding) == known[begin:end]


def test_a_second_stretch() -> None:
    """What was asked of one is forgotten with the next."""
    transcoder = Transcoder(0, "cp1252")
    for raw in (b"\x80\x80\n", b"a\x80\n"):
        transcoder.to_utf8(memoryview(raw))
        assert transcoder.in_file(1 if raw[0] == ord("a") else 3) == 1
