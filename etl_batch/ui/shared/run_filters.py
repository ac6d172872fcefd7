"""Filters of the history: read from the page's parameters, drawn as fields, written back at every change.

The parameters are the truth: a link with them shows the same list to somebody else, and the way back finds it again.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from datetime import date
from functools import partial
from typing import TypedDict

import streamlit as st

from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import counted, quantity, visible
from etl_batch.runs.history.index import RunFilter
from etl_batch.ui.shared import markup, wording

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
    """Draw the fields, on a telephone behind a line that says what is set. `screen` keeps two screens' apart."""
    with st.container(key=f"{screen}-folding"):
        markup.show("fold.html", words=filter_words(wanted))
        with st.container(key=f"{screen}-filters"):
            _show_fields(parameters, wanted, users, screen)


def filter_words(wanted: RunFilter) -> str:
    """What a filter asks for, on one line."""
    parts = [
        wanted.text,
        wording.STATUSES[wanted.status] if wanted.status is not None else "",
        wanted.user,
        wanted.input,
        wording.SINCE_DAY.format(day=wanted.since) if wanted.since is not None else "",
        wording.UNTIL_DAY.format(day=wanted.until) if wanted.until is not None else "",
    ]
    what = ", ".join(filter(None, parts))
    return wording.FILTERS_SET.format(what=visible(what, 150)) if what else wording.FILTERS


def _show_fields(parameters: Parameters, wanted: RunFilter, users: Sequence[str], screen: str) -> None:
    kept = partial(_kept, parameters, screen)
    top = st.columns([4, 2, 2])
    top[0].text_input(wording.TEXT, help=wording.TEXT_HELP, **kept("text", wanted.text))
    statuses, names = ["", *map(str, RunStatus)], list(dict.fromkeys(["", *users, wanted.user]))
    top[1].selectbox(wording.STATUS, statuses, format_func=_state, **kept("status", str(wanted.status or "")))
    top[2].selectbox(wording.USER, names, format_func=_user, **kept("user", wanted.user))
    bottom = st.columns([4, 2, 2], vertical_alignment="bottom")
    bottom[0].text_input(wording.INPUT, help=wording.INPUT_HELP, **kept("input", wanted.input))
    for place, label, name, day in (
        (1, wording.SINCE, "since", wanted.since),
        (2, wording.UNTIL, "until", wanted.until),
    ):
        bottom[place].date_input(
            label, None, FIRST_DAY, LAST_DAY, help=wording.DAY_HELP, format=wording.DAY_FORMAT, **kept(name, day)
        )
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
    return wording.STATUSES[RunStatus(value)] if value else wording.ANY_STATUS


def _user(value: str) -> str:
    return visible(value, 40) if value else wording.ANY_USER


class _Kept(TypedDict):
    """What makes a field one of the page's parameters."""

    key: str
    on_change: Callable[[Parameters, str, str], None]
    args: tuple[Parameters, str, str]


def _kept(parameters: Parameters, screen: str, name: str, current: object) -> _Kept:
    """A field that shows the parameter's value and writes it back when somebody changes it."""
    key = f"{screen}-{name}"
    if key not in st.session_state or st.session_state[key] != current:
        st.session_state[key] = current
    return {"key": key, "on_change": _keep, "args": (parameters, name, key)}


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
