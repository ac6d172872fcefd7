# ruff: noqa: RUF001 - text of many scripts
"""How likely words are in an encoding."""

from __future__ import annotations

import codecs

import pytest

from etl_batch.formats.text.alphabets import SINGLE_BYTES
from etl_batch.formats.text.likelihood import MOST_WORDS, reading_in_utf_8, readings, words_of


def test_words() -> None:
    """Those past ASCII, each once, without those that a block cuts off."""
    first = "id,Müller Köln\n7,Müller;größe=1\nGrün\nschö".encode("cp1252")
    words = [word.decode("cp1252") for word in words_of([first, "lüsse\nfür\nw".encode("cp1252")])]
    assert words == ["Müller", "Köln", "größe", "Grün", "für"]


def test_words_of_a_large_sample() -> None:
    """So many from all over it that they are looked at in no time."""
    words = words_of(["".join(f"ü{number}\n" for number in range(9000)).encode("cp1252")])
    assert MOST_WORDS / 2 < len(words) <= MOST_WORDS
    assert int(words[-1].decode("cp1252")[1:]) > 8000


def test_every_encoding_is_known() -> None:
    """To Python, by the name that it says itself; an alphabet holds letters once, most of which the encoding has."""
    for encoding, (alphabets, prior) in SINGLE_BYTES.items():
        assert codecs.lookup(encoding).name == encoding
        assert prior <= 0
        for alphabet in alphabets:
            assert len(set(alphabet.letters)) == len(alphabet.letters), alphabet
            assert len(alphabet.letters.encode(encoding, "ignore")) > len(alphabet.letters) / 2, (encoding, alphabet)


@pytest.mark.parametrize(
    ("word", "of", "instead"),
    [
        ("Dvořák", "cp1250", "cp1252"),
        ("Łódź", "cp1250", "cp1252"),
        ("МОСКВА", "cp1251", "koi8-r"),
        ("Москва", "koi8-r", "cp1251"),
        ("中文", "gb18030", "cp1251"),
        ("O’Neil", "cp1252", "cp1253"),
        ("東京", "cp932", "gb18030"),
        ("ﾔﾏﾀﾞﾊﾅｺ", "cp932", "cp1253"),
    ],
)
def test_the_likelier(word: str, of: str, instead: str) -> None:
    """A word's own encoding stands before one that has other letters for its bytes."""
    order = [reading.encoding for reading in readings([word.encode(of)])]
    assert order.index(of) < order.index(instead)


def test_text_and_damage() -> None:
    """Letters of a language are text, in UTF-8 too; bytes of none are damage."""
    assert not readings(["Müller".encode("cp1252")])[0].is_damage
    assert readings([b"x\x80y"])[0].is_damage
    assert reading_in_utf_8(["Müller".encode()]).score > reading_in_utf_8(["M\u0240ller".encode()]).score
