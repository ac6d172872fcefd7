"""An open input as the libraries have it."""

from __future__ import annotations

import os
from io import BufferedReader

from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.opened import OpenContent


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_as_a_library_reads_it(size: int, at: int, length: int) -> None:
    """From any place on, with or without bytes that came behind, and for longer than it is open here."""
    text = bytes(range(60))
    for behind in (0, 10):
        descriptor = os.memfd_create("x")
        os.write(descriptor, text[: size + behind])
        shown = OpenContent(descriptor, size).for_library()
        assert isinstance(shown, str) == (behind == 0)
        with open(shown, "rb") if isinstance(shown, str) else BufferedReader(shown) as file:  # noqa: PTH123 - as it does
            os.close(descriptor)
            file.seek(min(at, size))
            assert file.read(length) == text[min(at, size) : size][:length]
            assert file.seek(0, os.SEEK_END) == size
