"""What an encoding is made of: its code units, and the text of each of its characters, as the kernels look it up.

The tables are Python's own codec, asked once for each of its characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

from etl_batch.kernels.encodings import DIGIT, LEAD, LEAD_OF_3, LEAD_OF_4, NO_CHARACTER, TRAIL, TRAIL_OF_3
from etl_batch.kernels.kernel import Bytes, Words

UNITS = {"utf-16-le": (2, 0), "utf-16-be": (2, 1), "utf-32-le": (4, 0), "utf-32-be": (4, 1)}
"""Bytes of a code unit, and whether its upper byte stands first; of all other encodings a unit is one byte."""
_JAPANESE = {"cp932", "euc_jis_2004", "euc_jisx0213", "euc_jp", "shift_jis", "shift_jis_2004", "shift_jisx0213"}
MULTIBYTE = frozenset(
    {"big5", "big5hkscs", "cp949", "cp950", "euc_kr", "gb18030", "gb2312", "gbk", "johab"} | _JAPANESE
)
"""Python's names of the encodings whose characters have one to four bytes, without states."""
_THREE_BYTES = {"euc_jp", "euc_jisx0213", "euc_jis_2004"}
_PREFIX_OF_3 = 0x8F
_FOUR_BYTES = "gb18030"
_NUMBERED = 50_400
"""Characters of four bytes that are looked up: those before the supplementary planes."""
_PRIVATE = ("\ue000", "\uf8ff")
_NEXT_LINE, _LINE_FEED = "\x85", "\n"
_LETTER = "x"


@dataclass(frozen=True, eq=False, slots=True)
class CodeTables:
    """An encoding of single bytes or of one to four: see `kernels.encodings`."""

    plain: bool
    """Whether the bytes below 128 are ASCII."""
    kinds: Bytes
    singles: Words
    pairs: Words
    longs: Words

    @property
    def arguments(self) -> tuple[int, Bytes, Words, Words, Words]:
        """As the kernels take them."""
        return int(self.plain), self.kinds, self.singles, self.pairs, self.longs

    @property
    def has_trails(self) -> bool:
        """Whether a character may have several bytes, of which all but the first may look like ASCII."""
        return bool(self.kinds.any())


@cache
def tables_of(encoding: str) -> CodeTables:
    """The tables of an encoding by Python's name of its codec, neither UTF-8 nor one of `UNITS`."""
    singles = _single_bytes(encoding)
    kinds, pairs, longs = np.zeros(256, np.uint8), np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    if encoding in MULTIBYTE:
        pairs = _pairs(encoding, kinds)
        if encoding in _THREE_BYTES:
            longs = _of_three(encoding, kinds)
        elif encoding == _FOUR_BYTES:
            longs = _of_four(kinds)
    plain = all(text == chr(byte) for byte, text in enumerate(singles[:128]))
    words = _words(len(singles), enumerate(singles), 1)
    return CodeTables(plain, kinds, words, pairs, longs)


@cache
def signs_of(encoding: str) -> bytes:
    """For each byte of an encoding of single bytes its character below 256, or a letter."""
    return bytes(ord(text) if text and text < "\u0100" else ord(_LETTER) for text in _single_bytes(encoding))


def _single_bytes(encoding: str) -> list[str]:
    """The character of each byte that is one by itself, else nothing.

    EBCDIC ends its lines with "next line" and has "line feed" beside it for those of others: both are line ends.
    """
    texts = [_decoded(bytes([byte]), encoding) for byte in range(256)]
    if encoding in MULTIBYTE:  # those of single bytes have signs of their own there; these fill up gaps
        return ["" if _PRIVATE[0] <= text <= _PRIVATE[1] else text for text in texts]
    if texts[ord("\n")] != _LINE_FEED and _LINE_FEED in texts:
        return [_LINE_FEED if text == _NEXT_LINE else text for text in texts]
    return texts


def _pairs(encoding: str, kinds: Bytes) -> Words:
    leads = [byte for byte in range(128, 256) if not _decoded(bytes([byte]), encoding)]
    found = list(_characters(encoding, b"", leads, range(0x30, 256)))
    for code, _ in found:
        kinds[code >> 8] |= LEAD
        kinds[code & 255] |= TRAIL
    return _words(1 << 16, found, 2)


def _of_three(encoding: str, kinds: Bytes) -> Words:
    kinds[_PREFIX_OF_3] |= LEAD_OF_3
    kinds[0xA1:0xFF] |= TRAIL_OF_3
    return _words(1 << 16, _characters(encoding, bytes([_PREFIX_OF_3]), range(0xA1, 0xFF), range(0xA1, 0xFF)), 3)


def _of_four(kinds: Bytes) -> Words:
    kinds[0x81:0xFF] |= LEAD_OF_4
    kinds[0x30:0x3A] |= DIGIT
    codes = product(range(0x81, 0x85), range(0x30, 0x3A), range(0x81, 0xFF), range(0x30, 0x3A))
    texts = ((number, _decoded(bytes(code), _FOUR_BYTES)) for number, code in enumerate(codes))
    return _words(_NUMBERED, texts, 4)


def _characters(encoding: str, prefix: bytes, first: Iterable[int], last: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Those that two bytes make behind a prefix, by both bytes."""
    for one, other in product(first, last):
        text = _decoded(bytes([*prefix, one, other]), encoding)
        if text:
            yield one << 8 | other, text


def _decoded(raw: bytes, encoding: str) -> str:
    """The text of a character; none when it is not one."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _words(count: int, texts: Iterable[tuple[int, str]], size: int) -> Words:
    """A table of characters of `size` bytes: each byte of those that are none is said to be none."""
    words = np.full(count, int.from_bytes(bytes([NO_CHARACTER]) * size, "little") | size << 56, np.uint64)
    for place, text in texts:
        if text:
            raw = text.encode()
            words[place] = int.from_bytes(raw, "little") | len(raw) << 56
    return words
