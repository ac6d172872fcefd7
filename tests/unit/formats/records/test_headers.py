"""Files whose own header says what a record is: against NumPy's writer, and against bytes put together by hand."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl_batch.errors import EtlError, InputRefused
from etl_batch.formats.content import Content
from etl_batch.formats.look import Reading
from etl_batch.formats.records.headers import HEADERS, header_layout, named_header
from etl_batch.formats.records.headers.dbf import dbf
from etl_batch.formats.records.headers.fits import fits
from etl_batch.formats.records.headers.head import Head
from etl_batch.formats.records.headers.idx import idx
from etl_batch.formats.records.headers.las import las
from etl_batch.formats.records.headers.npy import npy
from etl_batch.formats.registry import detect
from etl_batch.formats.source import AnySource
from etl_batch.reading_options import ReadingOptions
from tests.unit.engine_parts import read_all


def found_as(folder: Path, raw: bytes) -> AnySource:
    """The source that a file without a telling name is taken for."""
    path = folder / "some"
    path.write_bytes(raw)
    return detect(path, 0, Reading({}))


def rows_of(folder: Path, raw: bytes) -> tuple[str, list[str], list[tuple[Any, ...]]]:
    """What the file is, its columns and its rows; nothing may be rejected."""
    source = found_as(folder, raw)
    assert source.record_layout is not None
    found = read_all(source, 100)
    assert (found.rejects, found.skipped) == ([], 0)
    return source.record_layout.name, source.column_names, found.rows


def saved(array: np.ndarray[Any, Any], version: tuple[int, int] = (1, 0)) -> bytes:
    """What NumPy writes."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("order", ["<", ">"])
def test_npy_of_records(tmp_path: Path, order: str, version: tuple[int, int]) -> None:
    """All plain types, nested and aligned records and arrays in them, in both orders, give what NumPy reads."""
    inner = np.dtype([("a", f"{order}i2"), ("b", "?")])
    kind = np.dtype(
        {
            "names": ["n", "x", "h", "s", "u", "t", "d", "p", "v", "c", "m"],
            "formats": [
                f"{order}u8", f"{order}f8", f"{order}f2", "S5", f"{order}U3", f"{order}M8[ms]", f"{order}M8[D]", inner,
                (f"{order}i4", (2, 2)), f"{order}c8", f"{order}m8[s]",
            ],
        },
        align=True,
    )  # fmt: skip
    array = np.zeros(3, kind)
    for number in range(3):
        moments = np.datetime64("2026-01-02T03:04:05.678", "ms"), np.datetime64("1999-12-31", "D")
        matrix = [[1, 2], [3, -number]]
        array[number] = (
            2**64 - 1 - number, 0.1 + number, 1.5, b"ab\0\0\0", "añ€", *moments, (number - 1, True), matrix, 1 + 2j, 7,
        )  # fmt: skip
    array["t"][2] = np.datetime64("NaT")
    name, columns, rows = rows_of(tmp_path, saved(array, version))
    assert (name, columns) == (
        "npy",
        ["n", "x", "h", "s", "u", "t", "d", "p.a", "p.b", "v_0", "v_1", "v_2", "v_3", "c.real", "c.imag", "m"],
    )
    day = date(1999, 12, 31)
    moment = datetime(2026, 1, 2, 3, 4, 5, 678_000)  # noqa: DTZ001 - NumPy's have no zone
    assert rows == [
        (2**64 - 1 - n, 0.1 + n, 1.5, "ab", "añ€", None if n == 2 else moment, day, n - 1, True, 1, 2, 3, -n, 1, 2, 7)
        for n in range(3)
    ]


