"""Upload view: a form that streams files to the server, with progress; without its script it sends one as any form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from zlib import crc32

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from etl_batch.reporting.formatting import file_size
from etl_batch.ui.launch import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors

_RESULT = "stored"


@lru_cache(maxsize=8)
def _component(form: str) -> ComponentRenderer:
    """The form as a component of its own for each address and language, because both stand in its markup.

    A browser without the script posts it as it is.
    """
    return st.components.v2.component(
        f"etl-upload-{crc32(form.encode()):08x}",
        html=form,
        js=(markup.TEMPLATES / "upload.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def show_upload(doors: Doors, picked: Callable[[Sequence[str]], None], *, expanded: bool = False) -> None:
    """Draw the form where the doors have a way to upload. `picked` hears of the names of new files under data/."""
    if doors.upload_url is None:
        return
    with st.expander(wording.UPLOAD, expanded=expanded, icon=":material/upload:"):
        limit = doors.upload_limit() if doors.upload_limit is not None else None
        data = {"texts": wording.SCRIPT_TEXTS, "limit": limit}

        def done() -> None:
            result = st.session_state[key].get(_RESULT)
            names = [name for name in result if isinstance(name, str)] if isinstance(result, list | tuple) else []
            if names:
                picked(names)

        key = "launch-upload"
        note = wording.NOTE_UNLIMITED if limit is None else wording.NOTE.format(size=file_size(limit))
        form = markup.render("upload.html", action=doors.upload_url, note=note, **wording.TEXTS)
        markup.style("upload.css")
        _component(form)(key=key, data=data, on_stored_change=done)
