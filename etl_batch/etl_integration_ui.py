"""The Streamlit door: `etl_dashboard()` puts launching, watching, history and analytics into anybody's app."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from etl_batch import private
from etl_batch.cli.launched import configuration_of
from etl_batch.config import RunConfig
from etl_batch.datasets.restore import restore
from etl_batch.defaults import default_home
from etl_batch.errors import EtlError
from etl_batch.files.beneath import make_folder
from etl_batch.model import RunStatus
from etl_batch.recovering import recover
from etl_batch.runs.processes import cancellation, ownership
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.processes.interruption import give_back, interrupt, resumable
from etl_batch.runs.processes.reconciliation import fail, reconcile
from etl_batch.runs.processes.spawning import spawn
from etl_batch.runs.record.directory import RunDirectory, new_run_id
from etl_batch.security.audit import AuditLog
from etl_batch.ui.analytics.view import show_analytics
from etl_batch.ui.data.view import show_data
from etl_batch.ui.launch.view import show_launch
from etl_batch.ui.live.view import show_live
from etl_batch.ui.rejects.view import show_rejects
from etl_batch.ui.report.view import show_report
from etl_batch.ui.runs.view import show_runs
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.following import follow_theme

_TAB_KEY, _WANTED_KEY, _PARAMETERS_KEY = "etl-tab", "etl-wanted", "etl-parameters"


def etl_dashboard(home: Path | None = None, user: str = "dashboard") -> None:
    """Draw the dashboard where it is called, in an app of any kind; it sets no page configuration.

    `home` is the folder of `data/ output/ report/` (default: `ETL_HOME`, else the project's root), `user` the name for
    the audit log. There are no roles: whoever sees the app may launch and cancel, so put it behind a sign-in.
    """
    doors = _doors((home or default_home()).absolute(), user)
    for name in ("data", "output", "report"):
        make_folder(doors.home / name, private.folder_mode())
    markup.at_home(doors.home)
    markup.style()
    follow_theme()
    console = ownership.owner(doors.home)
    if console is not None:
        st.caption(wording.CONSOLE_THERE.format(address=console.address))
    # A tab may be chosen only before the tabs are drawn, so a wish from the last run is granted here.
    wanted = st.session_state.pop(_WANTED_KEY, None)
    if wanted is not None:
        st.session_state[_TAB_KEY] = wording.TABS[wanted]
    tabs = st.tabs(list(wording.TABS.values()), key=_TAB_KEY, on_change="rerun")
    launch, live, runs, report, analytics, data, rejects = tabs
    parameters: dict[str, str] = st.session_state.setdefault(_PARAMETERS_KEY, {})
    # Tabs that are not open draw nothing: a timer in a hidden one would go on for nobody.
    with launch:
        if launch.open:
            show_launch(doors, from_run=parameters.get("from"))
    with live:
        if live.open:
            show_live(doors, parameters.get("run"))
    with runs:
        if runs.open:
            show_runs(doors, parameters)
    with report:
        if report.open:
            show_report(doors, parameters)
    with analytics:
        if analytics.open:
            show_analytics(doors, parameters)
    with data:
        if data.open:
            show_data(doors, parameters.get("run"))
    with rejects:
        if rejects.open:
            show_rejects(doors, parameters.get("run"))


def _doors(home: Path, user: str) -> Doors:
    """The doors without a console: engine processes are started and stopped from here."""

    def launch(config: RunConfig) -> str:
        run = RunDirectory(home, new_run_id()).create()
        try:
            spawn(config, run.run_id)
        except EtlError as error:
            fail(home, run.run_id, error.message)
            raise
        return run.run_id

    def cancel(run_id: str) -> CancelReport:
        AuditLog(home).append(user=user, action="run.cancel", target=run_id)
        return cancellation.cancel(home, run_id, by=user)

    def resume(run_id: str) -> None:
        run = RunDirectory(home, run_id)
        recover(home)
        reconcile(home, run_id)
        resumable(run)
        config = configuration_of(run)
        AuditLog(home).append(user=user, action="run.resume", target=run_id)
        interrupt(run)
        try:
            spawn(config, run_id)
        except EtlError:
            give_back(run)
            raise

    return Doors(
        home=home,
        user=user,
        launch=launch,
        launch_refusal=None,
        cancel=cancel,
        may_cancel=lambda _owner: True,
        resume=resume,
        may_resume=lambda _owner: True,
        status=lambda run_id: _status(home, run_id),
        go=_go,
        link=_link,
        restore=lambda plan: restore(home, plan, user),
    )


def _status(home: Path, run_id: str) -> RunStatus:
    """A run's state. Without a console nobody else looks after one whose engine was killed."""
    return reconcile(home, run_id) if ownership.owner(home) is None else RunDirectory(home, run_id).status()


def _go(screen: Screen, parameters: Mapping[str, str]) -> None:
    _want(screen, dict(parameters))
    st.rerun()


def _want(screen: Screen, parameters: dict[str, str]) -> None:
    st.session_state[_WANTED_KEY] = screen
    st.session_state[_PARAMETERS_KEY] = parameters


def _link(label: str, screen: Screen, parameters: Mapping[str, str]) -> None:
    key = f"etl-link-{label}-{screen}-{'-'.join(parameters.values())}"
    st.button(label, key=key, type="tertiary", on_click=_want, args=(screen, dict(parameters)))
