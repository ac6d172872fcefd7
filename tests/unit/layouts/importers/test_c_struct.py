"""C structs: every member stands where a compiler puts it, and what is not expressed is named."""

from __future__ import annotations

import ctypes
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.errors import LayoutError
from etl_batch.layouts import Layout
from etl_batch.layouts.importers import Imported, Wanted
from etl_batch.layouts.importers.c_struct import import_c_struct
from etl_batch.layouts.load import draft

Bring = Callable[..., Imported]

TYPES: dict[str, Any] = {
    "char": ctypes.c_char,
    "signed char": ctypes.c_byte,
    "unsigned char": ctypes.c_ubyte,
    "short": ctypes.c_short,
    "unsigned short int": ctypes.c_ushort,
    "int": ctypes.c_int,
    "unsigned": ctypes.c_uint,
    "long int": ctypes.c_longlong,
    "unsigned long long": ctypes.c_ulonglong,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "_Bool": ctypes.c_bool,
    "int64_t": ctypes.c_int64,
    "uint16_t": ctypes.c_uint16,
}
plain = st.tuples(st.sampled_from(sorted(TYPES)), st.lists(st.integers(1, 3), max_size=2))


def layout_of(text: str, **wanted: Any) -> Layout:
    """The checked layout of a header's struct."""
    checked = draft("records", import_c_struct(text, Wanted(**wanted)).layout)
    assert checked.layout is not None, checked.problems
    return checked.layout


def made(members: list[Any], pack: int | None) -> tuple[str, Any]:
    """The members as C text, and as what ctypes makes of them."""
    lines, fields = [], []
    for number, member in enumerate(members):
        name = f"m{number}"
        if isinstance(member, list):
            text, inner = made(member, pack)
            lines.append(f"struct {text} {name};")
            fields.append((name, inner))
        else:
            kind = TYPES[member[0]]
            for length in reversed(member[1]):
                kind = kind * length
            lines.append(f"{member[0]} {name}{''.join(f'[{length}]' for length in member[1])};")
            fields.append((name, kind))
    body: dict[str, Any] = {"_fields_": fields}
    if pack:
        body |= {"_pack_": pack, "_layout_": "ms"}
    return "{ " + " ".join(lines) + " }", type("Made", (ctypes.Structure,), body)


def places(kind: Any, base: int = 0, prefix: str = "") -> dict[str, tuple[int, int]]:
    """Offset and size of each member, inner ones with the names of those around them."""
    found = {}
    for name, inner in kind._fields_:
        at = base + getattr(kind, name).offset
        if issubclass(inner, ctypes.Structure):
            found |= places(inner, at, f"{prefix}{name}.")
        else:
            found[prefix + name] = (at, ctypes.sizeof(inner))
    return found


def imported_places(layout: Layout) -> dict[str, tuple[int, int]]:
    """The same of a layout: the elements of an array are one member."""
    spans: dict[str, tuple[int, int]] = {}
    for column in layout.columns:
        name = ".".join(part.split("_")[0] for part in column.name.split("."))
        first, end = spans.get(name, (column.offset, 0))
        spans[name] = min(first, column.offset), max(end, column.offset + column.size)
    return {name: (first, end - first) for name, (first, end) in spans.items()}


members = st.recursive(
    st.lists(plain, min_size=1, max_size=6), lambda inner: st.lists(plain | inner, min_size=1, max_size=6), max_leaves=4
)


@given(members, st.sampled_from([None, 1, 2, 4]))
@settings(deadline=None)
def test_members_stand_where_ctypes_puts_them(members: list[Any], pack: int | None) -> None:
    """Offsets, sizes and the record's size are the machine's own, packed and not."""
    text, twin = made(members, pack)
    pragma = f"#pragma pack(push, {pack})\n" if pack else ""
    layout = layout_of(f"{pragma}struct records {text};\n")
    assert layout.record_size == ctypes.sizeof(twin)
    assert imported_places(layout) == places(twin)


@pytest.mark.parametrize("case", json.loads((Path(__file__).parent / "gold/gcc_structs.json").read_text()))
def test_every_bit_is_the_one_that_gcc_sets(case: dict[str, Any]) -> None:
    """Of each member that GCC has set to all ones the layout takes these bits and no others, packed or not."""
    try:
        layout = layout_of(case["text"])
    except LayoutError as refused:
        assert "reach over" in refused.message  # noqa: PT017 - bits over nine bytes are the one thing that is refused
        return
    ours = dict.fromkeys(case["members"], 0)
    for column in layout.columns:
        name = next(name for name in ours if re.fullmatch(rf"{re.escape(name)}(_\d+){{0,2}}", column.name))
        start, length = column.bits or (0, 8 * column.size)
        ours[name] |= ((1 << length) - 1) << (8 * column.offset + start)
    assert {name: bits.to_bytes(layout.record_size, "little").hex() for name, bits in ours.items()} == case["members"]


HEADER = """\
#ifndef METER_H
#define METER_H
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define NAME_LENGTH (4 * 2 \\
                     + 1)   // nine
#define PACKED __attribute__((packed))
/* two numbers, "not a string */
typedef struct point { double x, y; } point_t;
enum color { RED, GREEN = 5, BLUE, COUNT };
typedef uint8_t mac_t[6];
union any { int a; float b; };
int sum(int a, int b) { return a + b; }
struct reading {
    char name[NAME_LENGTH];
    uint32_t flags : 3, mode : 5;
    point_t pos[2];
    struct { int16_t low; int16_t high; };
    short grid[2][3];
    mac_t macs[2];
    char codes[2][4];
    enum color c;
    unsigned char left[COUNT - sizeof(short)];
    __be32 address;
} PACKED;
static inline int other(void) { if (1) { return 2; } return 3; }
#ifdef __cplusplus
}
#endif
#endif
"""