@pytest.mark.parametrize(
    ("array", "columns", "rows"),
    [
        (np.arange(3, dtype="<i4"), ["value"], [(0,), (1,), (2,)]),
        (np.array(5.5), ["value"], [(5.5,)]),
        (np.arange(6, dtype=">u2").reshape(2, 3), ["value_0", "value_1", "value_2"], [(0, 1, 2), (3, 4, 5)]),
        (np.array(["ab", "c"]), ["value"], [("ab",), ("c",)]),
        (np.array([], dtype="<f8"), ["value"], []),
        (np.asfortranarray(np.arange(3, dtype="i8")), ["value"], [(0,), (1,), (2,)]),
    ],
)
def test_npy_of_numbers(tmp_path: Path, array: Any, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    """The first axis makes records, the others an array in each."""
    assert rows_of(tmp_path, saved(array)) == ("npy", columns, rows)


def npy_of(descr: str, shape: str = "(1,)", fortran: str = "False") -> bytes:
    """A header as it may never be written."""
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}}}".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(64)


HOSTILE = [
    (npy_of("'|O'"), "no fixed bytes"),
    (npy_of("[('a', '<i4', (10**9,))]"), "no dictionary"),
    (npy_of("[('a', '<i4', (1000000000,))]"), "more than 10000 fields"),
    (npy_of("[('a', '<i4', (-3,))]"), "no records"),
    (npy_of("[('a', '<i4')]", "(1000000000000,)"), "announces 1000000000000 records"),
    (npy_of("'<i4'", "(-1,)"), "no records"),
    (npy_of("'<i4'", "(2, 0)"), "no records"),
    (npy_of("'<i4'", "(2, 2)", "True"), "Fortran"),
    (npy_of("'<i4'", "(" * 300 + ")" * 300), "no dictionary|no records"),
    (npy_of("[" * 99 + "]" * 99), "no fixed bytes|no dictionary"),
    (npy_of("[]"), "no fields"),
    (npy_of("'S0'"), "no fixed bytes"),
    (npy_of("'<f16'"), "no fixed bytes"),
    (npy_of("'S99999999'"), "larger than"),
    (b"\x93NUMPY\1\0\xff\xff{", "no dictionary"),
    (b"\x93NUMPY\2\0\xff\xff\xff\xff{", "4294967295"),
    (b"\x93NUMPY\x09\0\0\0\0\0", "version is 9"),
    (b"\x93NUMPY", "ends within"),
    (b"LASF" + bytes(50), "ends within"),
    (b"SIMPLE  =" + b" " * 50, "ends within"),
    (b"SIMPLE  =" + b" " * 2871, "ends within"),
]


@pytest.mark.parametrize(("raw", "said"), HOSTILE)
def test_hostile_headers(tmp_path: Path, raw: bytes, said: str) -> None:
    """What a header may claim that cannot be is refused in a sentence."""
    with pytest.raises(InputRefused, match=said):
        found_as(tmp_path, raw)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["npy", "las", "fits", "dbf", "idx"]), st.data())
def test_any_damage(tmp_path: Path, name: str, data: st.DataObject) -> None:
    """However a file is changed, it is read, refused, or of no known format: no crash, no endless loop."""
    good = {"npy": npy_of("[('a', '<i4')]"), "las": las_file(1)[0], "fits": fits_file(), "dbf": dbf_file(), "idx": IDX}
    raw = bytearray(good[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(raw), 9000)))
        raw[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"9" * 9])
        )
    path = tmp_path / "some"
    path.write_bytes(bytes(raw) or b"x")
    with suppress(EtlError):
        read_all(detect(path, 0, Reading({}, ReadingOptions(name))), 1000)


def dbf_file(tail: bytes = b"\x1a", flags: bytes = b" *", driver: int = 0x57, version: int = 3) -> bytes:
    """A table of two records, field by field as dBASE III's structure says."""
    fields = [("NAME", "C", 6, 0), ("AGE", "N", 4, 0), ("PRICE", "N", 8, 2), ("RATE", "F", 7, 3)]
    fields += [("BORN", "D", 8, 0), ("OK", "L", 1, 0), ("NOTE", "M", 10, 0)]
    described = b"".join(
        name.encode().ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([size, places]) + bytes(14)
        for name, kind, size, places in fields
    )
    records = [
        ("Müller".encode("cp1252"), b"  42", b"   12.50", b"  1.250", b"20260131", b"T", b"         1"),
        (b"      ", b"    ", b"        ", b"  -.500", b"        ", b"?", b"          "),
    ]
    width = 1 + sum(size for _, _, size, _ in fields)
    header = 32 + len(described) + 1
    start = struct.pack("<4BIHH", version, 126, 1, 31, len(records), header, width) + bytes(17) + bytes([driver, 0, 0])
    body = b"".join(flags[at : at + 1] + b"".join(cells) for at, cells in enumerate(records))
    return start + described + b"\r" + body + tail


