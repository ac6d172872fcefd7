"""Cells written by conventions of their own, held against a regular expression and the calendar of the library."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import conventions
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.conventions import AS_IT_WAS, FOREIGN, MISSING, MOMENT, NUMBER
from tests.unit.kernels.laid_out import laid_out

SIGNS = [",", ".", "'", "\N{RIGHT SINGLE QUOTATION MARK}", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "_"]
ORDERS = {0: "", conventions.DMY: "dmy", conventions.MDY: "mdy", conventions.YMD: "ymd"}
DIGITS = st.text("0123456789", max_size=5)
NUMBERS = st.builds(
    lambda minus, groups, sign, point, part: minus + sign.join(groups) + point + part,
    st.sampled_from(["", "-", "+"]),
    st.lists(DIGITS | st.sampled_from(["123", "000"]), max_size=4),
    st.sampled_from(SIGNS),
    st.sampled_from(["", ".", ","]),
    DIGITS,
)
DAYS = st.builds(
    lambda parts, separator, blank, clock, part, zone: separator.join(parts) + blank + clock + part + zone,
    st.lists(st.integers(0, 40).map(str) | st.sampled_from(["2024", "1900", "0000", "02", "29", "024"]), max_size=4),
    st.sampled_from(["-", ".", "/", ":"]),
    st.sampled_from(["", " ", "T", "  "]),
    st.sampled_from(["", "9:05", "09:05:59", "24:00", "23:60", "7:1:1", "10:00:00:00", "12:30:5"]),
    st.sampled_from(["", ".123", ",123456", ".1", ".123456789", "."]),
    st.sampled_from(["", "Z", "+00:00", "+01:00", " "]),
)
CELLS = st.one_of(
    NUMBERS, DAYS, st.text('"NA-0', max_size=6), st.binary(max_size=90).map(lambda raw: raw.decode("latin-1"))
)


def expected(cell: bytes, decimal: str, signs: list[str], order: str, words: list[bytes]) -> tuple[bytes, int]:
    """What a cell is read as, the obvious way."""
    if cell and cell in words:
        return b"", MISSING
    text = cell.decode("utf-8", "surrogateescape")
    kind = AS_IT_WAS
    if decimal:
        sign = "|".join(map(re.escape, signs)) or "(?!)"
        whole = rf"0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?:(?:{sign})[0-9]{{3}})+"
        found = re.fullmatch(rf"(-?)({whole})(?:{re.escape(decimal)}([0-9]+))?", text, re.ASCII)
        if found:
            digits = re.sub("[^0-9]", "", found[2])
            return f"{found[1]}{digits}{'.' + found[3] if found[3] else ''}".encode(), NUMBER
        kind = FOREIGN if re.fullmatch(r"-?[0-9.]+", text, re.ASCII) else AS_IT_WAS
    moment = moment_of(text, order, decimal) if order else None
    return (moment.encode(), MOMENT) if moment else (cell, kind)


def moment_of(text: str, order: str, decimal: str) -> str | None:
    """A day of this order as ISO 8601 has it, by the calendar of the library."""
    part = {"d": "(?P<d>[0-9]{1,2})", "m": "(?P<m>[0-9]{1,2})", "y": "(?P<y>[0-9]{4})"}
    day = part[order[0]] + "(?P<s>[./-])" + part[order[1]] + "(?P=s)" + part[order[2]]
    points = "[.,]" if decimal == "," else "[.]"
    second = rf":(?P<c>[0-9]{{2}})(?:{points}(?P<f>(?:[0-9]{{3}}){{1,3}}))?"
    clock = rf"(?:(?P<b>[ T])(?P<h>[0-9]{{1,2}}):(?P<i>[0-9]{{2}})(?:{second})?"
    found = re.fullmatch(day + clock + r"(?P<z>Z|\+00:00)?)?", text, re.ASCII)
    if not found:
        return None
    try:
        iso = dt.date(int(found["y"]), int(found["m"]), int(found["d"])).isoformat()
        if found["h"] is None:
            return iso
        clock = dt.time(int(found["h"]), int(found["i"]), int(found["c"] or 0)).isoformat()
    except ValueError:
        return None
    return f"{iso}{found['b']}{clock}{'.' + found['f'] if found['f'] else ''}{found['z'] or ''}"


def rewritten(view, decimal: str, signs: list[str], order: int, words: list[bytes]) -> list[tuple[bytes, int]]:
    """The cells as the kernel has them, in an array that has not a byte more than it asks for."""
    room = int((view.ends - view.before - 1).sum()) + conventions.MOST_GROWTH * len(view) + PADDING
    offsets, out, kinds = np.zeros(len(view) + 1, np.int32), np.full(room, 99, np.uint8), np.zeros(len(view), np.uint8)
    encoded = [sign.encode() for sign in signs]
    table = np.frombuffer(b"".join(bytes([len(sign)]) + sign.ljust(3, b"\0") for sign in encoded), np.uint8)
    texts = np.frombuffer(b"".join(words), np.uint8), np.cumsum([len(word) for word in words]).astype(np.int32)
    code = ord(decimal) if decimal else 0
    used = conventions.rewrite(*view.places, code, table, order, *texts, offsets, out, kinds)
    assert used == offsets[-1]
    return [
        (out[start:end].tobytes(), kind)
        for (start, end), kind in zip(pairwise(offsets.tolist()), kinds.tolist(), strict=True)
    ]


@given(
    st.lists(st.tuples(CELLS, st.booleans()), max_size=12),
    st.sampled_from(["", ".", ","]),
    st.lists(st.sampled_from(SIGNS), max_size=3, unique=True),
    st.sampled_from(list(ORDERS)),
    st.lists(st.sampled_from([b"NA", b"N", b"-", b"", b"0", b"NA-", b"1.234"]), max_size=3),
)
def test_each_cell_is_what_the_obvious_way_says(pairs, decimal, signs, order, words):
    """Numbers, moments and words of any kind, in quotes or not, and what is none of them."""
    cells = [cell.encode("utf-8", "surrogateescape") for cell, _ in pairs]
    in_quotes = [quotes or b'"' in cell for cell, (_, quotes) in zip(cells, pairs, strict=True)]
    signs = [sign for sign in signs if sign != decimal]
    found = rewritten(laid_out(cells, in_quotes), decimal, signs, order, words)
    # A doubled quote is two bytes where it stands, and no word, number or moment has one.
    wanted = [expected(cell, decimal, signs, ORDERS[order], words) for cell in cells]
    assert found == wanted


@given(st.lists(CELLS, max_size=12), st.sampled_from(".,"))
def test_numbers_with_a_minus_are_marked(texts, decimal):
    """Those that begin like a formula and are numbers by these signs."""
    cells = [text.encode("utf-8", "surrogateescape") for text in texts]
    view, signs = laid_out(cells), [sign for sign in ("'", " ") if sign != decimal]
    table = np.frombuffer(b"\x01'\0\0\x01 \0\0", np.uint8)
    found = np.full(len(view), 9, np.uint8)
    wanted = [cell[:1] == b"-" and expected(cell, decimal, signs, "", [])[1] == NUMBER for cell in cells]
    assert conventions.find_signed(*view.places, ord(decimal), table, found) == sum(wanted)
    assert found.tolist() == wanted
