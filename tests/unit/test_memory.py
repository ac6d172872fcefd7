"""What reading may take: held by the system, whoever asks for the memory, and no longer than the reading lasts."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest

from etl_batch import memory
from etl_batch.defaults import CHUNK_BYTES, MAX_RECORD_BYTES
from etl_batch.errors import InputRefused

TOO_MUCH = 4 << 30


@pytest.fixture(autouse=True)
def usual_share() -> Iterator[None]:
    """Leave what other tests begin with."""
    yield
    memory.share(CHUNK_BYTES, MAX_RECORD_BYTES)


@pytest.mark.parametrize("take", [lambda: np.empty(TOO_MUCH // 8), lambda: pa.allocate_buffer(TOO_MUCH)])
def test_what_asks_for_more_is_told_so(take: object) -> None:
    """Python, numpy and Arrow all raise the same, and go on afterwards."""
    with memory.limited(1 << 30), pytest.raises(MemoryError):
        take()  # type: ignore[operator]
    assert len(pa.allocate_buffer(1 << 20)) == 1 << 20


def test_a_limit_within_a_limit_is_the_smaller_one() -> None:
    """And the larger one is back when the inner block is over."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with memory.limited(1 << 28):
        outer, _ = resource.getrlimit(resource.RLIMIT_DATA)
        with memory.limited(1 << 30):
            assert resource.getrlimit(resource.RLIMIT_DATA)[0] == outer
        with memory.limited(1 << 20):
            assert resource.getrlimit(resource.RLIMIT_DATA)[0] < outer
        assert resource.getrlimit(resource.RLIMIT_DATA)[0] == outer
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


def test_each_value_is_made_within_the_share() -> None:
    """The values before the one that is too large are handed out."""
    memory.share(1, MAX_RECORD_BYTES)
    sizes = iter([1, 2, TOO_MUCH])
    values = memory.decoded(pa.allocate_buffer(size) for size in sizes)
    assert [len(next(values)), len(next(values))] == [1, 2]
    with pytest.raises(MemoryError):
        next(values)


def test_too_much_is_a_refusal_of_the_file() -> None:
    """It names the file, so that a run that skips bad files goes on without it."""
    with pytest.raises(InputRefused, match=r"x\.csv takes more memory") as refused, memory.reading("x.csv"):
        pa.allocate_buffer(TOO_MUCH)
    assert refused.value.bad_file == "x.csv"


def test_a_small_chunk_has_a_least_share() -> None:
    """A column takes some bytes whatever it holds."""
    memory.share(1, MAX_RECORD_BYTES)
    assert memory.row_bytes() == memory.LEAST_BYTES
