# ruff: noqa: RUF001 - signs that look like others of ASCII
"""How likely the bytes of a sample are in an encoding: as letters of one of the languages that are written in it.

Each encoding is a model of how its bytes come about, and all models tell of the same bytes: their logarithms of
probability can be compared. Only what is no ASCII counts, each distinct word once, since a table repeats itself.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from etl_batch.formats.text.alphabets import HANGUL, KANJI, SIMPLIFIED, SINGLE_BYTES, TRADITIONAL, Alphabet

MOST_WORDS = 400
_MOST_BYTES = 40
_NO_CHARACTER = "\ufffd"
_IMPOSSIBLE, _FOREIGN, _RARE_SIGN, _SIGN = -14.0, -8.5, -9.0, -5.0
_SIGNS = dict.fromkeys("“”„«»–—…•·№€£§²³ªº½¼¾±µ×®©™¡¿‚‹›", _SIGN) | {"’": -4.0, "‘": -5.0, "°": -4.0, "\xa0": -4.5}
_MIXED = -1.2
"""A word of another language than most of the others."""
_HIGH = re.compile(rb"[\x80-\xff]")
_BETWEEN = re.compile(rb"[\x00-\x2f:;=<>?]+")
"""What ends a word: no byte of these is a part of a character in any encoding."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a sample in one encoding, and how likely they are in it."""

    encoding: str
    text: str
    score: float


