"""The log of a run: its newest lines while it goes on, pages back and forward, search and levels, whatever its size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import streamlit as st

from etl_batch.reporting.formatting import counted, file_size, visible
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.log_view import (
    LEVELS,
    LINE_CHARACTERS,
    STEP_SECONDS,
    Filter,
    LogPlace,
    LogView,
    LogWindow,
    Record,
    parts_of,
)
from etl_batch.ui.shared import chosen, markup, wording
from etl_batch.ui.shared.doors import Doors
from etl_batch.ui.shared.markup import Tone

LEVEL_CHOICES = {"all": (), "warnings": LEVELS[2:], "errors": LEVELS[3:]}
TONES: dict[str, Tone] = {"WARNING": "warn", "ERROR": "bad", "CRITICAL": "bad"}
GO_ON_SECONDS = 1.5
"""Who asks to search further waits for longer."""
TICK_SECONDS = 1.0
STATE_KEY, CACHE_KEY = "etl-log-", "etl-log-window"


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Which window of the log somebody looks at; without a place it is the newest, which moves on as lines come."""

    way: str = "tail"
    place: LogPlace | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line as it is drawn: pieces of text, those that fit the search marked."""

    tone: Tone
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class LogPart:
    """One file of the log, to be downloaded."""

    name: str
    path: str
    what: str
    size: str
    url: str | None


def show_log(doors: Doors, run_id: str, *, live: bool) -> None:
    """Draw a run's log, followed while it is live; paging draws nothing else anew.

    Call it outside of other fragments: one that is drawn again while the browser has not got its last drawing leaves
    those within it without their place, and the browser then shows an empty page.
    """
    st.fragment(_draw_log, run_every=TICK_SECONDS if live else None)(doors, run_id, live=live)


def _draw_log(doors: Doors, run_id: str, *, live: bool) -> None:
    """One drawing. The door checks the session again."""
    doors.status(run_id)
    run = RunDirectory(doors.home, run_id)
    markup.section(wording.TITLE)
    wanted = _controls(run_id)
    position: LogPosition = st.session_state.get(STATE_KEY + run_id, LogPosition())
    further = wanted != Filter() and position.place is not None
    with LogView(run.file("run.log"), seconds=GO_ON_SECONDS if further else STEP_SECONDS) as view:
        window = _window(view, run_id, wanted, position)
        size = view.size
    if window.records:
        lines = [drawn for record in window.records for drawn in _draw(record, wanted.text)]
        markup.show("log_window.html", title=wording.TITLE, lines=lines, newest=not window.newer)
    else:
        markup.notice(_nothing(window, wanted))
    _buttons(run_id, window, wanted)
    shown = wording.SHOWN.format(lines=counted(window.lines, "line"), size=file_size(size))
    following = position.way == "tail"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            wording.SHOWN_HOW.format(shown=shown, how=wording.FOLLOWING if following else wording.HELD)
            if live
            else shown
        )
        if live and following and window.records:
            hold = (run_id, LogPosition("before", window.end))
            st.button(wording.HOLD, key=f"log-hold-{run_id}", help=wording.HOLD_HELP, on_click=_go, args=hold)
    parts = log_parts(doors, run)
    # When the run is over its log stands among its files.
    if live or len(parts) > 1:
        markup.show("files.html", files=parts)


def _controls(run_id: str) -> Filter:
    """Search and level; a change goes to the newest lines that fit."""
    columns = st.columns([4, 2])
    newest = (run_id, LogPosition())
    key, begins = chosen.begin(f"log-text-{run_id}", "")
    text = columns[0].text_input(wording.SEARCH, begins, key=key, help=wording.SEARCH_HELP, on_change=_go, args=newest)
    key, begins = chosen.begin(f"log-level-{run_id}", next(iter(LEVEL_CHOICES)))
    level = columns[1].selectbox(
        wording.LEVEL,
        list(LEVEL_CHOICES),
        list(LEVEL_CHOICES).index(begins),
        format_func=_level_words,
        key=key,
        help=wording.LEVEL_HELP,
        on_change=_go,
        args=newest,
    )
    return Filter(text.strip(), LEVEL_CHOICES.get(level, ()))


def _level_words(level: str) -> str:
    return wording.LEVELS[level]


def _go(run_id: str, position: LogPosition) -> None:
    """Look at another window; the newest one is followed."""
    st.session_state[STATE_KEY + run_id] = position


def _show_in_place(run_id: str, place: LogPlace) -> None:
    chosen.choose(f"log-text-{run_id}", "")
    chosen.choose(f"log-level-{run_id}", next(iter(LEVEL_CHOICES)))
    _go(run_id, LogPosition("around", place))


def _window(view: LogView, run_id: str, wanted: Filter, position: LogPosition) -> LogWindow:
    """The window. A tick repeats no search: it is read again only when filter or place change, or new lines come."""
    stamp = (run_id, wanted, position, None if position.way != "tail" else tuple(view.parts))
    held: tuple[object, LogWindow] | None = st.session_state.get(CACHE_KEY)
    if held is not None and held[0] == stamp:
        return replace(held[1], newer=view.goes_on(held[1].end))
    window = _read(view, wanted, position)
    st.session_state[CACHE_KEY] = (stamp, window)
    return window


def _read(view: LogView, wanted: Filter, position: LogPosition) -> LogWindow:
    if position.way == "head":
        return view.head(wanted)
    if position.place is None:
        return view.tail(wanted)
    ways: dict[str, Callable[[LogPlace, Filter], LogWindow]] = {"before": view.before, "after": view.after}
    if position.way in ways:
        return ways[position.way](position.place, wanted)
    return view.around(position.place)


def _buttons(run_id: str, window: LogWindow, wanted: Filter) -> None:
    following = st.session_state.get(STATE_KEY + run_id, LogPosition()).way == "tail"
    older = wording.GO_ON if wanted != Filter() and window.stopped and window.older else wording.OLDER
    newer = wording.GO_ON_NEWER if wanted != Filter() and window.stopped and not window.older else wording.NEWER
    with st.container(horizontal=True):
        _button(wording.OLDEST, run_id, "oldest", LogPosition("head"), not window.older)
        _button(older, run_id, "older", LogPosition("before", window.begin), not window.older)
        _button(newer, run_id, "newer", LogPosition("after", window.end), not window.newer)
        _button(wording.NEWEST, run_id, "newest", LogPosition(), following)
        if wanted != Filter() and window.records:
            place = window.records[-1].place
            st.button(
                wording.IN_PLACE,
                key=f"log-place-{run_id}",
                help=wording.IN_PLACE_HELP,
                on_click=_show_in_place,
                args=(run_id, place),
            )


def _button(label: str, run_id: str, name: str, target: LogPosition, disabled: bool) -> None:
    st.button(label, key=f"log-{name}-{run_id}", disabled=disabled, on_click=_go, args=(run_id, target))


def _nothing(window: LogWindow, wanted: Filter) -> str:
    if window.stopped:
        return wording.NOT_YET
    return wording.NOTHING if wanted != Filter() else wording.EMPTY


def _draw(record: Record, text: str) -> Iterator[LogLine]:
    tone = TONES.get(record.level, "plain")
    for line in record.lines:
        yield LogLine(tone, mark(visible(line, LINE_CHARACTERS), text))
    if record.left_out:
        yield LogLine("plain", ((wording.LEFT_OUT.format(count=counted(record.left_out, "line")), False),))


def mark(line: str, text: str) -> tuple[tuple[str, bool], ...]:
    """A line cut into pieces, with those that are the text, whatever its case, marked."""
    lower, needle = line.lower(), text.lower()
    # Some letters grow when their case changes; then the places would not fit, and nothing is marked.
    if not needle or len(lower) != len(line):
        return ((line, False),)
    pieces, start = [], 0
    while (found := lower.find(needle, start)) >= 0:
        pieces += [(line[start:found], False), (line[found : found + len(needle)], True)]
        start = found + len(needle)
    return tuple((piece, marked) for piece, marked in [*pieces, (line[start:], False)] if piece)


def log_parts(doors: Doors, run: RunDirectory) -> list[LogPart]:
    """The log's files, newest first, each with its address: rotated parts are files of the run like the others."""
    found = []
    for path in parts_of(run.file("run.log")):
        url = doors.file_url(run.run_id, path.name) if doors.file_url else None
        what = wording.NEWEST_PART if path.name == "run.log" else wording.PART_WORDS
        found.append(
            LogPart(
                path.name,
                str(path),
                wording.LOG_PART.format(log=wording.TITLE, part=what),
                file_size(path.stat().st_size),
                url,
            )
        )
    return found
