"""The console's screens: which there are, who sees them, and how one leads to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from console.actions import may
from console.users import User
from etl_batch.ui.shared.doors import Screen

PAGES = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation: a script under `pages/`, its address and its section."""

    name: str
    title: str
    icon: str
    words: str
    section: str

    @property
    def script(self) -> Path:
        """The page's script."""
        return PAGES / f"{self.name}.py"

    @property
    def action(self) -> str:
        """The action that opening it is; its role is the page's."""
        return f"page.{self.name}"


NAVIGATION = (
    Page("home", "Home", ":material/home:", "What runs, what ran, and what needs you.", "Work"),
    Page("launch", "Launch", ":material/play_arrow:", "Pick an input and run it.", "Work"),
    Page("live", "Live run", ":material/monitoring:", "Watch a run and cancel it.", "Work"),
    Page("runs", "Runs", ":material/history:", "Every run: find, compare, run again.", "Work"),
    Page("schedules", "Schedules", ":material/schedule:", "Runs that start by themselves.", "Work"),
    Page("report", "Report", ":material/description:", "The report of a run.", "Results"),
    Page("analytics", "Analytics", ":material/bar_chart:", "Estimates against exact totals.", "Results"),
    Page("data", "Data", ":material/table:", "Outputs and backups: look, download.", "Results"),
    Page("rejects", "Rejects", ":material/error:", "Records that could not be read.", "Results"),
    Page("layouts", "Layouts", ":material/view_column:", "How binary records are read.", "Settings"),
    Page("alerts", "Alerts", ":material/notifications:", "Who is told when a run fails.", "Settings"),
    Page("users", "Users", ":material/group:", "Accounts, roles and sessions.", "Settings"),
    Page("account", "My account", ":material/person:", "Your password and sessions.", "Settings"),
    Page("audit", "Audit", ":material/verified_user:", "Who did what; is the log whole?", "Settings"),
    Page("system", "System", ":material/memory:", "The machine and the settings.", "Settings"),
)


def pages_for(user: User) -> list[Page]:
    """What the user's navigation shows. Each page checks the role once more by itself."""
    return [page for page in NAVIGATION if may(user, page.action)]


def go(screen: Screen, parameters: Mapping[str, str]) -> None:
    """Show another screen."""
    st.switch_page(PAGES / f"{screen}.py", query_params=dict(parameters))


def link(label: str, screen: Screen, parameters: Mapping[str, str]) -> None:
    """Draw a link to another screen."""
    st.page_link(PAGES / f"{screen}.py", label=label, query_params=dict(parameters), icon=":material/arrow_forward:")
