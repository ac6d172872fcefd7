"""Kaitai descriptions: fixed records are read as Kaitai reads them, and what is not fixed is named."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.errors import LayoutError
from etl_batch.layouts import Layout
from etl_batch.layouts.cells import read_fields
from etl_batch.layouts.importers import Imported, Wanted
from etl_batch.layouts.importers.kaitai import import_kaitai
from etl_batch.layouts.load import draft

Bring = Callable[..., Imported]

METER = """\
meta:
  id: meter
  title: Readings
  endian: be
  encoding: ASCII
seq:
  - id: magic
    contents: [0x4d, "TR", 49]
  - id: head
    type: head
  - id: readings
    type: reading
    repeat: expr
    repeat-expr: head.num
types:
  head:
    seq:
      - {id: version, type: u2}
      - {id: num, type: u4}
  reading:
    doc: One reading.
    seq:
      - id: serial
        type: u4
        valid: {min: 1}
      - {id: flag, type: b1}
      - {id: state, type: b3, enum: states}
      - {id: rest, type: b12}
      - {id: change, type: s2le}
      - {id: name, type: strz, size: 8}
      - {id: code, type: str, size: 3, encoding: cp037, pad-right: 0x40}
      - {size: 2}
      - {id: phases, type: 'phase', size: 3, repeat: expr, repeat-expr: 2}
      - {id: end, contents: "\\r\\n"}
    instances:
      twice: {value: serial * 2}
    types:
      phase:
        seq:
          - {id: volt, type: u2}
enums:
  states:
    0: idle
    1: {id: running, doc: in use}
"""


def layout_of(text: str, **wanted: Any) -> Layout:
    """The checked layout of a description."""
    checked = draft("records", import_kaitai(text, Wanted(**wanted)).layout)
    assert checked.layout is not None, checked.problems
    return checked.layout


def values(layout: Layout, raw: bytes) -> dict[str, Any]:
    """The values of one record; fails for one that is refused."""
    rows = np.frombuffer(raw, np.uint8).reshape(1, layout.record_size)
    found = {}
    for column, read in read_fields(layout, rows, lambda _: True):
        assert not read.failures, column.name
        found[column.name] = read.array[0].as_py()
    return {column.name: found[column.name] for column in layout.columns}


def test_a_file_with_a_header(bring_in: Bring) -> None:
    """What stands before the records becomes the layout's frame, and a record has the values that Kaitai gives it."""
    made = bring_in(METER.replace("pad-right: 0x40", "pad-right: 0x20"), "meter.ksy")
    layout = made.layout
    assert (made.name, layout.magic, layout.header_bytes) == ("meter", (0, b"MTR1"), 10)
    assert str(layout.record_count) == "NumberAt(offset=6, kind='u32')"
    bits = (1 << 15 | 1 << 12 | 0x123).to_bytes(2, "big")
    raw = struct.pack(">I", 7) + bits + struct.pack("<h", -2) + b"Ann\0\0\0\0\0" + "AB ".encode("cp037") + b"xx"
    raw += struct.pack(">HxHx", 230, 231) + b"\r\n"
    assert values(layout, raw) == {
        "serial": 7,
        "flag": True,
        "state": "running",
        "rest": 0x123,
        "change": -2,
        "name": "Ann",
        "code": "AB",
        "phases_0.volt": 230,
        "phases_1.volt": 231,
    }
    assert [note for note in made.notes if "twice" in note]


def test_records_to_the_end_and_types_by_name(bring_in: Bring) -> None:
    """`repeat: eos` makes records of what follows the header; `--record` takes a type alone."""
    text = METER.replace("repeat: expr\n    repeat-expr: head.num", "repeat: eos").replace("0x40", "0")
    assert bring_in(text, "meter.ksy").layout.record_count is None
    alone = bring_in(text, "meter.ksy", record="head")
    assert (alone.name, alone.layout.record_size, alone.layout.header_bytes) == ("head", 6, 0)


widths = st.lists(st.integers(1, 16), min_size=1, max_size=10)


