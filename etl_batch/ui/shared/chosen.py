"""Widgets whose value the page itself may choose, and those that have what was typed again when a page is come back to.

A widget's value lives in the browser, which sends it along with whatever it sends, the ticks of timers among them. A
value that the page puts in its place would be taken back by a tick that was sent before the browser heard of it. So a
value that the page chooses makes another widget, under another key: what is still said of the one before counts no
more.

Streamlit forgets a widget that is not drawn. What `typed` has heard of is kept where the page says (`keep_in`), and a
widget that is drawn anew, on another page's way back or after a reload, begins with it.
"""

from __future__ import annotations

from typing import Final, Protocol, TypeVar, cast

import streamlit as st

NONE: Final = "\0"
"""The choice that is none of the others, and no name, sign or value of the data. An option None will not do: once the
session holds it, Streamlit draws the box as one in which nothing was chosen."""
_CHOSEN_KEY, _NAMES_KEY, _PLACE_KEY = "etl-chosen", "etl-chosen-names", "etl-chosen-place"
Value = TypeVar("Value")
Choice = TypeVar("Choice")


def meant(choice: Choice) -> Choice | None:
    """What a choice stands for."""
    return None if choice == NONE else choice


class Place(Protocol):
    """Where what was typed is kept, by the names of widgets."""

    def get(self, name: str, default: object = None) -> object:
        """What was typed into the widget."""

    def put(self, name: str, value: object) -> None:
        """Keep what was typed into it."""


class _Start:
    """In place of a value: the widget begins with what the page gives."""


_START: Final = _Start()


def keep_in(place: Place | None) -> None:
    """From now on what is typed is kept there; None: nowhere."""
    st.session_state[_PLACE_KEY] = place


def key_of(name: str) -> str:
    """The key under which the widget is drawn now."""
    turn, _ = _chosen().get(name, (0, None))
    return f"{name}~{turn}" if turn else name


def begin(name: str, start: Value) -> tuple[str, Value]:
    """The widget's key, and what it begins with: what was typed before it was left, what the page chose, or `start`."""
    key, begins = key_of(name), _begins(name, start)
    if key not in st.session_state:
        typed_before = _kept(name, begins)
        if typed_before != begins:
            choose(name, typed_before)
            key, begins = key_of(name), typed_before
    _names()[key] = name
    return key, begins


def _begins(name: str, start: Value) -> Value:
    value = _chosen().get(name, (0, _START))[1]
    return start if value is _START else cast("Value", value)


def _kept(name: str, otherwise: Value) -> Value:
    place: Place | None = st.session_state.get(_PLACE_KEY)
    return otherwise if place is None else cast("Value", place.get(name, otherwise))


def now(name: str, start: Value) -> Value:
    """What the widget holds, drawn or not."""
    key, begins = begin(name, start)
    held: Value = st.session_state.get(key, begins)
    return held


def choose(name: str, value: object) -> None:
    """From the next drawing on the widget holds this, until somebody changes it."""
    turn, _ = _chosen().get(name, (0, None))
    _chosen()[name] = turn + 1, value


def typed(key: str) -> None:
    """The callback of a widget whose value is to be kept; it is called too when another page is drawn instead."""
    place: Place | None = st.session_state.get(_PLACE_KEY)
    if place is not None and key in st.session_state and key in _names():
        held = st.session_state[key]
        place.put(_names()[key], tuple(held) if isinstance(held, list) else held)


def fill(name: str, value: object) -> None:
    """As `choose`, for what a person has asked for: it is kept as if it had been typed."""
    choose(name, value)
    place: Place | None = st.session_state.get(_PLACE_KEY)
    if place is not None:
        place.put(name, value)


def let_go(beginning: str, *, but: str | None = None) -> None:
    """Have all widgets with such names begin with what the page gives, whatever they hold and whoever chose it."""
    for name in {*_chosen(), *_names().values()} - {but}:
        if name.startswith(beginning):
            choose(name, _START)


def _chosen() -> dict[str, tuple[int, object]]:
    """By name: how often the page has chosen, and what."""
    kept: dict[str, tuple[int, object]] = st.session_state.setdefault(_CHOSEN_KEY, {})
    return kept


def _names() -> dict[str, str]:
    """By key the name of each widget that was drawn."""
    kept: dict[str, str] = st.session_state.setdefault(_NAMES_KEY, {})
    return kept
