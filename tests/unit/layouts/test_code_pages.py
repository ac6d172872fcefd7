"""Code pages by table: against Python's own, and against what their definitions list."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels.code_pages import decode_cells
from etl_batch.layouts.code_pages import UNDEFINED, characters_of, code_page_name, utf8_table

OWN = [277, 278, 280, 284, 285, 297, 871, 1047, *range(1141, 1150)]
# Latin capitals and small letters, digits, and the signs that have one place on every EBCDIC page.
INVARIANT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 +<=>%&*\"'(),-./:;?_"


@pytest.mark.parametrize("page", OWN)
def test_a_page_has_each_character_once(page: int) -> None:
    """The characters are those of page 37, on euro pages with that sign for the currency sign, at other places."""
    characters = characters_of(f"cp{page}")
    assert characters is not None
    expected = bytes(range(256)).decode("cp037")
    assert sorted(characters) == sorted(expected.replace("¤", "€") if page > 1100 else expected)
    for character in INVARIANT:
        assert characters.index(character) == character.encode("cp037")[0]


@pytest.mark.parametrize(
    ("page", "raw", "text"),
    [
        (1047, "ad bd c0 d0 5f b0", "[]{}^¬"),
        (277, "7b 7c 5b c0 6a d0 4a", "ÆØÅæøå#"),
        (278, "7b 7c 5b c0 6a d0 e0 71", "ÄÖÅäöåÉ\\"),
        (280, "c0 d0 5a 6a 79 b1", "àèéòù#"),
        (284, "7b 6a 69 4a 5a", "Ññ#[]"),
        (285, "5b 4a bc", "£$~"),
        (297, "c0 7c d0 e0 6a", "éàèçù"),
        (871, "4a 7c a1 c0 79 d0", "ÞÐöþðæ"),
        (1141, "9f 4a e0 5a a1", "€ÄÖÜß"),
        (1142, "5a", "€"),
        (1148, "9f 4a 5a 4f", "€[]!"),
    ],
)
def test_national_characters(page: int, raw: str, text: str) -> None:
    """The letters that a page was made for stand where its keyboards and printers have them."""
    characters = characters_of(f"ibm-{page}")
    assert characters is not None
    assert "".join(characters[byte] for byte in bytes.fromhex(raw)) == text


def test_names() -> None:
    """A page is known by its number, whatever stands before it; Python's own stay its own."""
    assert {code_page_name(name) for name in ("cp1047", "IBM1047", "ibm-1047", "1047", "CP01047")} == {"cp1047"}
    assert [code_page_name(name) for name in ("cp037", "cp273", "cp500", "cp1140", "latin-1", "cp99999")] == [None] * 6


@pytest.mark.parametrize("encoding", ["latin-1", "cp037", "cp273", "cp500", "cp1140", "cp1252", "cp437", "koi8-r"])
def test_pages_of_python(encoding: str) -> None:
    """Their tables say what their codecs say, undefined bytes included."""
    characters = characters_of(encoding)
    assert characters is not None
    for byte, character in enumerate(characters):
        assert bytes([byte]).decode(encoding, "replace").replace("\ufffd", UNDEFINED) == character


def test_other_encodings() -> None:
    """Those of several bytes a character have no such table."""
    assert [utf8_table(name) for name in ("utf-16-le", "gbk", "utf-8", "shift_jis", "utf-7")] == [None] * 5


@given(st.sampled_from(["cp1252", "cp037", "latin-1", "koi8-r"]), st.integers(1, 5), st.data())
def test_cells(encoding: str, size: int, data: st.DataObject) -> None:
    """The kernel decodes as the codec does, cell by cell, and takes off padding."""
    cells = data.draw(st.lists(st.binary(min_size=size, max_size=size), min_size=1, max_size=9))
    padding = data.draw(st.sampled_from(["", " ", " \0"]))
    table, characters = utf8_table(encoding), characters_of(encoding)
    assert table is not None
    assert characters is not None
    flags = np.array([one in padding for one in characters], np.uint8)
    joined = np.frombuffer(b"".join(cells), np.uint8)
    ends, out = np.zeros(len(cells) + 1, np.int32), np.zeros(3 * joined.size, np.uint8)
    wrong = np.zeros(len(cells), np.uint8)
    bad = decode_cells(joined, size, table, flags, ends, out, wrong)
    expected = []
    for cell in cells:
        try:
            text = cell.decode(encoding)
            expected.append((text.rstrip(padding) if padding else text, 0))
        except UnicodeError:
            expected.append(("", 1))
    found = [out[first:end].tobytes().decode() for first, end in pairwise(ends)]
    assert list(zip(found, wrong.tolist(), strict=True)) == expected
    assert bad == sum(one for _, one in expected)


def test_no_page_has_half_a_character() -> None:
    """Every character can be written as UTF-8 of at most three bytes."""
    for page in OWN:
        assert all(unicodedata.category(one) != "Cs" and ord(one) < 0x10000 for one in characters_of(f"cp{page}") or "")