def words_of(blocks: Iterable[bytes]) -> list[bytes]:
    """Distinct words with bytes past ASCII, from all over the sample; only those that are surely whole."""
    found: dict[bytes, None] = {}
    for number, block in enumerate(blocks):
        begin = block.find(b"\n") + 1 if number else 0
        for line in _HIGH_LINES.findall(block, begin):
            found.update((word[:_MOST_BYTES], None) for word in _BETWEEN.split(line) if _HIGH.search(word))
    words = list(found)
    return words[:: max(len(words) // MOST_WORDS, 1)][:MOST_WORDS]


_HIGH_LINES = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


def readings(words: Sequence[bytes]) -> list[Reading]:
    """The words in each encoding that is known here, the likeliest first."""
    scored = [Reading(encoding, *_single_bytes(words, encoding)) for encoding in SINGLE_BYTES]
    scored += [Reading(encoding, *_several_bytes(words, encoding)) for encoding in _EASTERN]
    return sorted(scored, key=lambda reading: -reading.score)


def _decoded(words: Sequence[bytes], encoding: str) -> list[str]:
    return [word.decode(encoding, "replace") for word in words]


def _single_bytes(words: Sequence[bytes], encoding: str) -> tuple[str, float]:
    alphabets, prior = SINGLE_BYTES[encoding]
    texts = _decoded(words, encoding)
    scores = [[_word_score(text, alphabet) for text in texts] for alphabet in alphabets]
    totals = [sum(of_one) for of_one in scores]
    main = scores[totals.index(max(totals))]
    best = [max(of_word) for of_word in zip(*scores, strict=True)]
    return "\n".join(texts), prior + sum(max(own, other + _MIXED) for own, other in zip(main, best, strict=True))


def _word_score(text: str, alphabet: Alphabet) -> float:
    known, score = _frequencies(alphabet.letters), 0.0
    before = ""
    for place, character in enumerate(text):
        if character > "\x7f":
            behind = text[place + 1 : place + 2]
            score += _character_score(character, before, behind, known, alphabet.latin)
        before = character
    return score


def _character_score(character: str, before: str, behind: str, known: dict[str, float], latin: bool) -> float:
    lower = character.lower()
    own = known.get(lower, known.get(character))
    if own is None and not character.isalpha():
        return _sign_score(character, before, behind)
    score = _FOREIGN if own is None else own
    if before > "\x7f" and before.isalpha():
        score += -1.8 if latin else 0.0
    elif before.isalpha() and not latin:
        score -= 4.0
    if behind <= "\x7f" and behind.isalpha() and not latin:
        score -= 4.0
    return score + _case_score(character, before, behind)


def _case_score(character: str, before: str, behind: str) -> float:
    """Capitals stand first, or among others."""
    if character.isupper():
        if before.islower():
            return -6.0
        return -1.0 if before.isupper() or not before.isalpha() else -0.5
    if character.islower() and before.isupper() and behind.isupper():
        return -5.0
    return 0.0


def _sign_score(character: str, before: str, behind: str) -> float:
    kind = unicodedata.category(character)
    if character == _NO_CHARACTER or kind in ("Cc", "Co", "Cn"):
        return _IMPOSSIBLE
    score = _SIGNS.get(character, _RARE_SIGN)
    if before.isalpha() and behind.isalpha():
        score += 1.5 if character == "’" else 0.0 if character == "·" else -6.0
    return score


@cache
def _frequencies(letters: str) -> dict[str, float]:
    """Logarithms of how often letters stand, by their rank."""
    weights = [1 / (rank + 1.5) for rank in range(len(letters))]
    whole = sum(weights) * 1.05
    return {letter: math.log(weight / whole) for letter, weight in reversed(list(zip(letters, weights, strict=True)))}


def _several_bytes(words: Sequence[bytes], encoding: str) -> tuple[str, float]:
    model, prior = _EASTERN[encoding]
    texts = _decoded(words, encoding)
    table = model()
    score = prior
    for text in texts:
        before = ""
        for character in text:
            if character > "\x7f":
                score += table.get(character) or _eastern_rest(character)
                if "\uff61" <= character <= "\uff9f" and not "\uff61" <= before <= "\uff9f":
                    score -= 4.0
                if before.isascii() and before.isalpha():
                    score -= 2.0
            elif before > "\x7f" and character.isalpha():
                score -= 2.0
            before = character
    return "\n".join(texts), score


def _eastern_rest(character: str) -> float:
    if character == _NO_CHARACTER or unicodedata.category(character) in ("Cc", "Co", "Cn"):
        return _IMPOSSIBLE - 4.0
    return -15.0 if character.isalpha() else -11.0


def _spread(table: dict[str, float], characters: Iterable[str], share: float) -> None:
    """Give characters that have no probability yet the same part of a share each."""
    new = [character for character in dict.fromkeys(characters) if character not in table]
    table.update(dict.fromkeys(new, math.log(share / max(len(new), 1))))


def _ranked(table: dict[str, float], characters: str, share: float) -> None:
    distinct = list(dict.fromkeys(characters))
    weights = [1 / (rank + 40) for rank in range(len(distinct))]
    table.update({c: math.log(share * w / sum(weights)) for c, w in zip(distinct, weights, strict=True)})


def _rows(encoding: str, leads: range) -> str:
    """The characters of two bytes that begin so."""
    return "".join(
        bytes([lead, trail]).decode(encoding, "ignore")
        for lead in leads
        for trail in range(0x40, 0xFF)
        if trail != 0x7F
    )


_PUNCTUATION = "，。、：；（）！？《》“”「」『』・ー～　％－．／０１２３４５６７８９"
_HIRAGANA = "".join(map(chr, range(0x3041, 0x3094)))
_KATAKANA = "".join(map(chr, range(0x30A1, 0x30F7)))


@cache
def _simplified() -> dict[str, float]:
    table: dict[str, float] = {}
    _ranked(table, SIMPLIFIED, 0.6)
    _spread(table, _PUNCTUATION, 0.06)
    _spread(table, _rows("gb2312", range(0xB0, 0xD8)), 0.3)
    _spread(table, _rows("gb2312", range(0xD8, 0xF8)), 0.03)
    _spread(table, _rows("gbk", range(0x81, 0xFE)), 0.003)
    return table


@cache
def _traditional() -> dict[str, float]:
    table: dict[str, float] = {}
    _ranked(table, TRADITIONAL, 0.6)
    _spread(table, _PUNCTUATION, 0.06)
    _spread(table, _rows("big5", range(0xA4, 0xC7)), 0.32)
    _spread(table, _rows("big5", range(0xC9, 0xFA)), 0.02)
    return table


@cache
def _japanese() -> dict[str, float]:
    table: dict[str, float] = {}
    _ranked(table, KANJI, 0.35)
    _spread(table, _HIRAGANA, 0.3)
    _spread(table, _KATAKANA + "ー", 0.15)
    _spread(table, _PUNCTUATION, 0.05)
    _spread(table, _rows("cp932", range(0x88, 0x99)), 0.13)
    _spread(table, _rows("cp932", range(0x99, 0xEB)), 0.01)
    _spread(table, map(chr, range(0xFF61, 0xFFA0)), 0.02)
    return table


@cache
def _korean() -> dict[str, float]:
    table: dict[str, float] = {}
    _ranked(table, HANGUL, 0.65)
    _spread(table, _PUNCTUATION, 0.02)
    _spread(table, _rows("euc_kr", range(0xB0, 0xC9)), 0.3)
    _spread(table, _rows("euc_kr", range(0xCA, 0xFE)), 0.02)
    _spread(table, _rows("cp949", range(0x81, 0xC7)), 0.002)
    return table


_EASTERN: dict[str, tuple[Callable[[], dict[str, float]], float]] = {
    "gb18030": (_simplified, -0.5),
    "big5hkscs": (_traditional, -0.5),
    "cp932": (_japanese, -0.5),
    "euc_jp": (_japanese, -1.5),
    "cp949": (_korean, -0.5),
}
