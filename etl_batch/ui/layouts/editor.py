"""Layout editor: the text of one layout, checked whenever it changes, with the record that it draws, and saving it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.layouts import Catalogue, LayoutChange, LayoutDraft, Origin, Problem
from etl_batch.layouts.kinds import KINDS
from etl_batch.layouts.store import MAX_NAME_LENGTH, StoredLayout
from etl_batch.record.values import Json, JsonObject
from etl_batch.reporting.formatting import counted, visible
from etl_batch.ui.layouts import table as layout_table
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.drawing import show_fields, show_map
from etl_batch.ui.layouts.state import CHOSEN_KEY, Editing, edit, editing, flash, open_tab, stop_editing, typed
from etl_batch.ui.layouts.table import COLUMNS, MORE, SCALARS, TEXTS, WHOLE
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

TEMPLATE = {"fields": [{"name": "id", "type": "u32"}, {"name": "name", "type": "char", "size": 12}]}
TEXT_HEIGHT = 420


def begin_new(catalogue: Catalogue) -> None:
    """Open the editor on a small layout to start from."""
    _open(free_name("new", catalogue), json.dumps({"description": wording.DESCRIPTION, **TEMPLATE}))


def begin_copy(entry: StoredLayout, catalogue: Catalogue) -> None:
    """Open the editor on a copy of a layout, under a name that is free."""
    _open(free_name(entry.name, catalogue), entry.definition)


def begin_edit(entry: StoredLayout) -> None:
    """Open the editor on one of the home's layouts."""
    _open(entry.name, entry.definition, entry.name, entry.version)


def begin_draft(name: str, definition: JsonObject, catalogue: Catalogue) -> None:
    """Open the editor on a draft that was made of a file's bytes."""
    wanted = name[:MAX_NAME_LENGTH] if name.strip() == name and name.isprintable() else wording.NEW
    free = wanted if wanted not in catalogue.entries else free_name(wanted, catalogue)
    _open(free, json.dumps(definition, ensure_ascii=False))


def free_name(name: str, catalogue: Catalogue) -> str:
    """The name with the first number from 2 on that nobody has."""
    number = 2
    while f"{name[: MAX_NAME_LENGTH - 8]}-{number}" in catalogue.entries:
        number += 1
    return f"{name[: MAX_NAME_LENGTH - 8]}-{number}"


def _open(name: str, definition: str, of: str | None = None, version: str | None = None) -> None:
    edit(name, pretty(definition), of, version)
    open_tab(wording.EDITOR_TAB)


def pretty(definition: str) -> str:
    """JSON for people: indented, with each field and each short list on a line of its own."""
    raw = json.loads(definition)
    if not isinstance(raw, dict):
        return json.dumps(raw, ensure_ascii=False, indent=2)
    parts = [f"  {json.dumps(key, ensure_ascii=False)}: {_pretty_value(value)}" for key, value in raw.items()]
    return "{\n" + ",\n".join(parts) + "\n}" if parts else "{}"


def _pretty_value(value: Json) -> str:
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return "[\n" + ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value) + "\n  ]"
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", "\n  ")
    return json.dumps(value, ensure_ascii=False)


def show_editor(doors: Doors, catalogue: Catalogue) -> None:
    """Draw the editor of whoever may change layouts."""
    now = editing()
    if now is None:
        markup.notice(wording.EMPTY)
        st.button(wording.NEW, key="layouts-begin", type="primary", on_click=begin_new, args=(catalogue,))
        return
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="layouts-editor"):
        _fields(now)
    now = editing() or now
    draft = now.draft or LayoutDraft(None, (), 0, ())
    with left:
        _actions(doors, now, draft)
    with right:
        _verdict(now, draft, catalogue)
    if draft.layout is not None:
        markup.section(wording.FIELDS)
        show_fields(draft.layout)
    with st.expander(wording.TABLE, expanded=False):
        _table(now)


def _fields(now: Editing) -> None:
    """Name and text; what is typed is kept apart from the fields, which forget it when another tab is open."""
    name_key, text_key = _field_keys(now)
    name = st.text_input(wording.NAME, now.name, max_chars=MAX_NAME_LENGTH, key=name_key, help=wording.NAME_HELP)
    text = st.text_area(wording.EDITOR_TEXT, now.text, height=TEXT_HEIGHT, key=text_key, help=wording.TEXT_HELP)
    typed((name or "").strip(), text or "")


def _field_keys(now: Editing) -> tuple[str, str]:
    return f"layouts-name-{now.serial}", f"layouts-text-{now.serial}"


