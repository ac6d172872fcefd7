"""The console's screens: which there are, who sees them, and how one leads to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from console import wording
from console.actions import may
from console.users import User
from etl_batch.ui.shared.doors import Screen

PAGES = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation: a script under `pages/`, its address and its section."""

    name: str
    icon: str
    part: str

    @property
    def title(self) -> str:
        """The page's name, for people."""
        return wording.SCREENS[self.name][0]

    @property
    def words(self) -> str:
        """What the page is for."""
        return wording.SCREENS[self.name][1]

    @property
    def section(self) -> str:
        """The heading above it in the navigation."""
        return wording.SECTIONS[self.part]

    @property
    def script(self) -> Path:
        """The page's script."""
        return PAGES / f"{self.name}.py"

    @property
    def action(self) -> str:
        """The action that opening it is; its role is the page's."""
        return f"page.{self.name}"


NAVIGATION = (
    Page("home", ":material/home:", "work"),
    Page("launch", ":material/play_arrow:", "work"),
    Page("live", ":material/monitoring:", "work"),
    Page("runs", ":material/history:", "work"),
    Page("schedules", ":material/schedule:", "work"),
    Page("report", ":material/description:", "results"),
    Page("analytics", ":material/bar_chart:", "results"),
    Page("data", ":material/table:", "results"),
    Page("rejects", ":material/error:", "results"),
    Page("layouts", ":material/view_column:", "settings"),
    Page("alerts", ":material/notifications:", "settings"),
    Page("users", ":material/group:", "settings"),
    Page("account", ":material/person:", "settings"),
    Page("audit", ":material/verified_user:", "settings"),
    Page("system", ":material/memory:", "settings"),
)


def pages_for(user: User) -> list[Page]:
    """What the user's navigation shows. Each page checks the role once more by itself."""
    return [page for page in NAVIGATION if may(user, page.action)]


def go(screen: Screen, parameters: Mapping[str, str]) -> None:
    """Show another screen."""
    st.switch_page(PAGES / f"{screen}.py", query_params=dict(parameters))


def address(screen: Screen, parameters: Mapping[str, str]) -> str:
    """Where another screen is found."""
    return f"/{screen}?{urlencode(parameters)}" if parameters else f"/{screen}"


def link(label: str, screen: Screen, parameters: Mapping[str, str]) -> None:
    """Draw a link to another screen."""
    st.page_link(PAGES / f"{screen}.py", label=label, query_params=dict(parameters), icon=":material/arrow_forward:")
