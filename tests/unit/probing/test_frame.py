"""Which blocks are drawn, and how large they are."""

from __future__ import annotations

import numpy as np
import pytest

from etl_batch.formats.blocks import (
    LARGEST_BLOCK,
    LEAST_BYTES,
    SMALLEST_BLOCK,
    block_bytes,
    blocks_to_draw,
)
from etl_batch.probing.sample import draw_blocks


def test_a_smaller_sample_is_part_of_a_larger_one():
    """Over several files, with the same seed; each file's numbers rise and stay below its count."""
    counts = [50, 3, 400]
    small, large = (draw_blocks(counts, [0, 1, 2], draw, seed=5) for draw in (40, 200))
    assert sum(map(len, small)) == 40
    for few, many, count in zip(small, large, counts, strict=True):
        assert set(few) <= set(many)
        assert (np.diff(many) > 0).all()
        assert len(many) == 0 or many[-1] < count


def test_every_block_is_as_likely():
    """Over 2,000 seeds each of 40 blocks is drawn about as often, whichever file it is of (chi-square, 39 df)."""
    seen = np.zeros(40)
    for seed in range(2000):
        first, second = draw_blocks([25, 15], [0, 1], 10, seed)
        seen[first] += 1
        seen[second + 25] += 1
    assert ((seen - 500) ** 2 / (500 * 0.75)).sum() < 72.05


def test_all_blocks():
    """As many as there are, or more: all of them."""
    assert [list(each) for each in draw_blocks([2, 0, 1], [0, 1, 2], 7, 0)] == [[0, 1], [], [0]]


@pytest.mark.parametrize(
    ("size", "fraction", "record", "each"),
    [
        (10**10, 0.005, 54, 65_536),
        (10**7, 0.005, 54, SMALLEST_BLOCK),
        (10**6, 0.005, 54, LARGEST_BLOCK),
        (10**13, 0.005, 54, LARGEST_BLOCK),
        (10**7, 0.005, 5_000, 32_768),
    ],
)
def test_block_sizes(size, fraction, record, each):
    """About 768 blocks, a kilobyte to a megabyte, and several records in each; large ones where all are read."""
    assert block_bytes(size, fraction, record) == each


def test_a_megabyte_is_read_at_least():
    """Whatever the fraction; and never more than there is."""
    assert blocks_to_draw(10**8, 0.0001, 1024, 97_657) * 1024 >= LEAST_BYTES
    assert blocks_to_draw(10_000, 0.005, 1024, 10) == 10
