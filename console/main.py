"""The script behind the browser: signs the user's name to the page and builds the navigation for their role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from console import identity, screens, shell, wording
from console.actions import may
from console.views.account.devices import show_news
from etl_batch.defaults import default_home
from etl_batch.reporting.formatting import words
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.following import follow_theme

A_DAY = timedelta(days=1)
MARK = str(markup.TEMPLATES / "mark.svg")


def stand_in(item: screens.Page) -> Any:
    """A hidden page at the address of one that the role does not allow: it says so, and runs nothing of it."""

    def refuse() -> None:
        markup.heading(item.title, item.words)
        identity.require(item.action)

    return st.Page(refuse, title=item.title, url_path=item.name, visibility="hidden")


@st.fragment(run_every=A_DAY)
def keep_drawing() -> None:
    """Draw nothing. A page with a timer asks to be drawn anew when it has lost the console and found it again.

    Without one it would wait for a click, and a console that has been started anew knows nothing of its buttons.
    """


# The icon comes first: without one the page's own would be fetched from another site.
st.set_page_config(page_title=wording.NAME, page_icon=MARK, layout="wide")
user = identity.require("page.home")
identity.speak(user)
markup.style()
markup.style("console.css")
st.logo(str(markup.TEMPLATES / "logo.svg"), size="large")
sections: dict[str, list[Any]] = {}
for item in screens.pages_for(user):
    sections.setdefault(item.section, []).append(
        st.Page(item.script, title=item.title, icon=item.icon, help=item.words, default=item.name == "home")
    )
for item in screens.NAVIGATION:
    if not may(user, item.action):
        sections.setdefault(item.section, []).append(stand_in(item))
st.html(shell.drawn(), unsafe_allow_javascript=True)
keep_drawing()
follow_theme()
page = st.navigation(sections, expanded=True)
# The address of the page that is opened first is empty.
st.session_state[identity.SCREEN_KEY] = page.url_path or "home"
with st.sidebar:
    markup.show("user.html", name=user.name, role=words(user.role), sign_out=wording.SIGN_OUT)
show_news(default_home(), user)
page.run()
