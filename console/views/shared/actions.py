"""Actions of a view: who does them, and what is said of them in the drawing that follows.

A message stays through the ticks of a fragment and goes when the page is opened anew.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console import identity
from console.users import Forbidden, User
from etl_batch.errors import EtlError
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Tone

SESSION_OVER = "Your session has ended; sign in again."


def whoever_acts() -> User:
    """The user who is signed in now, because a button may stay on a page for long; raises `Forbidden`."""
    user = identity.current_user()
    if user is None:
        raise Forbidden(SESSION_OVER)
    return user


def attempt(part: str, action: Callable[[], str]) -> bool:
    """Do something and keep what it returns, or its error, to be said in that part of the page; whether it was done."""
    try:
        words, tone, done = action(), "good", True
    except EtlError as error:
        words, tone, done = error.message, "bad", False
    st.session_state[f"{part}-said"] = (tone, words)
    keep(part)
    return done


def keep(part: str) -> None:
    """Let the message of a part outlive the next drawing of the whole page."""
    st.session_state[f"{part}-fresh"] = True


def begin(part: str) -> None:
    """Forget the message of an earlier visit. To be called whenever the whole page is drawn."""
    if not st.session_state.pop(f"{part}-fresh", False):
        st.session_state.pop(f"{part}-said", None)


def show_said(part: str) -> None:
    """Draw the message of a part, when there is one."""
    st.session_state.pop(f"{part}-fresh", None)
    said: tuple[Tone, str] | None = st.session_state.get(f"{part}-said")
    if said is not None:
        markup.notice(said[1], tone=said[0])
