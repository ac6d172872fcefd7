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
from functools import cache, lru_cache
from itertools import pairwise

from etl_batch.formats.text.alphabets import HANGUL, KANJI, SIMPLIFIED, SINGLE_BYTES, TRADITIONAL, Alphabet

MOST_WORDS = 120
_MOST_OF_A_BLOCK = 250
_MOST_BYTES = 40
_LATIN_ENDS = "\u0370"
_NO_CHARACTER = "\ufffd"
_IMPOSSIBLE, _FOREIGN, _RARE_SIGN, _SIGN = -14.0, -8.5, -9.0, -5.0
_SIGNS = dict.fromkeys("“”‘„«»–—…•·№§²³ªº½¼¾±µ×®©™¡¿‚‹›", _SIGN) | dict.fromkeys("’€£°\xa0", -4.0)
_LEAST_OF_USUAL, _LEAST_OF_SINGLE, _LEAST_EASTERN = -6.5, -5.2, -10.0
"""For a character, as logarithms: those of text are likelier."""
_NOT_BEHIND_LETTERS = "²³¼½¾±µ×§№"
"""But for a square or cubic metre."""
_MOST_USUAL, _TOO_SHORT = "cp1252", 3.0
"""Of another encoding than this one a letter or two are no evidence: they must be so much likelier."""
_UTF_8_PRIOR = 8.0
"""How much likelier UTF-8 is than any other: few other texts happen to be valid in it."""
_MIXED = -1.2
"""A word of another language than most of the others."""
_HIGH = re.compile(rb"[\x80-\xff]")
_LINE_END = re.compile(rb"[\r\n]")
_LETTERS = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(rb"[\x00-\x2f:;=<>?]+")
"""What ends a word: no byte of these is a part of a character in any encoding."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a sample in one encoding, and how likely they are in it."""

    encoding: str
    text: str
    score: float

    @property
    def is_damage(self) -> bool:
        """Whether its characters are so unlikely that the bytes are rather damage of UTF-8."""
        count = sum(character > "\x7f" for character in self.text)
        if self.encoding == _MOST_USUAL:
            return self.score < _LEAST_OF_USUAL * count
        least = _LEAST_EASTERN if self.encoding in _EASTERN else _LEAST_OF_SINGLE
        return self.score < least * count + _TOO_SHORT


