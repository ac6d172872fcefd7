"""Whole numbers that C computes when it compiles: sizes of arrays, widths of bit-fields, values of enumerators."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.c_source import Token
from etl_batch.layouts.importers.parts import MAX_DEPTH, refusal

_LARGEST = 1 << 63
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]{1,16}|0[bB][01]{1,64}|0[0-7]{0,21}|[1-9][0-9]{0,18})[uUlL]{0,3}")
_OPERATORS: Mapping[str, tuple[int, Callable[[int, int], int]]] = {
    "|": (1, operator.or_),
    "^": (2, operator.xor),
    "&": (3, operator.and_),
    "<<": (4, lambda one, other: one << other if other <= 64 else _LARGEST * 2),
    ">>": (4, lambda one, other: one >> min(other, 64)),
    "+": (5, operator.add),
    "-": (5, operator.sub),
    "*": (6, operator.mul),
    "/": (6, lambda one, other: abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)),
    "%": (6, lambda one, other: abs(one) % abs(other) * (1 if one >= 0 else -1)),
}
"""By operator, how tightly it binds and what it does."""
_ONE: Mapping[str, Callable[[int], int]] = {
    "-": operator.neg,
    "+": operator.pos,
    "~": operator.invert,
    "!": lambda value: int(not value),
}


class Expression:
    """One expression, read from left to right."""

    def __init__(self, tokens: Sequence[Token], constants: Mapping[str, int], size_of: Callable[..., int]) -> None:
        self.tokens, self.constants, self.size_of = tokens, constants, size_of
        self.at = 0

    def value(self) -> int:
        """What it comes to. Raises `LayoutError` for what is no constant."""
        found = self._binary(0, 0)
        if self.at < len(self.tokens):
            raise self._no_constant()
        return found

    def _no_constant(self) -> LayoutError:
        words = " ".join(token.text for token in self.tokens)[:80]
        return refusal(sentences.imports.NO_CONSTANT.format(expression=words), self.tokens[0].line)

    def _next(self) -> Token:
        if self.at >= len(self.tokens):
            raise self._no_constant()
        self.at += 1
        return self.tokens[self.at - 1]

    def _binary(self, least: int, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise self._no_constant()
        left = self._unary(depth)
        while self.at < len(self.tokens):
            binds, compute = _OPERATORS.get(self.tokens[self.at].text, (-1, operator.add))
            if binds <= least:
                break
            mark = self._next().text
            right = self._binary(binds, depth + 1)
            if (mark in "/%" and right == 0) or (mark in ("<<", ">>") and right < 0):
                raise self._no_constant()
            left = self._bounded(compute(left, right))
        return left

    def _bounded(self, value: int) -> int:
        if not -_LARGEST <= value < 2 * _LARGEST:
            raise self._no_constant()
        return value

    def _unary(self, depth: int) -> int:
        token = self._next()
        if depth > MAX_DEPTH:
            raise self._no_constant()
        if token.text in _ONE:
            return self._bounded(_ONE[token.text](self._unary(depth + 1)))
        if token.text == "sizeof":
            return self._size()
        if token.text == "(":
            found = self._binary(0, depth + 1)
            if self._next().text != ")":
                raise self._no_constant()
            return found
        if token.text in self.constants:
            return self.constants[token.text]
        return self._literal(token.text)

    def _size(self) -> int:
        if self._next().text != "(":
            raise self._no_constant()
        inside = []
        while (token := self._next()).text != ")":
            inside.append(token)
        if not inside:
            raise self._no_constant()
        return self.size_of(inside)

    def _literal(self, text: str) -> int:
        if re.fullmatch(r"'[ -&(-\[\]-~]'", text):
            return ord(text[1])
        found = _NUMBER.fullmatch(text)
        if found is None:
            raise self._no_constant()
        digits = found[1]
        return self._bounded(int(digits, 8) if re.fullmatch(r"0[0-7]+", digits) else int(digits, 0))