@pytest.mark.parametrize("tail", [b"", b"\x1a"])
@pytest.mark.parametrize("version", [0x03, 0x83, 0x30])
def test_dbf(tmp_path: Path, tail: bytes, version: int) -> None:
    """Text in the code page of the header, exact decimals, blanks as nulls, and deleted records marked as such."""
    name, columns, rows = rows_of(tmp_path, dbf_file(tail, version=version))
    assert (name, columns) == ("dbf", ["_deleted", "NAME", "AGE", "PRICE", "RATE", "BORN", "OK", "NOTE"])
    assert rows == [
        ("false", "Müller", 42, Decimal("12.50"), Decimal("1.250"), "20260131", "true", "         1"),
        ("true", None, None, None, Decimal("-0.500"), None, None, None),
    ]


def test_dbf_that_is_none(tmp_path: Path) -> None:
    """A first byte alone makes no table: sizes, types, end mark and record length must all fit."""
    good = dbf_file()
    path = tmp_path / "x"
    broken = [good[:32] + b"\0" + good[33:], good[:43] + b"?" + good[44:], good[:10] + b"\x05\0" + good[12:]]
    broken += [good[:48] + b"\x07" + good[49:], good[:20], good[:8] + b"\xff\xff" + good[10:], good[:200]]
    for raw in [*broken, good.replace(b"\r", b"\n")]:
        path.write_bytes(raw)
        assert header_layout(Content(str(path)), len(raw)) is None
    with pytest.raises(InputRefused, match="no header of the format 'dbf'"):
        named_header("dbf", Content(str(path)), len(raw))
    with pytest.raises(InputRefused, match="announces 2 records"):
        found_as(tmp_path, good[:-20])


IDX = b"\0\0\x08\3" + struct.pack(">3I", 2, 2, 3) + bytes(range(12))


def test_idx(tmp_path: Path) -> None:
    """The images and the labels of MNIST, and wider numbers, the highest byte first."""
    values = [f"value_{number}" for number in range(6)]
    assert rows_of(tmp_path, IDX) == ("idx", values, [tuple(range(6)), tuple(range(6, 12))])
    labels = b"\0\0\x08\1" + struct.pack(">I", 3) + b"\7\1\2"
    assert rows_of(tmp_path, labels) == ("idx", ["value"], [(7,), (1,), (2,)])
    wide = b"\0\0\x0b\1" + struct.pack(">I2h", 2, -1, 258)
    assert rows_of(tmp_path, wide) == ("idx", ["value"], [(-1,), (258,)])
    with pytest.raises(InputRefused, match="40,000 values"):
        found_as(tmp_path, b"\0\0\x08\2" + struct.pack(">2I", 1, 40_000) + bytes(40_000))
    for raw in (IDX + b"x", IDX[:-1], b"\0\0\x08\0", b"\0\0\x08\3" + struct.pack(">3I", 9, 0, 3)):
        path = tmp_path / "x"
        path.write_bytes(raw)
        assert header_layout(Content(str(path)), len(raw)) is None


SCALES, OFFSETS = (0.01, 0.001, 0.1), (1000.5, -20.0, 0.0)


