"""My account view: the own password, second factors, and the places where its owner is signed in."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import account, identity, users
from console.sessions import OpenSession
from console.users import User
from console.views.account import wording
from console.views.account.devices import show_devices
from console.views.account.factor import has_app, show_factor
from console.views.account.passkeys import show_passkeys
from console.views.shared.acting import ask_password, attempt, click, say, when
from console.views.shared.proving import ask_code, ask_proof, typed_code
from etl_batch.language import LANGUAGES
from etl_batch.reporting.formatting import counted, quantity, words
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.markup import Card

SHOWN = 20
FORM_KEY, LANGUAGE_KEY = "account-form", "account-language"


def show_account(home: Path, user: User) -> None:
    """Draw the screen for whoever is signed in."""
    ask_proof(home)
    say()
    markup.cards([Card(wording.YOU_ARE, user.name, words(user.role))])
    _choose_language(home, user)
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(wording.PASSWORD, wording.PASSWORD_LEAD)
        if users.from_provider(home, user.name):
            st.caption(wording.NO_PASSWORD)
        else:
            _change_password(home, user)
    with right:
        markup.section(wording.SESSIONS, wording.SESSIONS_LEAD)
        _show_sessions(home, user)
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(wording.FACTOR, wording.FACTOR_LEAD)
        show_factor(home, user)
    with right:
        markup.section(wording.PASSKEYS, wording.PASSKEYS_LEAD)
        show_passkeys(home, user)
    markup.section(wording.BROWSERS, wording.BROWSERS_LEAD)
    show_devices(home, user)


def _choose_language(home: Path, user: User) -> None:
    """The language of all screens, the browser's unless another one is chosen."""
    choices = [chosen.NONE, *LANGUAGES]
    st.selectbox(
        wording.LANGUAGE_OF_SCREENS,
        choices,
        choices.index(user.language or chosen.NONE),
        format_func=lambda name: wording.BROWSERS_LANGUAGE if name == chosen.NONE else LANGUAGES[name],
        key=LANGUAGE_KEY,
        help=wording.LANGUAGE_HELP,
        on_change=click,
        args=(partial(_speak, home),),
        width=360,
    )


def _speak(home: Path, user: User | None) -> str:
    account.choose_language(home, user, chosen.meant(st.session_state[LANGUAGE_KEY]))
    now = identity.current_user()
    if now is not None:
        identity.speak(now)
    return wording.LANGUAGE_CHOSEN


@st.fragment
def _change_password(home: Path, user: User) -> None:
    """The form; a fragment, so that typing draws nothing else anew."""
    form = st.session_state.setdefault(FORM_KEY, 0)
    current = st.text_input(wording.CURRENT, type="password", key=f"current-{form}", autocomplete="current-password")
    code_key = f"current-code-{form}"
    if has_app(home, user):
        ask_code(home, user, code_key)
    typed = ask_password(user.name, f"own-{form}")

    def change(by: User | None) -> str:
        here = identity.current_session()
        ended = account.change_password(home, by, current, typed(), here, typed_code(code_key))
        # Fields with other keys are empty ones.
        st.session_state[FORM_KEY] = form + 1
        return wording.CHANGED.format(number=counted(ended, "session"))

    if st.button(wording.CHANGE, key="account-change", type="primary"):
        if attempt(change):
            st.rerun()
        say()


def _show_sessions(home: Path, user: User) -> None:
    here, found = identity.current_session(), account.own_sessions(home, user)
    for number, session in enumerate(found[:SHOWN], start=1):
        _show_session(home, session, number, session.number == here)
    if len(found) > SHOWN:
        st.caption(wording.MORE.format(number=quantity(len(found)), shown=SHOWN))
    if any(session.number != here for session in found):
        action = partial(_end_others, home)
        st.button(
            wording.END_OTHERS, key="account-end-others", help=wording.END_OTHERS_HELP, on_click=click, args=(action,)
        )
    else:
        st.caption(wording.ONLY_HERE)


def _show_session(home: Path, session: OpenSession, number: int, here: bool) -> None:
    which = wording.HERE.format(number=number) if here else str(number)
    facts = [(wording.SESSION, which), (wording.ADDRESS, session.address)]
    facts += [(wording.SINCE, when(session.created_at)), (wording.SEEN, when(session.seen_at))]
    with st.container(border=True):
        markup.show("table.html", pairs=facts)
        if not here:
            action, label = partial(_end, home, session.number), wording.END.format(number=number)
            st.button(label, key=f"account-end-{session.number}", help=wording.END_HELP, on_click=click, args=(action,))


def _end(home: Path, number: str, user: User | None) -> str:
    ended = account.end_session(home, user, number)
    return wording.ENDED.format(number=counted(ended, "session"))


def _end_others(home: Path, user: User | None) -> str:
    ended = account.end_others(home, user, identity.current_session())
    return wording.ENDED.format(number=counted(ended, "session"))
