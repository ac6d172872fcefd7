"""Who is looking at a page: the one place where Streamlit pages learn the user."""

from __future__ import annotations

import streamlit as st

from console import sessions
from console.users import Forbidden, Role, User, check_role
from etl_batch.config import default_home


def current_user() -> User | None:
    """The signed-in user, looked up on every run: the cookie is as old as the websocket, the session may have ended."""
    token = st.context.cookies.get(sessions.COOKIE)
    if not isinstance(token, str):
        return None
    session = sessions.look_up(default_home(), token)
    return None if session is None else session.user


def require(role: Role) -> User:
    """The user when the role suffices; else says so in a sentence and stops the script."""
    try:
        return check_role(current_user(), role, "use this page")
    except Forbidden as error:
        st.error(error.message)
        st.stop()
        # A bare-mode `st.stop()` returns, and nobody may pass then either.
        raise
