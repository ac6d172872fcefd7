"""The console's screens: which there are, who sees them, and what the views may do for a user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import streamlit as st

from console import identity, jobs, layouts, restores, uploads
from console.history_doors import clean_up_doors
from console.preset_doors import preset_doors
from console.users import Role, User
from etl_batch.config import RunConfig
from etl_batch.datasets.restore import Restored, RestorePlan
from etl_batch.defaults import default_home
from etl_batch.layouts import LayoutChange
from etl_batch.model import RunStatus
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.processes.reconciliation import reconcile
from etl_batch.ui.shared.doors import Doors, Screen

PAGES = Path(__file__).resolve().parent.parent / "pages"
OPERATOR_REFUSAL = "Operators launch saved presets only. Ask a super_admin to launch this run or to save a preset."


@dataclass(frozen=True, slots=True)
class Page:
    """One entry of the navigation: a script under `pages/`, its address, the role it takes, and its section."""

    name: str
    title: str
    icon: str
    role: Role
    words: str
    section: str

    @property
    def script(self) -> Path:
        """The page's script."""
        return PAGES / f"{self.name}.py"


NAVIGATION = (
    Page("home", "Home", ":material/home:", Role.VIEWER, "What runs, what ran, and what needs you.", "Work"),
    Page("launch", "Launch", ":material/play_arrow:", Role.OPERATOR, "Pick an input and run it.", "Work"),
    Page("live", "Live run", ":material/monitoring:", Role.VIEWER, "Watch a run and cancel it.", "Work"),
    Page("runs", "Runs", ":material/history:", Role.VIEWER, "Every run: find, compare, run again.", "Work"),
    Page("schedules", "Schedules", ":material/schedule:", Role.VIEWER, "Runs that start by themselves.", "Work"),
    Page("report", "Report", ":material/description:", Role.VIEWER, "The report of a run.", "Results"),
    Page("analytics", "Analytics", ":material/bar_chart:", Role.VIEWER, "Estimates against exact totals.", "Results"),
    Page("data", "Data", ":material/table:", Role.VIEWER, "Outputs and backups: look, download.", "Results"),
    Page("rejects", "Rejects", ":material/error:", Role.VIEWER, "Records that could not be read.", "Results"),
    Page("layouts", "Layouts", ":material/view_column:", Role.VIEWER, "How binary records are read.", "Settings"),
    Page("alerts", "Alerts", ":material/notifications:", Role.SUPER_ADMIN, "Who is told when a run fails.", "Settings"),
    Page("users", "Users", ":material/group:", Role.SUPER_ADMIN, "Accounts, roles and sessions.", "Settings"),
    Page("account", "My account", ":material/person:", Role.VIEWER, "Your password and sessions.", "Settings"),
    Page("audit", "Audit", ":material/verified_user:", Role.SUPER_ADMIN, "Who did what; is the log whole?", "Settings"),
    Page("system", "System", ":material/memory:", Role.SUPER_ADMIN, "The machine and the settings.", "Settings"),
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
        upload_limit=lambda: uploads.check_size(default_home(), None),
        presets=preset_doors(user) if user.role.allows(Role.OPERATOR) else None,
        clean_up=clean_up_doors(user),
        backup_url=lambda run_id, name: f"/backups/{quote(run_id, safe='')}/{quote(name, safe='')}",
        restore=restore if user.role.allows(Role.SUPER_ADMIN) else None,
        rejects_url=rejects_url,
        change_layout=change_layout if user.role.allows(Role.SUPER_ADMIN) else None,
    )


def _present() -> User:
    return identity.present()


def launch(config: RunConfig) -> str:
    """Put a run into the queue for whoever is signed in now; the supervisor checks the role."""
    return jobs.enqueue(default_home(), config, _present())


def cancel(run_id: str) -> CancelReport:
    """Stop a run for whoever is signed in now; the supervisor checks the role and whose run it is."""
    return jobs.cancel(default_home(), run_id, _present())


def change_layout(change: LayoutChange) -> None:
    """Change one of the home's layouts for whoever is signed in now; the service checks the role."""
    layouts.change(default_home(), change, _present())


def rejects_url(run_id: str, wanted: Mapping[str, str]) -> str:
    """Where a run's rejects that fit a filter are downloaded."""
    return f"/rejects/{quote(run_id, safe='')}/filtered.jsonl?{urlencode(wanted, errors='replace')}"


def restore(plan: RestorePlan) -> Restored:
    """Put a backup back for whoever is signed in now; the service checks the role."""
    return restores.restore(default_home(), plan, _present())


def status(run_id: str) -> RunStatus:
    """A run's state; stops the script when the session has ended, because timers run past the page's own gate."""
    identity.require(Role.VIEWER)
    return reconcile(default_home(), run_id)


def go(screen: Screen, parameters: Mapping[str, str]) -> None:
    """Show another screen."""
    st.switch_page(PAGES / f"{screen}.py", query_params=dict(parameters))


def link(label: str, screen: Screen, parameters: Mapping[str, str]) -> None:
    """Draw a link to another screen."""
    st.page_link(PAGES / f"{screen}.py", label=label, query_params=dict(parameters), icon=":material/arrow_forward:")
