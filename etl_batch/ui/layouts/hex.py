"""A file through a layout: its records in hex with the fields coloured and decoded."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.layouts import Catalogue, Layout
from etl_batch.reporting.formatting import counted, file_size, ordinal, quantity, visible
from etl_batch.runs.record.hexdump import hex_lines
from etl_batch.ui.layouts import files as layout_files
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.editor import begin_draft
from etl_batch.ui.layouts.files import FileView
from etl_batch.ui.layouts.fits import POSSIBLE
from etl_batch.ui.layouts.hex_view import SHOWN_BYTES, RecordView
from etl_batch.ui.layouts.pick import automatic_of, fits_of, pick_file, pickable_layouts, remembered
from etl_batch.ui.layouts.state import ASKED_KEY, FILE_KEY, RECORD_KEY
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.markup import Card

COUNTS = (1, 2, 4, 8)
DUMP_BYTES = 1024
_SAID_KEY, _WANTED_KEY = "layouts-search", "layouts-search-wanted"


def show_hex(doors: Doors, catalogue: Catalogue) -> None:
    """Draw the records of a file in hex."""
    known = pickable_layouts(catalogue)
    left, right = st.columns([3, 2])
    with left:
        path = pick_file(doors)
    if path is None:
        return
    unknown = _nothing_fits(doors, path, known)
    plain = _format_without_layout(doors, path, catalogue) if unknown else None
    if unknown and plain is None:
        _draft(doors, path, catalogue)
    if not known:
        markup.notice(wording.NO_LAYOUT, tone="warn")
        return
    with right:
        label = _layout_choice(doors, path, known, [wording.PLAIN_CHOICE] if plain is not None else [])
    if plain is not None and label not in known:
        _show_plain(doors, path, plain)
        return
    layout = known[label]
    first, count, start = _place(doors, path, layout)
    try:
        view = layout_files.look(doors.home, path, layout, first, count, start)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    markup.cards(_cards(view, layout))
    for record in view.records:
        _record(record)
    if view.records:
        _values(view)


def _nothing_fits(doors: Doors, path: Path, known: dict[str, Layout]) -> bool:
    """Whether no layout fits a file well enough for a run to take it."""
    try:
        return not known or fits_of(doors, path, known)[0].score < POSSIBLE
    except EtlError:
        return False  # the page says why below


def _format_without_layout(doors: Doors, path: Path, catalogue: Catalogue) -> str | None:
    """What a person calls the format of a file that a run reads without a layout, as text or Parquet."""
    found = automatic_of(doors, path, catalogue)
    return found.format if found.layout is None else None


def _show_plain(doors: Doors, path: Path, title: str) -> None:
    """The bytes of a file that no layout is put on."""
    markup.notice(wording.PLAIN.format(format=title))
    try:
        size, _ = layout_files.peek(doors.home, path, 0, 0)
        begin = 0
        if size > DUMP_BYTES:
            words = wording.PLAIN_HELP.format(bytes=quantity(DUMP_BYTES))
            key = f"layouts-plain-{path}"
            begin = int(st.number_input(wording.START, 0, size - 1, step=DUMP_BYTES, key=key, help=words, width=220))
        size, content = layout_files.peek(doors.home, path, begin, DUMP_BYTES)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    markup.section(
        wording.PLAIN_TITLE,
        wording.PLAIN_PLACE.format(
            first=quantity(begin), last=quantity(begin + len(content) - 1), size=counted(size, "byte")
        ),
    )
    markup.show("dump.html", title=wording.PLAIN_TITLE, lines=hex_lines(content, begin))


def _draft(doors: Doors, path: Path, catalogue: Catalogue) -> None:
    """What the bytes alone say of a file that nobody knows, and the way to make a layout of it."""
    try:
        guess = remembered("draft", path, None, lambda: layout_files.draft(doors.home, path))
    except EtlError:
        return  # the page says why below
    said = " ".join(reason.text for reason in guess.reasons)
    if guess.definition is None:
        markup.notice(wording.NO_DRAFT.format(reasons=said), tone="plain")
        return
    markup.notice(wording.DRAFT.format(reasons=said), tone="plain")
    if doors.change_layout is not None:
        st.button(
            wording.USE_DRAFT,
            key="layouts-use-draft",
            help=wording.USE_DRAFT_HELP,
            on_click=begin_draft,
            args=(path.stem, guess.definition, catalogue),
        )


def _layout_choice(doors: Doors, path: Path, known: dict[str, Layout], others: list[str]) -> str:
    """The label of the layout to read with: the one asked for or edited, else one of the others or the best fit."""
    labels = [*others, *known]
    wanted = _wanted(known) or next(iter(others), None) or _best(doors, path, known)
    picked = st.selectbox(
        wording.HEX_LAYOUT,
        labels,
        index=labels.index(wanted),
        format_func=lambda label: visible(label, 80),
        key=f"layouts-hex-layout-{path}-{wanted}-{len(labels)}",
        help=wording.LAYOUT_HELP,
    )
    return picked or labels[0]


def _wanted(known: dict[str, Layout]) -> str | None:
    """The layout that was asked for with this file, else the one in the editor."""
    asked = st.session_state.get(ASKED_KEY)
    if asked and asked[0] == st.session_state.get(FILE_KEY) and asked[1] in known:
        return str(asked[1])
    first = next(iter(known))
    return first if first != known[first].name else None


def _best(doors: Doors, path: Path, known: dict[str, Layout]) -> str:
    try:
        best = fits_of(doors, path, known)[0].layout
    except EtlError:
        return next(iter(known))
    return next(label for label, layout in known.items() if layout.name == best)


def _place(doors: Doors, path: Path, layout: Layout) -> tuple[int, int, int]:
    """Which records to show: the first, how many, and from which byte on when they are long."""
    key = f"layouts-at-{path}-{layout.name}"
    if RECORD_KEY in st.session_state:
        st.session_state[key] = st.session_state.pop(RECORD_KEY)
    # Not in the button's callback: that runs before the page has asked who is there.
    if st.session_state.pop(_WANTED_KEY, None) == key:
        _search(doors, path, layout, key)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        record = int(st.number_input(wording.RECORD, min_value=1, step=1, key=key, help=wording.RECORD_HELP)) - 1
        count = st.selectbox(wording.COUNT, COUNTS, key="layouts-count", help=wording.COUNT_HELP) or 1
        start = 0
        if layout.record_size > SHOWN_BYTES:
            words = wording.START_HELP.format(bytes=SHOWN_BYTES)
            last = layout.record_size - 1
            start = int(st.number_input(wording.START, 0, last, step=SHOWN_BYTES, key=f"{key}-start", help=words))
        st.button(wording.NEXT, key="layouts-next", help=wording.NEXT_HELP, on_click=_want_search, args=(key,))
    said = st.session_state.pop(_SAID_KEY, None)
    if said:
        markup.notice(said)
    return record, count, start


def _want_search(key: str) -> None:
    st.session_state[_WANTED_KEY] = key


def _search(doors: Doors, path: Path, layout: Layout, key: str) -> None:
    """Go to the next record that would be rejected, or say that there is none."""
    start = int(st.session_state.get(key, 1))  # the record shown is the one before it
    try:
        found = layout_files.next_refused(doors.home, path, layout, start)
    except EtlError:
        return  # the page says the same about the record it shows
    if found.found is not None:
        st.session_state[key] = found.found + 1
    elif found.go_on_from is not None:
        st.session_state[key] = found.go_on_from
        st.session_state[_SAID_KEY] = wording.GO_ON.format(start=ordinal(start), end=quantity(found.go_on_from))
    else:
        st.session_state[_SAID_KEY] = wording.NONE_LEFT.format(start=ordinal(start))


def _cards(view: FileView, layout: Layout) -> list[Card]:
    where = view.extent
    before = wording.FIRST_AT.format(place=quantity(where.first)) if where.records else ""
    return [
        Card(wording.FILE_CARD, file_size(view.size), counted(view.size, "byte")),
        Card(wording.RECORDS_CARD, quantity(where.records), before),
        Card(wording.RECORD_CARD, counted(layout.record_size, "byte"), counted(len(layout.columns), "column")),
        Card(wording.HEADER_CARD, counted(where.first, "byte"), wording.HEADER_NOTE),
        Card(
            wording.LEFT_OVER,
            counted(where.trailing_bytes, "byte"),
            wording.LEFT_OVER_NOTE,
            "warn" if where.trailing_bytes else "plain",
        ),
    ]


def _record(view: RecordView) -> None:
    last = view.offset + view.size - 1
    markup.section(
        wording.HEAD.format(record=ordinal(view.record)),
        wording.PLACE.format(first=quantity(view.offset), last=quantity(last)),
    )
    if view.refusal is not None:
        markup.notice(view.refusal, tone="bad", title=wording.REFUSED)
    markup.show("hex_record.html", view=view, label=wording.HEX_LABEL.format(record=ordinal(view.record)))


def _values(view: FileView) -> None:
    """Each field's bytes and value; records side by side."""
    markup.section(wording.VALUES)
    several = len(view.records) > 1
    # And whether a narrow screen goes without the column.
    headings = [(wording.FIELD_COLUMN, False), (wording.TYPE_COLUMN, True), (wording.BYTES, False)]
    for record in view.records:
        in_hex, value = (wording.IN_HEX_OF, wording.VALUE_OF) if several else (wording.IN_HEX, wording.VALUE)
        number = ordinal(record.record)
        headings += [(in_hex.format(record=number), True), (value.format(record=number), False)]
    places = {(field.name, field.place): field for record in view.records for field in record.fields}
    rows = []
    for place, field in places.items():
        cells = [
            next((each for each in record.fields if (each.name, each.place) == place), None) for record in view.records
        ]
        blank = {"raw": "", "value": "", "fault": None}
        rows.append(
            {"tone": field.tone, "name": field.name, "kind": field.kind, "place": field.place}
            | {"cells": [cell if cell is not None else blank for cell in cells]}
        )
    markup.show("hex_values.html", headings=headings, rows=rows, label=wording.VALUES_LABEL)