def las_file(form: int, extra: int = 0, version: tuple[int, int] = (1, 2)) -> tuple[bytes, list[tuple[Any, ...]]]:
    """Two points of a format as the specification lays them out, and the rows that they are."""
    size = (20, 28, 26, 34)[form] + extra
    start = b"LASF" + bytes(20) + bytes(version) + bytes(68)
    header = start + struct.pack("<HIIBHI", 227, 229, 0, form, size, 2) + bytes(20)
    header += struct.pack("<6d", *SCALES, *OFFSETS) + bytes(48)
    points, rows = b"", []
    for n in range(2):
        x, y, z = 100 + n, -5, 2**31 - 1
        points += struct.pack("<3iHBBbBH", x, y, z, 300 + n, 0b1_0_010_001, 0b1_0_1_00010, -7, 9, 44)
        row = [x * 0.01 + 1000.5, y * 0.001 + -20.0, z * 0.1 + 0.0, 300 + n, 1, 2, 0, 1, 2, 1, 0, 1, -7, 9, 44]
        if form in (1, 3):
            points += struct.pack("<d", 1e5 + n)
            row.append(1e5 + n)
        if form in (2, 3):
            points += struct.pack("<3H", 1, 2, 65535)
            row += [1, 2, 65535]
        points += b"e" * extra
        rows.append((*row, b"e" * extra) if extra else tuple(row))
    return header + b"VL" + points, rows


@pytest.mark.parametrize("extra", [0, 3])
@pytest.mark.parametrize("form", [0, 1, 2, 3])
def test_las(tmp_path: Path, form: int, extra: int) -> None:
    """Points of each format: coordinates are X times scale plus offset in doubles, flags are apart."""
    raw, rows = las_file(form, extra)
    name, columns, found = rows_of(tmp_path, raw + b"waveforms")
    assert name == "las"
    assert columns[:5] == ["x", "y", "z", "intensity", "return_number"]
    assert found == rows


def test_las_that_cannot_be_read(tmp_path: Path) -> None:
    """Compressed points, newer formats, and sizes that cannot be."""
    raw, _ = las_file(0)
    for place, value, said in [(104, 0x80, "decompress"), (104, 6, "point format 6"), (105, 3, "3 bytes a point")]:
        with pytest.raises(InputRefused, match=said):
            found_as(tmp_path, raw[:place] + bytes([value]) + raw[place + 1 :])
    with pytest.raises(InputRefused, match="announces 2 records"):
        found_as(tmp_path, raw[:-1])


def card(key: str, value: Any) -> bytes:
    """A card of 80 characters."""
    text = f"'{value:<8}'" if isinstance(value, str) else {True: "T", False: "F"}.get(value, str(value)) if isinstance(
        value, bool
    ) else str(value)  # fmt: skip
    return f"{key:<8}= {text:>20} / comment".ljust(80).encode()


