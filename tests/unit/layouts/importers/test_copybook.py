"""COBOL copybooks: what is read is read as COBOL means it, and what is not expressed is named."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.errors import LayoutError
from etl_batch.layouts import Layout
from etl_batch.layouts.cells import read_fields
from etl_batch.layouts.importers import Imported, Wanted
from etl_batch.layouts.importers.copybook import import_copybook

Bring = Callable[..., Imported]

CUSTOMER = """\
000100* A customer of the shop                                          CARD0001
000200 01  CUSTOMER-RECORD.                                             CARD0002
000300     05  CUST-ID            PIC 9(6).                             CARD0003
000400     05  CUST-NAME          PIC X(8) VALUE 'O''Neil. X'.          CARD0004
000500     05  BALANCE            PIC S9(5)V99 COMP-3.
000600     05  FILLER             PIC X(3).
000700     05  STATUS-CODE        PIC X.
000800         88  ACTIVE         VALUE 'A'.
000900     05  PHONES OCCURS 2 TIMES INDEXED BY IX.
001000         10  KIND           PIC X.
001100         10  NUM            PIC S9(9) BINARY.
001200     05  RATE               PIC SVPP99.
001300     05  LARGE              PIC 9(3)PP COMP-4.
001400     05  DUE                PIC 9(8).
001500     05  DUE-PARTS REDEFINES DUE.
001600         10  DUE-YEAR       PIC 9(4).
001700         10  DUE-MONTH      PIC 99.
001800         10  DUE-DAY        PIC 99.
"""


def values(layout: Layout, raw: bytes) -> dict[str, Any]:
    """The values of one record; fails for one that is refused."""
    rows = np.frombuffer(raw, np.uint8).reshape(1, layout.record_size)
    found = {}
    for column, read in read_fields(layout, rows, lambda each: not each.skip):
        assert not read.failures, column.name
        found[column.name] = read.array[0].as_py()
    return found


def columns(text: str, **wanted: str) -> dict[str, tuple[str, int]]:
    """Type and size of the fields of a copybook's items, by name."""
    made = import_copybook(text, Wanted(**wanted))  # type: ignore[arg-type]
    return {field["name"]: (field["type"], field.get("size", 0)) for field in made.layout["fields"]}


def test_a_record_as_a_mainframe_writes_it(bring_in: Bring) -> None:
    """Every kind of item has the value that was put in, and the names of groups and arrays go before it."""
    made = bring_in(CUSTOMER, "customer.cpy")
    raw = "000042Ann     ".encode("cp037") + bytes.fromhex("0012345d") + b"\0\0\0" + "A".encode("cp037")
    raw += b"".join(kind.encode("cp037") + struct.pack(">i", number) for kind, number in (("H", 12), ("W", -7)))
    raw += bytes.fromhex("f1d2") + struct.pack(">H", 123) + "20260131".encode("cp037")
    found = values(made.layout, raw)
    assert made.name == "CUSTOMER-RECORD"
    assert {name: str(value) for name, value in found.items()} == {
        "CUST-ID": "42",
        "CUST-NAME": "Ann",
        "BALANCE": "-123.45",
        "STATUS-CODE": "A",
        "PHONES_0.KIND": "H",
        "PHONES_0.NUM": "12",
        "PHONES_1.KIND": "W",
        "PHONES_1.NUM": "-7",
        "RATE": "-0.0012",
        "LARGE": "12300.0",
        "DUE": "20260131",
    }
    assert [note for note in made.notes if "ACTIVE" in note]
    assert [note for note in made.notes if "DUE-PARTS" in note]
    assert all(note in made.definition["description"] for note in made.notes)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        ("PIC X(10)", ("char", 10)),
        ("PIC A(3)9(2)X", ("char", 6)),
        ("PIC 9(7)", ("zoned", 7)),
        ("PIC S9(7)V9(2)", ("zoned", 9)),
        ("PICTURE IS S9(4) USAGE IS COMP", ("i16", 0)),
        ("PIC 9(5) COMPUTATIONAL", ("u32", 0)),
        ("PIC S9(18) BINARY", ("i64", 0)),
        ("PIC S9(10) COMP-5", ("i64", 0)),
        ("PIC S9(6) PACKED-DECIMAL", ("packed", 4)),
        ("PIC 9(7) COMP-3", ("packed", 4)),
        ("PIC S9(3) SIGN IS TRAILING", ("zoned", 3)),
        ("VALUE 12 PIC 99 SYNC", ("zoned", 2)),
        ("BINARY PIC S9(4) SYNC", ("i16", 0)),
    ],
)
def test_pictures_and_usages(picture: str, expected: tuple[str, int]) -> None:
    """Type and size of an item follow its picture and usage, in whatever order its clauses stand."""
    assert columns(f"01 R.\n 05 F {picture}.\n")["F"] == expected


