"""Types of a Kaitai description: what each attribute of a fixed size is in a layout."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from etl_batch import sentences
from etl_batch.layouts.importers.kaitai_source import Node
from etl_batch.layouts.importers.parts import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    Field,
    Spot,
    bit_container,
    fields_of,
    refusal,
    skipped,
)
from etl_batch.layouts.spec import Endian

_NUMBER = re.compile(r"([usf])([1248])(le|be)?")
_BITS = re.compile(r"b([1-9][0-9]?)(le|be)?")
_ORDERS: dict[str, Endian] = {"le": "little", "be": "big"}
_PADDING = {0: "null", 0x20: "space"}
_ATTRIBUTE_KEYS = frozenset(
    {"id", "type", "size", "encoding", "contents", "repeat", "repeat-expr", "enum", "terminator", "pad-right"}
    | {"include", "consume", "eos-error", "doc", "doc-ref", "valid"}
)
_TYPE_KEYS = frozenset({"meta", "doc", "doc-ref", "seq", "types", "enums", "instances"})
_LIMITS = ("eq", "min", "max")


@dataclass(frozen=True, slots=True)
class Scope:
    """A type, the one around it, and what they say of byte order and encoding."""

    node: Node
    outer: Scope | None
    endian: Endian | None
    bit_endian: Endian
    encoding: str | None

    def inside(self, node: Node) -> Scope:
        """The scope of a type that is defined in this one."""
        return replace(scope_of(node, self), outer=self)

    def find_type(self, path: list[str]) -> Scope | None:
        """The type of that name, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            found: Scope | None = scope
            for name in path:
                types = found.node.keys.get("types") if found is not None else None
                node = types.keys.get(name) if types is not None else None
                found = found.inside(node) if node is not None and found is not None else None
            if found is not None:
                return found
            scope = scope.outer
        return None

    def find_enum(self, path: list[str]) -> Node | None:
        """The enumeration of that name, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            owner = scope.find_type(path[:-1]) if path[:-1] else scope
            enums = owner.node.keys.get("enums") if owner is not None else None
            if enums is not None and path[-1] in enums.keys:
                return enums.keys[path[-1]]
            scope = scope.outer
        return None


def scope_of(node: Node, outer: Scope | None = None, endian: Endian | None = None) -> Scope:
    """The scope of a type; `endian` is what the user says where the description does not. Raises `LayoutError`."""
    meta = node.keys.get("meta", Node(node.line, {})).keys
    order = _order(meta.get("endian")) or (outer.endian if outer else endian)
    bits = _order(meta.get("bit-endian")) or (outer.bit_endian if outer else "big")
    encoding = meta["encoding"].text if "encoding" in meta else outer.encoding if outer else None
    return Scope(node, outer, order, bits, encoding)


def _order(node: Node | None) -> Endian | None:
    if node is None:
        return None
    if node.text not in _ORDERS:
        raise refusal(sentences.imports.KAITAI_ENDIAN, node.line)
    return _ORDERS[node.text]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type whose attributes have their places."""

    spots: tuple[Spot, ...]
    size: int
    weight: int


@dataclass(frozen=True, slots=True)
class _Bit:
    """One bit-sized attribute and its first bit in the run that it stands in."""

    attribute: Node
    name: str | None
    width: int
    order: Endian
    first: int


