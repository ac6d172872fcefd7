"""Names of C types whose size is the same wherever longs have 64 bits, and of those that no layout has."""

from __future__ import annotations

from etl_batch.layouts.importers.c_types import Scalar


def _fixed() -> dict[str, Scalar]:
    """Types that say their width, as C, the Linux kernel and Windows name them."""
    made: dict[str, Scalar] = {}
    for bits in (8, 16, 32, 64):
        signed = (f"int{bits}_t", f"int_least{bits}_t", f"s{bits}", f"__s{bits}", f"INT{bits}")
        unsigned = (f"uint{bits}_t", f"uint_least{bits}_t", f"u_int{bits}_t", f"u{bits}", f"__u{bits}", f"UINT{bits}")
        made |= dict.fromkeys(signed, Scalar(f"i{bits}", bits // 8))
        made |= dict.fromkeys(unsigned, Scalar(f"u{bits}", bits // 8))
        if bits > 8:
            made[f"__le{bits}"] = Scalar(f"u{bits}", bits // 8, "little")
            made[f"__be{bits}"] = Scalar(f"u{bits}", bits // 8, "big")
    return made


NAMED = {
    **_fixed(),
    "u_char": Scalar("u8", 1),
    "uchar": Scalar("u8", 1),
    "BYTE": Scalar("u8", 1),
    "u_short": Scalar("u16", 2),
    "ushort": Scalar("u16", 2),
    "WORD": Scalar("u16", 2),
    "u_int": Scalar("u32", 4),
    "uint": Scalar("u32", 4),
    "DWORD": Scalar("u32", 4),
    "u_long": Scalar("u64", 8),
    "ulong": Scalar("u64", 8),
    "QWORD": Scalar("u64", 8),
    "size_t": Scalar("u64", 8),
    "ssize_t": Scalar("i64", 8),
    "time_t": Scalar("i64", 8),
    "off_t": Scalar("i64", 8),
    "intmax_t": Scalar("i64", 8),
    "uintmax_t": Scalar("u64", 8),
    "pid_t": Scalar("i32", 4),
    "uid_t": Scalar("u32", 4),
    "gid_t": Scalar("u32", 4),
}
"""Types that a header need not define."""


def _basic() -> dict[tuple[str, ...], Scalar]:
    """The ways to write a basic type, by their words in order of the alphabet, `int` left out beside others."""
    made = {
        ("char",): Scalar("char", 1),
        ("char", "signed"): Scalar("i8", 1),
        ("char", "unsigned"): Scalar("u8", 1),
        ("float",): Scalar("f32", 4),
        ("double",): Scalar("f64", 8),
        ("_Bool",): Scalar("bool", 1),
        ("bool",): Scalar("bool", 1),
    }
    for words, bits in ((("short",), 16), ((), 32), (("long",), 64), (("long", "long"), 64)):
        size = bits // 8
        for signs, kind in (((), f"i{bits}"), (("signed",), f"i{bits}"), (("unsigned",), f"u{bits}")):
            made[tuple(sorted(words + signs)) or ("int",)] = Scalar(kind, size)
    return made


BASIC = _basic()
WORDS = frozenset(word for words in BASIC for word in words) | {"int", "void"}
EXTENSIONS = frozenset({"__int128", "_Complex", "_Decimal32", "_Decimal64", "_Float128", "__float128", "_Atomic"})
"""Types that no layout has."""
