"""Walking over the tokens of C: one after the other, up to a bracket's end, past an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from etl_batch import sentences
from etl_batch.layouts.importers.c_source import Token
from etl_batch.layouts.importers.parts import refusal

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_STARTS = frozenset({"typedef", "struct", "union", "enum"})


@dataclass(slots=True)
class TokenReader:
    """A place among tokens."""

    ATTRIBUTES: ClassVar[tuple[str, ...]] = ("__attribute__", "__attribute", "__packed", "_Alignas", "alignas")

    tokens: Sequence[Token]
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """The text of a token further on; empty past the end."""
        return self.tokens[self.at + ahead].text if self.at + ahead < len(self.tokens) else ""

    def take(self) -> Token:
        """The next token."""
        if self.at >= len(self.tokens):
            raise refusal(sentences.imports.ENDS_EARLY, self.tokens[-1].line if self.tokens else 1)
        self.at += 1
        return self.tokens[self.at - 1]

    def expect(self, text: str) -> Token:
        """The next token, which must be this one."""
        token = self.take()
        if token.text != text:
            raise refusal(sentences.imports.UNEXPECTED.format(word=token.text[:80]), token.line)
        return token

    def skip_to(self, *ends: str) -> list[Token]:
        """The tokens up to one of `ends` that no bracket encloses; that one is not taken."""
        opened, first = 0, self.at
        while opened or self.peek() not in ends:
            token = self.take()
            opened += (token.text in _OPEN) - (token.text in _CLOSE)
            if opened < 0:
                raise refusal(sentences.imports.UNEXPECTED.format(word=token.text), token.line)
        return list(self.tokens[first : self.at])

    def skip_declaration(self, words: frozenset[str]) -> None:
        """Go on behind a declaration that is of no use: a function, a variable, something of a compiler's own.

        `words` are those that begin a declaration, so that the one after a function's body is not taken for its end.
        """
        opened = 0
        while self.at < len(self.tokens):
            text = self.take().text
            opened = max(opened + (text in _OPEN) - (text in _CLOSE), 0)
            if not opened and (text == ";" or (text == "}" and self.peek() in words | _STARTS)):
                return

    def is_attribute(self, token: Token) -> bool:
        """Whether a token begins an attribute."""
        return token.text in self.ATTRIBUTES

    def attributes(self) -> bool:
        """Read the attributes that stand here; whether one of them is `packed`."""
        packed = False
        while self.at < len(self.tokens) and self.is_attribute(self.tokens[self.at]):
            self.at += 1
            packed |= self.attribute()
        return packed

    def attribute(self) -> bool:
        """Read one attribute, whose first word is taken; whether it is `packed`."""
        keyword = self.tokens[self.at - 1]
        if keyword.text == "__packed":
            return True
        self.expect("(")
        inside = [token.text.strip("_") for token in self.skip_to(")")]
        self.expect(")")
        if keyword.text in ("_Alignas", "alignas") or {"aligned", "vector_size", "mode", "scalar_storage_order"} & set(
            inside
        ):
            raise refusal(sentences.imports.ALIGNED, keyword.line)
        return "packed" in inside
