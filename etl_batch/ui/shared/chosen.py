"""Widgets whose value the page itself may choose.

A widget's value lives in the browser, which sends it along with whatever it sends, the ticks of timers among them. A
value that the page puts in its place would be taken back by a tick that was sent before the browser heard of it. So a
value that the page chooses makes another widget, under another key: what is still said of the one before counts no
more.
"""

from __future__ import annotations

from typing import TypeVar, cast

import streamlit as st

_CHOSEN_KEY = "etl-chosen"
Value = TypeVar("Value")


def key_of(name: str) -> str:
    """The key under which the widget is drawn now."""
    turn, _ = _chosen().get(name, (0, None))
    return f"{name}~{turn}" if turn else name


def begin(name: str, start: Value) -> tuple[str, Value]:
    """The widget's key, and what it begins with: what the page has chosen, else `start`."""
    return key_of(name), cast("Value", _chosen().get(name, (0, start))[1])


def now(name: str, start: Value) -> Value:
    """What the widget holds, drawn or not."""
    key, begins = begin(name, start)
    held: Value = st.session_state.get(key, begins)
    return held


def choose(name: str, value: object) -> None:
    """From the next drawing on the widget holds this, until somebody changes it."""
    turn, _ = _chosen().get(name, (0, None))
    _chosen()[name] = turn + 1, value


def _chosen() -> dict[str, tuple[int, object]]:
    """By name: how often the page has chosen, and what."""
    kept: dict[str, tuple[int, object]] = st.session_state.setdefault(_CHOSEN_KEY, {})
    return kept