def _as_typed(now: Editing) -> tuple[str, str]:
    """Name and text as the fields have them at a click: the page may not have been drawn since they were typed."""
    name, text = (
        st.session_state.get(key, was) for key, was in zip(_field_keys(now), (now.name, now.text), strict=True)
    )
    return (name or "").strip(), text or ""


def _actions(doors: Doors, now: Editing, draft: LayoutDraft) -> None:
    with st.container(horizontal=True):
        broken = draft.layout is None
        help_text = wording.SAVE_BROKEN if broken else None
        if st.button(wording.SAVE, key="layouts-save", type="primary", disabled=broken, help=help_text):
            _save(doors, now)
        st.button(wording.LEAVE, key="layouts-leave", on_click=stop_editing)


def _save(doors: Doors, now: Editing) -> None:
    if doors.change_layout is None:
        return
    try:
        doors.change_layout(LayoutChange(now.name, now.text, now.of, now.version))
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    stop_editing()
    st.session_state[CHOSEN_KEY] = now.name
    flash(wording.SAVED.format(name=visible(now.name, 80)))
    open_tab(wording.LIST_TAB)
    st.rerun()


def _verdict(now: Editing, draft: LayoutDraft, catalogue: Catalogue) -> None:
    if draft.layout is None:
        show_mistakes(draft.problems, wording.EDITOR_MISTAKES)
    else:
        size, columns = counted(draft.layout.record_size, "byte"), counted(len(draft.layout.columns), "column")
        markup.notice(wording.WHOLE_LAYOUT.format(size=size, columns=columns), tone="good")
        markup.notice(wording.UNSAVED, tone="plain")
    known = catalogue.entries.get(now.name)
    if known is not None and now.of is None and known.origin is Origin.SHIPPED:
        markup.notice(wording.OVERRIDES, tone="warn")
    markup.section(wording.MAP)
    show_map(draft)


def show_mistakes(problems: Sequence[Problem], label: str) -> None:
    """Every mistake of a layout, each with its field."""
    told = [
        (wording.LAYOUT if problem.field is None else wording.FIELD.format(name=problem.field), problem.text)
        for problem in problems
    ]
    markup.show("layout_mistakes.html", mistakes=told[:50], label=label)


def _table(now: Editing) -> None:
    """The same fields as a table, whose edits go into the text on demand."""
    st.caption(wording.TABLE_HELP)
    try:
        raw = json.loads(now.text)
    except (ValueError, RecursionError):
        raw = None
    if isinstance(raw, dict) and "struct" in raw:
        st.button(wording.LONG, key="layouts-long", on_click=_write_out, args=(now,))
    if not layout_table.can_be_rows(raw):
        markup.notice(wording.NO_TABLE, tone="plain")
        return
    key = f"layouts-table-{now.serial}-{hash(now.text)}"
    # Object columns: a missing number must stay missing and not make its neighbours fractions.
    rows = pd.DataFrame(layout_table.to_rows(raw["fields"]), columns=[*COLUMNS, MORE], dtype=object)
    st.data_editor(
        rows,
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=_columns(),
        placeholder="",
        alt=wording.TABLE_LABEL,
    )
    st.button(wording.APPLY, key="layouts-apply", on_click=_apply, args=(now, raw, key))


def _columns() -> dict[str, ColumnConfig]:
    config: dict[str, ColumnConfig] = {name: st.column_config.TextColumn(name) for name in (*TEXTS, *SCALARS)}
    config |= {name: st.column_config.NumberColumn(name, min_value=0, step=1) for name in WHOLE}
    config["type"] = st.column_config.SelectboxColumn("type", options=list(KINDS))
    config["endian"] = st.column_config.SelectboxColumn("endian", options=["little", "big"])
    config["skip"] = st.column_config.CheckboxColumn("skip")
    return config | {MORE: st.column_config.TextColumn(wording.OTHERS, disabled=True)}


def _write_out(now: Editing) -> None:
    name, text = _as_typed(now)
    try:
        raw = json.loads(text)
        long = pretty(json.dumps(layout_table.long_form(raw) if isinstance(raw, dict) else raw, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError, EtlError):
        return  # the check says what is wrong with the struct already
    edit(name, long, now.of, now.version)


def _apply(now: Editing, raw: JsonObject, key: str) -> None:
    name, text = _as_typed(now)
    if text != now.text:
        return  # the table was one of the text before, and another text begins a new one
    edits = st.session_state.get(key) or {}
    fields = layout_table.apply_edits(raw["fields"], edits)
    edit(name, pretty(json.dumps({**raw, "fields": fields}, ensure_ascii=False)), now.of, now.version)
