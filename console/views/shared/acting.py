"""What the console's own screens share: doing something, saying what came of it, and fields for a new password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from console import identity, passwords
from console.users import User
from console.views.shared import wording
from etl_batch.errors import EtlError, UsageError
from etl_batch.reporting.formatting import NOTHING, moment
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Tone

TONES: tuple[Tone, ...] = ("bad", "bad", "warn", "good", "good")
TYPING_PAUSE = "300ms"
PAGE = "page"
"""The part whose message is that of the page as a whole."""


def attempt(action: Callable[[User | None], str], part: str = PAGE) -> bool:
    """Do something for whoever is signed in and keep what came of it for `say`; returns whether it was done."""
    try:
        words, tone, done = action(identity.visitor()), "good", True
    except EtlError as error:
        words, tone, done = error.message, "bad", False
    st.session_state[f"{part}-said"] = (tone, words)
    keep(part)
    return done


def click(action: Callable[[User | None], str], part: str = PAGE) -> None:
    """A button's callback that does something."""
    attempt(action, part)


def say(part: str = PAGE, *, stays: bool = False) -> None:
    """Draw what came of the last action: once, or, in a part that ticks, until `begin` finds the page opened anew.

    Its place is always there: else all below moves, and stands there twice until the page is drawn to its end. What is
    still said is never emptied first: at every tick all below would jump up and down again, and a click be lost.
    """
    st.session_state.pop(f"{part}-fresh", None)
    said: tuple[Tone, str] | None = st.session_state.get(f"{part}-said")
    if said is None:
        st.empty()
    else:
        markup.notice(said[1], tone=said[0])
    if not stays:
        forget(part)


def forget(part: str = PAGE) -> None:
    """Say nothing of the last action."""
    st.session_state.pop(f"{part}-said", None)


def keep(part: str) -> None:
    """Let the message of a part outlive the next drawing of the whole page."""
    st.session_state[f"{part}-fresh"] = True


def begin(part: str) -> None:
    """Forget the message of an earlier visit. To be called whenever the whole page is drawn."""
    if not st.session_state.pop(f"{part}-fresh", False):
        forget(part)


def when(seconds: float | None) -> str:
    """A moment given in seconds since 1970."""
    return NOTHING if seconds is None else moment(datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds"))


def ask_password(name: str, key: str) -> Callable[[], str]:
    """Two fields and the meter between them; what is returned gives the password or raises `UsageError`."""
    first = st.text_input(
        wording.PASSWORD,
        type="password",
        key=f"{key}-new",
        help=wording.RULES,
        autocomplete="new-password",
        live=TYPING_PAUSE,
    )
    show_meter(first, name)
    second = st.text_input(wording.AGAIN, type="password", key=f"{key}-again", autocomplete="new-password")

    def typed() -> str:
        if first != second:
            raise UsageError(wording.DIFFERENT)
        return first

    return typed


def show_meter(password: str, name: str) -> None:
    """How strong a password is, in bars and words. Always there, so that nothing moves under a click."""
    most = len(passwords.SCORES)
    if not password:
        markup.meter(wording.STRENGTH, wording.NOT_TYPED, 0, most, "plain")
        return
    try:
        found = passwords.strength(password, name)
    except UsageError as error:
        markup.meter(wording.STRENGTH, error.message, 0, most, "bad")
        return
    refused = wording.REFUSED_SCORE if found.score < passwords.LEAST_SCORE else ""
    text = " ".join(filter(None, (refused, found.advice)))
    markup.meter(wording.STRENGTH_FOUND.format(word=found.word), text, found.score + 1, most, TONES[found.score])