def test_a_header(bring_in: Bring) -> None:
    """Constants, typedefs, enumerators, inner structs and what stands around them."""
    made = bring_in(HEADER, "meter.h")
    layout = made.layout
    assert (made.name, made.format, layout.record_size) == ("reading", "c", 9 + 1 + 32 + 4 + 12 + 12 + 8 + 4 + 5 + 4)
    names = layout.schema.names
    assert [name for name in names if name.startswith("grid")] == [f"grid_{i}_{j}" for i in (0, 1) for j in (0, 1, 2)]
    assert {"pos_1.y", "low", "macs_1_5", "codes_1", "left_4"} <= set(names)
    kinds = {column.name: (column.kind, column.size, column.endian) for column in layout.columns}
    assert kinds["name"][:2] == ("char", 9)
    assert kinds["address"] == ("u32", 4, "big")


def test_the_last_name_of_a_struct_counts_and_inner_ones_are_not_meant(bring_in: Bring) -> None:
    """One struct that no other holds is the record; of several, one is asked for."""
    text = "typedef struct { int x; } in_t; typedef struct tag { in_t a; } out_t;"
    assert bring_in(text, "x.h").name == "out_t"
    assert bring_in(text, "x.h", record="in_t").layout.record_size == 4
    with pytest.raises(LayoutError, match="--record: a, b"):
        bring_in("struct a { int x; }; struct b { int y; };", "x.h")


def test_packed_and_big_endian_can_be_said() -> None:
    """`--packed` leaves out all padding, `--endian` turns the numbers around."""
    text = "struct a { char c; double d; };"
    assert layout_of(text).record_size == 16
    assert layout_of(text, alignment="packed").record_size == 9
    assert layout_of(text, endian="big").columns[1].endian == "big"


@pytest.mark.parametrize(
    ("members", "line", "field", "words"),
    [
        ("int a;\n union { int x; float y; } b;", 3, "b", "union"),
        ("int *a;", 2, "a", "pointer"),
        ("void (*call)(int);", 2, None, "void"),
        ("int (*call)(int);", 2, "call", "pointer"),
        ("int a[];", 2, "a", "without a length"),
        ("int a[0];", 2, "a", "without a length"),
        ("long double a;", 2, None, "double"),
        ("wchar_t a;", 2, None, "wchar_t"),
        ("int a[N];", 2, None, "'N'"),
        ("int a[1/0];", 2, None, "no constant"),
        ("int a[1 << 62];", 2, "a", "elements"),
        ("char a[200][200];", 2, "a", "elements"),
        ("int a : 33;", 2, "a", "33 bits"),
        ("int a __attribute__((aligned(16)));", 2, None, "alignment"),
        ("#ifdef WIDE\n int a;\n#endif", 2, None, "'WIDE'"),
        ("#if VERSION > 2\n int a;\n#endif", 2, None, "VERSION"),
        ("MACRO(int, a);", 2, None, "MACRO"),
        ("int a, 5;", 2, None, "'5'"),
        ("", 1, None, "no fields"),
        ("int a;", 0, None, "closed"),
    ],
)
def test_what_is_not_expressed_is_named(members: str, line: int, field: str | None, words: str) -> None:
    """The sentence has the line, the member where it has a name, and the reason."""
    text = f"struct a {{\n {members}\n}};\n" if line else "#if 1\nstruct a { int b; };\n"
    with pytest.raises(LayoutError) as caught:
        import_c_struct(text, Wanted())
    assert words in caught.value.message
    if line:
        assert caught.value.message.startswith(f"Line {line}, field {field!r}: " if field else f"Line {line}: ")


@pytest.mark.parametrize(
    "text",
    [
        "struct a {" * 5000 + "int x;" + "} y;" * 5000,
        "#define A B\n#define B A\nstruct a { int x[A]; };",
        "#define A0 1\n" + "".join(f"#define A{n + 1} A{n} + A{n}\n" for n in range(60)) + "struct a { int x[A60]; };",
        "struct a { int x[" + "(" * 50_000 + "1" + ")" * 50_000 + "]; };",
        "struct a { int x[" + "-" * 50_000 + "1]; };",
        "struct a0 { int m[90][90]; };" + "".join(f"struct a{n + 1} {{ struct a{n} m[90][2]; }};" for n in range(9)),
        '"\\' * 50_000,
        "/*" * 50_000,
        "#if 1\n" * 500,
        "struct a { int x : 1 ? 2 : 3; };",
    ],
    ids=["nested", "circle", "doubling", "brackets", "signs", "arrays", "quotes", "comments", "conditions", "choice"],
)
def test_hostile_text_ends_with_a_sentence(text: str) -> None:
    """Deep, circular and doubling declarations are refused."""
    with pytest.raises(LayoutError):
        import_c_struct(text, Wanted())


VOCABULARY = (
    "struct a b { } { } ; ; [ 3 ] ( ) int unsigned char typedef enum union , * : 5 #define #pragma pack(1) \n \n "
    "sizeof + - /* */ // \" ' __attribute__((packed)) #if #endif"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@given(st.lists(WORDS, max_size=50).map(" ".join) | st.text(max_size=200))
@settings(deadline=None)
def test_any_text_is_a_layout_or_a_refusal(text: str) -> None:
    """Whatever stands in the file, the importer comes to an end with one of the two."""
    try:
        made = import_c_struct(text, Wanted())
    except LayoutError:
        return
    assert made.layout["fields"]
