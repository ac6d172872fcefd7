"""Any layout of struct characters reads back what `struct.pack` wrote, and digits read back what was spelt."""

from __future__ import annotations

import json
import re
import struct
from decimal import Decimal, localcontext
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from etl_batch.formats.records.decoder import decode
from etl_batch.layouts import Layout, extent, parse_layouts

INTEGERS = {"b": 8, "h": 16, "i": 32, "l": 32, "q": 64}


def values_of(code: str, count: int) -> st.SearchStrategy[Any]:
    """What one value of a struct character can be."""
    if code == "s":
        return st.text(max_size=count).filter(lambda text: len(text.encode()) <= count and not text.endswith("\0"))
    if code == "?":
        return st.booleans()
    if code in "efd":
        return st.floats(width={"e": 16, "f": 32, "d": 64}[code], allow_nan=False)
    bits = INTEGERS[code.lower()]
    return st.integers(0, 2**bits - 1) if code.isupper() else st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@st.composite
def records(draw: st.DrawFn) -> tuple[str, list[tuple[Any, ...]]]:
    """A struct format, and rows that fit it."""
    tokens = draw(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("xsbBhHiIlLqQefd?")), min_size=1, max_size=8))
    cells = [
        values_of(code, count) for count, code in tokens if code != "x" for _ in range(1 if code == "s" else count)
    ]
    if not cells:
        tokens, cells = [*tokens, (1, "B")], [values_of("B", 1)]
    text = draw(st.sampled_from("<>!=")) + "".join(f"{count}{code}" for count, code in tokens)
    return text, draw(st.lists(st.tuples(*cells), max_size=20))


def layout_of(keys: dict[str, Any]) -> Layout:
    """One layout, by way of its JSON."""
    return parse_layouts(json.dumps({"version": 1, "layouts": {"r": keys}}))["r"]


@given(records())
def test_what_struct_packs_is_read_back(case: tuple[str, list[tuple[Any, ...]]]) -> None:
    """Random formats and values: every value comes back equal, in order, and nothing is rejected."""
    text, rows = case
    width = len(struct.unpack(text, bytes(struct.calcsize(text))))
    layout = layout_of({"struct": text, "names": [f"c{number}" for number in range(width)]})
    raw = b"".join(
        struct.pack(text, *(value.encode() if isinstance(value, str) else value for value in row)) for row in rows
    )
    decoded = decode(layout, raw, source="a", offset=0, first_record=0)
    assert decoded.rejects == []
    assert [tuple(row.values()) for row in decoded.batch.to_pylist()] == rows


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.integers(0, 255)), max_size=40))
def test_no_record_is_lost_or_made_up(rows: list[tuple[bytes, int]]) -> None:
    """Whatever the bytes, each record is either in the batch or one dead letter that holds exactly its bytes."""
    layout = layout_of(
        {"fields": [{"name": "t", "type": "char", "size": 4, "strip": "none"}, {"name": "n", "type": "u8", "max": 200}]}
    )
    raw = b"".join(text + bytes([number]) for text, number in rows)
    decoded = decode(layout, raw, source="a", offset=7, first_record=0)
    kept = {row: record for row, record in enumerate(rows) if decoded.kept is None or decoded.kept[row]}
    assert decoded.batch.to_pylist() == [{"t": text.decode(), "n": number} for text, number in kept.values()]
    rejected = {reject.record: reject.offset for reject in decoded.rejects}
    assert rejected == {row: 7 + 5 * row for row in range(len(rows)) if row not in kept}


def packed(number: int, size: int) -> bytes:
    """Packed decimal, as COBOL writes COMP-3."""
    return bytes.fromhex(f"{abs(number):0{2 * size - 1}d}" + ("d" if number < 0 else "c"))


def zoned(number: int, size: int) -> bytes:
    """EBCDIC zoned decimal with the sign in the last byte."""
    digits = bytearray(0xF0 + int(digit) for digit in f"{abs(number):0{size}d}")
    digits[-1] += (0xD0 if number < 0 else 0xC0) - 0xF0
    return bytes(digits)