@given(widths, st.sampled_from(["be", "le"]), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_bits_are_counted_as_kaitai_counts_them(sizes: list[int], order: str, numbers: Any) -> None:
    """From the highest bit on in big endian, from the lowest in little endian, through bytes without a break."""
    lines = "".join(f"  - {{id: f{number}, type: b{size}}}\n" for number, size in enumerate(sizes))
    try:
        layout = layout_of(f"meta: {{bit-endian: {order}}}\nseq:\n{lines}")
    except LayoutError as refused:
        assert "reach over" in refused.message  # noqa: PT017 - bits over three bytes at the end are refused
        return
    wanted = [numbers.randrange(1 << size) for size in sizes]
    total, size = 0, -(-sum(sizes) // 8)
    if order == "be":
        for value, width in zip(wanted, sizes, strict=True):
            total = total << width | value
        raw = (total << (8 * size - sum(sizes))).to_bytes(size, "big")
    else:
        for value, width in zip(reversed(wanted), reversed(sizes), strict=True):
            total = total << width | value
        raw = total.to_bytes(size, "little")
    assert [int(value) for value in values(layout, raw).values()] == wanted


@pytest.mark.parametrize(
    ("attribute", "field", "words"),
    [
        ("{id: a, type: u4, if: x > 1}", "a", "`if`"),
        ("{id: a, type: {switch-on: x, cases: {1: u1}}}", "a", "depends on the data"),
        ("{id: a, type: u1, repeat: until, repeat-until: _ == 0}", "a", "`repeat-until`"),
        ("{id: a, type: u1, repeat: eos}\n  - {id: b, type: u1}", "a", "repeated"),
        ("{id: a, type: strz}", "a", "fixed size"),
        ("{id: a, size: n}", "a", "fixed size"),
        ("{id: a, size-eos: true}", "a", "size-eos"),
        ("{id: a, size: 4, process: zlib}", "a", "process"),
        ("{id: a, type: u2}", "a", "byte order"),
        ("{id: a, type: str, size: 3}", "a", "encoding"),
        ("{id: a, type: str, size: 3, encoding: ascii, terminator: 10}", "a", "terminator"),
        ("{id: a, type: other}", "a", "'other'"),
        ("{id: a, type: u3}", "a", "'u3'"),
        ("{id: a, type: self}", None, "nested"),
        ("{id: a, type: u1, enum: none}", "a", "`none`"),
        ("{id: a, type: b3, repeat: expr, repeat-expr: 3}", "a", "bits"),
        ("{id: a, type: b20}", "a", "reach over"),
        ("{id: a, contents: [300]}", "a", "contents"),
        ("{id: a, type: u1, repeat: expr, repeat-expr: 99999}", "a", "99999"),
        ("just text", None, "mapping"),
    ],
)
def test_what_is_not_fixed_is_named(attribute: str, field: str | None, words: str) -> None:
    """The sentence has the line, the attribute and the reason."""
    with pytest.raises(LayoutError) as caught:
        import_kaitai(f"seq:\n  - {attribute}\ntypes:\n  self:\n    seq:\n      - {{id: x, type: self}}\n", Wanted())
    assert words in caught.value.message
    assert caught.value.field == field
    assert caught.value.message.startswith("Line 2" if field else "Line ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seq: [", "YAML"),
        ("seq:\n  - &a {id: x, type: u1}\n  - *a\n", "aliases"),
        ("seq: []\nseq: []\n", "twice"),
        ("[" * 5000, "nested"),
        ("", "No record"),
        ("meta: {id: x}\n", "No record"),
        ("seq:\n  - {id: a, type: u1}\ninstances:\n  i: {pos: 4, type: u1}\n", "another place"),
        ("x" * 300_000, "bytes"),
        (
            "seq:\n  - {id: a, type: t0}\ntypes:\n  t20: {seq: [{id: x, type: u1}]}\n"
            + "".join(f"  t{n}: {{seq: [{{id: a, type: t{n + 1}}}, {{id: b, type: t{n + 1}}}]}}\n" for n in range(20)),
            "10,000 fields",
        ),
    ],
    ids=["yaml", "alias", "twice", "deep", "empty", "nothing", "instance", "long", "doubling"],
)
def test_hostile_text_ends_with_a_sentence(text: str, words: str) -> None:
    """Broken, deep, aliased and doubling descriptions are refused."""
    with pytest.raises(LayoutError, match=words):
        import_kaitai(text, Wanted())


VOCABULARY = (
    "seq: types: meta: enums: {id:a,type:u1} - id: a type: u4le b3 size: 4 repeat: expr repeat-expr: 3 eos [ ] { } , "
    "\n \n  \n   contents: str encoding: ascii endian: le enum: e 0: x &a *a | > ? :"
)
WORDS = st.sampled_from(VOCABULARY.split(" "))


@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=100))
@settings(deadline=None)
def test_any_text_is_a_layout_or_a_refusal(text: str) -> None:
    """Whatever stands in the file, the importer comes to an end with one of the two."""
    try:
        made = import_kaitai(text, Wanted())
    except LayoutError:
        return
    assert made.layout["fields"]
