"""The colours of charts, in light and in dark: those of the stylesheet, of which a chart cannot read the variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Literal

import streamlit as st

from etl_batch.ui.shared.markup import TEMPLATES

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
_VARIABLE = re.compile(r"--etl-([a-z-]+):\slight-dark\((#[0-9a-f]{6}),\s(#[0-9a-f]{6})\);")


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours, by what they say; each is the variable of that name in style.css."""

    ground: str
    card: str
    line: str
    text: str
    soft: str
    exact: str
    accent: str
    on_accent: str
    info: str
    warn: str
    bad: str
    change: str
    violet: str
    lime: str
    orange: str
    cyan: str
    quiet: str


def _read() -> dict[Theme, Palette]:
    """Both palettes from the stylesheet, the one place where a colour is written down."""
    found = {name.replace("-", "_"): pair for name, *pair in _VARIABLE.findall((TEMPLATES / "style.css").read_text())}
    return {
        theme: Palette(**{field.name: found[field.name][place] for field in fields(Palette)})
        for place, theme in enumerate(THEMES)
    }


PALETTES = _read()


def theme() -> Theme:
    """The theme that the page is shown in, as far as its browser has said; dark where there is none."""
    return "light" if st.context.theme.type == "light" else "dark"


def palette() -> Palette:
    """The colours of the theme that the page is shown in."""
    return PALETTES[theme()]
