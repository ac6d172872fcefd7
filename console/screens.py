"""The console's screens: which there are, who sees them, and what the views may do for a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import streamlit as st

from console import identity, supervisor
from console.users import Forbidden, Role, User
from etl_batch.config import RunConfig, default_home
from etl_batch.model import RunStatus
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.process import CancelReport
from etl_batch.ui.doors import Doors, Screen

PAGES = Path(__file__).resolve().parent.parent / "pages"
OPERATOR_REFUSAL = "Operators launch saved presets only. Ask a super_admin to launch this run or to save a preset."


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation: a script under `pages/`, its address, and the role it takes to see it."""

    name: str
    title: str
    icon: str
    role: Role
    words: str

    @property
    def script(self) -> Path:
        """The page's script."""
        return PAGES / f"{self.name}.py"


NAVIGATION = (
    Page("home", "Home", ":material/home:", Role.VIEWER, "What runs, what ran, and what needs you."),
    Page("launch", "Launch", ":material/play_arrow:", Role.OPERATOR, "Pick an input and run it."),
    Page("live", "Live run", ":material/monitoring:", Role.VIEWER, "Watch a run and cancel it."),
    Page("runs", "Runs", ":material/history:", Role.VIEWER, "Every run, its details and its files."),
    Page("report", "Report", ":material/description:", Role.VIEWER, "The report of a run."),
    Page("analytics", "Analytics", ":material/bar_chart:", Role.VIEWER, "Estimates against exact totals."),
    Page("audit", "Audit", ":material/verified_user:", Role.SUPER_ADMIN, "Who did what, and whether the log is whole."),
)


def pages_for(user: User) -> list[Page]:
    """What the user's navigation shows. Each page checks the role once more by itself."""
    return [page for page in NAVIGATION if user.role.allows(page.role)]


def doors_for(user: User) -> Doors:
    """What the views may do and where they lead. The actions ask again who is there: a page may stay open for long."""
    return Doors(
        home=default_home(),
        user=user.name,
        launch=launch,
        launch_refusal=None if user.role.allows(Role.SUPER_ADMIN) else OPERATOR_REFUSAL,
        cancel=cancel,
        may_cancel=lambda owner: (
            user.role.allows(Role.SUPER_ADMIN) or (user.role.allows(Role.OPERATOR) and owner == user.name)
        ),
        status=status,
        go=go,
        link=link,
        report_url=lambda run_id: f"/reports/{quote(run_id, safe='')}",
        file_url=lambda run_id, name: f"/files/{quote(run_id, safe='')}/{quote(name, safe='')}",
        upload_url="/upload" if user.role.allows(Role.SUPER_ADMIN) else None,
    )


def _present() -> User:
    user = identity.current_user()
    if user is None:
        raise Forbidden("Your session has ended; sign in again.")
    return user


def launch(config: RunConfig) -> str:
    """Put a run into the queue for whoever is signed in now; the supervisor checks the role."""
    return supervisor.enqueue(default_home(), config, _present())


def cancel(run_id: str) -> CancelReport:
    """Stop a run for whoever is signed in now; the supervisor checks the role and whose run it is."""
    return supervisor.cancel(default_home(), run_id, _present())


def status(run_id: str) -> RunStatus:
    """A run's state; stops the script when the session has ended, because timers run past the page's own gate."""
    identity.require(Role.VIEWER)
    return RunDirectory(default_home(), run_id).status()


def go(screen: Screen, parameters: Mapping[str, str]) -> None:
    """Show another screen."""
    st.switch_page(PAGES / f"{screen}.py", query_params=dict(parameters))


def link(label: str, screen: Screen, parameters: Mapping[str, str]) -> None:
    """Draw a link to another screen."""
    st.page_link(PAGES / f"{screen}.py", label=label, query_params=dict(parameters), icon=":material/arrow_forward:")
