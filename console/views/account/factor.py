"""The authenticator app of the own account: setting it up, recovery codes, and turning it off."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from console import account, factors, identity
from console.factors import Factor
from console.users import User
from console.views.account import wording
from console.views.shared.acting import click, when
from etl_batch.reporting.formatting import quantity
from etl_batch.ui.shared import markup

SECRET_KEY, CODES_KEY, CODE_KEY = "factor-secret", "factor-codes", "factor-code"


def show_factor(home: Path, user: User) -> None:
    """Draw what the account has, and what can be done about it."""
    codes = st.session_state.pop(CODES_KEY, None)
    if codes:
        st.dialog(wording.RECOVERY_TITLE, width="medium")(_draw_codes)(codes)
    found = factors.find(home, user.name)
    if found and found.since is not None:
        _show_on(home, user, found)
        return
    if SECRET_KEY in st.session_state:
        _show_setup(home, user, st.session_state[SECRET_KEY])
    else:
        st.caption(wording.FACTOR_IS_OFF)
        st.button(wording.BEGIN_FACTOR, key="factor-begin", on_click=click, args=(partial(_begin, home),))
    if found:
        st.caption(wording.CODES_LEFT.format(number=quantity(found.recovery_codes)))
        _show_renewal(home)


def has_app(home: Path, user: User) -> bool:
    """Whether an authenticator app shows codes for the account."""
    found = factors.find(home, user.name)
    return found is not None and found.since is not None


def _show_renewal(home: Path) -> None:
    st.button(
        wording.RENEW_CODES,
        key="factor-renew",
        help=wording.RENEW_CODES_HELP,
        on_click=click,
        args=(partial(_renew, home),),
    )


def _show_on(home: Path, user: User, found: Factor) -> None:
    last = factors.is_required(home, user.name) and not found.passkeys
    st.caption(wording.FACTOR_IS_ON.format(since=when(found.since), number=quantity(found.recovery_codes)))
    _show_renewal(home)
    helped = wording.REQUIRED if last else None
    action = partial(_turn_off, home)
    st.button(wording.TURN_OFF, key="factor-off", help=helped, disabled=last, on_click=click, args=(action,))


def _show_setup(home: Path, user: User, secret: str) -> None:
    st.caption(wording.PHOTOGRAPH)
    markup.show("picture.html", source=factors.picture(secret, user.name), words=wording.PICTURE)
    st.code(factors.spaced(secret), language=None, wrap_lines=True)
    st.text_input(wording.FIRST_CODE, key=CODE_KEY, autocomplete="one-time-code")
    action = partial(_turn_on, home)
    st.button(wording.TURN_ON, key="factor-on", type="primary", on_click=click, args=(action,))
    st.button(wording.GIVE_UP, key="factor-give-up", on_click=_forget)


def _draw_codes(codes: list[str]) -> None:
    markup.notice(wording.RECOVERY_WORDS)
    st.code("\n".join(codes), language=None)


def _forget() -> None:
    """Let the secret not stay in the page."""
    st.session_state.pop(SECRET_KEY, None)
    st.session_state.pop(CODE_KEY, None)


def _begin(home: Path, user: User | None) -> str:
    st.session_state[SECRET_KEY] = account.begin_factor(home, user)
    return wording.PHOTOGRAPH


def _turn_on(home: Path, user: User | None) -> str:
    secret, code = str(st.session_state[SECRET_KEY]), str(st.session_state.get(CODE_KEY, ""))
    st.session_state[CODES_KEY] = account.turn_factor_on(home, user, secret, code, identity.current_session())
    _forget()
    return wording.TURNED_ON


def _turn_off(home: Path, user: User | None) -> str:
    account.turn_factor_off(home, user)
    return wording.TURNED_OFF


def _renew(home: Path, user: User | None) -> str:
    st.session_state[CODES_KEY] = account.renew_recovery_codes(home, user)
    return wording.RENEWED_CODES
