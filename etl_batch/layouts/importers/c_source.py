"""The text of a C header as tokens: comments gone, constants put in, conditions decided, `#pragma pack` kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from etl_batch import sentences
from etl_batch.layouts.importers.parts import refusal

MAX_TOKENS = 200_000
# What is not closed ends with its line, or with the file, so that nothing is looked through twice.
_LITERAL = r""""(?:[^"\\\n]|\\[^\n]?)*(?:"|$)|'(?:[^'\\\n]|\\[^\n]?)*(?:'|$)"""
_COMMENT = re.compile(rf"/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*|{_LITERAL}", re.M)
_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)"""
    rf"""|(?P<text>{_LITERAL})|(?P<mark><<|>>|\.\.\.|\S))"""
)
_DIRECTIVE = re.compile(r"\s*#\s*(\w*)\s*(.*)")
_PACK = re.compile(r"pack\s*\(\s*(?:(push|pop)\s*(?:,\s*[A-Za-z_]\w*\s*)?)?,?\s*(\d+)?\s*\)")
_CONDITIONS = ("if", "ifdef", "ifndef", "elif", "else", "endif")


@dataclass(frozen=True, slots=True)
class Token:
    """One token, the line it stands in, and what `#pragma pack` says there (None: nothing)."""

    text: str
    line: int
    pack: int | None = None

    @property
    def is_name(self) -> bool:
        """Whether it is an identifier or a keyword."""
        return self.text[0].isalpha() or self.text[0] == "_"


@dataclass(slots=True)
class _Branch:
    """One `#if`: whether its present branch is read, and whether one was."""

    reads: bool
    has_read: bool
    outer: bool


@dataclass(slots=True)
class Preprocessor:
    """Reads lines into tokens. Knows what the file itself defines, and nothing of a compiler's own names."""

    macros: dict[str, list[Token]] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    branches: list[_Branch] = field(default_factory=list)
    packs: list[int | None] = field(default_factory=lambda: [None])
    depth: int = 0
    """Braces that are open: within a record, a condition must be certain."""
    count: int = 0

    def tokens(self, text: str) -> Iterator[Token]:
        """The tokens of a file. Raises `LayoutError`."""
        for line, words in _logical_lines(text):
            directive = _DIRECTIVE.match(words)
            if directive is not None:
                self._obey(directive[1], directive[2].strip(), line)
            elif self._reads:
                yield from self._line(words, line)
        if self.branches:
            raise refusal(sentences.imports.OPEN_CONDITION, line)

    @property
    def _reads(self) -> bool:
        return all(branch.reads for branch in self.branches[-1:])

    def _line(self, words: str, line: int) -> Iterator[Token]:
        for token in split(words, line, self.packs[-1]):
            for each in self._expanded(token, frozenset()):
                self.depth += (each.text == "{") - (each.text == "}")
                yield each

    def _expanded(self, token: Token, hidden: frozenset[str]) -> Iterator[Token]:
        """A token, or what its name stands for; a name never stands for itself."""
        self.count += 1
        if self.count > MAX_TOKENS or len(hidden) > 64:
            raise refusal(sentences.imports.TOO_LONG, token.line)
        body = None if token.text in hidden else self.macros.get(token.text)
        if body is None:
            yield token
            return
        for each in body:
            yield from self._expanded(Token(each.text, token.line, token.pack), hidden | {token.text})

    def _obey(self, name: str, rest: str, line: int) -> None:
        if name in _CONDITIONS:
            self._condition(name, rest, line)
        elif not self._reads:
            return
        elif name == "define":
            self._define(rest, line)
        elif name == "undef":
            self.macros.pop(rest, None)
        elif name == "pragma" and rest.startswith("pack"):
            self._pack(rest, line)
        elif name == "error":
            raise refusal(sentences.imports.ERROR_DIRECTIVE, line)

    def _define(self, rest: str, line: int) -> None:
        found = re.match(r"([A-Za-z_]\w*)(\()?", rest)
        if found is None:
            raise refusal(sentences.imports.WRONG_DIRECTIVE.format(name="define"), line)
        if found[2]:
            self.functions.add(found[1])
        else:
            self.macros[found[1]] = list(split(rest[found.end() :], line, None))

    def _pack(self, rest: str, line: int) -> None:
        found = _PACK.fullmatch(rest)
        if found is None:
            raise refusal(sentences.imports.WRONG_DIRECTIVE.format(name="pragma pack"), line)
        what, size = found[1], None if found[2] is None else int(found[2][:9])
        if size not in (None, 1, 2, 4, 8, 16):
            raise refusal(sentences.imports.WRONG_DIRECTIVE.format(name="pragma pack"), line)
        if what == "pop":
            self.packs = self.packs[:-1] or [None]
        elif what == "push":
            self.packs.append(self.packs[-1] if size is None else size)
        else:
            self.packs[-1] = size

    def _condition(self, name: str, rest: str, line: int) -> None:
        if name in ("if", "ifdef", "ifndef"):
            outer = self._reads
            if len(self.branches) >= 64:
                raise refusal(sentences.imports.TOO_LONG, line)
            holds = outer and self._holds(name, rest, line)
            self.branches.append(_Branch(holds, holds, outer))
            return
        if not self.branches:
            raise refusal(sentences.imports.WRONG_DIRECTIVE.format(name=name), line)
        branch = self.branches[-1]
        if name == "endif":
            self.branches.pop()
        else:
            branch.reads = branch.outer and not branch.has_read and (name == "else" or self._holds("if", rest, line))
            branch.has_read = branch.has_read or branch.reads

    def _holds(self, name: str, rest: str, line: int) -> bool:
        """Whether a condition holds; within a record only one about what the file defines can be decided."""
        known = re.fullmatch(r"(!?)\s*defined\s*\(?\s*(\w+)\s*\)?", rest) if name == "if" else None
        if name != "if" or known is not None:
            wanted = (known[2] if known else rest.split()[0]) if rest else ""
            defined = wanted in self.macros or wanted in self.functions
            if not defined and self.depth:
                raise refusal(sentences.imports.UNDECIDED.format(name=wanted), line)
            return defined != (name == "ifndef" or bool(known and known[1]))
        tokens = [each.text for token in split(rest, line, None) for each in self._expanded(token, frozenset())]
        if len(tokens) == 1 and re.fullmatch(r"\d{1,9}", tokens[0]):
            return int(tokens[0]) != 0
        raise refusal(sentences.imports.UNDECIDED.format(name=rest[:80]), line)


def split(words: str, line: int, pack: int | None) -> Iterator[Token]:
    """The tokens of one line."""
    at = 0
    while at < len(words):
        found = _TOKEN.match(words, at)
        if found is None:
            return
        at = found.end()
        yield Token(found[0].strip(), line, pack)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that end in a backslash joined to the next; each with its number."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = _COMMENT.sub(_without_comment, text)
    number, waiting, first = 0, "", 0
    for line in plain.split("\n"):
        number += 1
        first = first or number
        if line.endswith("\\"):
            waiting += line[:-1] + " "
            continue
        yield first, waiting + line
        waiting, first = "", 0
    if waiting:
        yield first, waiting


def _without_comment(found: re.Match[str]) -> str:
    """A blank in a comment's place, and its line feeds; literals stay."""
    words = found[0]
    return words if words[0] in "\"'" else " " + "\n" * words.count("\n")
