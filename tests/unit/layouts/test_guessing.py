"""Drafts of layouts: how often record length, header and types are right, and that each draft is a layout."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl_batch.layouts import Guess, Layout, guess_layout
from etl_batch.layouts.load import draft
from tests.unknown_files import unknown_files

FILES, SEED = 40, 3
LEAST_LENGTHS, LEAST_HEADERS, LEAST_FIELDS = 0.95, 0.9, 0.85


@pytest.fixture
def guess(tmp_path: Path) -> Callable[[bytes], Guess]:
    """Guesses a file of these bytes."""

    def guess_bytes(raw: bytes) -> Guess:
        path = tmp_path / "unknown.bin"
        path.write_bytes(raw)
        with path.open("rb") as file:
            return guess_layout(file.fileno(), len(raw))

    return guess_bytes


def layout_of(guess: Guess) -> Layout:
    """The draft as a layout, which it must be."""
    checked = draft("draft", guess.definition)
    assert checked.layout is not None, checked.problems
    return checked.layout


def test_most_of_what_is_guessed_is_right(guess: Callable[[bytes], Guess]) -> None:
    """Shares of files whose record length and header, and of fields whose place and type are guessed right."""
    lengths, headers, fields = [], [], []
    for made in unknown_files(FILES, SEED):
        found = guess(made.raw)
        layout = None if found.definition is None else layout_of(found)
        lengths.append(layout is not None and layout.record_size == made.record_size)
        if layout is None or not lengths[-1]:
            continue
        headers.append(layout.header_bytes == made.header)
        if headers[-1]:
            kinds = {column.offset: column.kind for column in layout.fields}
            fields += [kinds.get(offset) == kind for offset, kind in made.fields]
    assert np.mean(lengths) >= LEAST_LENGTHS
    assert np.mean(headers) >= LEAST_HEADERS
    assert np.mean(fields) >= LEAST_FIELDS


def test_a_draft_reads_the_file(guess: Callable[[bytes], Guess]) -> None:
    """A header, a counter, text, a float and bytes that never change, with the reasons in words."""
    numbers = np.random.default_rng(5)
    shops = [b"north", b"south", b"west end"]
    rows = [struct.pack("<I10sdH", 7000 + n, shops[n % 3], float(numbers.normal(50, 9)), 0xBEEF) for n in range(800)]
    found = guess(b"HEADER OF THE FILE: " + b"".join(rows))
    layout = layout_of(found)
    assert (layout.record_size, layout.header_bytes) == (24, 20)
    kinds = [(column.kind, column.offset, column.size) for column in layout.fields]
    assert kinds == [("u32", 0, 4), ("char", 4, 8), ("bytes", 12, 2), ("f64", 14, 8), ("bytes", 22, 2)] or kinds == [
        ("u32", 0, 4),
        ("char", 4, 10),
        ("f64", 14, 8),
        ("bytes", 22, 2),
    ]
    assert layout.fields[-1].const == bytes.fromhex("efbe")
    assert [reason.text for reason in found.reasons if "24" in reason.text]
    assert [reason.text for reason in found.reasons if "header of 20 bytes" in reason.text]


def test_a_cut_off_file_has_bytes_left_over(guess: Callable[[bytes], Guess]) -> None:
    """Where the first bytes are a record like all others, what is too much stands at the end."""
    raw = b"".join(struct.pack("<IH6s", n, n % 500, b"shop a") for n in range(1000))
    layout = layout_of(guess(raw[:-5]))
    assert (layout.record_size, layout.header_bytes) == (12, 0)


@pytest.mark.parametrize("raw", [b"", b"x", bytes(10_000), np.random.default_rng(7).bytes(50_000)])
def test_noise_has_no_draft_and_says_so(raw: bytes, guess: Callable[[bytes], Guess]) -> None:
    """Nothing, too little, one byte only, and noise: no draft, and a sentence."""
    found = guess(raw)
    assert found.definition is None
    assert found.reasons[0].text


@given(
    st.lists(st.binary(min_size=7, max_size=7), min_size=2, max_size=6),
    st.integers(20, 60),
    st.binary(max_size=9),
)
@settings(deadline=None, max_examples=60)
def test_any_draft_is_a_layout(tmp_path_factory, rows: list[bytes], times: int, rest: bytes) -> None:
    """Whatever stands in a file, a draft of it passes the check that all layouts pass."""
    path = tmp_path_factory.mktemp("guess") / "unknown.bin"
    path.write_bytes(b"".join(rows) * times + rest)
    with path.open("rb") as file:
        found = guess_layout(file.fileno(), path.stat().st_size)
    if found.definition is not None:
        layout_of(found)
