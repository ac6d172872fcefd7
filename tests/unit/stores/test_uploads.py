"""Sizes of parts: as many as stores take, as large as they must be."""

from __future__ import annotations

import pytest

from etl_batch.stores.uploads import PART_BYTES, part_bytes

GIGABYTE = 1 << 30


@pytest.mark.parametrize("size", [0, 1, PART_BYTES, PART_BYTES * 10_000, 5 * 1024 * GIGABYTE])
def test_never_more_than_10_000_parts_and_never_one_too_small(size: int) -> None:
    """5 TiB is the largest object; every part but the last has 5 MiB at least, and 5 GiB at most."""
    each = part_bytes(size)
    assert -(-size // each) <= 10_000
    assert 5 << 20 <= each <= 5 * GIGABYTE


def test_parts_grow_only_where_they_must() -> None:
    """Up to 156 GiB they have the same size."""
    assert part_bytes(10_000 * PART_BYTES) == PART_BYTES
    assert part_bytes(10_000 * PART_BYTES + 1) == PART_BYTES + 1
