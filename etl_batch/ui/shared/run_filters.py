"""Filters of the history: read from the page's parameters, drawn as fields, written back at every change.

The parameters are the truth: a link with them shows the same list to somebody else, and the way back finds it again.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import counted, quantity, visible, words
from etl_batch.runs.history.index import RunFilter
from etl_batch.ui.shared import wording

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
NAMES = ("text", "status", "user", "input", "since", "until")
Parameters = MutableMapping[str, str]


def read_filter(parameters: Parameters, *, with_report: bool = False) -> RunFilter:
    """The filter that the parameters ask for; what makes no sense is passed over."""
    status = parameters.get("status")
    return RunFilter(
        status=RunStatus(status) if status in list(RunStatus) else None,
        user=parameters.get("user", ""),
        input=parameters.get("input", ""),
        since=read_day(parameters.get("since")),
        until=read_day(parameters.get("until")),
        text=parameters.get("text", ""),
        with_report=with_report,
    )


def read_day(text: str | None) -> date | None:
    """A day as `2026-01-31`; None for anything else and for days out of reach."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY else None


def read_page(parameters: Parameters, pages: int) -> int:
    """The page's number, from 1; the nearest one that there is."""
    text = parameters.get("page", "1")
    return min(max(int(text), 1), pages) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def show_filters(parameters: Parameters, wanted: RunFilter, users: Sequence[str], screen: str) -> None:
    """Draw the fields. `screen` keeps those of two screens apart."""
    top = st.columns([4, 2, 2])
    with top[0]:
        _field("text", wanted.text, parameters, screen, st.text_input, label=wording.TEXT, help=wording.TEXT_HELP)
    with top[1]:
        options = ["", *map(str, RunStatus)]
        value = str(wanted.status or "")
        _field(
            "status", value, parameters, screen, st.selectbox, label=wording.STATUS, options=options, format_func=_state
        )
    with top[2]:
        options = list(dict.fromkeys(["", *users, wanted.user]))
        _field(
            "user",
            wanted.user,
            parameters,
            screen,
            st.selectbox,
            label=wording.USER,
            options=options,
            format_func=_user,
        )
    bottom = st.columns([4, 2, 2], vertical_alignment="bottom")
    days: dict[str, Any] = {
        "help": wording.DAY_HELP,
        "min_value": FIRST_DAY,
        "max_value": LAST_DAY,
        "format": "YYYY-MM-DD",
    }
    with bottom[0]:
        _field("input", wanted.input, parameters, screen, st.text_input, label=wording.INPUT, help=wording.INPUT_HELP)
    with bottom[1]:
        _field("since", wanted.since, parameters, screen, st.date_input, label=wording.SINCE, value=None, **days)
    with bottom[2]:
        _field("until", wanted.until, parameters, screen, st.date_input, label=wording.UNTIL, value=None, **days)
    if any(parameters.get(name) for name in NAMES):
        st.button(
            wording.CLEAR,
            key=f"{screen}-clear",
            type="tertiary",
            icon=":material/close:",
            on_click=_clear,
            args=(parameters,),
        )


def _state(value: str) -> str:
    return words(value) if value else wording.ANY_STATUS


def _user(value: str) -> str:
    return visible(value, 40) if value else wording.ANY_USER


def _field(name: str, current: Any, parameters: Parameters, screen: str, draw: Any, **arguments: Any) -> None:
    """One field that shows the parameter's value and writes it back when somebody changes it."""
    key = f"{screen}-{name}"
    if key not in st.session_state or st.session_state[key] != current:
        st.session_state[key] = current
    draw(**arguments, key=key, on_change=_keep, args=(parameters, name, key))


def _keep(parameters: Parameters, name: str, key: str) -> None:
    """A field's callback: another filter starts at its first page and its first run."""
    value = st.session_state[key]
    for other in (name, "page", "run"):
        parameters.pop(other, None)
    if value:
        parameters[name] = str(value).strip()


def _clear(parameters: Parameters) -> None:
    for name in (*NAMES, "page", "run"):
        parameters.pop(name, None)


def show_place(parameters: Parameters, total: int, size: int, noun: str, screen: str) -> None:
    """Say which part of the list is shown, and offer the other pages when there are any."""
    pages = max(1, -(-total // size))
    page = read_page(parameters, pages)
    first, last = (page - 1) * size + 1, min(page * size, total)
    st.caption(wording.PLACE.format(first=quantity(first), last=quantity(last), total=counted(total, noun)))
    if pages > 1:
        key = f"{screen}-page-{page}-of-{pages}"
        st.pagination(pages, default=page, key=key, on_change=_turn, args=(parameters, key))


def _turn(parameters: Parameters, key: str) -> None:
    parameters.pop("run", None)
    parameters["page"] = str(st.session_state[key])
