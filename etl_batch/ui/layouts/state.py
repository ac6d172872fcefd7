"""What the Layouts screen remembers from one rerun to the next: the open tab, the file, and the layout being edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from etl_batch.layouts import LayoutDraft, check_layout
from etl_batch.ui.layouts import wording

TAB_KEY, CHOSEN_KEY, FILE_KEY, RECORD_KEY = "layouts-tab", "layouts-chosen", "layouts-file", "layouts-record"
FILE_FIELD_KEY = "layouts-file-field"
ASKED_KEY = "layouts-hex-asked"
"""A file, as it is chosen, and the layout to see it with."""
_EDITING_KEY, _FLASH_KEY, _SERIAL_KEY = "layouts-editing", "layouts-flash", "layouts-serial"
_ADDRESS_KEY, _WANTED_KEY = "layouts-address", "layouts-wanted-tab"


@dataclass(frozen=True, slots=True)
class Editing:
    """A layout in the editor, saved or not. Its fields' keys hold `serial`, so that another text begins afresh."""

    serial: int
    name: str
    text: str
    of: str | None = None
    """The home's layout that was opened; None for a new one."""
    version: str | None = None
    """Its `Entry.version` then."""
    draft: LayoutDraft | None = None


def editing() -> Editing | None:
    """The layout in the editor."""
    found = st.session_state.get(_EDITING_KEY)
    return found if isinstance(found, Editing) else None


def edit(name: str, text: str, of: str | None = None, version: str | None = None) -> None:
    """Put a text into the editor, with fields that show it."""
    serial = st.session_state.get(_SERIAL_KEY, 0) + 1
    st.session_state[_SERIAL_KEY] = serial
    st.session_state[_EDITING_KEY] = Editing(serial, name, text, of, version, check_layout(name, text))


def typed(name: str, text: str) -> None:
    """Keep what was typed; the fields stay as they are."""
    now = editing()
    if now is not None and (now.name, now.text) != (name, text):
        st.session_state[_EDITING_KEY] = replace(now, name=name, text=text, draft=check_layout(name, text))


def stop_editing() -> None:
    """Empty the editor."""
    st.session_state.pop(_EDITING_KEY, None)


def open_tab(name: str) -> None:
    """Open a tab on the next rerun: once the tabs are drawn, theirs is the last word."""
    st.session_state[_WANTED_KEY] = name


def grant_tab(names: Sequence[str]) -> None:
    """Before the tabs are drawn: open the one that was asked for, and one that there is."""
    wanted = st.session_state.pop(_WANTED_KEY, st.session_state.get(TAB_KEY))
    st.session_state[TAB_KEY] = wanted if wanted in names else names[0]


def flash(text: str) -> None:
    """Say something on the next rerun."""
    st.session_state[_FLASH_KEY] = text


def flashed() -> str | None:
    """What there is to say, once."""
    text = st.session_state.pop(_FLASH_KEY, None)
    return text if isinstance(text, str) else None


def follow_address(address: Mapping[str, str]) -> None:
    """Open what a link asks for: once, because the address stays while the reader goes elsewhere in the screen."""
    wanted = {name: address[name] for name in ("layout", "file", "record") if address.get(name)}
    if not wanted or st.session_state.get(_ADDRESS_KEY) == wanted:
        return
    st.session_state[_ADDRESS_KEY] = wanted
    st.session_state[CHOSEN_KEY] = wanted.get("layout")
    if "file" in wanted:
        st.session_state[FILE_KEY] = st.session_state[FILE_FIELD_KEY] = wanted["file"]
        st.session_state[ASKED_KEY] = wanted["file"], wanted.get("layout")
        st.session_state[RECORD_KEY] = max(int(wanted["record"]) if wanted.get("record", "").isdecimal() else 1, 1)
        open_tab(wording.HEX_TAB)
