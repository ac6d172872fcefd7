"""Hex view without its looks: a record's bytes as runs that belong to fields, and each field's value or fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from etl_batch import sentences
from etl_batch.layouts.byte_map import Block, byte_map
from etl_batch.layouts.cells import read_fields, record_types
from etl_batch.layouts.layout import Layout, LayoutColumn
from etl_batch.layouts.tables import plain
from etl_batch.previews import first_refusal
from etl_batch.reporting.formatting import visible
from etl_batch.ui.layouts import wording

TONES = 8
"""Colours that fields take in turn; names and patterns tell fields of one colour apart."""
LINE_BYTES = 16
SHOWN_BYTES = 1024
VALUE_LENGTH = 120


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of one record."""

    name: str
    kind: str
    place: str
    """Its bytes in words: `byte 4`, `bytes 4 to 7`, with the bits where it takes some."""
    tone: int
    raw: str
    value: str
    fault: str | None = None
    """Why the value is refused, in words that follow the field's name; None for a value that is taken."""
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes side by side in one line of the dump that belong to the same fields."""

    label: str
    """The fields' names where they begin, nothing where a run goes on from the line above."""
    title: str
    tone: int
    hex: str
    text: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class FieldLine:
    """Up to `LINE_BYTES` bytes from byte `offset` of the record on."""

    offset: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record of a file, ready to be drawn."""

    record: int
    offset: int
    """Byte of the file where the record begins."""
    size: int
    lines: tuple[FieldLine, ...]
    fields: tuple[FieldView, ...]
    """The fields that this record has in the part that is shown, in the layout's order."""
    refusal: str | None
    """Reason, field and sentence of the dead letter that a run would write; None for a good record."""


def view_record(layout: Layout, raw: bytes, *, source: str, record: int, offset: int, start: int = 0) -> RecordView:
    """One whole record seen through a layout; of a long one the `SHOWN_BYTES` from byte `start` on."""
    rows = np.frombuffer(raw, np.uint8).reshape(1, layout.record_size)
    kind = record_types(layout, rows)
    variant = None if kind is None or kind[0] < 0 else layout.record_types[int(kind[0])]
    end = min(start + SHOWN_BYTES, layout.record_size)
    columns: list[LayoutColumn] = []
    views: list[FieldView] = []
    places = {id(column): number for number, column in enumerate(layout.fields)}
    for column, values in read_fields(layout, rows, lambda each: start < each.offset + each.size and each.offset < end):
        if column.when is not None and variant not in column.when:
            continue
        reasons = [failure.reason for failure in values.failures if failure.mask[0]]
        fault = _fault(column, reasons[0]) if reasons else None
        value = wording.NOTHING if fault else _value(plain(values.array[0].as_py()))
        views.append(_field_view(column, raw, places[id(column)] % TONES, value, fault))
        columns.append(column)
    blocks = byte_map(columns, layout.record_size)
    refusal = _refusal(layout, raw, source=source, record=record, offset=offset)
    return RecordView(record, offset, len(raw), tuple(_lines(blocks, views, raw, start, end)), tuple(views), refusal)


def place_of(column: LayoutColumn) -> str:
    """Where a field's bytes are, in words."""
    last = column.offset + column.size - 1
    bytes_ = (
        wording.ONE_BYTE.format(place=column.offset)
        if column.size == 1
        else wording.BYTES_TO.format(first=column.offset, last=last)
    )
    if column.bits is None:
        return bytes_
    start, length = column.bits
    return (
        wording.ONE_BIT.format(place=bytes_, bit=start)
        if length == 1
        else wording.BITS_TO.format(place=bytes_, first=start, last=start + length - 1)
    )


def _value(value: object) -> str:
    if value is None:
        return wording.NOTHING
    return visible(repr(value) if isinstance(value, str) and not value.strip() else str(value), VALUE_LENGTH)


def _fault(column: LayoutColumn, reason: str) -> str:
    why = sentences.layouts.WRONG[reason]
    return wording.AS_NOTHING.format(why=why) if column.on_error == "null" else why


def _field_view(column: LayoutColumn, raw: bytes, tone: int, value: str, fault: str | None) -> FieldView:
    cell = raw[column.offset : column.offset + column.size]
    shown = cell[:LINE_BYTES].hex(" ") + (" …" if len(cell) > LINE_BYTES else "")
    name = visible(column.name, VALUE_LENGTH)
    return FieldView(name, column.kind, place_of(column), tone, shown, value, fault, column.skip)


def _lines(
    blocks: Sequence[Block], views: Sequence[FieldView], raw: bytes, start: int, end: int
) -> Iterator[FieldLine]:
    """The dump of bytes `[start, end)`: each line cut where the fields change."""
    waiting = [block for block in blocks if block.first < end and block.end > start]
    for offset in range(start, end, LINE_BYTES):
        stop = min(offset + LINE_BYTES, end)
        while waiting and waiting[0].end <= offset:
            waiting.pop(0)
        inside = []
        for block in waiting:
            if block.first >= stop:
                break
            inside.append(block)
        yield FieldLine(
            offset, tuple(_run(block, views, raw, max(block.first, offset), min(block.end, stop)) for block in inside)
        )


def _run(block: Block, views: Sequence[FieldView], raw: bytes, first: int, end: int) -> Run:
    fields = [views[number] for number in block.columns]
    cell = raw[first:end]
    title = "; ".join(
        wording.HEX_VIEW_TITLE.format(name=f.name, kind=f.kind, place=f.place, value=f.fault or f.value) for f in fields
    )
    return Run(
        label=", ".join(field.name for field in fields) if first == block.first else "",
        title=title or wording.NO_FIELD,
        tone=fields[0].tone if fields else -1,
        hex=cell.hex(" "),
        text="".join(chr(byte) if 32 <= byte < 127 else "." for byte in cell),
        wrong=any(field.fault for field in fields),
    )


def _refusal(layout: Layout, raw: bytes, *, source: str, record: int, offset: int) -> str | None:
    """What a run would say about this record."""
    refusal = first_refusal(layout, raw, source=source, offset=offset, first_record=record)
    return refusal.sentence if refusal else None
