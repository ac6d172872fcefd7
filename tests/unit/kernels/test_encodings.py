"""The kernels that turn text of other encodings into UTF-8 and into units, against Python's codecs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.text.code_tables import MULTIBYTE, UNITS, tables_of
from etl_batch.kernels import encodings
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.encodings import IN_FILE, IN_TEXT

OF_BYTES = ["cp1252", "koi8-r", "iso8859-1", "ascii", "cp037", "cp874", "mac-roman"]
CHINESE = "gb18030"
PARTS = [b'ab,"\n', b"\x81", b"\x8f\xa1", b"\x81\x30", b"\xfe\x39", b"\x8e", b"x" * 70]
SAMPLES = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(PARTS), max_size=9).map(b"".join),
    st.lists(st.integers(0x2E, 0xFF), max_size=40).map(bytes),
    st.text(max_size=60).map(lambda text: text.encode(CHINESE, "replace")),
)
WIDE = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=99).map(
        lambda text: text.encode("utf-32-le", "surrogatepass")
    ),
    st.binary(max_size=300),
)
"""Bytes of any kind, those of characters and halves of them, with stretches of ASCII that fill blocks."""


def characters(raw: bytes, encoding: str) -> list[tuple[bytes, bytes]]:
    """The characters of a text, as bytes of the file and as UTF-8, one after the other by the tables' meaning."""
    kinds, found, at = tables_of(encoding).kinds.tolist(), [], 0
    while at < len(raw):
        size = next(size for size in (4, 3, 2, 1) if size == 1 or has_form(raw[at : at + size], size, kinds))
        one = raw[at : at + size]
        try:
            text = one.decode(encoding).encode()
        except UnicodeDecodeError:
            text = b"\xff" * size
        found.append((one, text))
        at += size
    return found


def has_form(raw: bytes, size: int, kinds: list[int]) -> bool:
    """Whether so many bytes look like a character of that size."""
    forms = {
        2: (encodings.LEAD, encodings.TRAIL),
        3: (encodings.LEAD_OF_3, encodings.TRAIL_OF_3, encodings.TRAIL_OF_3),
        4: (encodings.LEAD_OF_4, encodings.DIGIT, encodings.LEAD_OF_4, encodings.DIGIT),
    }
    return len(raw) == size and all(kinds[byte] & bit for byte, bit in zip(raw, forms[size], strict=True))


def array(raw: bytes) -> np.ndarray:
    """The bytes and none behind them."""
    return np.frombuffer(raw, np.uint8)


@given(SAMPLES, st.sampled_from([*OF_BYTES, "gb18030", "euc_jp", "big5hkscs", "shift_jis", "cp949", "johab"]))
def test_by_tables(raw, encoding):
    """Character by character what the codec says; and the way back from each character's place."""
    expected = characters(raw, encoding)
    if encoding == "cp037":
        expected = [(one, b"\n" if one == b"\x15" else text) for one, text in expected]
    if encoding == "shift_jis":
        expected = [(one, text) for one, text in expected if text]
    text = b"".join(text for _, text in expected)
    arguments, end, out = tables_of(encoding).arguments, np.zeros(2, np.int64), np.zeros(len(text) + PADDING, np.uint8)
    encodings.walk(array(raw), len(raw), 1 << 62, *arguments, end)
    assert end.tolist() == [len(raw), len(text)]
    assert encodings.to_utf8(array(raw), len(raw), *arguments, out) == len(text)
    assert out[: len(text)].tobytes() == text
    state = np.zeros(2, np.int64)
    in_file = in_text = 0
    for place, (one, of_one) in enumerate(expected):
        if place % 3 == 0:
            encodings.walk(array(raw), len(raw), in_text, *arguments, state)
            assert (state[IN_FILE], state[IN_TEXT]) == (in_file, in_text)
        in_file, in_text = in_file + len(one), in_text + len(of_one)


@pytest.mark.parametrize("encoding", sorted(MULTIBYTE))
def test_every_character(encoding):
    """All that an encoding can say come out as the codec has them, but for the private ones that fill its gaps."""
    filler = 0x3164  # EUC-KR puts rare ones together from eight bytes, with this one in front
    for planes in (range(0x80, 0xD800), range(0xE900, 0xF800), range(0xF900, 0x10000), range(0x10000, 0x110000, 7)):
        codes = (chr(code).encode(encoding, "ignore") for code in planes if code != filler)
        text = b"".join(code for code in codes if len(code) <= 4)
        out = np.zeros(4 * len(text) + PADDING, np.uint8)
        length = encodings.to_utf8(array(text), len(text), *tables_of(encoding).arguments, out)
        assert out[:length].tobytes() == text.decode(encoding).encode()


