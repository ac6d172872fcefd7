"""Markup of the views: templates that escape what they are given, and the stylesheet they need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from etl_batch.defaults import default_home
from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import visible
from etl_batch.ui.shared import wording
from etl_batch.ui.shared.labels import in_console

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
Tone = Literal["plain", "good", "warn", "bad", "info"]
TONES: dict[RunStatus, Tone] = {
    RunStatus.QUEUED: "plain",
    RunStatus.RUNNING: "info",
    RunStatus.SUCCESS: "good",
    RunStatus.FAILED: "bad",
    RunStatus.CANCELLED: "warn",
    RunStatus.TIMED_OUT: "warn",
}
_HOME_KEY = "etl-paths-from"
ROW_PIXELS = 35
"""Height of a table's line in Streamlit."""
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters["visible"] = visible
_ENVIRONMENT.globals["wording"] = wording


@dataclass(frozen=True, slots=True)
class Card:
    """One number with its name and, below it, what it is measured against."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"


def show(template: str, **context: object) -> None:
    """Draw a template. Text from data goes through here and never through Markdown, which would obey it."""
    st.html(render(template, **context))


def render(template: str, **context: object) -> str:
    """A template as text."""
    return _ENVIRONMENT.get_template(template).render(**context)


def load() -> None:
    """Have every template compiled before it is first drawn."""
    for name in _ENVIRONMENT.list_templates(extensions=["html"]):
        _ENVIRONMENT.get_template(name)


def style(name: str = "style.css") -> None:
    """Put a stylesheet into the page; that of the views takes its colours from the theme it finds."""
    st.html(TEMPLATES / name)


def cards(items: Sequence[Card]) -> None:
    """A row of cards that wraps on narrow screens."""
    show("cards.html", cards=items)


def notice(text: str, tone: Tone = "info", title: str = "", *, whole_paths: bool = False) -> None:
    """A box with one message, in the words of the console; errors are announced to screen readers.

    `whole_paths`: where somebody is told into which folder of the machine a file goes.
    """
    show("notice.html", text=text if whole_paths else said(text), tone=tone, title=title)


def at_home(home: Path) -> None:
    """Have paths on this page named from a home on."""
    st.session_state[_HOME_KEY] = home


def said(sentence: str) -> str:
    """A sentence of the engine as a page says it: see `in_console`."""
    return in_console(sentence, st.session_state.get(_HOME_KEY) or default_home())


def heading(title: str, lead: str = "") -> None:
    """A screen's title and the sentence that says what it is for."""
    show("heading.html", title=title, lead=lead)


def section(title: str, lead: str = "") -> None:
    """The title of a part of a screen."""
    show("section.html", title=title, lead=lead)


def plain(text: str, limit: int = 60) -> str:
    """Text from data for a label, where Streamlit reads Markdown: every sign that could mean something is escaped."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", visible(text, limit))


def rows(title: str, names: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A table that a screen reader reads and a telephone stacks; each line begins with what it is about."""
    show("rows.html", title=title, names=names, rows=lines)


def meter(title: str, text: str, score: int, most: int, tone: Tone) -> None:
    """A level out of `most` in bars and words; its changes are announced to screen readers."""
    show("meter.html", title=title, text=text, score=score, most=most, tone=tone)


def table_height(rows: int, most: int) -> int:
    """Pixels of a table that shows its rows whole, and scrolls when they take more than `most`."""
    return min(ROW_PIXELS * (rows + 1) + 3, most)


def status_word(status: RunStatus) -> str:
    """A state as a person says it."""
    return wording.STATUSES[status]