@dataclass(slots=True)
class Compiler:
    """Makes shapes of types, each once, and notes what is left out."""

    default_encoding: str | None = None
    notes: list[str] = field(default_factory=list)
    shapes: dict[int, Shape] = field(default_factory=dict)
    depth: int = 0

    def shape(self, scope: Scope) -> Shape:
        """The shape of a type. Raises `LayoutError` for what is not fixed."""
        known = self.shapes.get(id(scope.node))
        if known is not None:
            return known
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise refusal(sentences.imports.NESTED_TOO_DEEPLY, scope.node.line)
        self._check_type(scope.node)
        sequence = scope.node.keys.get("seq", Node(scope.node.line, []))
        made = self.sequence(sequence.items, scope)
        self.depth -= 1
        self.shapes[id(scope.node)] = made
        return made

    def _check_type(self, node: Node) -> None:
        for key, value in node.keys.items():
            if key not in _TYPE_KEYS and not key.startswith("-"):
                raise refusal(sentences.imports.KAITAI_KEY.format(key=key[:80]), value.line)
        for name, instance in node.keys.get("instances", Node(node.line, {})).keys.items():
            if "value" not in instance.keys:
                raise refusal(sentences.imports.KAITAI_INSTANCE, instance.line, name)
            self.notes.append(sentences.imports.INSTANCE.format(field=name))

    def sequence(self, attributes: list[Node], scope: Scope) -> Shape:
        """Attributes one after the other, from byte 0 on."""
        spots: list[Spot] = []
        run: list[_Bit] = []
        cursor = weight = 0
        for attribute in attributes:
            self._check_attribute(attribute)
            bit = self._bit(attribute, scope, run)
            if bit is not None:
                run.append(bit)
                continue
            cursor += self._close(run, cursor, spots, scope)
            made, size, count, inner = self._plain(attribute, scope)
            spots.append(Spot(cursor, size * count, made))
            cursor += size * count
            weight += 1 + inner
        weight += len(run) + len(spots)
        cursor += self._close(run, cursor, spots, scope)
        if weight > MAX_ELEMENTS:
            raise refusal(sentences.imports.TOO_MANY_FIELDS.format(most=MAX_ELEMENTS), scope.node.line)
        return Shape(tuple(spots), cursor, weight)

    def _check_attribute(self, attribute: Node) -> None:
        keys = attribute.keys
        name = name_of(attribute)
        if not keys:
            raise refusal(sentences.imports.KAITAI_ATTRIBUTE, attribute.line)
        for key, value in keys.items():
            if key not in _ATTRIBUTE_KEYS and not key.startswith("-"):
                raise refusal(sentences.imports.KAITAI_KEY.format(key=key[:80]), value.line, name)

    # Bits.

    def _bit(self, attribute: Node, scope: Scope, run: list[_Bit]) -> _Bit | None:
        """A bit-sized attribute behind those of its run; None for any other."""
        found = _BITS.fullmatch((attribute.keys.get("type") or Node(0, "")).text or "")
        if found is None:
            return None
        name, width = name_of(attribute), int(found[1])
        order = _ORDERS[found[2]] if found[2] else scope.bit_endian
        if "repeat" in attribute.keys or width > 64 or any(bit.order != order for bit in run):
            raise refusal(sentences.imports.KAITAI_BITS, attribute.line, name)
        return _Bit(attribute, name, width, order, run[-1].first + run[-1].width if run else 0)

    def _close(self, run: list[_Bit], start: int, spots: list[Spot], scope: Scope) -> int:
        """Put a run of bits into `spots`; returns the bytes it takes."""
        if not run:
            return 0
        size = -(-(run[-1].first + run[-1].width) // 8)
        taken: set[int] = set()
        for bit in run:
            if bit.name is None:
                continue
            found = bit_container(bit.first, bit.width, (0, size))
            if found is None:
                raise refusal(sentences.imports.BITS_ACROSS, bit.attribute.line, bit.name)
            offset, width = found
            taken |= set(range(offset, offset + width))
            spots.append(Spot(start + offset, width, self._bit_field(bit, offset, width, scope)))
        spots += [Spot(start + byte, 1, skipped(1)) for byte in range(size) if byte not in taken]
        run.clear()
        return size

    def _bit_field(self, bit: _Bit, offset: int, width: int, scope: Scope) -> Field:
        first = bit.first - 8 * offset
        start = first if bit.order == "little" else 8 * width - first - bit.width
        rules = {**self._enum(bit.attribute, scope), **self._valid(bit.attribute, number=True)}
        truth = bit.width == 1 and not rules
        order = {} if width == 1 else {"endian": bit.order}
        bits = {"start": start, "len": bit.width}
        return {"name": bit.name, "type": "bool" if truth else f"u{8 * width}", **order, "bits": bits, **rules}

    # Whole bytes.

    def _plain(self, attribute: Node, scope: Scope) -> tuple[Field, int, int, int]:
        """The field of an attribute, the size of one element, how many there are, and the fields inside it."""
        name, count = name_of(attribute), self._count(attribute)
        made, size, weight = self.element(attribute, scope)
        if name is None and "const" not in made:
            return skipped(size * (count or 1)), size, count or 1, 0
        named = {} if name is None else {"name": name}
        return {**named, **made, **({} if count is None else {"count": count})}, size, count or 1, weight

    def _count(self, attribute: Node) -> int | None:
        """How often an attribute is repeated; None for one that is not."""
        keys = attribute.keys
        if "repeat" not in keys:
            return None
        count = keys["repeat-expr"].whole if "repeat-expr" in keys else None
        if keys["repeat"].text != "expr" or count is None:
            raise refusal(sentences.imports.KAITAI_REPEAT, attribute.line, name_of(attribute))
        if not 0 < count <= MAX_ELEMENTS:
            raise refusal(
                sentences.imports.ARRAY_SIZE.format(count=count, most=MAX_ELEMENTS), attribute.line, name_of(attribute)
            )
        return count

    def element(self, attribute: Node, scope: Scope) -> tuple[Field, int, int]:
        """What one element is, its bytes, and the fields inside it."""
        keys, name = attribute.keys, name_of(attribute)
        if "contents" in keys:
            raw = contents_of(attribute)
            return {"type": "bytes", "size": len(raw), "const": raw.hex(), "skip": True}, len(raw), 0
        size = self._size(attribute)
        if "type" not in keys:
            if size is None or "terminator" in keys or "pad-right" in keys:
                raise refusal(sentences.imports.KAITAI_SIZE, attribute.line, name)
            return {"type": "bytes", "size": size}, size, 0
        kind = keys["type"].text
        if kind is None:
            raise refusal(sentences.imports.KAITAI_SWITCH, keys["type"].line, name)
        number = _NUMBER.fullmatch(kind)
        if number is not None:
            return self._number(attribute, scope, number)
        if kind in ("str", "strz"):
            return self._text(attribute, scope, kind, size)
        return self._user(attribute, scope, kind, size)

    def _size(self, attribute: Node) -> int | None:
        if "size" not in attribute.keys:
            return None
        size = attribute.keys["size"].whole
        if size is None or size <= 0:
            raise refusal(sentences.imports.KAITAI_SIZE, attribute.keys["size"].line, name_of(attribute))
        return size

    def _number(self, attribute: Node, scope: Scope, found: re.Match[str]) -> tuple[Field, int, int]:
        sign, size, suffix = found[1], int(found[2]), found[3]
        if (sign == "f" and size < 4) or (suffix and size == 1) or "size" in attribute.keys:
            raise refusal(sentences.imports.UNKNOWN_TYPE.format(type=found[0]), attribute.line, name_of(attribute))
        order = _ORDERS[suffix] if suffix else scope.endian
        if order is None and size > 1:
            raise refusal(sentences.imports.KAITAI_NO_ENDIAN, attribute.line, name_of(attribute))
        made: Field = {"type": f"{'i' if sign == 's' else sign}{8 * size}"}
        if size > 1:
            made["endian"] = order
        return {**made, **self._enum(attribute, scope), **self._valid(attribute, number=True)}, size, 0

    def _text(self, attribute: Node, scope: Scope, kind: str, size: int | None) -> tuple[Field, int, int]:
        keys, name = attribute.keys, name_of(attribute)
        if size is None:
            raise refusal(sentences.imports.KAITAI_SIZE, attribute.line, name)
        encoding = keys["encoding"].text if "encoding" in keys else scope.encoding or self.default_encoding
        if encoding is None:
            raise refusal(sentences.imports.KAITAI_NO_ENCODING, attribute.line, name)
        pads = {keys[key].whole for key in ("terminator", "pad-right") if key in keys} | (
            {0} if kind == "strz" else set()
        )
        if len(pads) > 1 or not pads <= set(_PADDING):
            raise refusal(sentences.imports.KAITAI_TERMINATOR, attribute.line, name)
        strip = _PADDING[int(pads.pop() or 0)] if pads else "none"
        rules = self._valid(attribute, number=False)
        return {"type": "char", "size": size, "encoding": encoding, "strip": strip, **rules}, size, 0

    def _user(self, attribute: Node, scope: Scope, kind: str, size: int | None) -> tuple[Field, int, int]:
        """A type of the description's own; in a `size` that is larger, what is left is skipped."""
        name = name_of(attribute)
        found = scope.find_type(kind.split("::"))
        if found is None:
            raise refusal(sentences.imports.UNKNOWN_TYPE.format(type=kind[:80]), attribute.line, name)
        shape = self.shape(found)
        if size is not None and size < shape.size:
            raise refusal(sentences.imports.KAITAI_TOO_SMALL.format(size=size, taken=shape.size), attribute.line, name)
        spots = list(shape.spots)
        if size is not None and size > shape.size:
            spots.append(Spot(shape.size, size - shape.size, skipped(size - shape.size)))
        if not spots:
            raise refusal(sentences.imports.NO_MEMBERS, attribute.line, name)
        return {"fields": fields_of(spots)}, size or shape.size, shape.weight

    # Rules.

    def _enum(self, attribute: Node, scope: Scope) -> Field:
        if "enum" not in attribute.keys:
            return {}
        wanted = attribute.keys["enum"].text or ""
        found = scope.find_enum(wanted.split("::"))
        if found is None:
            raise refusal(sentences.imports.UNKNOWN_ENUM.format(name=wanted[:80]), attribute.line, name_of(attribute))
        labels: dict[str, str] = {}
        for key, label in found.keys.items():
            value = Node(label.line, key).whole
            text = label.text if label.text is not None else (label.keys.get("id") or Node(0, "")).text
            if value is None or not text or str(value) in labels:
                raise refusal(sentences.imports.UNKNOWN_ENUM.format(name=wanted[:80]), label.line, name_of(attribute))
            labels[str(value)] = text
        return {"enum": labels}

    def _valid(self, attribute: Node, *, number: bool) -> Field:
        """The rule that `valid` gives, where a layout has it."""
        node = attribute.keys.get("valid")
        if node is None:
            return {}
        rules: dict[str, Any] = {}
        for key, rule in (node.keys or {"eq": node}).items():
            value = rule.whole if number else rule.text
            if key not in _LIMITS or value is None or "enum" in attribute.keys or not number:
                self.notes.append(sentences.imports.VALID.format(field=name_of(attribute) or "", line=node.line))
                return {}
            rules["const" if key == "eq" else key] = value
        return rules


def name_of(attribute: Node) -> str | None:
    """An attribute's `id`."""
    return attribute.keys["id"].text if "id" in attribute.keys else None


def contents_of(attribute: Node) -> bytes:
    """The bytes that `contents` names: text, or a list of texts and numbers."""
    node = attribute.keys["contents"]
    raw = b""
    for part in [node] if node.text is not None else node.items:
        value = part.whole if node.text is None else None
        if value is None and part.text is not None:
            raw += part.text.encode("utf-8")
        elif value is not None and 0 <= value <= 255:
            raw += bytes([value])
        else:
            raise refusal(sentences.imports.KAITAI_CONTENTS, node.line, name_of(attribute))
    if not raw or "repeat" in attribute.keys or "type" in attribute.keys:
        raise refusal(sentences.imports.KAITAI_CONTENTS, node.line, name_of(attribute))
    return raw
