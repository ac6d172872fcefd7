"""NumPy's `.npy`: arrays of records, or of numbers, whose header is a Python literal.

Source: NEP 1 and `numpy.lib.format`, versions 1.0 to 3.0.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any

from etl_batch import sentences
from etl_batch.formats.records.headers.head import Head, skipped

_MAGIC = b"\x93NUMPY"
_LONGEST = 1 << 20
_TYPE = re.compile(r"([<>|=])?([biufcSaUVmMO?])([0-9]*)(?:\[(?:([0-9]*)(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as))\])?")
_ENDS = {"<": "little", ">": "big", "=": "little", "|": "little", "": "little"}
_NOT_A_TIME = -(2**63)
_DEEPEST = 32


def npy(head: Head) -> dict[str, Any] | None:
    """One record an element of the first axis; its other axes are an array in it."""
    if head.read(0, len(_MAGIC)) != _MAGIC:
        return None
    major, _ = head.numbers("<BB", 6)
    length_form = "<H" if major == 1 else "<I"
    (length,) = head.numbers(length_form, 8)
    begin = 10 if major == 1 else 12
    if major not in (1, 2, 3) or length > _LONGEST:
        raise head.refusal(sentences.layouts.NPY_VERSION.format(version=major, length=length))
    shape, fortran, descr = _literal(head, head.read(begin, length), major)
    if fortran and len(shape) > 1:
        raise head.refusal(sentences.layouts.NPY_FORTRAN)
    inner = math.prod(shape[1:])
    if inner < 1:
        raise head.refusal(sentences.layouts.NPY_SHAPE.format(shape=shape))
    fields = _fields(head, descr, 0) if isinstance(descr, list) else [_field(head, "value", descr)]
    if len(shape) > 1:
        fields = (
            [{**fields[0], "count": inner}] if len(fields) == 1 else [{"name": "at", "count": inner, "fields": fields}]
        )
    return {
        "fields": fields,
        "header_bytes": begin + length,
        "record_count": shape[0] if shape else 1,
        "description": f"A NumPy array of shape {shape}.",
    }


def _literal(head: Head, raw: bytes, major: int) -> tuple[tuple[int, ...], bool, Any]:
    """Shape, order and type of the header's dictionary."""
    try:
        found = ast.literal_eval(raw.decode("utf-8" if major == 3 else "latin-1").strip())
        shape, fortran, descr = found["shape"], found["fortran_order"], found["descr"]
    except (ValueError, SyntaxError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise head.refusal(sentences.layouts.NPY_LITERAL) from error
    sizes = isinstance(shape, tuple) and all(type(size) is int and 0 <= size < 2**62 for size in shape)
    if not sizes or len(shape) > _DEEPEST or not isinstance(fortran, bool):
        raise head.refusal(sentences.layouts.NPY_SHAPE.format(shape=str(shape)[:80]))
    return shape, fortran, descr


def _fields(head: Head, descr: Any, depth: int) -> list[dict[str, Any]]:
    """The fields of a structured type, nested ones and arrays as they are."""
    if not isinstance(descr, list) or depth > _DEEPEST:
        raise head.refusal(sentences.layouts.NPY_TYPE.format(type=str(descr)[:80]))
    fields: list[dict[str, Any]] = []
    for entry in descr:
        if not isinstance(entry, tuple) or len(entry) not in (2, 3):
            raise head.refusal(sentences.layouts.NPY_TYPE.format(type=str(entry)[:80]))
        name = entry[0][1] if isinstance(entry[0], tuple) and len(entry[0]) == 2 else entry[0]
        if name == "":
            # What NumPy writes for the bytes between aligned fields.
            fields += skipped(_field(head, "", entry[1]).get("size", 0))
            continue
        shape = entry[2] if len(entry) == 3 else ()
        sizes = (shape,) if isinstance(shape, int) else shape
        if not isinstance(sizes, tuple) or not all(type(size) is int and 0 < size < 2**31 for size in sizes):
            raise head.refusal(sentences.layouts.NPY_SHAPE.format(shape=str(shape)[:80]))
        inner = isinstance(entry[1], list)
        field = (
            {"name": str(name), "fields": _fields(head, entry[1], depth + 1)}
            if inner
            else _field(head, str(name), entry[1])
        )
        fields.append(field if not sizes else _array(field, math.prod(sizes)))
    return fields


def _array(field: dict[str, Any], count: int) -> dict[str, Any]:
    return {**field, "count": count}


def _field(head: Head, name: str, kind: Any) -> dict[str, Any]:
    """A field of one of NumPy's plain types."""
    found = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
    if found is None:
        raise head.refusal(sentences.layouts.NPY_TYPE.format(type=str(kind)[:80]))
    order, code, digits, step, unit = found.groups()
    size, endian = int(digits[:9] or 1), _ENDS[order or ""]
    plain = {"b": "bool", "?": "bool"}.get(code) or f"{code}{8 * size}"
    if plain in ("bool", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f16", "f32", "f64"):
        return {"name": name, "type": plain, "endian": endian}
    if code in "Sa" and size:
        return {"name": name, "type": "char", "size": size, "encoding": "latin-1"}
    if code == "U" and size:
        return {"name": name, "type": "char", "size": 4 * size, "encoding": f"utf-32-{endian[0]}e"}
    if code == "V" and size:
        return {"name": name, "type": "bytes", "size": size}
    if code == "c" and size in (8, 16):
        parts = [{"name": part, "type": f"f{4 * size}", "endian": endian} for part in ("real", "imag")]
        return {"name": name, "fields": parts}
    if code == "M" and unit in ("D", "s", "ms", "us", "ns") and step in (None, "", "1"):
        kind_of_time = {"type": "date"} if unit == "D" else {"type": "datetime"}
        return {"name": name, **kind_of_time, "size": 8, "unit": unit, "endian": endian, "null_values": [_NOT_A_TIME]}
    if code == "m" or code == "M":
        # A span of time, or a unit that layouts lack: the count, as it stands.
        return {"name": name, "type": "i64", "endian": endian, "null_values": [_NOT_A_TIME]}
    raise head.refusal(sentences.layouts.NPY_TYPE.format(type=kind))
