"""The whole language of layouts: random fields with random keys over random bytes, held against a slow reader."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.records.decoder import decode
from etl_batch.layouts import parse_layouts

# Where page 1047 has the characters of page 37, as its definition lists them.
FROM_1047 = bytes.maketrans(b"\x5f\xad\xb0\xba\xbb\xbd", b"\xb0\xba\x5f\xad\xbd\xbb")
SIZES = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "u8": 1, "u16": 2, "u32": 4, "u64": 8, "f16": 2, "f32": 4, "f64": 8}
DIGITS = ("ascii_int", "ascii_decimal", "packed", "zoned")
UNITS = {"D": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
UNIX = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
EBCDIC_DIGITS = {0xF0 + digit: digit for digit in range(10)} | {0x30 + digit: digit for digit in range(10)}
LAST_DIGITS = {byte: (digit, 1) for byte, digit in EBCDIC_DIGITS.items()}
for _digit in range(10):
    LAST_DIGITS |= {0xC0 + _digit: (_digit, 1), 0xD0 + _digit: (_digit, -1)}
    LAST_DIGITS |= {b"{ABCDEFGHI"[_digit]: (_digit, 1), b"}JKLMNOPQR"[_digit]: (_digit, -1)}
    LAST_DIGITS |= {b"pqrstuvwxy"[_digit]: (_digit, -1)}


class Wrong(Exception):
    """A cell that breaks a rule, for a reason."""


@dataclass
class Null(Exception):
    """A cell that means "none"."""


def text_of(field: dict[str, Any], cell: bytes) -> str:
    """The text of a cell without its padding."""
    try:
        encoding = field.get("encoding", "utf-8")
        text = cell.translate(FROM_1047).decode("cp037") if encoding == "cp1047" else cell.decode(encoding)
    except UnicodeError:
        raise Wrong("invalid_text") from None
    return text.rstrip({"null": "\0", "space": " ", "both": "\0 ", "none": ""}[field.get("strip", "null")] or None) if (
        field.get("strip", "null") != "none"
    ) else text  # fmt: skip


def whole_of(field: dict[str, Any], cell: bytes) -> int:
    """A binary integer, or some of its bits."""
    signed = field["type"][0] == "i" or field["type"] in ("date", "datetime")
    number = int.from_bytes(cell, field.get("endian", "little"), signed=False)
    start, length = (field["bits"]["start"], field["bits"]["len"]) if "bits" in field else (0, 8 * len(cell))
    number = number >> start & (1 << length) - 1
    return number - (1 << length) if signed and number >> length - 1 else number


def digits_of(field: dict[str, Any], cell: bytes) -> Any:
    """A number written as digits."""
    kind, places = field["type"], field.get("decimals")
    if kind == "packed" and field.get("sign") == "none":
        if not cell.hex().isdecimal():
            raise Wrong("invalid_number")
        return int(cell.hex())
    if kind == "packed":
        nibbles = cell.hex()
        if not re.fullmatch(r"[0-9]+[a-f]", nibbles):
            raise Wrong("invalid_number")
        return int(nibbles[:-1]) * (-1 if nibbles[-1] in "bd" else 1)
    if kind == "zoned":
        return zoned_number(cell, field.get("sign", "trailing"))
    text = cell.decode("latin-1").strip(" \0")
    if not re.fullmatch(r"[+-]?[0-9]+" if kind == "ascii_int" else r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", text):
        raise Wrong("invalid_number")
    if kind == "ascii_int":
        return int(text)
    if places is None:
        return float(text)
    scaled = Decimal(text) * (10**places if "." in text else 1)
    if scaled != int(scaled):
        raise Wrong("invalid_number")
    return scaled.scaleb(-places)


def zoned_number(cell: bytes, place: str) -> int:
    """A zoned decimal with its sign in some place."""
    at = 0 if place.startswith("leading") else len(cell) - 1
    sign, text = 1, ""
    for number, byte in enumerate(cell):
        if place != "none" and number == at:
            table = {0x4E: ("", 1), 0x2B: ("", 1), 0x60: ("", -1), 0x2D: ("", -1)} if "sep" in place else LAST_DIGITS
            digit, sign = table.get(byte, (None, 1))
        else:
            digit = EBCDIC_DIGITS.get(byte)
        if digit is None:
            raise Wrong("invalid_number")
        text += str(digit)
    return sign * int(text)


def stored_of(field: dict[str, Any], cell: bytes) -> Any:
    """The value as stored, or why there is none."""
    kind, blank_is_null = field["type"], "" in field.get("null_values", [])
    if kind in ("char", "str"):
        text = text_of(field, cell)
        if blank_is_null and not text.strip("\0 "):
            raise Null
        return text
    if kind == "bytes":
        if blank_is_null and not cell.strip(b"\0 "):
            raise Null
        return cell
    if kind in DIGITS:
        padding = b"\0 " if kind.startswith("ascii") else b"\0 @"
        if blank_is_null and not cell.strip(padding):
            raise Null
        return digits_of(field, cell)
    if kind[0] == "f":
        return struct.unpack(
            (">" if field.get("endian") == "big" else "<") + {2: "e", 4: "f", 8: "d"}[len(cell)], cell
        )[0]
    return whole_of(field, cell)


def moment_of(field: dict[str, Any], count: int) -> Any:
    """The day, or nanoseconds since 1970."""
    unit = field.get("unit", "D" if field["type"] == "date" else "s")
    epoch = datetime.fromisoformat(field.get("epoch", "1970-01-01") + "T00:00:00+00:00") - UNIX
    nanoseconds = count * UNITS[unit] + (epoch // timedelta(microseconds=1)) * 1000
    if (
        not 0
        <= nanoseconds // 1000 - (FIRST - UNIX) // timedelta(microseconds=1)
        <= (LAST - FIRST) // timedelta(microseconds=1)
    ):
        raise Wrong("invalid_timestamp")
    if unit == "ns" and not -(2**63) <= nanoseconds < 2**63:
        raise Wrong("invalid_timestamp")
    if field["type"] == "date":
        return date(1970, 1, 1) + timedelta(days=nanoseconds // UNITS["D"])
    return nanoseconds


def value_of(field: dict[str, Any], cell: bytes) -> Any:
    """The value that is written. Raises `Wrong` or `Null`."""
    stored = stored_of(field, cell)
    kind = field["type"]
    comparable = stored.hex() if kind == "bytes" else stored
    if any(type(null) is not str or null for null in field.get("null_values", [])) and comparable in [
        null for null in field["null_values"] if null != ""
    ]:
        raise Null
    if kind == "bool" and stored > 1:
        raise Wrong("invalid_bool")
    if "const" in field and comparable != field["const"]:
        raise Wrong("const_mismatch")
    if "pattern" in field and not re.fullmatch(field["pattern"], stored):
        raise Wrong("pattern_mismatch")
    if "enum" in field:
        enum = field["enum"]
        labels = (
            enum
            if isinstance(enum, dict)
            else {(v if kind in ("char", "str") else str(i)): v for i, v in enumerate(enum)}
        )
        if str(stored) not in labels:
            raise Wrong("invalid_enum")
        return labels[str(stored)]
    if kind in ("date", "datetime"):
        value: Any = moment_of(field, stored)
    elif "scale" in field or ("add" in field and (kind[0] == "f" or field["add"] % 1)):
        value = float(stored) * field.get("scale", 1.0) + field.get("add", 0.0)
    elif "add" in field:
        value = stored + field["add"]
    elif "decimals" in field and kind != "ascii_decimal":
        value = Decimal(stored).scaleb(-field["decimals"])
    else:
        value = bool(stored) if kind == "bool" else stored
    if ("min" in field and not value >= field["min"]) or ("max" in field and not value <= field["max"]):
        raise Wrong("out_of_range")
    return value


def one_of(draw: st.DrawFn, *choices: dict[str, Any]) -> dict[str, Any]:
    """Some keys, or none."""
    return draw(st.sampled_from([{}, *choices]))


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:  # noqa: C901 - the table of what goes together
    """One field with keys that its type takes, any of them beside any other that does not contradict it."""
    kind = draw(st.sampled_from([*SIZES, "bool", "date", "datetime", "char", "str", "bytes", *DIGITS]))
    field: dict[str, Any] = {"type": kind} | one_of(draw, {"on_error": "null"})
    number: Any = draw(st.integers(0, 9))
    if kind in SIZES or kind in ("bool", "date", "datetime"):
        field |= one_of(draw, {"endian": "big"}, {"endian": "little"})
    if kind in ("date", "datetime"):
        field |= {"size": draw(st.sampled_from([4, 2, 8] if kind == "date" else [4, 8]))}
        field |= one_of(draw, *({"unit": unit} for unit in UNITS if unit != "D" or kind == "date"))
        field |= one_of(draw, {"epoch": "2000-01-01"}, {"epoch": "1900-01-01"})
        return field | one_of(draw, {"const": number}, {"null_values": [number, 0]})
    if kind in ("char", "str", "bytes", *DIGITS):
        field["size"] = draw(st.integers(1, 6))
    if kind == "packed":
        field |= one_of(draw, {"sign": "none"}, {"sign": "trailing"})
    if kind == "zoned":
        field["size"] += 1
        signs = ("trailing", "leading", "trailing_separate", "leading_separate", "none")
        field |= one_of(draw, *({"sign": sign} for sign in signs))
    if kind in ("char", "str"):
        field |= one_of(
            draw,
            *({"encoding": name} for name in ("ascii", "latin-1", "cp037", "cp1252", "cp1047", "utf-16-le", "gbk")),
        )
        field |= one_of(draw, *({"strip": strip} for strip in ("null", "space", "both", "none")))
        field |= one_of(
            draw, {"enum": {"a": "A", "": "empty", "ab": "A"}}, {"enum": ["a", "b", ""]}, {"pattern": "[ab]*"}
        )
        return field | one_of(draw, {"const": "a"}, {"null_values": ["", "b"]}, {"null_values": ["a"]})
    if kind == "bytes":
        return field | one_of(draw, {"const": "00" * field["size"]}, {"null_values": [""]}, {"null_values": ["61", ""]})
    if (kind in SIZES and kind[0] != "f") or kind == "bool":
        length = 1 if kind == "bool" else draw(st.integers(1, 8 * SIZES[kind]))
        start = draw(st.integers(0, 8 * SIZES.get(kind, 1) - length))
        field |= one_of(draw, {"bits": {"start": start, "len": length}})
    field |= one_of(draw, {"const": number if kind != "bool" else number % 2}, {"null_values": [number, 0]})
    if kind in DIGITS and (kind, field.get("sign")) != ("packed", "none"):
        field |= one_of(draw, {"null_values": [""]}, {"null_values": ["", 7]})
    if kind == "bool":
        return field | one_of(draw, {"enum": {"0": "no", "1": "yes"}}, {"enum": {"1": "yes"}})
    if kind != "ascii_decimal" and kind[0] != "f":
        enum = one_of(
            draw,
            {"enum": {"0": "no", "1": "yes", "-1": "yes"} if kind[0] != "u" else {"0": "no"}},
            {"enum": ["x", "y"]},
        )
        if enum:
            return field | enum
    if kind[0] != "f":
        field |= one_of(draw, {"scale": 0.5}, {"scale": -3.0}, {"decimals": 2}, {"decimals": 0})
    else:
        field |= one_of(draw, {"scale": 0.5})
    if kind in SIZES and "decimals" not in field:
        field |= one_of(
            draw,
            {"add": -7 if kind not in ("i64", "u64") else 0},
            {"add": 2**31 if kind not in ("i64", "u64") else 0},
            {"add": 0.25},
        )
    return field | one_of(draw, {"min": 0, "max": 5}, {"min": 3}, {"max": 7})


def cell_of(field: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """Bytes for a cell: any, and those that mean something."""
    size = field.get("size") or SIZES.get(field["type"], 1)
    exact = st.binary(min_size=size, max_size=size)
    likely = [exact, st.just(bytes(size)), st.just(b" " * size), st.just(b"@" * size)]
    order = field.get("endian", "little")
    likely += [st.integers(0, 9).map(lambda n: n.to_bytes(size, order))]
    likely += [st.text("ab \0", max_size=size).map(lambda t: t.encode().ljust(size, b"\0"))]
    if field["type"] in DIGITS:
        likely += [st.text("0123456789+-. ", min_size=size, max_size=size).map(str.encode)]
        digits = st.lists(st.integers(0, 9), min_size=2 * size, max_size=2 * size)
        likely += [
            st.tuples(digits, st.sampled_from("abcdef")).map(
                lambda p: bytes.fromhex("".join(map(str, p[0][1:])) + p[1])
            ),
            st.tuples(digits, st.sampled_from([*sorted(LAST_DIGITS), 0x4E, 0x60, 0x2B, 0x2D])).map(
                lambda p: bytes(0xF0 + d for d in p[0][: size - 1]) + bytes([p[1]])
            ),
            st.tuples(digits, st.sampled_from([*sorted(LAST_DIGITS), 0x4E, 0x60, 0x2B, 0x2D])).map(
                lambda p: bytes([p[1]]) + bytes(0x30 + d for d in p[0][: size - 1])
            ),
            digits.map(lambda d: bytes.fromhex("".join(map(str, d)))),
        ]
    return st.one_of(*likely)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[bytes]]]:
    """Some fields, and the cells of some records."""
    listed = [
        field | {"name": f"c{number}"} for number, field in enumerate(draw(st.lists(fields(), min_size=1, max_size=3)))
    ]
    return listed, draw(st.lists(st.tuples(*(cell_of(field) for field in listed)).map(list), min_size=1, max_size=8))


def plain(value: Any, field: dict[str, Any]) -> Any:
    """A value such that those that are the same compare as the same."""
    return "nan" if isinstance(value, float) and value != value else value


@given(cases())
def test_every_field_is_read_as_the_language_says(case: tuple[list[dict[str, Any]], list[list[bytes]]]) -> None:
    """Values, nulls and dead letters, for any keys together, are those of a reader that takes one cell at a time."""
    listed, records = case
    layout = parse_layouts(json.dumps({"version": 1, "layouts": {"r": {"fields": listed}}}))["r"]
    decoded = decode(layout, b"".join(b"".join(cells) for cells in records), source="a", offset=0, first_record=0)
    rows, rejects = [], []
    for number, cells in enumerate(records):
        row = []
        for field, cell in zip(listed, cells, strict=True):
            try:
                row.append(plain(value_of(field, cell), field))
            except Null:
                row.append(None)
            except Wrong as wrong:
                if field.get("on_error") != "null":
                    rejects.append((number, str(wrong), field["name"]))
                    break
                row.append(None)
        else:
            rows.append(row)
    assert [(r.record, r.reason, r.field) for r in decoded.rejects] == rejects
    columns = [
        [None if v is None else plain(v, field) for v in values]
        for field, values in zip(listed, map(values_of, decoded.batch.columns), strict=True)
    ]
    assert [list(row) for row in zip(*columns, strict=True)] == rows


def values_of(array: Any) -> list[Any]:
    """A column as Python values; moments in nanoseconds, which Python's own have no room for."""
    import pyarrow as pa

    if pa.types.is_timestamp(array.type):
        return [None if v is None else v * UNITS[array.type.unit] for v in array.cast(pa.int64()).to_pylist()]
    return array.to_pylist()
