"""The kernel that finds the members of lines, against Python's reader of JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.jsonl.keys import key_table
from etl_batch.formats.jsonl.members import BadLine, members_of
from etl_batch.formats.jsonl.reader import Finder, decodes
from etl_batch.kernels.bits import PADDING

KEYS = ("a", "b", "é", "", "a.b", 'q"', "a.a", "b.é")
LONGEST = 1 << 20


def laid(text: bytes) -> np.ndarray:
    """The text, and bytes behind it that mean nothing but could."""
    return np.frombuffer(bytearray(text + b'"}' * (PADDING // 2)), np.uint8)


def taken(line: bytes, flatten: bool = False, longest: int = LONGEST) -> dict[str, str] | None:
    """The members of the one line that a text is, by the kernel; None when it leaves the line."""
    data = laid(line)
    found = Finder(key_table(KEYS), data, len(line), longest, flatten).find(0)
    assert found.next == len(line)
    if len(found.odd):
        assert found.odd.tolist() == [[0, line.find(b"\n") if b"\n" in line else len(line), 0, 0]]
        return None
    cells = zip(KEYS, found.before[:, 0].tolist(), found.ends[:, 0].tolist(), strict=True)
    return {key: data[before + 1 : end].tobytes().decode() for key, before, end in cells if end > before + 1}


def expected(line: bytes, flatten: bool = False) -> dict[str, str] | None:
    """The same by Python's; without empty cells, of which none is told from a key that is not there."""
    try:
        found = members_of(line, flatten)
    except BadLine:
        return None
    return {key: cell for key, cell in found.items() if cell} if set(found) <= set(KEYS) else None


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(["\\", "\n", "é", "\U0001f600", "\x00", '"']),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
WRITTEN = st.tuples(OBJECTS, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " :\r ")])).map(
    lambda way: json.dumps(way[0], ensure_ascii=way[1], separators=way[2]).encode()
)
"""Lines as writers write them."""
PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    '"a"',
    '"b":',
    '{"a":',
    " ",
    "\t",
    "\r",
    "1",
    "-",
    "0",
    ".",
    "5",
    "e",
    "+",
    "E9",
]
PIECES += [
    "true",
    "null",
    "NaN",
    "-Infinity",
    "Infinity",
    "false",
    "tru",
    "\\",
    "\\u",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\\n",
    "é",
]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=14).map(lambda pieces: ('{"a":' + "".join(pieces)).encode())


@given(st.one_of(WRITTEN, HOSTILE, HOSTILE.map(lambda line: line + b"}")), st.booleans())
def test_one_line(line: bytes, flatten: bool) -> None:
    """Its cells are those that Python finds; a line that is left is one that has more than these keys or is bad."""
    found = taken(line, flatten)
    if found is None:
        # Keys may be written with other escapes, which are left to Python too; half characters in text it knows.
        assert expected(line, flatten) is None or b"\\" in line
    else:
        assert found == expected(line, flatten)


@given(WRITTEN, st.data())
def test_a_damaged_line(line: bytes, data: st.DataObject) -> None:
    """Cut off, or with another byte somewhere, it is what Python says."""
    at = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.sampled_from(b'{}[]",:\\ 0-.e\x00\x1f\tn'))
    for damaged in (line[:at], line[:at] + bytes([byte]) + line[at + 1 :]):
        # Whether a text is UTF-8 is asked before.
        if damaged.strip(b" \t\r") and decodes(damaged):
            found, told = taken(damaged), expected(damaged)
            assert found == told or (found is None and b"\\" in damaged)


@given(
    st.lists(st.one_of(WRITTEN, HOSTILE, st.sampled_from([b"", b" ", b"\r", b"[]", b"{}"])), max_size=6), st.booleans()
)
def test_many_lines(lines: list[bytes], ended: bool) -> None:
    """Each line is what it is alone, whatever stands beside it."""
    text = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    lines = text.split(b"\n")[: text.count(b"\n") + (not text.endswith(b"\n"))] if text else []
    data = laid(text)
    found = Finder(key_table(KEYS), data, len(text), LONGEST, flatten=False).find(0)
    blank = sum(not line.strip(b" \t\r") for line in lines)
    left = [place for place, line in enumerate(lines) if line.strip(b" \t\r") and taken(line) is None]
    assert found.next == len(text)
    assert found.state.tolist()[1:] == [len(lines), len(lines) - blank, len(left), blank]
    assert [(start, end, number) for start, end, number, _ in found.odd.tolist()] == [
        (sum(map(len, lines[:place])) + place, sum(map(len, lines[: place + 1])) + place, place) for place in left
    ]


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("depth", [1, 31, 32, 33, 479, 481, 511, 513, 5000])
@pytest.mark.parametrize("bracket", ["[]", "{}"])
def test_depth(bracket: str, depth: int, flatten: bool) -> None:
    """Objects and lists one in the other are found to some depth; deeper ones are left, and no row."""
    opened, closed = ("[", "]") if bracket == "[]" else ('{"a":', "}")
    line = f'{{"a":{opened * depth}1{closed * depth}}}'.encode()
    found, told = taken(line, flatten), expected(line, flatten)
    assert found == told or found is None
    if depth > 512:
        assert told is None


def test_a_line_that_is_too_long() -> None:
    """It is left, and its bytes are as they were."""
    line = b'{"a":"\\n12345"}'
    assert taken(line, longest=len(line)) == {"a": "\n12345"}
    assert taken(line, longest=len(line) - 1) is None
