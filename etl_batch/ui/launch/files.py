"""Launch view, the inputs: what is picked, and a browser of the folders to pick from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch import aside, browsing
from etl_batch.browsing import ListedFile, Listing
from etl_batch.errors import EtlError, InputRefused
from etl_batch.reading_options import ReadingOptions
from etl_batch.record.originals import original_name
from etl_batch.reporting.formatting import counted, file_size, moment, quantity, visible
from etl_batch.security.guard import Roots, allowed_roots
from etl_batch.settings import setting
from etl_batch.spelling import spelled
from etl_batch.stores.url import again, path_of
from etl_batch.ui.launch import draft, wording
from etl_batch.ui.launch.form import FoundInputs, find_inputs, real_path, shown_path
from etl_batch.ui.shared import chosen, markup

PICKED_KEY, FIELD = "launch-picked", "launch-inputs"
_SAID_KEY = "launch-inputs-said"
"""By key of the field: what it was last known to hold."""
_FOLDER_KEY, _PAGE_KEY, _RESOLVED_KEY = "launch-folder", "launch-page", "launch-resolved"
_SUGGESTIONS = 50
_MANY_FILES = 300
_MANY_SECONDS = 20.0


def picked() -> tuple[str, ...]:
    """What is picked: by the field, the boxes, the buttons, an upload or the address."""
    return tuple(st.session_state.get(PICKED_KEY, ()))


def pick(inputs: Sequence[str]) -> None:
    """Pick these instead, as somebody asks for; the field and the boxes show it at the next drawing."""
    begin_with(inputs)
    draft.keep_inputs(picked())


def begin_with(inputs: Sequence[str]) -> None:
    """Pick these, which nobody has asked for: the page begins with them."""
    before, st.session_state[PICKED_KEY] = picked(), tuple(dict.fromkeys(inputs))
    chosen.choose(FIELD, picked())
    for typed in set(before) ^ set(picked()):
        chosen.choose(_box(typed), typed in picked())


def _keep(inputs: Sequence[str]) -> None:
    """Keep these as picked, and for when the page is come back to."""
    st.session_state[PICKED_KEY] = tuple(dict.fromkeys(inputs))
    draft.keep_inputs(picked())


def _box(typed: str) -> str:
    return f"launch-pick-{typed}"


def input_field(home: Path, place: DeltaGenerator) -> tuple[str, ...]:
    """The field that shows what is picked; returns what is."""
    key, begins = chosen.begin(FIELD, picked())
    if key not in st.session_state and begins != picked():  # other fields of it were forgotten with the page
        chosen.choose(FIELD, picked())
        key, begins = chosen.begin(FIELD, picked())
    _said().setdefault(key, begins)
    suggestions = [shown_path(home, path) for path in browsing.some_inputs(home, _SUGGESTIONS)]
    options = list(dict.fromkeys([*begins, *picked(), *suggestions]))
    names = {option: _label(home, option) for option in options}
    row = setting("inputs")
    place.multiselect(
        row.label,
        options,
        default=begins,  # not the session's word: a drawing that is cut off would leave a browser that was never told
        key=key,
        format_func=lambda option: names.get(option, option),
        help=row.form.help,
        placeholder=wording.PLACEHOLDER,
        accept_new_options=True,
        on_change=_changed,
        args=(key,),
    )
    return picked()


def _said() -> dict[str, tuple[str, ...]]:
    kept: dict[str, tuple[str, ...]] = st.session_state.setdefault(_SAID_KEY, {})
    return kept


def _changed(key: str) -> None:
    """What was added to the field and taken out of it; it may be one that has not heard yet of another pick."""
    before, now = _said().get(key, ()), tuple(st.session_state[key])
    _said()[key] = now
    _keep(
        [
            *(each for each in picked() if each in now or each not in before),
            *(each for each in now if each not in before),
        ]
    )
    for typed in set(before) ^ set(now):
        chosen.choose(_box(typed), typed in picked())
    if key != chosen.key_of(FIELD) or picked() != now:
        chosen.choose(FIELD, picked())


def _label(home: Path, option: str) -> str:
    """What an option is called: nothing that changes while it is picked, as the browser names what is by its label."""
    original = original_name(real_path(home, option))
    return visible(wording.STORED_AS.format(original=original, name=option) if original else option, 90)


def found(home: Path, inputs: tuple[str, ...], options: ReadingOptions) -> FoundInputs:
    """The files behind the inputs. A folder of very many is looked through again after some seconds only."""
    kept = st.session_state.get(_RESOLVED_KEY)
    if kept is not None and kept[0] == (home, inputs, options) and time.monotonic() - kept[1] < _MANY_SECONDS:
        again: FoundInputs = kept[2]
        return again
    result = find_inputs(home, inputs, options)
    if len(result.files) > _MANY_FILES:
        st.session_state[_RESOLVED_KEY] = ((home, inputs, options), time.monotonic(), result)
    return result


def show_browser(home: Path) -> None:
    """Folders and files of the allowed roots, a page at a time; closed, it costs nothing."""
    box = st.expander(wording.BROWSE, key="launch-browse", on_change="rerun", icon=":material/folder_open:")
    if not box.open:
        return
    with box:
        try:
            roots = allowed_roots(home)
            listing = _listing(home, roots)
        except EtlError as error:
            st.session_state.pop(_FOLDER_KEY, None)
            markup.notice(error.message, tone="bad")
            return
        _show_tools(home, listing)
        for entry in listing.entries:
            _show_entry(home, entry)
        if not listing.entries:
            markup.notice(wording.EMPTY)
        _show_pages(listing)
        st.html(markup.TEMPLATES / "names.html", unsafe_allow_javascript=True)


def _listing(home: Path, roots: Roots) -> Listing:
    folders = browsing.input_folders(roots)
    if not folders:
        raise InputRefused(wording.NO_FOLDER.format(folder=home / "data"))
    names = {str(folder): shown_path(home, folder) for folder in folders}
    here = path_of(str(st.session_state.get(_FOLDER_KEY) or folders[0]))
    root = next((folder for folder in folders if here.is_relative_to(folder)), folders[0])
    left, middle, right = st.columns([3, 3, 2])
    folder = left.selectbox(
        wording.FOLDER,
        list(names),
        index=folders.index(root),
        format_func=lambda name: visible(names.get(name, ""), 60),
        key=f"launch-root-{root}",
        help=wording.FOLDER_HELP,
    )
    if folder != str(root):
        here = path_of(folder)
        _open(folder)
    text = middle.text_input(wording.SEARCH, key=f"launch-search-{here}", help=wording.SEARCH_HELP)
    order = right.selectbox(
        wording.ORDER,
        list(wording.ORDERS),
        format_func=wording.ORDERS.__getitem__,
        key="launch-order",
        help=wording.ORDER_HELP,
    )
    place = (str(here), text, order)
    if st.session_state.get("launch-place") != place:
        st.session_state["launch-place"], st.session_state[_PAGE_KEY] = place, 0
    page = st.session_state.get(_PAGE_KEY, 0)
    found = aside.call(browsing.browse, here, roots, text=text, order=order, page=page)
    entries = tuple(replace(entry, path=again(entry.path)) for entry in found.entries)
    return replace(found, folder=again(found.folder), root=again(found.root), entries=entries)


def _open(folder: str) -> None:
    st.session_state[_FOLDER_KEY] = folder
    st.session_state[_PAGE_KEY] = 0


def _turn(page: int) -> None:
    st.session_state[_PAGE_KEY] = page


def _ticked(typed: str, key: str) -> None:
    # Streamlit also calls this for boxes that were not touched, when a click overtakes the drawing of another folder:
    # what counts is what the box says, never that it was called.
    if key in st.session_state and st.session_state[key] != (typed in picked()):
        others = [each for each in picked() if each != typed]
        _keep([*others, typed] if st.session_state[key] else others)
        chosen.choose(FIELD, picked())


def _show_tools(home: Path, listing: Listing) -> None:
    where = wording.WHERE.format(
        files=counted(listing.files, "file"),
        folders=counted(listing.folders, "folder"),
        folder=shown_path(home, listing.folder),
    )
    text = st.session_state["launch-place"][1].strip()
    markup.show("folder.html", where=where + (wording.FITTING.format(found=quantity(listing.found)) if text else ""))
    with st.container(horizontal=True):
        if listing.folder != listing.root:
            parent = listing.folder.parent
            st.button(
                wording.UP.format(name=markup.plain(parent.name)),
                key="launch-up",
                icon=":material/arrow_upward:",
                on_click=_open,
                args=(str(parent),),
            )
        whole = shown_path(home, listing.folder)
        if listing.files and not text:
            st.button(wording.WHOLE, key="launch-whole", icon=":material/done_all:", on_click=pick, args=([whole],))
        if listing.found and any(sign in text for sign in "*?["):
            st.button(
                wording.PATTERN,
                key="launch-pattern",
                icon=":material/done_all:",
                on_click=pick,
                args=([f"{whole}/{text}"],),
            )


def _show_entry(home: Path, entry: ListedFile) -> None:
    """A line of the browser: a button that opens a folder, or a box that picks a file, with what the file is."""
    typed = shown_path(home, entry.path)
    if entry.folder:
        st.button(
            markup.plain(entry.path.name),
            key=f"launch-open-{spelled(str(entry.path))}",
            icon=":material/folder:",
            type="tertiary",
            on_click=_open,
            args=(str(entry.path),),
        )
        return
    left, right = st.columns([1, 2], vertical_alignment="center")
    key, ticked = chosen.begin(_box(typed), typed in picked())
    name = (
        wording.STORED_AS.format(original=entry.original_name, name=entry.path.name)
        if entry.original_name
        else entry.path.name
    )
    left.checkbox(
        markup.plain(name, 80),
        ticked,
        key=key,
        on_change=_ticked,
        args=(typed, key),
        disabled=entry.problem is not None and typed not in picked(),
    )
    with right:
        what = wording.LAYOUT_OF.format(format=entry.format, layout=entry.layout) if entry.layout else entry.format
        markup.show("file_facts.html", entry=entry, what=what, size=file_size(entry.size), changed=_moment(entry))


def _moment(entry: ListedFile) -> str:
    return moment(datetime.fromtimestamp(int(entry.changed), UTC).isoformat())


def _show_pages(listing: Listing) -> None:
    if listing.pages == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        page = listing.page
        st.button(wording.PREVIOUS, key="launch-previous", disabled=page == 0, on_click=_turn, args=(page - 1,))
        st.button(wording.NEXT, key="launch-next", disabled=page + 1 == listing.pages, on_click=_turn, args=(page + 1,))
        markup.show("folder.html", where=wording.PAGE.format(page=quantity(page + 1), pages=quantity(listing.pages)))
