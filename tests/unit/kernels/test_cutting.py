"""The kernels that look for a place to cut, against records that a regular expression matches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import cutting
from etl_batch.kernels.bits import PADDING
from tests.unit.kernels.test_finding import HOSTILE, slow_records


def breaks_of(text: bytes) -> list[int]:
    """Where each record ends, its line end included."""
    begins = [begin for begin, _, _ in slow_records(text)]
    return [*begins[1:], len(text)] if begins else []


def padded(text: bytes) -> np.ndarray:
    """The text, and quotes and line ends behind it that mean nothing."""
    return np.frombuffer(text + b'\n"' * (PADDING // 2), np.uint8)


@given(HOSTILE, st.integers(0, 200), st.integers(1, 80))
def test_by_counting_quotes(text, wanted, step):
    """Stretch by stretch the same place, or that a quote stands astray."""
    content = text.replace("\r", "").encode()
    data, state, position = padded(content), np.array([0, 1]), 0
    cut = cutting.NOWHERE
    while position < len(content) and cut == cutting.NOWHERE:
        size = min(step, len(content) - position)
        first = max(wanted - 1 - position, 0)
        signs = (ord("\n"), ord(","), ord('"'))
        cut = cutting.find_break(data[position:], size, len(content) - position, first, *signs, state)
        position += size if cut < 0 else cut
    if cut == cutting.ASTRAY:
        return
    line_ends = [end for end in breaks_of(content) if content[end - 1] == ord("\n")]
    if cut >= 0:
        assert position == next(end for end in line_ends if end >= wanted)
    elif not state[cutting.INSIDE]:
        assert not [end for end in line_ends if end >= max(wanted, 1)]
