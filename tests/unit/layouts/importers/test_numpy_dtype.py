"""NumPy dtypes: a layout reads what NumPy reads, and what is not expressed is named."""

from __future__ import annotations

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
from etl_batch.layouts.importers.numpy_dtype import import_numpy
from etl_batch.layouts.load import draft

Bring = Callable[..., Imported]

scalars = st.sampled_from(["i1", "u1", "<i2", ">i2", "<u4", ">u4", "<i8", ">u8", "<f4", ">f8", "<f2", "S3", "V2", "?"])
shapes = st.sampled_from([(), (2,), (1, 3), (2, 1, 2)])


def records(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Lists of fields, each with a shape."""
    return st.lists(st.tuples(inner, shapes), min_size=1, max_size=4).map(
        lambda kinds: [(f"f{number}", kind, shape) for number, (kind, shape) in enumerate(kinds)]
    )


dtypes = st.recursive(records(scalars), lambda inner: records(scalars | inner), max_leaves=4)


def layout_of(text: str, **wanted: Any) -> Layout:
    """The checked layout of a dtype."""
    checked = draft("records", import_numpy(text, Wanted(**wanted)).layout)
    assert checked.layout is not None, checked.problems
    return checked.layout


def flat(value: Any, name: str) -> dict[str, Any]:
    """A record of NumPy as the columns of a layout."""
    if isinstance(value, np.ndarray):
        return {k: v for index, each in enumerate(value) for k, v in flat(each, f"{name}_{index}").items()}
    if isinstance(value, np.void) and value.dtype.names:
        inner = [flat(value[each], f"{name}.{each}" if name else each) for each in value.dtype.names]
        return {k: v for each in inner for k, v in each.items()}
    plain = value.item() if value.dtype.kind != "V" else value.tobytes()
    return {name: plain.decode() if value.dtype.kind == "S" else plain}


@given(dtypes, st.booleans(), st.integers(0, 2**32))
@settings(deadline=None)
def test_a_layout_reads_what_numpy_reads(description: Any, aligned: bool, seed: int) -> None:
    """Any structured dtype, packed or aligned, as a list and as NumPy writes it down: the same values."""
    dtype = np.dtype(description, align=aligned)
    raw = np.random.default_rng(seed).integers(0, 2, dtype.itemsize, np.uint8).tobytes()
    expected = flat(np.frombuffer(raw, dtype)[0], "")
    texts = [repr(description), repr(dtype)] if aligned else [repr(description), repr(dtype), repr(dtype.descr)]
    for text in texts:
        layout = layout_of(text, alignment="natural" if aligned and text == repr(description) else None)
        assert layout.record_size == dtype.itemsize
        rows = np.frombuffer(raw, np.uint8).reshape(1, -1)
        read = {
            column.name: values.array[0].as_py() for column, values in read_fields(layout, rows, lambda c: not c.skip)
        }
        assert read == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("i4,f8,S10", ["f0", "f1", "f2"]),
        ("'i4, f8'", ["f0", "f1"]),
        ("<f8", ["value"]),
        ("[('a', '<i4'), ('', '|V3'), ('b', 'S2')]", ["a", "b"]),
        ("[(('title', 'a'), 'i4')]", ["a"]),
        ("{'names': ['a', 'b'], 'formats': ['i4', 'u1'], 'offsets': [4, 0], 'itemsize': 12}", ["b", "a"]),
        ("dt = np.dtype([('a', 'u1'), ('b', '<i8')], align=True)", ["a", "b"]),
        ("numpy.dtype({'a': ('i4', 0), 'b': ('u1', 4)})", ["a", "b"]),
        ("[('when', '<M8[ms]'), ('day', '>M8[D]'), ('text', '<U3')]", ["when", "day", "text"]),
    ],
)
def test_the_ways_to_write_a_dtype(text: str, names: list[str]) -> None:
    """Strings, lists, mappings, and a call with nothing but literals."""
    assert layout_of(text).schema.names == names


def test_times_and_wide_text_have_numpys_values() -> None:
    """A datetime64 that is none is null, and text of four bytes a character is text."""
    dtype = np.dtype([("when", "<M8[ms]"), ("day", ">M8[D]"), ("text", "<U3"), ("other", ">U2")])
    made = np.array([("2026-01-31T12:00:00.250", "NaT", "añ", "€")], dtype)
    layout = layout_of(repr(dtype))
    rows = np.frombuffer(made.tobytes(), np.uint8).reshape(1, -1)
    read = {column.name: str(values.array[0].as_py()) for column, values in read_fields(layout, rows, lambda _: True)}
    assert read == {"when": "2026-01-31 12:00:00.250000", "day": "None", "text": "añ", "other": "€"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[('a', 'O')]", "'object'"),
        ("[('a', 'c16')]", "complex128"),
        ("[('a', '<m8[s]')]", "timedelta64"),
        ("[('a', '<M8[Y]')]", "datetime64"),
        ("[('a', 'f16')]", "float128"),
        ("[('a', 'S0')]", "'a'"),
        ("[('a', 'i4', (0,))]", "'a'"),
        ("[('a', 'i4', (200, 200, 2))]", "10,000 fields"),
        ("[('a', 'q9')]", "no dtype"),
        ("[('a',)]", "no dtype"),
        ("not a dtype", "no dtype"),
        ("[" * 20_000, "no dtype"),
        ("", "no dtype"),
        ("__import__('os').system('true')", "no dtype"),
        ("np.dtype([('a', 'i4')], align=open('x'))", "no dtype"),
        ("x" * 70_000, "bytes"),
    ],
)
def test_what_is_not_expressed_is_named(text: str, words: str) -> None:
    """The sentence says what; nothing is run."""
    with pytest.raises(LayoutError) as caught:
        import_numpy(text, Wanted())
    assert words in caught.value.message


@given(st.text(max_size=60) | st.text("[](){}'\",:i48SfVab <>=M8", max_size=60))
@settings(deadline=None)
def test_any_text_is_a_layout_or_a_refusal(text: str) -> None:
    """Whatever stands in the file, the importer comes to an end with one of the two."""
    try:
        made = import_numpy(text, Wanted())
    except LayoutError:
        return
    assert made.layout["fields"]
