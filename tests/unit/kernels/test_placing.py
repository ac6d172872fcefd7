"""The kernel that places the records of windows, against a twin that goes over them letter by letter."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import placing
from etl_batch.kernels.bits import PADDING
from etl_batch.kernels.placing import NOWHERE

HOSTILE = st.binary(max_size=200).map(lambda text: bytes(b'a,"\n\r;x,'[byte % 8] for byte in text))
BORDERS = b',"\n\r'


def slow(text: bytes, before: int, until: int, cells: int, inside: bool) -> list[int]:
    """FITS, BEGIN, END, INSIDE, BREAKS, FITTING, OPEN and QUOTES of a text that begins inside quotes or does not."""
    fits, begin, end = True, NOWHERE if before else 0, NOWHERE
    breaks = fitting = open_cells = 0
    for at, byte in enumerate(text):
        if byte == ord('"'):
            beside = text[at + 1 : at + 2] if inside else text[max(at - 1, 0) : at]
            fits &= not beside or beside in (b",", b'"', b"\n", b"\r")
            inside = not inside
        elif byte == ord(",") and not inside:
            open_cells += 1
        elif byte == ord("\n") and not inside:
            fitting += breaks > 0 and open_cells + 1 == cells
            breaks, open_cells = breaks + 1, 0
            begin = at + 1 if begin == NOWHERE and at + 1 >= before else begin
            end = at + 1 if end == NOWHERE and at + 1 >= until else end
    return [fits, begin, end, inside, breaks, fitting, open_cells, text.count(b'"')]


@given(st.lists(st.tuples(HOSTILE, st.integers(0, 70), st.integers(0, 130)), max_size=4), st.integers(1, 3))
def test_hostile_windows(windows, cells):
    """Both ways, wherever a window begins among others and however long it is."""
    data = np.frombuffer(b"".join(text for text, _, _ in windows) + b'\n"' * (PADDING // 2), np.uint8)
    begins = np.cumsum([0, *(len(text) for text, _, _ in windows)])
    asked = [
        (begin, len(text), before, before + more)
        for begin, (text, before, more) in zip(begins.tolist(), windows, strict=False)
    ]
    found = np.full((2 * len(windows), placing.PLACES), 99, np.int64)
    placing.place_records(data, np.array(asked, np.int64).reshape(-1, 4), ord("\n"), ord(","), ord('"'), cells, found)
    expected = [
        slow(text, before, before + more, cells, inside) for text, before, more in windows for inside in (False, True)
    ]
    assert found.tolist() == expected
