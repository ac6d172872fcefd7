"""Has the page drawn anew when it is shown in another theme than its charts were drawn for."""

from __future__ import annotations

import streamlit as st

from etl_batch.ui.shared import markup
from etl_batch.ui.shared.palette import theme

_KEY = "etl-theme"


def follow_theme() -> None:
    """Put the watch into the page, once in a drawing; the stylesheet hides its button."""
    with st.container(key=_KEY):
        st.button("", key=f"{_KEY}-button")
        st.html(markup.render("theme.html", drawn=theme()), unsafe_allow_javascript=True)
