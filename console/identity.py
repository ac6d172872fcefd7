"""Who is looking at a page: the one place where Streamlit pages learn the user."""

from __future__ import annotations

import streamlit as st

from console import noted, sessions
from console.users import Forbidden, Role, User, check_role
from etl_batch.defaults import default_home


def current_user() -> User | None:
    """The signed-in user, looked up on every run: the cookie is as old as the websocket, the session may have ended."""
    token = st.context.cookies.get(sessions.COOKIE)
    if not isinstance(token, str):
        return None
    session = sessions.look_up(default_home(), token)
    return None if session is None else session.user


def current_session() -> str:
    """The number of the session that this page belongs to; empty without one."""
    token = st.context.cookies.get(sessions.COOKIE)
    return sessions.number_of(token) if isinstance(token, str) else ""


def present() -> User:
    """Whoever is signed in now; raises `Forbidden` when the session has ended. For actions, which pages may outlive."""
    user = current_user()
    if user is None:
        raise Forbidden("Your session has ended; sign in again.")
    return user


def require(role: Role) -> User:
    """The user when the role suffices; else says so in a sentence and stops the script."""
    user = current_user()
    try:
        return check_role(user, role, "use this page")
    except Forbidden as error:
        noted.refusal(default_home(), user, error)
        st.error(error.message)
        st.stop()
        # A bare-mode `st.stop()` returns, and nobody may pass then either.
        raise
