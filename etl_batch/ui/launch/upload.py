"""Upload view: a form that streams a file to the server, with progress; without its script it is a plain form."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from etl_batch.reporting.formatting import file_size
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors

UPLOAD = "Upload a file"
TEXTS = {
    "label": "Binary, CSV or Parquet; it goes straight to disk under data/.",
    "button": "Upload",
    "cancel": "Cancel the upload",
    "progress": "Progress of the upload",
}
LIMIT = "Up to {size}."
SCRIPT_TEXTS = {
    "choose": "Choose a file first.",
    "tooLarge": "The file has {size}; at most {limit} may be uploaded now. Copy it into data/ on the server instead.",
    "going": "{done} of {total}, {percent} %, {rate}/s, {left} left",
    "storing": "Sent; the server is checking the file.",
    "stored": "Uploaded {name}. It is picked as the input.",
    "cancelled": "The upload was cancelled; nothing was kept.",
    "lost": "The connection was lost, and nothing was kept. Upload the file again.",
    "ended": "Your session has ended, and nothing was kept. Sign in again, then upload the file.",
    "refused": "The server did not take the file (status {status}). Upload it again.",
    "busy": "{name} is being uploaded; you may use the other screens meanwhile, and must not close this tab.",
}
_RESULT = "stored"


@lru_cache(maxsize=8)
def _component(action: str) -> ComponentRenderer:
    """The form as a component, whose address stands in its markup: a browser without the script posts it as it is."""
    return st.components.v2.component(
        f"etl-upload-{action.strip('/')}",
        html=markup.render("upload.html", action=action, **TEXTS),
        js=(markup.TEMPLATES / "upload.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


def show_upload(doors: Doors, picked: Callable[[str], None], *, expanded: bool = False) -> None:
    """Draw the form where the doors have a way to upload. `picked` is called with the new file's name under data/."""
    if doors.upload_url is None:
        return
    with st.expander(UPLOAD, expanded=expanded, icon=":material/upload:"):
        limit = doors.upload_limit() if doors.upload_limit is not None else None
        data = {"texts": SCRIPT_TEXTS, "limit": limit}

        def done() -> None:
            result = st.session_state[key].get(_RESULT)
            if isinstance(result, str) and result:
                picked(result)

        key = "launch-upload"
        _component(doors.upload_url)(key=key, data=data, on_stored_change=done)
        if limit is not None:
            st.caption(LIMIT.format(size=file_size(limit)))
