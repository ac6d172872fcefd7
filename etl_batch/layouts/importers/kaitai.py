"""A Kaitai description of fixed records as a layout: what is repeated to the end is the record, the rest its frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from etl_batch import sentences
from etl_batch.errors import LayoutError
from etl_batch.layouts.importers.kaitai_source import Node, read_yaml
from etl_batch.layouts.importers.kaitai_types import Compiler, Scope, Shape, contents_of, name_of, scope_of
from etl_batch.layouts.importers.parts import Field, Found, Spot, Wanted, fields_of, pick_record, refusal
from etl_batch.layouts.spec import Endian


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands around the records of a file."""

    before: list[Node]
    record: Node | None
    """The attribute that is repeated; None where the whole sequence is the record."""
    after: list[Node]
    count: str | None = None
    """The attribute that says how many records there are; None: as many as there is room for."""


def import_kaitai(text: str, wanted: Wanted) -> Found:
    """The record of a description: the attribute that the file repeats, the whole sequence, or the type asked for.

    Raises `LayoutError` naming line and field for what has no fixed place.
    """
    root = read_yaml(text)
    scope = scope_of(root, endian=wanted.endian)
    name = (root.keys.get("meta", Node(root.line, {})).keys.get("id") or Node(0, "")).text or None
    compiler = Compiler(wanted.encoding)
    if wanted.record is not None:
        types = root.keys.get("types", Node(root.line, {})).keys
        chosen = pick_record([*types, *([name] if name else [])], wanted.record, root.line)
        if chosen in types:
            layout = _layout(scope, compiler.shape(scope.inside(types[chosen])))
            return Found(chosen, layout, tuple(compiler.notes))
    frame = _frame(root.keys.get("seq", Node(root.line, [])).items)
    layout = _layout(scope, compiler.shape(scope)) if frame.record is None else _framed(scope, frame, compiler)
    return Found(name, layout, tuple(compiler.notes))


def _layout(scope: Scope, shape: Shape, **frame: Any) -> dict[str, Any]:
    """A layout of records of one shape, whose fields leave out the byte order that it has itself."""
    fields = fields_of(shape.spots)
    if len(fields) == 1 and list(fields[0]) == ["name", "fields"]:
        fields = fields[0]["fields"]
    if not fields:
        raise LayoutError(sentences.imports.NO_RECORDS)
    endian = scope.endian or "little"
    made = [_without_order(field, endian) for field in fields]
    return {"endian": endian, "record_size": shape.size, **frame, "fields": made}


def _without_order(field: Field, endian: Endian) -> Field:
    made = {key: value for key, value in field.items() if key != "endian" or value != endian}
    if "fields" in made:
        made["fields"] = [_without_order(inner, endian) for inner in made["fields"]]
    return made


def _frame(attributes: list[Node]) -> _Frame:
    """Where the records of a file stand: repeated to its end, or as often as another attribute says."""
    for number, attribute in enumerate(attributes):
        repeat = (attribute.keys.get("repeat") or Node(0, "")).text
        times = attribute.keys.get("repeat-expr")
        before, after = attributes[:number], attributes[number + 1 :]
        if repeat == "eos" and not after:
            return _Frame(before, attribute, after)
        if repeat == "expr" and times is not None and times.whole is None and times.text is not None:
            return _Frame(before, attribute, after, times.text)
    return _Frame([], None, [])


def _framed(scope: Scope, frame: _Frame, compiler: Compiler) -> dict[str, Any]:
    assert frame.record is not None
    header = compiler.sequence(frame.before, scope)
    footer = compiler.sequence(frame.after, scope)
    once = {key: value for key, value in frame.record.keys.items() if key not in ("repeat", "repeat-expr")}
    record = Node(frame.record.line, once)
    keys: dict[str, Any] = {}
    magic = _magic(frame.before, header)
    if magic is not None:
        keys["magic"] = magic
    if header.size:
        keys["header_bytes"] = header.size
        compiler.notes.append(sentences.imports.HEADER.format(size=header.size))
    if frame.count is not None:
        keys["record_count"] = _count_at(frame, header, scope)
    if footer.size:
        keys["footer_bytes"] = footer.size
    return _layout(scope, compiler.sequence([record], scope), **keys)


def _magic(before: list[Node], header: Shape) -> dict[str, Any] | None:
    """The bytes that every file has: the first `contents` of the header."""
    raws = [contents_of(attribute).hex() for attribute in before if "contents" in attribute.keys]
    spot = next((spot for spot in header.spots if raws and spot.field.get("const") == raws[0]), None)
    return None if spot is None else {"offset": spot.offset, "hex": raws[0]}


def _count_at(frame: _Frame, header: Shape, scope: Scope) -> dict[str, Any]:
    """Where the file says how many records it has."""
    assert frame.record is not None
    spots = list(header.spots)
    offset, found = 0, None
    for name in (frame.count or "").split("."):
        spot = next((spot for spot in spots if spot.field.get("name") == name), None)
        if spot is None or "count" in spot.field:
            raise refusal(sentences.imports.KAITAI_REPEAT, frame.record.line, name_of(frame.record))
        offset, found = offset + spot.offset, spot.field
        spots = _inner(spot.field)
    kind = str((found or {}).get("type", ""))
    order = (found or {}).get("endian", scope.endian or "little")
    plain = kind[:1] in ("i", "u") and found is not None and not {"bits", "enum"} & set(found)
    if not plain or order != (scope.endian or "little"):
        raise refusal(sentences.imports.KAITAI_REPEAT, frame.record.line, name_of(frame.record))
    return {"offset": offset, "type": kind}


def _inner(field: Field) -> list[Spot]:
    """The fields inside a field with their places."""
    spots: list[Spot] = []
    cursor = 0
    for inner in field.get("fields", ()):
        offset = inner.get("offset", cursor)
        size = _size(inner)
        spots.append(Spot(offset, size, inner))
        cursor = offset + size
    return spots


def _size(field: Field) -> int:
    inner = _inner(field)
    one = inner[-1].offset + inner[-1].size if inner else field.get("size") or int(str(field["type"])[1:]) // 8
    return int(one) * int(field.get("count", 1))