def padded(raw: bytes, by: bytes = b"\0") -> bytes:
    """To whole blocks of 2880 bytes."""
    return raw.ljust(-(-len(raw) // 2880) * 2880, by)


COLUMNS: list[tuple[str, str, dict[str, Any], bytes, list[tuple[str, Any]]]] = [
    ("ID", "J", {}, struct.pack(">i", -5), [("ID", -5)]),
    ("U2", "I", {"TZERO": 32768}, struct.pack(">h", -32768), [("U2", 0)]),
    ("U8", "K", {"TZERO": 9223372036854775808}, struct.pack(">q", 2**63 - 1), [("U8", 2**64 - 1)]),
    ("SB", "B", {"TZERO": -128}, bytes([3]), [("SB", -125)]),
    ("SC", "I", {"TSCAL": 0.5, "TZERO": 10.0}, struct.pack(">h", 7), [("SC", 13.5)]),
    ("NU", "I", {"TNULL": -99}, struct.pack(">h", -99), [("NU", None)]),
    ("NAME", "6A", {}, b"star  ", [("NAME", "star")]),
    ("SUB", "6A3", {}, b"abcde ", [("SUB_0", "abc"), ("SUB_1", "de")]),
    ("FLAG", "2L", {}, b"T\0", [("FLAG_0", "true"), ("FLAG_1", None)]),
    ("VEC", "3E", {}, struct.pack(">3f", 1, 2, 0.5), [("VEC_0", 1.0), ("VEC_1", 2.0), ("VEC_2", 0.5)]),
    ("D", "1D", {}, struct.pack(">d", 0.1), [("D", 0.1)]),
    ("BITS", "11X", {}, b"\xff\xe0", [("BITS", b"\xff\xe0")]),
    ("CPX", "C", {}, struct.pack(">2f", 1, -1), [("CPX.real", 1.0), ("CPX.imag", -1.0)]),
    ("VAR", "1PE(9)", {}, struct.pack(">2i", 2, 0), [("VAR.length", 2), ("VAR.offset", 0)]),
    ("NONE", "0J", {}, b"", []),
]


def fits_file(image: bool = True, **others: Any) -> bytes:
    """A primary image, then a table of two rows with a heap, as the standard lays them out."""
    primary = [card("SIMPLE", True), card("BITPIX", 16), card("NAXIS", 2 if image else 0)]
    primary += [card("NAXIS1", 50), card("NAXIS2", 40)] if image else []
    row = b"".join(raw for *_, raw, _ in COLUMNS)
    keys: dict[str, Any] = {
        "XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2, "NAXIS1": len(row), "NAXIS2": 2, "PCOUNT": 8, "GCOUNT": 1,
        "TFIELDS": len(COLUMNS),
    } | others  # fmt: skip
    cards = [card(key, value) for key, value in keys.items()]
    for number, (name, form, more, _, _) in enumerate(COLUMNS, 1):
        cards += [card(f"TTYPE{number}", name), card(f"TFORM{number}", form)]
        cards += [card(f"{key}{number}", value) for key, value in more.items()]
    head = padded(b"".join([*primary, b"END".ljust(80)]), b" ") + (padded(bytes(4000)) if image else b"")
    return head + padded(b"".join([*cards, b"END".ljust(80)]), b" ") + padded(row * 2 + b"heapheap")


@pytest.mark.parametrize("image", [False, True])
def test_fits(tmp_path: Path, image: bool) -> None:
    """Each type of column, unsigned numbers by offsets, scales, nulls and arrays; a primary image is passed over."""
    name, columns, rows = rows_of(tmp_path, fits_file(image))
    expected = [cell for *_, cells in COLUMNS for cell in cells]
    assert (name, columns) == ("fits", [cell[0] for cell in expected])
    assert rows == [tuple(cell[1] for cell in expected)] * 2


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"NAXIS2": 10**9}, "announces 1000000000 records"),
        ({"NAXIS2": -1}, "NAXIS2 is -1"),
        ({"NAXIS1": 0}, "TFIELDS"),
        ({"NAXIS1": 5}, "record size of 5"),
        ({"TFIELDS": 10**9}, "TFIELDS is 1000000000"),
        ({"TFORM1": "9Z"}, "TFORM1 is 9Z"),
        ({"TFORM1": "999999999J"}, "more than 10000 fields"),
        ({"XTENSION": "IMAGE"}, "no binary table"),
    ],
)
def test_fits_that_cannot_be(tmp_path: Path, others: dict[str, Any], said: str) -> None:
    """Counts and types that cannot be are refused by the keyword that has them."""
    with pytest.raises(InputRefused, match=said):
        found_as(tmp_path, fits_file(**others))


def test_all_are_asked(tmp_path: Path) -> None:
    """Each header is in the list under the name of its layout, which `--layout` takes too."""
    files = {"npy": saved(np.arange(3)), "fits": fits_file(), "las": las_file(0)[0], "dbf": dbf_file(), "idx": IDX}
    assert set(files) == set(HEADERS)
    path = tmp_path / "x"
    for name, raw in files.items():
        path.write_bytes(raw)
        layout = header_layout(Content(str(path)), len(raw))
        assert layout is not None
        named = detect(path, 0, Reading({}, ReadingOptions(name))).record_layout
        assert layout == named
        assert layout.name == name


@pytest.mark.parametrize("header", [npy, fits, las, dbf, idx])
def test_a_head_of_another_format_is_none_of_theirs(header: Any) -> None:
    """Text, noise and nothing at all: each function answers None and reads no further than the head."""
    assert header in HEADERS.values()
    for content in (b"id,name\n1,a\n" * 40, bytes(range(7, 255)) * 4, b""):

        def read(offset: int, length: int, content: bytes = content) -> bytes:
            return content[offset : offset + length]

        assert header(Head("x", "in.bin", len(content), read)) is None
