"""The text of a COBOL copybook as entries of words: fixed and free form, comments, continued lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from etl_batch import sentences
from etl_batch.layouts.importers.parts import refusal

_INDICATOR, _TEXT, _END = 6, 7, 72
_CARD_END = 80
_LONGEST_CONTINUED = 8192
_TOKEN = re.compile(r"""[A-Za-z]{0,2}'(?:[^']|'')*'|[A-Za-z]{0,2}"(?:[^"]|"")*"|[^\s'"]+|['"]""")
_FREE = re.compile(r"^\s*(>>\s*SOURCE\s+(FORMAT\s+)?(IS\s+)?FREE|\$\s*SET\s+SOURCEFORMAT\W*FREE)", re.I)
_FIXED = re.compile(r"^\s*(>>\s*SOURCE\s+(FORMAT\s+)?(IS\s+)?FIXED|\$\s*SET\s+SOURCEFORMAT\W*FIXED)", re.I)
_LISTING = re.compile(r"^\s*(EJECT|SKIP[123]|TITLE\b.*|>>.*|\$\s*SET\b.*)\.?\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Word:
    """One word, number or literal, and the line it begins in."""

    text: str
    line: int

    @property
    def key(self) -> str:
        """As COBOL compares words: without regard to case."""
        return self.text.upper()


def entries(text: str) -> Iterator[list[Word]]:
    """The entries of a copybook: the words up to each period, in order. Raises `LayoutError`."""
    entry: list[Word] = []
    for line, words in _lines(text):
        for word in _words(words, line):
            if not word.text.endswith("."):
                entry.append(word)
                continue
            bare = word.text[:-1]
            entry += [Word(bare, line)] if bare else []
            if entry:
                yield entry
            entry = []
    if entry:
        raise refusal(sentences.imports.NO_PERIOD, entry[0].line, entry[0].text)


def _words(text: str, line: int) -> Iterator[Word]:
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word.startswith("*>"):
            return
        if word in "'\"":
            raise refusal(sentences.imports.OPEN_LITERAL, line)
        bare = word.rstrip(",;")
        if bare:
            yield Word(bare, line)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line that is no comment, continued ones joined to the line they begin in."""
    lines = [line.expandtabs(8).rstrip() for line in text.replace("\x1a", "").splitlines()]
    fixed = _is_fixed(lines)
    waiting: tuple[int, str] | None = None
    for number, line in enumerate(lines, 1):
        cut = _fixed_text(line) if fixed else (" ", line)
        if cut is None or _is_comment(cut[1]):
            continue
        indicator, words = cut
        if indicator == "-" and waiting is not None:
            if len(waiting[1]) > _LONGEST_CONTINUED:
                raise refusal(sentences.imports.TOO_LONG, number)
            waiting = waiting[0], _continued(waiting[1], words)
            continue
        if waiting is not None:
            yield waiting
        waiting = number, words
    if waiting is not None:
        yield waiting


def _is_comment(words: str) -> bool:
    return words.lstrip().startswith("*") or not words.strip() or _LISTING.match(words) is not None


def _fixed_text(line: str) -> tuple[str, str] | None:
    """Indicator and text of a line in fixed form; None for a comment."""
    indicator = line[_INDICATOR : _INDICATOR + 1] or " "
    return None if indicator in "*/Dd$" or line.startswith("*") else (indicator, line[_TEXT:_END])


def _continued(before: str, words: str) -> str:
    """A continued line joined to what it continues: within a literal its blanks up to the margin count."""
    bare = _TOKEN.sub(lambda found: found[0] if found[0] in "'\"" else "", before)
    opened = next((mark for mark in "'\"" if mark in bare), None)
    if opened is None:
        return before.rstrip() + words.lstrip()
    return before.ljust(_END - _TEXT) + words.lstrip().removeprefix(opened)


def _is_fixed(lines: list[str]) -> bool:
    """Whether the first six columns are a sequence area and the seventh an indicator, in each line that says so."""
    for line in lines:
        if _FREE.match(line):
            return False
        if _FIXED.match(line[_TEXT:]) or _FIXED.match(line):
            return True
    return all(_may_be_fixed(line) for line in lines if line.strip() and not line.startswith("*"))


def _may_be_fixed(line: str) -> bool:
    area, indicator, rest = line[:_INDICATOR], line[_INDICATOR : _INDICATOR + 1] or " ", line[_TEXT:_END]
    if area.strip() and " " in area.strip():
        return False
    if area.strip() and len(area.strip()) < _INDICATOR and len(line) > _INDICATOR:
        return False
    if indicator in "*/$":
        return True
    behind = line[_END:]
    # What stands past the margin in fixed form is a name or a number on a card, and no end of an entry.
    return (
        len(line) <= _CARD_END
        and not behind.endswith(".")
        and (indicator in " -" or (indicator in "Dd" and rest[:1] in ("", " ")))
    )
