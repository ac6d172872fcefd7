"""What the file tabs of the Layouts screen share: the file that is looked at, and the layouts to look with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import streamlit as st

from etl_batch.layouts import Catalogue, Fit, Layout, store_version
from etl_batch.previews import default_inputs
from etl_batch.reporting.formatting import visible
from etl_batch.ui.layouts import files as layout_files
from etl_batch.ui.layouts import wording
from etl_batch.ui.layouts.files import Automatic
from etl_batch.ui.layouts.state import FILE_FIELD_KEY, FILE_KEY, editing
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors

Found = TypeVar("Found")


def pick_file(doors: Doors) -> Path | None:
    """The file to look at: absolute, chosen or typed."""
    options = [_shown(doors.home, path) for path in default_inputs(doors.home)]
    before = st.session_state.get(FILE_KEY)
    if before is not None:
        options = list(dict.fromkeys([before, *options]))
    if not options:
        markup.notice(wording.NO_FILES.format(folder=doors.home / "data"), tone="warn")
    # The field forgets its value while another tab is open, and a link may ask for another file.
    if options and st.session_state.get(FILE_FIELD_KEY) is None:
        st.session_state[FILE_FIELD_KEY] = options[0]
    chosen = st.selectbox(
        wording.FILE,
        options,
        index=None,
        format_func=lambda option: visible(option, 90),
        key=FILE_FIELD_KEY,
        help=wording.FILE_HELP,
        accept_new_options=True,
    )
    if not chosen:
        return None
    st.session_state[FILE_KEY] = chosen
    return doors.home / chosen.strip()


def _shown(home: Path, path: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)


def pickable_layouts(catalogue: Catalogue) -> dict[str, Layout]:
    """What files may be read with, by label; the layout in the editor takes the place of the saved one."""
    known: dict[str, Layout] = dict(sorted(catalogue.layouts.items()))
    now = editing()
    layout = now.draft.layout if now is not None and now.draft is not None else None
    saved = None if layout is None else known.get(layout.name)
    if layout is None or (saved is not None and saved.definition == layout.definition):
        return known
    known.pop(layout.name, None)
    return {wording.EDITED.format(name=layout.name): layout, **known}


def fits_of(doors: Doors, path: Path, known: dict[str, Layout]) -> list[Fit]:
    """The fits of a file, kept as long as neither the file nor a layout changes. Raises an `EtlError`."""
    definitions = tuple((each.name, each.definition) for each in known.values())
    return remembered("fits", path, definitions, lambda: layout_files.fits(doors.home, path, list(known.values())))


def automatic_of(doors: Doors, path: Path, catalogue: Catalogue) -> Automatic:
    """What a run that detects the layout does with a file, kept as long as neither it nor a layout changes."""
    version = store_version(doors.home)
    return remembered("automatic", path, version, lambda: layout_files.automatic(doors.home, path, catalogue.layouts))


def remembered(name: str, path: Path, about: object, find: Callable[[], Found]) -> Found:
    """What was found out about a file, kept until the file or `about` is another one."""
    try:
        seen = path.stat()
        key = (path, seen.st_mtime_ns, seen.st_size, about)
    except OSError:
        return find()
    kept = st.session_state.get(f"layouts-{name}")
    if kept is None or kept[0] != key:
        kept = st.session_state[f"layouts-{name}"] = (key, find())
    found: Found = kept[1]
    return found
