"""Who is looking at a page: the one place where Streamlit pages learn the user."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit, urlunsplit

import streamlit as st

from console import devices, sessions
from console.actions import PLACE, act
from console.passkeys.sites import Site, site_at
from console.proof import SESSION
from console.users import Forbidden, User
from etl_batch.defaults import default_home
from etl_batch.security.audit import ORIGIN
from etl_batch.ui.shared import tongue

SCREEN_KEY = "screen"
"""Which screen was drawn last: clicks come, and fragments tick, before the navigation says it again."""

THIS_MACHINE = "127.0.0.1"
"""Where somebody is whose address Streamlit leaves out."""


def current_user() -> User | None:
    """The signed-in user, looked up on every run: the cookie is as old as the websocket, the session may have ended.

    No use of the session: a timer draws pages too. The gate knows what asked for the drawing.
    """
    token = st.context.cookies.get(sessions.COOKIE)
    if not isinstance(token, str):
        return None
    session = sessions.look_up(default_home(), token, touch=False)
    return None if session is None else session.user


def current_session() -> str:
    """The number of the session that this page belongs to; empty without one."""
    token = st.context.cookies.get(sessions.COOKIE)
    return sessions.number_of(token) if isinstance(token, str) else ""


def device_cookie() -> str:
    """The device cookie of the browser that shows this page; empty without one."""
    cookie = st.context.cookies.get(devices.COOKIE)
    return cookie if isinstance(cookie, str) else ""


def site() -> Site | None:
    """The address by which this browser came, where passkeys work there."""
    return site_at(_seen().scheme, host())


def host() -> str:
    """The host, and its port, by which this browser came."""
    return _seen().netloc


def here() -> str:
    """The page that is shown, as an address of this site."""
    return urlunsplit(("", "", _seen().path or "/", _seen().query, ""))


def _seen() -> SplitResult:
    return urlsplit(st.context.url or "")


def visitor() -> User | None:
    """Whoever looks at the page now, as `act` takes them; records will name the address, refusals the screen too."""
    PLACE.set(st.session_state.get(SCREEN_KEY, ""))
    address = st.context.ip_address
    ORIGIN.set(address if isinstance(address, str) else THIS_MACHINE)
    SESSION.set(current_session())
    return current_user()


def speak(user: User) -> None:
    """Draw the page in the user's language."""
    tongue.speak(user.language)


def check(action: str) -> User:
    """The user who looks at the page when they may do an action now; raises `Forbidden` as `act` does."""
    with act(default_home(), action, visitor()) as user:
        return user


def require(action: str) -> User:
    """As `check`, for what a page draws: says in a sentence why not, and stops the script."""
    try:
        return check(action)
    except Forbidden as error:
        st.error(error.message)
        st.stop()
        # A bare-mode `st.stop()` returns, and nobody may pass then either.
        raise
