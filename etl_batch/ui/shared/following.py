"""Has a page with charts drawn anew when it is shown in another theme than they were drawn for."""

from __future__ import annotations

import streamlit as st

from etl_batch.ui.shared import markup
from etl_batch.ui.shared.palette import theme

_KEY = "etl-theme"


def follow_theme() -> None:
    """Put the watch into the page, once in a drawing."""
    st.html(markup.render("theme.html", drawn=theme()), unsafe_allow_javascript=True)


def redraw_with_theme() -> None:
    """Let the watch ask for this page anew, by a button that the stylesheet hides; for pages with charts."""
    with st.container(key=_KEY):
        st.button("", key=f"{_KEY}-button")
