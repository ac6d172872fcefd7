"""A sentence that was kept in English, said again in the language of who reads it.

Runs, logs and audit records keep one language, so that they can be searched, compared and read by whoever helps. A
kept sentence is recognised by the table it came from: the letters of its form stand in it in their order, and what
stands between them are its parts, which are said again in their turn. What nobody recognises stays as it is.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from string import Formatter

from etl_batch import sentences
from etl_batch.language import ENGLISH, WordTable, speaking, spoken, with_comma
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import SEPARATOR

_tables = [f"{sentences.__name__}.{subject}" for subject in sentences.__all__]
"""Whose sentences are kept."""
_LONGEST, _DEEPEST, _MOST_SENTENCES = 4_000, 4, 16
_BETWEEN = re.compile(r"(?<=[.!?]) (?=\S)")
_FEWEST_LETTERS = 3
_NUMBER = re.compile(r"\N{MINUS SIGN}?\d{1,3}(\N{NARROW NO-BREAK SPACE}\d{3})*(\.\d+)?(\N{NARROW NO-BREAK SPACE}\D+)?")
_COUNTED = re.compile(r"([\d\N{NARROW NO-BREAK SPACE}.]+) (\D+)")


@dataclass(frozen=True, slots=True)
class _Form:
    """A sentence of a table: what stands between its parts, their names, and how to find it in another language."""

    table: str
    path: tuple[object, ...]
    """The constant, and the key or place within it."""
    literals: tuple[str, ...]
    fields: tuple[str, ...]
    numbers: frozenset[str]
    """The fields that are numbers, by how they are written."""

    def parts(self, sentence: str) -> dict[str, str] | None:
        """What stands in the places of the parts; None when this is not the sentence's form."""
        first, last = self.literals[0], self.literals[-1]
        if not self.fields:
            return {} if sentence == first else None
        if not (sentence.startswith(first) and sentence.endswith(last) and len(sentence) >= len(first) + len(last)):
            return None
        place, end, found = len(first), len(sentence) - len(last), dict[str, str]()
        for number, (field, literal) in enumerate(zip(self.fields, self.literals[1:], strict=True), 1):
            # Where nothing but a blank stands between two parts, nobody can tell where the first one ends.
            joint = literal == " " and number < len(self.fields)
            at = place if joint else end if number == len(self.fields) else sentence.find(literal, place, end)
            if at < 0:
                return None
            found.setdefault(field, sentence[place:at])
            place = at if joint else at + len(literal)
        return found

    def said(self, parts: Mapping[str, str]) -> str:
        """The same of the language that is spoken."""
        form: object = getattr(importlib.import_module(self.table), str(self.path[0]))
        for key in self.path[1:]:
            form = form[key]  # type: ignore[index]
        said = ""
        for literal, field, _, _ in Formatter().parse(str(form)):
            # What could not be told apart stands in the second part, and nothing in the first.
            said += literal[1:] if literal.startswith(" ") and (not said or said.endswith(" ")) else literal
            said += "" if field is None else parts.get(field, "")
        return said


def know(table: str) -> None:
    """Have the sentences of this table known too: the console has its own."""
    if table not in _tables:
        _tables.append(table)
        _forms.cache_clear()
        _again.cache_clear()


def retold(sentence: str) -> str:
    """The sentence in the language that is spoken, as far as it is one that is known."""
    return sentence if spoken() == ENGLISH else _again(sentence, spoken(), 0)


@lru_cache(maxsize=4096)
def _again(sentence: str, language: str, depth: int) -> str:
    if len(sentence) > _LONGEST or depth > _DEEPEST:
        return sentence
    with speaking(language):
        return _one(sentence, depth) or _several(sentence, depth) or _counted(sentence) or _number(sentence)


def _number(text: str) -> str:
    """A number that was written for a person, in the signs of the language that is spoken."""
    if SEPARATOR not in text or _NUMBER.fullmatch(text) is None:
        return text
    between_digits = re.sub(rf"(?<=\d){SEPARATOR}(?=\d)", "\0", text)
    return between_digits.replace(".", wording.DECIMAL_SIGN).replace("\0", wording.THOUSANDS_SIGN)


