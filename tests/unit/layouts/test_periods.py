"""Record lengths by the order that they explain: found where there is one, and nothing found in noise."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.layouts.periods import agreements, find_period


@given(st.binary(min_size=3, max_size=60), st.integers(1, 2))
def test_agreement_is_counted_byte_by_byte(raw: bytes, longest: int) -> None:
    """The share of bytes that are the same a distance on, as a loop counts it."""
    found = agreements(np.frombuffer(raw, np.uint8), longest)
    for lag in range(1, longest + 1):
        pairs = list(zip(raw, raw[lag:], strict=False))
        assert found[lag - 1] == sum(one == other for one, other in pairs) / len(pairs)


@pytest.mark.parametrize("length", [3, 20, 56, 131, 1000])
def test_the_shortest_length_that_explains_is_found(length: int) -> None:
    """Not a multiple, which is as regular, nor a part, which is less so."""
    numbers = np.random.default_rng(length)
    rows = numbers.integers(0, 256, (200_000 // length, length)).astype(np.uint8)
    rows[:, : length // 2 + 1] = numbers.integers(0, 256, length // 2 + 1)
    found = find_period(rows.tobytes(), rows.size)
    assert found is not None
    assert found.length == length


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"abc",
        bytes(5000),
        np.random.default_rng(1).bytes(300),
        np.random.default_rng(2).bytes(5000),
        np.random.default_rng(3).bytes(300_000),
        zlib.compress(" ".join(str(number**2) for number in range(60_000)).encode()),
    ],
    ids=["empty", "tiny", "zeros", "little noise", "some noise", "noise", "compressed"],
)
def test_nothing_is_found_where_nothing_is(raw: bytes) -> None:
    """Noise, compressed data, too few bytes, and bytes that are all the same have no record length."""
    assert find_period(raw, len(raw)) is None


@given(st.binary(max_size=400))
def test_any_bytes_have_a_length_or_none(raw: bytes) -> None:
    """Whatever is looked at, the answer is a length that fits, or none."""
    found = find_period(raw, len(raw))
    assert found is None or 1 < found.length <= len(raw)