def test_floats_need_their_byte_order() -> None:
    """Said, it means IEEE 754."""
    assert columns("01 R.\n 05 B COMP-2.\n 05 C COMP-1.\n", endian="little") == {"B": ("f64", 0), "C": ("f32", 0)}


@pytest.mark.parametrize(
    ("clauses", "raw", "value"),
    [
        ("PIC S9(3)V99 SIGN LEADING SEPARATE CHARACTER", "-01234".encode("cp037"), "-12.34"),
        ("PIC S9(4) SIGN IS TRAILING SEPARATE", "0012-".encode("cp037"), "-12"),
        ("PIC S9(4) TRAILING SEPARATE", "0012+".encode("cp037"), "12"),
        ("PIC S9(3) LEADING", bytes.fromhex("d1f2f3"), "-123"),
        ("PIC S9(3) SIGN TRAILING", bytes.fromhex("f1f2d3"), "-123"),
        ("PIC 9(3) SIGN LEADING", bytes.fromhex("f1f2f3"), "123"),
        ("PIC 9(4) COMP-6", bytes.fromhex("1234"), "1234"),
        ("PIC 9(3)V99 COMP-6", bytes.fromhex("012345"), "123.45"),
    ],
)
def test_signs_and_unsigned_packed_numbers(bring_in: Bring, clauses: str, raw: bytes, value: str) -> None:
    """The sign stands where the clause says, in the digits or beside them."""
    made = bring_in(f"01 R.\n 05 F {clauses}.\n", "x.cpy")
    assert made.layout.record_size == len(raw)
    assert {name: str(found) for name, found in values(made.layout, raw).items()} == {"F": value}


def test_usage_and_sign_of_a_group_hold_inside_it() -> None:
    """What a group says of usage, its items need not say."""
    made = import_copybook("01 R USAGE COMP-3.\n 05 G.\n  10 A PIC S9(3).\n  10 B PIC 9(4) DISPLAY.\n", Wanted())
    assert [field["type"] for field in made.layout["fields"][0]["fields"]] == ["packed", "zoned"]