@given(st.data(), st.integers(1, 19), st.integers(0, 6))
def test_digits_are_exact(data: st.DataObject, size: int, decimals: int) -> None:
    """Packed, zoned and ASCII digits of any length give the number that was spelt, to the last digit."""
    digits = 2 * size - 1
    numbers = data.draw(st.lists(st.integers(-(10**digits) + 1, 10**digits - 1), min_size=1, max_size=10))
    common = {"decimals": decimals} if decimals else {}
    layout = layout_of(
        {
            "fields": [
                {"name": "p", "type": "packed", "size": size, **common},
                {"name": "z", "type": "zoned", "size": digits, **common},
                {"name": "a", "type": "ascii_int", "size": digits + 1, **common},
                {"name": "d", "type": "ascii_decimal", "size": digits + 3, "decimals": decimals},
            ]
        }
    )
    raw = b"".join(
        packed(number, size)
        + zoned(number, digits)
        + str(number).rjust(digits + 1).encode()
        + str(number).encode().ljust(digits + 3, b"\0")
        for number in numbers
    )
    decoded = decode(layout, raw, source="a", offset=0, first_record=0)
    assert decoded.rejects == []
    expected = [Decimal(f"{number}e-{decimals}") for number in numbers]
    for column in ("p", "z", "a", "d"):
        assert [Decimal(value) for value in decoded.batch.column(column).to_pylist()] == expected


SPELLING = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")


def spelt(text: str, decimals: int) -> Decimal | None:
    """The number that a text spells with implied decimals, or None when it is none or does not fit."""
    text = text.strip(" \0")
    if not SPELLING.fullmatch(text):
        return None
    scaled = Decimal(text) * (10**decimals if "." in text else 1)
    if scaled != int(scaled) or abs(scaled) >= 10**38:
        return None
    return scaled / 10**decimals


NUMERALS = st.one_of(
    st.text("0123456789+-. \0", max_size=6),
    st.from_regex(r"[+-]?0{0,40}[0-9]{0,38}\.?[0-9]{0,4}0{0,40}", fullmatch=True),
)


@given(st.lists(NUMERALS, min_size=1, max_size=10), st.sampled_from([0, 1, 2, 20, 36, 37, 38]))
@example(["70."], 37)
@example(["3402823669209384634633746074317682114.56"], 2)
def test_ascii_decimals_are_read_exactly_or_refused(texts: list[str], decimals: int) -> None:
    """Any spelling gives the exact number, and whatever is no number, or has more digits than fit, is a dead letter."""
    layout = layout_of({"fields": [{"name": "a", "type": "ascii_decimal", "size": 130, "decimals": decimals}]})
    raw = b"".join(text.encode().rjust(130) for text in texts)
    decoded = decode(layout, raw, source="a", offset=0, first_record=0)
    with localcontext(prec=300):
        expected = [spelt(text, decimals) for text in texts]
    assert decoded.batch.column("a").to_pylist() == [number for number in expected if number is not None]
    assert [reject.record for reject in decoded.rejects] == [
        row for row, number in enumerate(expected) if number is None
    ]


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 200), st.one_of(st.none(), st.integers(0, 20)))
def test_extents_account_for_every_byte(header: int, footer: int, size: int, count: int | None) -> None:
    """Header, records, trailing bytes and footer are the file, without a gap and without an overlap."""
    keys: dict[str, Any] = {"header_bytes": header, "footer_bytes": footer}
    layout = layout_of(
        {"struct": "<IB", "names": ["a", "b"], **keys, **({} if count is None else {"record_count": count})}
    )
    whole = (size - header - footer) // 5
    if size < header + footer or (count is None and whole == 0) or (count is not None and count > whole):
        return
    # The descriptor is not read: every number is in the layout.
    found = extent(layout, -1, size)
    assert found.records == (whole if count is None else count)
    assert found.first == header
    assert found.trailing_offset == header + 5 * found.records
    assert found.trailing_offset + found.trailing_bytes + footer == size