def words_of(blocks: Iterable[bytes]) -> list[bytes]:
    """Distinct words with bytes past ASCII, from all over the sample; only those that are surely whole."""
    found: dict[bytes, None] = {}
    for number, block in enumerate(blocks):
        begin = block.find(b"\n") + 1 if number else 0
        # By a search in each line: an expression for whole lines goes back over a long one from each of its bytes.
        lines = [line for line in _LINE_END.split(block[begin:]) if _HIGH.search(line)]
        if len(lines) > 1 and block.endswith(lines[-1]):
            lines.pop()  # it may be cut off
        for line in lines[:: len(lines) // _MOST_OF_A_BLOCK + 1]:
            found.update((word[:_MOST_BYTES], None) for word in _BETWEEN.split(line) if _HIGH.search(word))
    words = list(found)
    return words[:: -(-len(words) // MOST_WORDS)] if words else []


def readings(words: Sequence[bytes]) -> list[Reading]:
    """The words in each encoding that is known here, the likeliest first."""
    scored = [Reading(encoding, *_single_bytes(words, encoding)) for encoding in SINGLE_BYTES]
    scored += [Reading(encoding, *_several_bytes(words, encoding)) for encoding in _EASTERN]
    return sorted(scored, key=lambda reading: -reading.score)


def reading_in_utf_8(words: Sequence[bytes]) -> Reading:
    """The words in UTF-8, as letters of any of the languages."""
    alphabets = tuple(dict.fromkeys(alphabet for every, _ in SINGLE_BYTES.values() for alphabet in every))
    return Reading("utf-8", *_of_alphabets(_decoded(words, "utf-8"), alphabets, _UTF_8_PRIOR))


def _decoded(words: Sequence[bytes], encoding: str) -> list[str]:
    return [word.decode(encoding, "replace") for word in words]


def _single_bytes(words: Sequence[bytes], encoding: str) -> tuple[str, float]:
    return _of_alphabets(_decoded(words, encoding), *SINGLE_BYTES[encoding])


def _of_alphabets(texts: Sequence[str], alphabets: Sequence[Alphabet], prior: float) -> tuple[str, float]:
    known = frozenset("".join(alphabet.letters for alphabet in alphabets))
    parts = [_taken_apart(text, known) for text in texts]
    scores = [_language_scores([letters for letters, _ in parts], alphabet) for alphabet in alphabets]
    main = max(scores, key=sum)
    best = map(max, zip(*scores, strict=True))
    of_language = sum(max(own, other + _MIXED) for own, other in zip(main, best, strict=True))
    return "\n".join(texts), prior + of_language + sum(score for _, score in parts) + sum(map(_shape_score, texts))


def _language_scores(words: Sequence[Sequence[str]], alphabet: Alphabet) -> list[float]:
    """How likely the letters of each word are in a language."""
    known = _frequencies(alphabet.letters)
    return [sum(known.get(letter, _FOREIGN) for letter in letters) for letters in words]


def _taken_apart(text: str, known: frozenset[str]) -> tuple[list[str], float]:
    """The letters of a word past ASCII, in lower case, and what is told by the signs and by what stands beside what."""
    letters, score = [], 0.0
    for before, character, behind in zip(" " + text, text, text[1:] + " ", strict=False):
        if character <= "\x7f":
            continue
        lower = character.lower()
        if lower not in known and character not in known and not character.isalpha():
            score += _sign_score(character, before, behind)
            continue
        letters.append(lower if lower in known else character)
        score += _neighbour_score(character, before, behind)
    return letters, score


def _neighbour_score(character: str, before: str, behind: str) -> float:
    """Letters past ASCII stand apart in Latin script, together in all others; beside digits they do not stand."""
    score = -4.0 * before.isdigit() - 4.0 * behind.isdigit()
    if character < _LATIN_ENDS:
        return score - 1.8 * (before > "\x7f" and before.isalpha())
    return score - 7.0 * (before <= "\x7f" and before.isalpha()) - 7.0 * (behind <= "\x7f" and behind.isalpha())


@lru_cache(1 << 12)
def _shape_score(text: str) -> float:
    """How usual the capitals of a word are: none, the first letter, or all; and that it is more than one letter."""
    score = 0.0
    for run in _LETTERS.findall(text):
        if run.isascii():
            continue
        score -= 3.0 * (len(run) == 1)
        if run.islower() or not (run.isupper() or any(map(str.isupper, run))):
            score -= 0.2
        elif run[:1].isupper() and not any(map(str.isupper, run[1:])):
            score -= 0.5
        elif run.isupper():
            score -= 1.5
        else:
            score -= 4.0 + 4.0 * sum(a.islower() and b.isupper() for a, b in pairwise(run))
    return score


def _sign_score(character: str, before: str, behind: str) -> float:
    kind = unicodedata.category(character)
    if character == _NO_CHARACTER or kind in ("Cc", "Co", "Cn"):
        return _IMPOSSIBLE
    score = _SIGNS.get(character, _RARE_SIGN)
    if before.isalpha() and before != "m" and character in _NOT_BEHIND_LETTERS:
        score -= 4.0
    if character in "€£°" and (before.isdigit() or behind.isdigit()):
        score += 1.0
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
        for before, character, behind in zip(" " + text, text, text[1:] + " ", strict=False):
            if character > "\x7f":
                score += _narrow_score(character, before, behind) or table.get(character) or _eastern_rest(character)
            if (before > "\x7f") != (character > "\x7f") and before.isalpha() and character.isalpha():
                score -= 2.0
    return "\n".join(texts), score


def _narrow_score(character: str, before: str, behind: str) -> float:
    """Of katakana of one byte, which stand together; 0 for all others."""
    if not _is_narrow(character):
        return 0.0
    return -4.0 if _is_narrow(before) else -6.0 if _is_narrow(behind) else -10.0


def _is_narrow(character: str) -> bool:
    return "\uff61" <= character <= "\uff9f"


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
    "gb18030": (_simplified, -1.0),
    "big5hkscs": (_traditional, -1.0),
    "cp932": (_japanese, -1.0),
    "euc_jp": (_japanese, -1.5),
    "cp949": (_korean, -1.0),
}
