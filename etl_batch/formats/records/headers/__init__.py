"""Files of fixed records whose own header says what a record is made of: each format a function in a module.

A function looks at a file's head and answers with the layout as it would be written in a layout file, or with None when
the file is of another format. It raises `InputRefused` for a file that is certainly of its format and cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.content import Content
from etl_batch.formats.records.headers.dbf import dbf
from etl_batch.formats.records.headers.fits import fits
from etl_batch.formats.records.headers.head import Head
from etl_batch.formats.records.headers.idx import idx
from etl_batch.formats.records.headers.las import las
from etl_batch.formats.records.headers.npy import npy
from etl_batch.layouts import Layout

HEADERS: dict[str, Callable[[Head], dict[str, Any] | None]] = {
    "npy": npy, "fits": fits, "las": las, "dbf": dbf, "idx": idx,
}  # fmt: skip
"""By the name that the layout of such a file has; those whose magic bytes leave no doubt are asked first."""


def header_layout(content: Content, size: int, start: bytes = b"") -> Layout | None:
    """The layout that a file's own header gives; None when it has none that is known. `start`: its first bytes."""
    found = (_layout(name, content, size, start) for name in HEADERS)
    return next((layout for layout in found if layout is not None), None)


def named_header(name: str, content: Content, size: int) -> Layout:
    """The layout that the header of the named format gives. Raises `InputRefused` when the file has none."""
    layout = _layout(name, content, size, b"")
    if layout is None:
        raise InputRefused(sentences.layouts.NO_HEADER.format(path=content.path, name=name))
    return layout


def _layout(name: str, content: Content, size: int, start: bytes) -> Layout | None:
    def read(offset: int, length: int) -> bytes:
        # Most files are told to be none of these by bytes that are at hand.
        if offset + length <= len(start):
            return start[offset : offset + length]
        with content.opened() as file:
            return file.read(length, offset)

    head = Head(name, content.path, size, read)
    written = HEADERS[name](head)
    if written is None:
        return None
    from etl_batch.layouts.load import draft  # only a file that has such a header needs layouts to be checked

    built = draft(name, written)
    if built.layout is None:
        raise head.refusal(built.problems[0].sentence())
    return built.layout
