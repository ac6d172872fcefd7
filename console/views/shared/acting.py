"""What the people screens share: doing something and saying what came of it, and fields for a new password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from console import identity, noted, passwords
from console.users import Forbidden
from etl_batch.config import default_home
from etl_batch.errors import EtlError, UsageError
from etl_batch.reporting.formatting import NOTHING, moment
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Tone

PASSWORD, AGAIN = "New password", "New password, once more"
RULES = "At least 10 characters, at most 72 bytes. A few words that do not belong together are good."
STRENGTH, NOT_TYPED = "Strength", "Type a password to see how strong it is."
DIFFERENT = "The two passwords differ; type them again."
REFUSED_SCORE = "Too easy to guess, it would be refused."
TONES: tuple[Tone, ...] = ("bad", "bad", "warn", "good", "good")
TYPING_PAUSE = "300ms"
SAID_KEY = "people-said"


def act(action: Callable[[], str]) -> bool:
    """Do something that a person asked for and keep what came of it for `say`; returns whether it was done."""
    try:
        st.session_state[SAID_KEY] = (action(), "good")
    except EtlError as error:
        if isinstance(error, Forbidden):
            noted.refusal(default_home(), identity.current_user(), error)
        st.session_state[SAID_KEY] = (error.message, "bad")
        return False
    return True


def act_on_click(action: Callable[[], str]) -> None:
    """A button's callback that does something."""
    act(action)


def say() -> None:
    """Draw what came of the last action, once. Its place is always there: else all below moves, and stands there twice
    until the page is drawn to its end."""
    place = st.empty()
    text, tone = st.session_state.pop(SAID_KEY, (None, "good"))
    if text:
        with place:
            markup.notice(text, tone=tone)


def when(seconds: float | None) -> str:
    """A moment given in seconds since 1970."""
    return NOTHING if seconds is None else moment(datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds"))


def ask_password(name: str, key: str) -> Callable[[], str]:
    """Two fields and the meter between them; what is returned gives the password or raises `UsageError`."""
    first = st.text_input(
        PASSWORD, type="password", key=f"{key}-new", help=RULES, autocomplete="new-password", live=TYPING_PAUSE
    )
    show_meter(first, name)
    second = st.text_input(AGAIN, type="password", key=f"{key}-again", autocomplete="new-password")

    def typed() -> str:
        if first != second:
            raise UsageError(DIFFERENT)
        return first

    return typed


def show_meter(password: str, name: str) -> None:
    """How strong a password is, in bars and words. Always there, so that nothing moves under a click."""
    most = len(passwords.SCORES)
    if not password:
        markup.meter(f"{STRENGTH}:", NOT_TYPED, 0, most, "plain")
        return
    try:
        found = passwords.strength(password, name)
    except UsageError as error:
        markup.meter(f"{STRENGTH}:", error.message, 0, most, "bad")
        return
    refused = REFUSED_SCORE if found.score < passwords.LEAST_SCORE else ""
    text = " ".join(filter(None, (refused, found.advice)))
    markup.meter(f"{STRENGTH}: {found.word}.", text, found.score + 1, most, TONES[found.score])
