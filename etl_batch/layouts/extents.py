"""Where the records of a layout stand in a file: after the header, before the footer, as many as the file says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl_batch import sentences
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.layouts.kinds import KINDS
from etl_batch.layouts.layout import Layout, NumberAt


@dataclass(frozen=True, slots=True)
class Extent:
    """The whole records of one file, in bytes and records; trailing bytes follow them."""

    first: int
    records: int
    trailing_offset: int
    trailing_bytes: int


def extent(layout: Layout, source: int | str | os.PathLike[str], size: int) -> Extent:
    """Where the records of `layout` stand in a file of `size` bytes, given as an open descriptor or a path.

    Raises `FormatRefused` when the layout's magic bytes are not there, `InputRefused` when the file is shorter than one
    record, when its header, footer or record count cannot be right, and for trailing bytes a layout calls an error.
    """
    if layout.words:
        raise InputRefused(sentences.layouts.NO_PLACES.format(layout=layout.name), layout=layout.name)
    with _opened(source) as descriptor:
        return _extent(layout, descriptor, size)


def frame(layout: Layout, source: int | str | os.PathLike[str], size: int) -> Extent:
    """Where records of variable length stand, up to `trailing_offset`, however many. Raises as `extent` does."""
    with _opened(source) as descriptor:
        _check_magic(layout, descriptor)
        header, body = _body(layout, descriptor, size)
    if not body:
        raise InputRefused(
            sentences.layouts.NO_RECORD.format(body=body, layout=layout.name, record_size=layout.words[0].size + 1),
            layout=layout.name,
            size=body,
        )
    return Extent(header, 0, header + body, 0)


@contextmanager
def _opened(source: int | str | os.PathLike[str]) -> Iterator[int]:
    """A descriptor of what may be one already, which then stays open."""
    if isinstance(source, int):
        yield source
        return
    path = Path(source)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InputRefused(sentences.inputs.CANNOT_READ.format(path=path, reason=error.strerror)) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _body(layout: Layout, descriptor: int, size: int) -> tuple[int, int]:
    """The bytes of the header, and those between it and the footer."""
    header = _number(layout, "header_bytes", layout.header_bytes, descriptor, size)
    footer = _number(layout, "footer_bytes", layout.footer_bytes, descriptor, size)
    body = size - header - footer
    if body < 0:
        raise InputRefused(
            sentences.layouts.NO_ROOM_FOR_FRAME.format(size=size, header=header, footer=footer, layout=layout.name),
            layout=layout.name,
            size=size,
        )
    return header, body


def _extent(layout: Layout, descriptor: int, size: int) -> Extent:
    _check_magic(layout, descriptor)
    header, body = _body(layout, descriptor, size)
    counted = layout.record_count
    announced = None if counted is None else _number(layout, "record_count", counted, descriptor, size)
    whole = body // layout.record_size
    if whole == 0 and announced != 0:
        raise InputRefused(
            sentences.layouts.NO_RECORD.format(body=body, layout=layout.name, record_size=layout.record_size),
            layout=layout.name,
            size=body,
            record_size=layout.record_size,
        )
    if announced is not None and announced > whole:
        raise InputRefused(
            sentences.layouts.FEWER_THAN_ANNOUNCED.format(
                announced=announced, record_size=layout.record_size, whole=whole, layout=layout.name
            ),
            layout=layout.name,
            announced=announced,
            records=whole,
        )
    records = whole if announced is None else announced
    return _with_trailing(layout, header, records, body - records * layout.record_size)


def _with_trailing(layout: Layout, first: int, records: int, trailing: int) -> Extent:
    offset = first + records * layout.record_size
    if trailing and layout.trailing_bytes == "error":
        raise InputRefused(
            sentences.layouts.TRAILING.format(trailing=trailing, offset=offset, layout=layout.name),
            layout=layout.name,
            trailing_offset=offset,
            trailing_bytes=trailing,
        )
    return Extent(first, records, offset, trailing)


def _check_magic(layout: Layout, descriptor: int) -> None:
    if layout.magic is None:
        return
    offset, expected = layout.magic
    found = os.pread(descriptor, len(expected), offset)
    if found != expected:
        raise FormatRefused(
            sentences.layouts.WRONG_MAGIC.format(
                found=found.hex() or sentences.layouts.NOTHING,
                offset=offset,
                layout=layout.name,
                expected=expected.hex(),
            ),
            layout=layout.name,
            tried=[layout.name],
        )


def _number(layout: Layout, key: str, where: int | NumberAt, descriptor: int, size: int) -> int:
    """A number the layout gives, or that it says where to read in the file."""
    if isinstance(where, int):
        return where
    width = KINDS[where.kind].sizes[0]
    offset = where.offset if where.offset >= 0 else size + where.offset
    raw = os.pread(descriptor, width, offset) if offset >= 0 else b""
    if len(raw) < width:
        raise InputRefused(
            sentences.layouts.KEY_OUTSIDE.format(size=size, key=key, layout=layout.name, offset=where.offset),
            layout=layout.name,
            size=size,
        )
    order = ">" if layout.endian == "big" else "<"
    value = int(np.frombuffer(raw, f"{order}{KINDS[where.kind].numpy_code}")[0])
    if value < 0:
        raise InputRefused(sentences.layouts.WRONG_KEY.format(value=value, key=key, layout=layout.name))
    return value
