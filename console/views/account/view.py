"""My account view: the own password, and the places where its owner is signed in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import account, identity
from console.sessions import OpenSession
from console.users import User
from console.views.shared.acting import ask_password, attempt, click, say, when
from etl_batch.reporting.formatting import counted, quantity, words
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Card

TITLE, LEAD = "My account", "Your password and the places you are signed in."
PASSWORD, PASSWORD_LEAD = "Password", "Changing it signs you out everywhere else."
CURRENT, CHANGE = "Current password", "Change password"
CHANGED = "Your password was changed; {number} elsewhere ended."
SESSIONS, SESSIONS_LEAD = "Where you are signed in", "A session ends by itself after 12 hours without use."
SESSION, ADDRESS, SINCE, SEEN, HERE = "session", "address", "since", "last used", "{number}, this one"
END, END_HELP = "End session {number}", "Signs that browser out."
END_OTHERS, END_OTHERS_HELP = "End all others", "Signs out every browser but this one."
ENDED = "Ended: {number}."
ONLY_HERE = "You are signed in here only."
SHOWN, MORE = 20, "{number} in all; the {shown} used last are shown."
FORM_KEY = "account-form"


def show_account(home: Path, user: User) -> None:
    """Draw the screen for whoever is signed in."""
    say()
    markup.cards([Card("You are", user.name, words(user.role))])
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(PASSWORD, PASSWORD_LEAD)
        _change_password(home, user.name)
    with right:
        markup.section(SESSIONS, SESSIONS_LEAD)
        _show_sessions(home, user)


@st.fragment
def _change_password(home: Path, name: str) -> None:
    """The form; a fragment, so that typing draws nothing else anew."""
    form = st.session_state.setdefault(FORM_KEY, 0)
    current = st.text_input(CURRENT, type="password", key=f"current-{form}", autocomplete="current-password")
    typed = ask_password(name, f"own-{form}")

    def change(user: User | None) -> str:
        ended = account.change_password(home, user, current, typed(), identity.current_session())
        # Fields with other keys are empty ones.
        st.session_state[FORM_KEY] = form + 1
        return CHANGED.format(number=counted(ended, "session"))

    if st.button(CHANGE, key="account-change", type="primary"):
        if attempt(change):
            st.rerun()
        say()


def _show_sessions(home: Path, user: User) -> None:
    here, found = identity.current_session(), account.own_sessions(home, user)
    for number, session in enumerate(found[:SHOWN], start=1):
        _show_session(home, session, number, session.number == here)
    if len(found) > SHOWN:
        st.caption(MORE.format(number=quantity(len(found)), shown=SHOWN))
    if any(session.number != here for session in found):
        action = partial(_end_others, home)
        st.button(END_OTHERS, key="account-end-others", help=END_OTHERS_HELP, on_click=click, args=(action,))
    else:
        st.caption(ONLY_HERE)


def _show_session(home: Path, session: OpenSession, number: int, here: bool) -> None:
    which = HERE.format(number=number) if here else str(number)
    facts = [(SESSION, which), (ADDRESS, session.address)]
    facts += [(SINCE, when(session.created_at)), (SEEN, when(session.seen_at))]
    with st.container(border=True):
        markup.show("table.html", pairs=facts)
        if not here:
            action, label = partial(_end, home, session.number), END.format(number=number)
            st.button(label, key=f"account-end-{session.number}", help=END_HELP, on_click=click, args=(action,))


def _end(home: Path, number: str, user: User | None) -> str:
    ended = account.end_session(home, user, number)
    return ENDED.format(number=counted(ended, "session"))


def _end_others(home: Path, user: User | None) -> str:
    ended = account.end_others(home, user, identity.current_session())
    return ENDED.format(number=counted(ended, "session"))