@given(
    st.one_of(
        st.text(max_size=99).map(lambda text: text.encode("utf-32-le", "surrogatepass")), st.binary(max_size=300)
    ),
    st.sampled_from(sorted(UNITS)),
)
def test_wide(raw, encoding):
    """UTF-16 and UTF-32: lone surrogates and what is past Unicode are one byte each, and count as one unit."""
    size, big = UNITS[encoding]
    if size == 2 and len(raw) % 4 == 0:
        raw = raw.decode("utf-32-le", "surrogatepass" if is_text(raw, "utf-32-le") else "replace")
        raw = raw.encode(encoding, "surrogatepass")
    units = len(raw) // size
    expected, counts, at = [], [], 0
    while at < units:
        count = next(count for count in (2, 1) if is_text(raw[at * size :][: count * size], encoding) or count == 1)
        one = raw[at * size :][: count * size]
        if (count == 2 and size == 4) or (count == 2 and is_text(one[:2], encoding)):
            one, count = one[:size], 1
        expected.append(one.decode(encoding).encode() if is_text(one, encoding) else b"\xff")
        counts.append(count)
        at += count
    text = b"".join(expected)
    out = np.zeros(4 * units + PADDING, np.uint8)
    convert = encodings.utf_16_to_utf8 if size == 2 else encodings.utf_32_to_utf8
    assert convert(array(raw), units, big, out) == len(text)
    assert out[: len(text)].tobytes() == text
    place = len(b"".join(expected[: len(expected) // 2]))
    found = [
        encodings.count_units(out, *stretch, 2 if size == 2 else 1) for stretch in ((0, place), (place, len(text)))
    ]
    assert found == [sum(counts[: len(expected) // 2]), sum(counts[len(expected) // 2 :])]


def is_text(raw: bytes, encoding: str) -> bool:
    """Whether the bytes are characters."""
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


@given(st.binary(max_size=300), st.sampled_from(sorted(UNITS)))
def test_narrow(raw, encoding):
    """A byte for each unit, a letter for those past 255."""
    size, big = UNITS[encoding]
    units = len(raw) // size
    out = np.zeros(units + PADDING, np.uint8)
    encodings.narrow(array(raw), units, size, big, out)
    values = np.frombuffer(raw[: units * size], f"{'>' if big else '<'}u{size}")
    assert out[:units].tolist() == [value if value < 256 else ord("x") for value in values.tolist()]


@given(SAMPLES, st.sampled_from(["gb18030", "euc_jp", "big5hkscs", "shift_jis", "cp949", "johab", "euc_jis_2004"]))
def test_hidden_trails(raw, encoding):
    """The first byte of each character and letters; those of a last one that is cut off come back."""
    kinds = tables_of(encoding).kinds
    out = np.zeros(len(raw) + PADDING, np.uint8)
    whole = encodings.hide_trails(array(raw), len(raw), kinds, out)
    assert out[:whole].tobytes() == b"".join(
        one[:1] + b"x" * (len(one) - 1) for one, _ in characters(raw[:whole], encoding)
    )
    rest = raw[whole:]
    assert len(rest) < 4
    assert out[whole : len(raw)].tobytes() == rest[:1] + b"x" * max(len(rest) - 1, 0)
    longer = [rest + more for more in (b"\xa1", b"\x41", b"\x39", b"\xa1\xa1", b"\x39\x81\x39", b"\x81\x39")]
    assert not rest or any(len(characters(one, encoding)) == 1 for one in longer)
    last = raw[:whole][-3:]
    for length in range(1, len(last) + 1):
        start = whole - length
        begins = {0}
        for one, _ in characters(raw[:whole], encoding):
            begins.add(max(begins) + len(one))
        if start in begins and not rest:
            grown = characters(raw[start:] + b"\x39\x81\x39", encoding)[0][0]
            assert len(grown) <= length or not encodings.LEAD_OF_4 & kinds[raw[start]]
