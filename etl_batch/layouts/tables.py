"""A layout for people: one row a field with its place and an example, as data and as a printed table."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from etl_batch.layouts.cells import read_fields
from etl_batch.layouts.kinds import Family
from etl_batch.layouts.layout import Layout, LayoutColumn, LengthWord, NumberAt

_HEADINGS = ("field", "type", "offset", "size", "endian", "column", "example", "notes")


def describe(layout: Layout, record: bytes | None = None) -> list[dict[str, Any]]:
    """One row a field, in the layout's order: name, type, offset, size, endian, column, example, notes.

    `column` is the Arrow type of the column, None for a skipped field. With the bytes of one record the examples are
    its values (None where it has none); without, a value such a field might have.
    """
    found = _values(layout, record) if record is not None else None
    return [
        {
            "name": field.name,
            "type": field.kind,
            "offset": field.offset,
            "size": field.size,
            "endian": field.endian if field.family in (Family.INTEGER, Family.FLOAT, Family.TIME) else None,
            "column": None if field.skip else str(field.type),
            "example": _example(field) if found is None else found.get(index),
            "notes": "; ".join(_notes(field)),
        }
        for index, field in enumerate(layout.fields)
    ]


def render_table(layout: Layout, record: bytes | None = None) -> str:
    """The layout as a table of plain text, under one line about the whole."""
    rows = [
        [str(row[key]) if row[key] is not None else "-" for key in ("name", *_HEADINGS[1:])]
        for row in describe(layout, record)
    ]
    widths = [max(len(cell) for cell in cells) for cells in zip(_HEADINGS, *rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in (_HEADINGS, ["-" * width for width in widths], *rows)
    ]
    return "\n".join([_summary(layout), *([layout.description] if layout.description else []), "", *lines]) + "\n"


def _summary(layout: Layout) -> str:
    def number(value: int | NumberAt) -> str:
        return str(value) if isinstance(value, int) else f"{value.kind} at byte {value.offset}"

    upto = "up to " if layout.words else ""
    parts = [f"{layout.name}: records of {upto}{layout.record_size} bytes"]
    parts += [_about_word(word, what) for word, what in zip(layout.words, ("record", "block"), strict=False)]
    parts += [f"header {number(layout.header_bytes)}"] if layout.header_bytes else []
    parts += [f"footer {number(layout.footer_bytes)}"] if layout.footer_bytes else []
    parts += [f"record count {number(layout.record_count)}"] if layout.record_count is not None else []
    parts += [f"magic {layout.magic[1].hex()} at byte {layout.magic[0]}"] if layout.magic else []
    parts += [f"files {', '.join(layout.match)}"] if layout.match else []
    parts += [f"stratum {layout.stratum}"] if layout.stratum else []
    parts += [f"measures {', '.join(layout.measures)}"] if layout.measures else []
    parts += [f"record type in {layout.discriminator}"] if layout.discriminator else []
    return "; ".join([*parts, f"trailing bytes: {layout.trailing_bytes}"])


def _about_word(word: LengthWord, what: str) -> str:
    order = "big" if word.big else "little"
    counts = "with" if word.includes_word else "without"
    place = f" at byte {word.offset}" if word.offset else ""
    return f"a word of {word.size} bytes before each {what} (u{8 * word.width} {order}{place}, {counts} itself)"


def _values(layout: Layout, record: bytes) -> dict[int, Any]:
    rows = np.frombuffer(record, np.uint8, layout.record_size).reshape(1, layout.record_size)
    values = (values for _, values in read_fields(layout, rows, lambda _: True))
    return {
        index: None if any(failure.mask[0] for failure in value.failures) else plain(value.array[0].as_py())
        for index, value in enumerate(values)
    }


def plain(value: Any) -> Any:
    """A value that JSON can hold and a table can print."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _example(field: LayoutColumn) -> Any:
    """A value that the field's checks would let pass, where one can be told."""
    if field.enum:
        return field.enum[0][1]
    if field.const is not None and field.scale is None and field.decimals is None and field.family is not Family.TIME:
        return plain(bool(field.const) if field.family is Family.BOOL else field.const)
    for limit in (field.minimum, field.maximum):
        if limit is not None:
            return plain(limit)
    if field.family is Family.TIME:
        return str(date(2026, 1, 31)) if field.kind == "date" else str(datetime(2026, 1, 31, 12, tzinfo=UTC))[:19]
    if field.family is Family.TEXT:
        return "text"[: field.size]
    if field.family is Family.BYTES:
        return "00" * min(field.size, 8)
    if field.family is Family.BOOL:
        return True
    return _example_number(field)


def _example_number(field: LayoutColumn) -> Any:
    if field.decimals is not None:
        return plain(Decimal(1).scaleb(-field.decimals))
    if field.scale is not None:
        return field.scale
    return 1.5 if field.family is Family.FLOAT or field.kind == "ascii_decimal" else 1


def _notes(field: LayoutColumn) -> list[str]:
    notes = ["skipped"] if field.skip else []
    notes += [f"record type {', '.join(field.when)}"] if field.when else []
    notes += [f"bits {field.bits[0]}..{field.bits[0] + field.bits[1] - 1}"] if field.bits else []
    notes += [f"{field.encoding}, strip {field.strip}"] if field.family is Family.TEXT else []
    notes += [f"unit {field.unit}"] if field.unit else []
    notes += [f"epoch {field.epoch} {field.unit}"] if field.epoch else []
    notes += [f"times {field.scale}"] if field.scale is not None else []
    notes += [f"plus {field.add}"] if field.add is not None else []
    notes += [f"sign {field.sign}"] if field.sign != "trailing" else []
    notes += [f"if {field.counted_by[0]} is over {field.counted_by[1]}"] if field.counted_by else []
    notes += [f"{field.decimals} decimals"] if field.decimals is not None else []
    notes += [f"const {plain(field.const)}"] if field.const is not None else []
    notes += [f"from {plain(field.minimum)}"] if field.minimum is not None else []
    notes += [f"to {plain(field.maximum)}"] if field.maximum is not None else []
    notes += [f"pattern {field.pattern[5:-3]}"] if field.pattern is not None else []
    notes += [f"{len(field.enum)} values"] if field.enum else []
    nulls = [str(plain(value)) for value in field.null_values] + (["blank"] if field.blank_is_null else [])
    notes += [f"null: {', '.join(nulls)}"] if nulls else []
    return [*notes, *([f"on error: {field.on_error}"] if field.on_error != "dead_letter" else [])]
