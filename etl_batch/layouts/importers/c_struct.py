"""A C struct as a layout: declarations are read, members placed as a compiler places them, padding skipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.c_expressions import Expression
from etl_batch.layouts.importers.c_names import BASIC, EXTENSIONS, NAMED, WORDS
from etl_batch.layouts.importers.c_source import Preprocessor, Token
from etl_batch.layouts.importers.c_tokens import TokenReader
from etl_batch.layouts.importers.c_types import Member, Record, Scalar, Type, Unusable, lay_out
from etl_batch.layouts.importers.parts import MAX_DEPTH, MAX_ELEMENTS, Found, Wanted, pick_record, refusal
from etl_batch.layouts.spec import Endian

_QUALIFIERS = frozenset({"const", "volatile", "register", "static", "extern", "inline", "__extension__", "restrict"})
_LARGEST_RECORD = 1 << 31


@dataclass(frozen=True, slots=True)
class _Typed:
    """A type, and the dimensions that a typedef adds to it."""

    type: Type
    dimensions: tuple[int, ...] = ()
    packed: bool = False
    """Whether an attribute beside the type says so of the member."""


@dataclass(slots=True)
class _Declarator:
    """What a declaration says of one name."""

    name: Token
    dimensions: tuple[int, ...] = ()
    bits: int | None = None
    packed: bool = False


@dataclass(slots=True)
class _Parser(TokenReader):
    """Reads declarations; what cannot be used is told when it is used, for a header holds much beside the record."""

    endian: Endian = "little"
    packed: bool = False
    """Whether every struct is."""
    depth: int = 0
    tags: dict[str, Type] = field(default_factory=dict)
    types: dict[str, _Typed] = field(default_factory=dict)
    constants: dict[str, int] = field(default_factory=dict)
    structs: dict[str, Type] = field(default_factory=dict)
    """By the names under which they can be asked for, the last name first in use."""
    inner: list[Type] = field(default_factory=list)
    """Structs that stand inside another one."""
    failures: list[LayoutError] = field(default_factory=list)

    def file(self) -> None:
        """All declarations of a file."""
        while self.at < len(self.tokens):
            first = self.at
            if self.peek() == "extern" and self.peek(2) == "{":
                self.at += 3
            elif self.peek() in (";", "}"):
                self.at += 1
            else:
                try:
                    self._declaration()
                except LayoutError as error:
                    self.failures.append(error)
                    self.at = first
                    self.skip_declaration(WORDS | _QUALIFIERS)

    def _declaration(self) -> None:
        typedef = self.peek() == "typedef"
        self.at += typedef
        base = self.type()
        while self.peek() != ";":
            if typedef:
                self._define(base)
            else:
                self._declarator()
            if self.peek() != ";":
                self.expect(",")
        self.expect(";")

    def _define(self, base: _Typed) -> None:
        """One name of a typedef."""
        made = self._declarator()
        self.types[made.name.text] = _Typed(base.type, (*made.dimensions, *base.dimensions))
        if not made.dimensions and any(base.type is known for known in self.structs.values()):
            self.structs = {name: kind for name, kind in self.structs.items() if kind is not base.type}
            self.structs[made.name.text] = base.type

    # Types.

    def type(self) -> _Typed:
        """The type at the start of a declaration."""
        words: list[str] = []
        found: _Typed | None = None
        packed = False
        while True:
            token = self.take()
            if token.text in _QUALIFIERS:
                continue
            if token.text in EXTENSIONS or (token.text == "double" and "long" in words):
                raise refusal(sentences.imports.C_TYPE.format(type=token.text), token.line)
            if self.is_attribute(token):
                packed |= self.attribute()
            elif token.text in WORDS:
                words.append(token.text)
            elif token.text in ("struct", "union", "enum") and not words and found is None:
                found = self._tagged(token)
            elif not words and found is None and token.is_name:
                found = self._named(token)
            else:
                self.at -= 1
                break
        if found is not None:
            return replace(found, packed=packed)
        key = tuple(sorted(word for word in words if word != "int")) or ("int",)
        if key not in BASIC:
            raise refusal(sentences.imports.C_TYPE.format(type=" ".join(words) or token.text[:80]), token.line)
        return _Typed(BASIC[key], packed=packed)

    def _named(self, token: Token) -> _Typed:
        if token.text in self.types:
            return self.types[token.text]
        if token.text in NAMED:
            return _Typed(NAMED[token.text])
        raise refusal(sentences.imports.UNKNOWN_TYPE.format(type=token.text[:80]), token.line)

    def _tagged(self, keyword: Token) -> _Typed:
        """A struct, union or enum: one that is defined here, or one that was."""
        packed = self.attributes()
        tag = self.take().text if self.peek() != "{" else None
        packed |= self.attributes()
        if self.peek() != "{":
            if keyword.text == "enum":
                return _Typed(Scalar("u32", 4))
            if tag not in self.tags:
                raise refusal(sentences.imports.UNKNOWN_TYPE.format(type=f"{keyword.text} {tag}"[:80]), keyword.line)
            return _Typed(self.tags[tag])
        if keyword.text == "enum":
            return _Typed(self._enum())
        made = self._union(keyword) if keyword.text == "union" else self._struct(keyword, packed)
        if tag is not None:
            self.tags[tag] = made
        if keyword.text == "struct":
            self.structs[tag or f"struct in line {keyword.line}"] = made
        return _Typed(made)

    def _union(self, keyword: Token) -> Unusable:
        self.expect("{")
        self.skip_to("}")
        self.expect("}")
        return Unusable(sentences.imports.UNION.format(line=keyword.line))

    def _enum(self) -> Scalar:
        """An enumeration, whose names are constants from now on."""
        self.expect("{")
        value = -1
        lowest = highest = 0
        while self.peek() != "}":
            name = self.take().text
            value += 1
            if self.peek() == "=":
                self.at += 1
                value = self._constant(self.skip_to(",", "}"))
            self.constants[name] = value
            lowest, highest = min(lowest, value), max(highest, value)
            if self.peek() == ",":
                self.at += 1
        self.expect("}")
        size = 4 if highest < 1 << (31 if lowest < 0 else 32) and lowest >= -(1 << 31) else 8
        return Scalar(f"{'i' if lowest < 0 else 'u'}{8 * size}", size)

    def _struct(self, keyword: Token, packed: bool) -> Type:
        """A struct with its members; one that no layout expresses is kept with the reason."""
        first = self.at
        self.expect("{")
        self.skip_to("}")
        self.expect("}")
        packed |= self.attributes() | self.packed
        end, self.at = self.at, first + 1
        self.depth += 1
        try:
            if self.depth > MAX_DEPTH:
                raise refusal(sentences.imports.TOO_DEEP, keyword.line)
            members = self._members(packed)
            return lay_out(members, keyword.line, self.endian)
        except LayoutError as error:
            return Unusable(error.message)
        finally:
            self.depth -= 1
            self.at = end

    # Members.

    def _members(self, packed: bool) -> list[Member]:
        members: list[Member] = []
        while self.peek() != "}":
            if self.peek() == ";":
                self.at += 1
                continue
            if self.peek() in ("_Static_assert", "static_assert"):
                self.skip_to(";")
                continue
            members += self._member(packed)
        if sum(member.type.size * member.elements for member in members) > _LARGEST_RECORD:
            raise refusal(sentences.imports.TOO_LARGE, members[0].line)
        return members

    def _member(self, packed: bool) -> list[Member]:
        line = self.tokens[self.at].line
        base = self.type()
        members = []
        if self.peek() == ";":
            # A struct without a name of its own: its members are those of the struct around it.
            members.append(self._made(base, None, line, packed))
        while self.peek() != ";":
            anonymous = self.peek() == ":"
            made = self._declarator(anonymous=anonymous)
            members.append(self._made(base, made, line, packed, anonymous=anonymous))
            if self.peek() != ";":
                self.expect(",")
        self.expect(";")
        return members

    def _made(
        self, base: _Typed, made: _Declarator | None, line: int, packed: bool, *, anonymous: bool = False
    ) -> Member:
        name = None if made is None or anonymous else made.name.text
        if not isinstance(base.type, Scalar):
            self.inner.append(base.type)
        if isinstance(base.type, Unusable):
            raise refusal(base.type.reason, line, name)
        pack = self.tokens[self.at].pack
        if made is None:
            return Member(None, base.type, (), line, packed=packed or base.packed, pack=pack)
        bits = made.bits
        if bits is not None and (
            isinstance(base.type, Record) or bits > 8 * base.type.size or base.type.kind[0] == "f"
        ):
            raise refusal(sentences.imports.BIT_WIDTH.format(bits=bits), line, name)
        kind = base.type
        if bits is not None and kind == Scalar("char", 1):
            kind = Scalar("i8", 1)
        dimensions = (*made.dimensions, *base.dimensions)
        member = Member(name, kind, dimensions, line, bits, packed or made.packed or base.packed, pack)
        if member.elements > MAX_ELEMENTS and dimensions[:-1]:
            raise refusal(sentences.imports.ARRAY_SIZE.format(count=member.elements, most=MAX_ELEMENTS), line, name)
        return member

    def _declarator(self, *, anonymous: bool = False) -> _Declarator:
        """A name with its dimensions or its width in bits. Raises `LayoutError` for pointers and functions."""
        name = self.tokens[self.at] if anonymous else self.take()
        if name.text in ("*", "&", "("):
            raise refusal(sentences.imports.POINTER, name.line, self._next_name())
        if not anonymous and not name.is_name:
            raise refusal(sentences.imports.UNEXPECTED.format(word=name.text[:80]), name.line)
        made = _Declarator(name)
        while self.peek() not in (",", ";"):
            token = self.take()
            if token.text == "[":
                made.dimensions += (self._dimension(name),)
            elif token.text == ":":
                made.bits = self._constant(self.skip_to(",", ";", *self.ATTRIBUTES))
                if made.bits < 0 or (made.bits == 0 and not anonymous):
                    raise refusal(sentences.imports.BIT_WIDTH.format(bits=made.bits), name.line, name.text)
            elif self.is_attribute(token):
                made.packed |= self.attribute()
            else:
                raise refusal(sentences.imports.UNEXPECTED.format(word=token.text[:80]), token.line, name.text)
        return made

    def _next_name(self) -> str | None:
        """The name that a pointer or a function has."""
        following = (token.text for token in self.tokens[self.at : self.at + 4] if token.is_name)
        return next((text for text in following if text not in _QUALIFIERS), None)

    def _dimension(self, name: Token) -> int:
        size = self.skip_to("]")
        self.expect("]")
        if not size:
            raise refusal(sentences.imports.FLEXIBLE, name.line, name.text)
        count = self._constant(size)
        if count == 0:
            raise refusal(sentences.imports.FLEXIBLE, name.line, name.text)
        if not 0 < count <= _LARGEST_RECORD:
            raise refusal(sentences.imports.ARRAY_SIZE.format(count=count, most=MAX_ELEMENTS), name.line, name.text)
        return count

    def _constant(self, tokens: list[Token]) -> int:
        if not tokens:
            raise refusal(sentences.imports.NO_CONSTANT.format(expression=""), self.tokens[self.at - 1].line)
        return Expression(tokens, self.constants, self._size_of).value()

    def _size_of(self, tokens: Sequence[Token]) -> int:
        """What `sizeof` of a type is."""
        inner = replace(self, tokens=[*tokens, Token(";", tokens[0].line)], at=0)
        base = inner.type()
        if inner.peek() != ";" or isinstance(base.type, Unusable):
            raise refusal(
                sentences.imports.UNKNOWN_TYPE.format(type=" ".join(each.text for each in tokens)), tokens[0].line
            )
        return Member(None, base.type, base.dimensions, tokens[0].line).elements * base.type.size


def import_c_struct(text: str, wanted: Wanted) -> Found:
    """One struct of a C header, by its typedef or tag, or the only one that no other struct holds.

    Alignment and sizes are those of 64-bit Linux; `#pragma pack` and `__attribute__((packed))` are obeyed. Raises
    `LayoutError` naming line and field for what a layout cannot express.
    """
    tokens = list(Preprocessor().tokens(text))
    endian: Endian = wanted.endian or "little"
    parser = _Parser(tokens, endian=endian, packed=wanted.alignment == "packed")
    parser.file()
    if not parser.structs:
        raise parser.failures[0] if parser.failures else LayoutError(sentences.imports.NO_RECORDS)
    names = list(parser.structs)
    outer = [name for name in names if not any(parser.structs[name] is inner for inner in parser.inner)]
    name = pick_record(names if wanted.record is not None else outer or names, wanted.record)
    record = parser.structs[name]
    if isinstance(record, Unusable):
        raise LayoutError(record.reason)
    assert isinstance(record, Record)
    layout = {"endian": endian, "encoding": wanted.encoding or "utf-8", "record_size": record.size}
    return Found(name, {**layout, "fields": record.fields})
