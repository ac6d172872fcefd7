"""A layout drawn: its fields as a table, and its record as blocks of bytes, broken layouts included."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from etl_batch.layouts import Layout, LayoutColumn, LayoutDraft, describe
from etl_batch.layouts.byte_map import Block, BlockKind, byte_map, of_variant, record_variants
from etl_batch.reporting.formatting import counted, quantity, visible
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.hex_view import TONES, place_of
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.tables import in_figures

LIMIT, TYPES = 300, 12


@dataclass(frozen=True, slots=True)
class DrawnBlock:
    """One block as the template wants it."""

    name: str
    place: str
    title: str
    style: str
    grow: int


def show_map(draft: LayoutDraft) -> None:
    """Draw where the fields of a layout stand, with gaps and overlaps marked in words and pattern."""
    fields = draft.columns if draft.layout is None else draft.layout.fields
    if not fields:
        markup.notice(wording.NO_MAP, tone="plain")
        return
    tones = {id(column): number % TONES for number, column in enumerate(fields)}
    for variant in record_variants(fields)[:TYPES]:
        columns = of_variant(fields, variant)
        blocks = byte_map(columns, draft.record_size)
        drawn = [_drawn(block, columns, tones) for block in blocks[:LIMIT]]
        title = "" if variant is None else wording.TYPE.format(name=visible(variant, 40))
        markup.show("layout_map.html", blocks=drawn, label=wording.LABEL, title=title)
        if len(blocks) > LIMIT:
            st.caption(wording.MORE.format(limit=LIMIT, count=quantity(len(blocks))))


def _drawn(block: Block, columns: list[LayoutColumn], tones: dict[int, int]) -> DrawnBlock:
    fields = [columns[number] for number in block.columns]
    names = ", ".join(field.name for field in fields)
    name = {BlockKind.GAP: wording.GAP, BlockKind.OVERLAP: wording.OVERLAP, BlockKind.OUTSIDE: wording.OUTSIDE}.get(
        block.kind, "{names}"
    )
    last = block.end - 1
    place = f"{block.first}" if block.size == 1 else wording.FIRST_TO_LAST.format(first=block.first, last=last)
    plain = block.kind in (BlockKind.FIELD, BlockKind.BITS)
    return DrawnBlock(
        name=name.format(names=names),
        place=f"{place} ({counted(block.size, 'byte')})",
        title="; ".join(f"{field.name}: {field.kind}, {place_of(field)}" for field in fields) or wording.GAP,
        style=f"h{tones[id(fields[0])]}" if plain else str(block.kind),
        grow=min(block.size, 64),
    )


def show_fields(layout: Layout) -> None:
    """The fields as a table: place, type, column, example and notes."""
    rows = pd.DataFrame(
        [
            {
                wording.FIELD_COLUMN: visible(field["name"], 80),
                wording.OFFSET: field["offset"],
                wording.BYTES: field["size"],
                wording.TYPE_COLUMN: field["type"],
                wording.ENDIAN: field["endian"] or "",
                wording.COLUMN: field["column"] or wording.NOT_WRITTEN,
                wording.EXAMPLE: "" if field["example"] is None else visible(str(field["example"]), 80),
                wording.RULES_AND_NOTES: visible(field["notes"], 200),
            }
            for field in describe(layout)
        ]
    )
    st.dataframe(in_figures(rows), hide_index=True, height=markup.table_height(len(rows), 460))