FREE = """\
>>SOURCE FORMAT IS FREE
*> the whole line is a comment
01 a-record. *> and what follows here
  05 first-item pic x(2) value "it''s. *> no comment".
  05 filler pic x.
     05 filler.
        10 inner pic 9.
"""
CONTINUED = """\
       01  R.
      * a comment
      / another one
           05  A  PIC X(4) VALUE 'a long literal that does not end he
      -    're but here. 05 B PIC X'.
           05  LONG-N
      -    AME  PIC X.
      D    05  DEBUGGING PIC X.
           05  C  PIC XX.
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (FREE, ["first-item", None, "inner"]),
        (CONTINUED, ["A", "LONG-NAME", "C"]),
        (CONTINUED.replace("\n", "\r\n"), ["A", "LONG-NAME", "C"]),
        ("05 A PIC X.\n05 B PIC X(70)                                                     VALUE SPACES.\n", ["A", "B"]),
        ("\t01 R.\n\t05 A PIC X.\n", ["A"]),
        ("       01 R.\n       05 A PIC X.\n       EJECT\n       05 B PIC X.\n", ["A", "B"]),
        ("       WORKING-STORAGE SECTION.\n       01 R.\n       05 A PIC X.\n", ["A"]),
    ],
    ids=["free", "continued", "returns", "no record", "tabs", "listing", "section"],
)
def test_forms(text: str, names: list[str | None]) -> None:
    """Fixed and free form, comments, continued words and literals, and lines that only steer a listing."""
    made = import_copybook(text, Wanted())
    assert [field.get("name") for field in made.layout["fields"]] == names


@pytest.mark.parametrize(
    ("items", "line", "field", "words"),
    [
        ("05 N PIC 9.\n 05 A PIC X OCCURS 1 TO 5 DEPENDING ON N.", 3, "A", "DEPENDING ON"),
        ("05 A PIC Z,ZZ9.99.", 2, "A", "edited"),
        ("05 A PIC -(4)9.", 2, "A", "edited"),
        ("05 A PIC N(4).", 2, "A", "national"),
        ("05 A PIC Q.", 2, "A", "no picture"),
        ("05 A PIC 9(40).", 2, "A", "40 digits"),
        ("05 A PIC S9(19) COMP.", 2, "A", "19 digits"),
        ("05 A PIC 9(14)PP.", 2, "A", "16 digits"),
        ("05 A.", 2, "A", "neither a picture"),
        ("05 A PIC X.\n 66 B RENAMES A.", 3, "B", "RENAMES"),
        ("05 A COMP-1.", 2, "A", "hexadecimal"),
        ("05 A POINTER.", 2, "A", "POINTER"),
        ("05 A PIC X COMP-3.", 2, "A", "COMP-3"),
        ("05 A PIC X.\n 05 B PIC S9(4) COMP SYNC.", 3, "B", "SYNCHRONIZED"),
        ("05 A PIC X.\n 05 B REDEFINES C PIC X.", 3, "B", "'C'"),
        ("05 A PIC X.\n 05 B REDEFINES A PIC XX.", 3, "B", "longer"),
        ("05 A.\n  10 B PIC X.\n 07 C PIC X.", 4, "C", "level 7"),
        ("05 A PIC X.\n  10 B PIC X.", 2, "A", "items inside"),
        ("05 A PIC X OCCURS 0.", 2, "A", "0 elements"),
        ("05 A PIC X OCCURS 99999999999.", 2, "A", "elements"),
        ("05 A PIC X SOMETHING.", 2, "A", "SOMETHING"),
        ("05 A PIC X\n 05 B PIC X.", 3, "A", "'05'"),
        ("05 A PIC X.\n 05 B PIC X", 3, "05", "period"),
        ("05 A PIC X VALUE 'abc.", 2, None, "literal"),
        ("COPY OTHER.", 2, None, "COPY"),
        ("MOVE A TO B.", 2, None, "MOVE"),
    ],
)
def test_what_is_not_expressed_is_named(items: str, line: int, field: str | None, words: str) -> None:
    """The sentence has the line, the item and the reason."""
    with pytest.raises(LayoutError) as caught:
        import_copybook(f"01 R.\n {items}\n", Wanted())
    assert (caught.value.line, caught.value.field) == (line, field)
    assert words in caught.value.message
    assert f"Line {line}" in caught.value.message


def test_several_records_must_be_chosen_from(bring_in: Bring) -> None:
    """Which record is meant is asked for, and one that redefines the other is read for itself."""
    text = "01 A.\n 05 X PIC X.\n01 B REDEFINES A.\n 05 Y PIC 9.\n77 C PIC 99.\n"
    with pytest.raises(LayoutError, match=r"--record: A, B, C\."):
        bring_in(text, "x.cpy")
    assert bring_in(text, "x.cpy", record="b").layout.schema.names == ["Y"]
    assert bring_in(text, "x.cpy", record="C").layout.schema.names == ["C"]


VOCABULARY = (
    "01 05 10 88 66 R A B FILLER PIC PICTURE X 9(4) S9(3)V99 COMP COMP-3 OCCURS 3 TIMES REDEFINES A VALUE ' '' \" "
    "SIGN LEADING SEPARATE SYNC . . . . \n \n       * *> >>SOURCE DEPENDING ON USAGE IS BLANK WHEN ZERO"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@given(st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200))
def test_any_text_is_a_layout_or_a_refusal(text: str) -> None:
    """Whatever stands in the file, the importer comes to an end with one of the two."""
    try:
        made = import_copybook(text, Wanted())
    except LayoutError:
        return
    assert made.layout["fields"]