def _one(sentence: str, depth: int) -> str | None:
    for form in _forms():
        parts = form.parts(sentence)
        if parts is not None:
            numbers = form.numbers
            return form.said(
                {
                    name: with_comma(part) if name in numbers else _again(part, spoken(), depth + 1)
                    for name, part in parts.items()
                }
            )
    return None


def _several(text: str, depth: int) -> str | None:
    """Sentences that stand in a row, each as far as it is known; the longest that is known goes first."""
    ends = [0, *(found.end() for found in _BETWEEN.finditer(text)), len(text) + 1]
    if not 2 < len(ends) <= _MOST_SENTENCES:
        return None
    said, at = list[str](), 0
    while at < len(ends) - 1:
        pieces = (
            (end, text[ends[at] : ends[end] - 1])
            for end in range(len(ends) - 1, at, -1)
            if (at, end) != (0, len(ends) - 1)
        )
        end, known = next(
            ((end, known) for end, piece in pieces if (known := _ended(piece, depth)) is not None),
            (at + 1, text[ends[at] : ends[at + 1] - 1]),
        )
        said.append(known)
        at = end
    return " ".join(said)


def _ended(piece: str, depth: int) -> str | None:
    """A sentence of several: the form that it stands in may have brought its full stop, or taken it."""
    known = _one(piece, depth)
    if known is None and piece.endswith("."):
        known = _one(piece[:-1], depth)
        return None if known is None else f"{known}."
    if known is None:
        known = _one(f"{piece}.", depth)
        return None if known is None else known.removesuffix(".")
    return known


def _counted(text: str) -> str | None:
    """`3 inputs`, of a noun from the table."""
    counted = _COUNTED.fullmatch(text)
    if counted is None or counted[2] not in _nouns():
        return None
    noun, place = _nouns()[counted[2]]
    return f"{_number(counted[1])} {wording.NOUNS[noun][place]}"


@cache
def _nouns() -> dict[str, tuple[str, int]]:
    with speaking(ENGLISH):
        return {form: (noun, place) for noun, forms in wording.NOUNS.items() for place, form in enumerate(forms)}


@cache
def _forms() -> tuple[_Form, ...]:
    """Every sentence that may have been kept, those with most letters of their own first."""
    found = [form for table in _tables for form in _of_table(table)]
    return tuple(sorted(found, key=lambda form: -sum(map(len, form.literals))))


def _of_table(table: str) -> Iterator[_Form]:
    module = importlib.import_module(table)
    assert isinstance(module, WordTable)
    with speaking(ENGLISH):
        for name in dir(module):
            if name.isupper():
                yield from _within(table, (name,), getattr(module, name))


def _within(table: str, path: tuple[object, ...], value: object) -> Iterator[_Form]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _within(table, (*path, key), each)
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from _within(table, (*path, place), each)
    elif isinstance(value, str):
        form = _form(table, path, value)
        if form is not None:
            yield form


def _form(table: str, path: tuple[object, ...], sentence: str) -> _Form | None:
    """The sentence taken apart; None when it has too few letters of its own to be known again."""
    try:
        pieces = list(Formatter().parse(sentence))
    except ValueError:  # a brace that is none of a form
        return None
    literals, fields, numbers = [""], [], set()
    for literal, field, spec, _ in pieces:
        literals[-1] += literal
        if field is not None:
            fields.append(field)
            literals.append("")
            if spec and spec[-1] in ",fg":
                numbers.add(field)
    letters = sum(character.isalpha() for literal in literals for character in literal)
    # Two parts with nothing between them cannot be told apart, and a word alone may be a column's name.
    if " " not in sentence.strip() or letters < _FEWEST_LETTERS or any(not right for right in literals[1:-1]):
        return None
    return _Form(table, path, tuple(literals), tuple(fields), frozenset(numbers))
