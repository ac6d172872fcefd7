"""The script behind the browser: signs the user's name to the page and builds the navigation for their role."""

from __future__ import annotations

from typing import Any

import streamlit as st

from console import identity, screens
from console.users import Role
from etl_batch.ui import markup

NAME = "Quantum ETL"
SIGN_OUT = "Sign out"
MARK = str(markup.TEMPLATES / "mark.svg")

# The icon comes first: without one the page's own would be fetched from another site.
st.set_page_config(page_title=NAME, page_icon=MARK, layout="wide")
user = identity.require(Role.VIEWER)
markup.style()
markup.style("console.css")
st.logo(str(markup.TEMPLATES / "logo.svg"), size="large")
sections: dict[str, list[Any]] = {}
for item in screens.pages_for(user):
    sections.setdefault(item.section, []).append(
        st.Page(item.script, title=item.title, icon=item.icon, help=item.words, default=item.name == "home")
    )
page = st.navigation(sections, expanded=True)
with st.sidebar:
    markup.show("user.html", name=user.name, role=user.role.replace("_", " "), sign_out=SIGN_OUT)
page.run()
