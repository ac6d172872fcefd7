"""Layouts view: every record layout of the home, what each one says, and the way to the editor and to files."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.layouts import Catalogue, Layout, LayoutChange, Origin, read_catalogue
from etl_batch.layouts.store import StoredLayout
from etl_batch.reporting.formatting import NOTHING, counted, quantity, visible
from etl_batch.ui.layouts import editor as layout_editor
from etl_batch.ui.layouts import fits as layout_fits
from etl_batch.ui.layouts import hex as layout_hex
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.drawing import show_fields, show_map
from etl_batch.ui.layouts.state import CHOSEN_KEY, TAB_KEY, flash, flashed, follow_address, grant_tab
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.markup import Card
from etl_batch.ui.shared.tables import in_figures


def show_layouts(doors: Doors, address: Mapping[str, str] | None = None) -> None:
    """Draw the screen. `address`: what a link may ask for: `layout`, `file` and `record`."""
    markup.style("layouts.css")
    follow_address(address or {})
    catalogue = read_catalogue(doors.home)
    if catalogue.problem is not None:
        markup.notice(wording.BROKEN.format(problem=catalogue.problem.message), tone="bad")
    said = flashed()
    if said:
        markup.notice(said, tone="good")
    words = {"list": wording.LIST_TAB, "edit": wording.EDITOR_TAB, "hex": wording.HEX_TAB, "fits": wording.FITS_TAB}
    names = [name for key, name in words.items() if key != "edit" or doors.change_layout is not None]
    grant_tab(names)
    tabs = dict(zip(names, st.tabs(names, key=TAB_KEY, on_change="rerun"), strict=True))
    # A tab that is not open draws nothing, so that each one costs only its own work.
    for key, name in words.items():
        if name in tabs and tabs[name].open:
            with tabs[name]:
                _show_tab(key, doors, catalogue)


def _show_tab(key: str, doors: Doors, catalogue: Catalogue) -> None:
    if key == "list":
        _show_list(doors, catalogue)
    elif key == "edit":
        layout_editor.show_editor(doors, catalogue)
    elif key == "hex":
        layout_hex.show_hex(doors, catalogue)
    else:
        layout_fits.show_fits(doors, catalogue)


def _show_list(doors: Doors, catalogue: Catalogue) -> None:
    rows = layout_rows(catalogue)
    st.dataframe(in_figures(rows), hide_index=True, height=markup.table_height(len(rows), 320))
    names = sorted(catalogue.entries)
    chosen = st.session_state.get(CHOSEN_KEY)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            wording.CHOOSE,
            names,
            index=names.index(chosen) if chosen in names else 0,
            format_func=lambda each: visible(each, 80),
            key=f"layouts-choice-{chosen}-{len(names)}",
            help=wording.CHOOSE_HELP,
        )
        entry = catalogue.entries[name or names[0]]
        if doors.change_layout is not None:
            _buttons(catalogue, entry)
    _confirm_delete(doors, entry)
    _details(entry)


def layout_rows(catalogue: Catalogue) -> pd.DataFrame:
    """One row a layout, by name."""
    return pd.DataFrame([_row(catalogue.entries[name]) for name in sorted(catalogue.entries)])


def origin_words(entry: StoredLayout) -> str:
    """Where a layout comes from, for people."""
    if entry.origin is Origin.SHIPPED:
        return wording.SHIPPED
    return wording.INSTEAD if entry.replaces_shipped else wording.HOME


def _row(entry: StoredLayout) -> dict[str, object]:
    layout = entry.draft.layout
    return {
        wording.CHOOSE: visible(entry.name, 80),
        wording.ORIGIN: origin_words(entry),
        wording.RECORD_BYTES: None if layout is None else layout.record_size,
        wording.COLUMNS: None if layout is None else len(layout.columns),
        wording.STRATUM: NOTHING if layout is None else visible(layout.stratum or NOTHING, 60),
        wording.MEASURES: NOTHING if layout is None else visible(", ".join(layout.measures) or NOTHING, 120),
        wording.FILES: NOTHING if layout is None else visible(", ".join(layout.match) or NOTHING, 120),
        wording.DESCRIPTION_COLUMN: _mistakes(entry) if layout is None else visible(layout.description, 300),
    }


def _mistakes(entry: StoredLayout) -> str:
    return wording.BROKEN_BY.format(mistakes=counted(len(entry.draft.problems), "mistake"))


def _buttons(catalogue: Catalogue, entry: StoredLayout) -> None:
    """What a super_admin may do with the layout; a click opens the editor before the page is drawn again."""
    own = entry.origin is Origin.HOME
    st.button(
        wording.EDIT,
        key="layouts-edit",
        disabled=not own,
        help=None if own else wording.SHIPPED_STAYS,
        on_click=layout_editor.begin_edit,
        args=(entry,),
    )
    st.button(wording.DUPLICATE, key="layouts-duplicate", on_click=layout_editor.begin_copy, args=(entry, catalogue))
    st.button(
        wording.DELETE,
        key="layouts-delete",
        disabled=not own,
        help=None if own else wording.SHIPPED_STAYS,
        on_click=_ask,
        args=(entry,),
    )
    st.button(wording.NEW, key="layouts-new", type="primary", on_click=layout_editor.begin_new, args=(catalogue,))


def _ask(entry: StoredLayout) -> None:
    st.session_state["layouts-asked"] = entry.name, entry.version


def _confirm_delete(doors: Doors, entry: StoredLayout) -> None:
    """The question before a deletion, shown while it is about the layout on the page."""
    if doors.change_layout is None or st.session_state.get("layouts-asked") != (entry.name, entry.version):
        return
    sure = wording.SURE_SHIPPED if entry.replaces_shipped else wording.SURE
    markup.notice(sure.format(name=entry.name), tone="warn")
    with st.container(horizontal=True):
        if st.button(wording.REALLY, key="layouts-really", type="primary"):
            _delete(doors, entry)
        if st.button(wording.KEEP, key="layouts-keep"):
            st.session_state.pop("layouts-asked", None)
            st.rerun()


def _delete(doors: Doors, entry: StoredLayout) -> None:
    assert doors.change_layout is not None
    try:
        doors.change_layout(LayoutChange(entry.name, begun_on=entry.version))
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    st.session_state.pop("layouts-asked", None)
    flash(wording.DELETED.format(name=visible(entry.name, 80)))
    st.rerun()


def _details(entry: StoredLayout) -> None:
    layout = entry.draft.layout
    if layout is None:
        layout_editor.show_mistakes(entry.draft.problems, wording.MISTAKES)
    else:
        markup.cards(_cards(entry, layout))
        if layout.description:
            markup.notice(layout.description, tone="plain")
        markup.section(wording.FIELDS, wording.FIELDS_LEAD)
        show_fields(layout)
    markup.section(wording.MAP, wording.MAP_LEAD)
    show_map(entry.draft)
    with st.expander(wording.TEXT):
        st.code(layout_editor.pretty(entry.definition), language="json", wrap_lines=True)


def _cards(entry: StoredLayout, layout: Layout) -> list[Card]:
    skipped = len(layout.fields) - len(layout.columns)
    return [
        Card(
            wording.RECORD_CARD,
            counted(layout.record_size, "byte"),
            wording.ENDIAN_NOTE.format(endian=layout.endian),
        ),
        Card(
            wording.COLUMNS,
            quantity(len(layout.columns)),
            wording.AND_SKIPPED.format(fields=counted(skipped, "skipped field")) if skipped else "",
        ),
        Card(wording.ORIGIN, origin_words(entry)),
        Card(wording.STRATUM, visible(layout.stratum or NOTHING, 60), wording.SPLITS_THE_SAMPLE),
        Card(wording.MEASURES, visible(", ".join(layout.measures) or NOTHING, 80), wording.TOTALS_ESTIMATED),
    ]
