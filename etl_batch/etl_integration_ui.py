"""The Streamlit door: `etl_dashboard()` puts launching, watching, history and analytics into anybody's app."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from etl_batch import private
from etl_batch.cli.launched import configuration_of
from etl_batch.config import RunConfig
from etl_batch.datasets.restore import restore
from etl_batch.defaults import default_home
from etl_batch.errors import EtlError, UsageError
from etl_batch.files.beneath import make_folder
from etl_batch.language import LANGUAGES, spoken
from etl_batch.layouts import LayoutChange, record_change
from etl_batch.model import RunStatus
from etl_batch.recovering import recover
from etl_batch.runs.processes import cancellation, ownership
from etl_batch.runs.processes.cancellation import CancelReport
from etl_batch.runs.processes.interruption import give_back, interrupt, resumable
from etl_batch.runs.processes.reconciliation import fail, reconcile
from etl_batch.runs.processes.spawning import spawn
from etl_batch.runs.record.directory import RunDirectory, new_run_id
from etl_batch.security.audit import AuditLog
from etl_batch.spelling import spelled
from etl_batch.ui.analytics.view import show_analytics
from etl_batch.ui.data.view import show_data
from etl_batch.ui.launch.view import show_launch
from etl_batch.ui.layouts.view import show_layouts
from etl_batch.ui.live.view import show_live
from etl_batch.ui.rejects.view import show_rejects
from etl_batch.ui.report.view import show_report
from etl_batch.ui.runs.view import show_runs
from etl_batch.ui.shared import markup, tongue, wording
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.following import follow_theme

_OWNER_KEY, _TAB_KEY, _OPEN_KEY = "etl-home", "etl-tab", "etl-open"
_WANTED_KEY, _PARAMETERS_KEY, _OWN_KEY = "etl-wanted", "etl-parameters", "etl-own"
_TOLD: set[Path] = set()
"""The homes that this process has told of."""


def etl_dashboard(
    home: str | os.PathLike[str] | None = None, user: str = "dashboard", language: str | None = None
) -> None:
    """Draw the dashboard where it is called, in an app of any kind; it sets no page configuration.

    `home` is the folder of `data/ output/ report/`, as text or a `Path` (default: `ETL_HOME`, else the checkout or,
    where the package is installed, the current folder); `user` the name for the audit log, `language` such as `pt_br`
    (default: the browser's). What is wrong with any is said in a sentence where the dashboard would stand. There are no
    roles: whoever sees the app may launch, cancel and change layouts, so put it behind a sign-in. A page takes one
    dashboard; an app takes any number, each with its home.
    """
    markup.style()
    known = isinstance(language, str) and language in LANGUAGES
    tongue.speak(language if known else None)
    try:
        if language is not None and not known:
            raise UsageError(wording.NO_LANGUAGE.format(language=spelled(str(language)), known=", ".join(LANGUAGES)))
        doors = _doors(_made(_home_of(home)), _user_of(user))
    except UsageError as error:
        markup.notice(error.message, tone="bad")
        return
    if home is None:
        _tell_home(doors.home)
    try:
        frame = st.container(key="etl-dashboard")
    except StreamlitDuplicateElementKey:
        markup.notice(wording.ONE_A_PAGE, tone="bad")
        return
    _begin(doors.home)
    markup.at_home(doors.home)
    follow_theme()
    theirs = set(st.session_state)
    try:
        with frame:
            _draw(doors)
    finally:  # a view that leads to another one ends the script
        st.session_state.setdefault(_OWN_KEY, set()).update(set(st.session_state) - theirs)


def _draw(doors: Doors) -> None:
    console = ownership.owner(doors.home)
    if console is not None:
        st.caption(wording.CONSOLE_THERE.format(address=console.address))
    tabs = dict(zip(wording.TABS, st.tabs(list(wording.TABS.values()), key=_TAB_KEY, on_change="rerun"), strict=True))
    parameters: dict[str, str] = st.session_state.setdefault(_PARAMETERS_KEY, {})
    views: dict[Screen, Callable[[], None]] = {
        Screen.LAUNCH: lambda: show_launch(doors, from_run=parameters.get("from")),
        Screen.LIVE: lambda: show_live(doors, parameters.get("run")),
        Screen.RUNS: lambda: show_runs(doors, parameters),
        Screen.REPORT: lambda: show_report(doors, parameters),
        Screen.ANALYTICS: lambda: show_analytics(doors, parameters),
        Screen.DATA: lambda: show_data(doors, parameters.get("run")),
        Screen.REJECTS: lambda: show_rejects(doors, parameters.get("run")),
        Screen.LAYOUTS: lambda: show_layouts(doors, parameters),
    }
    # Tabs that are not open draw nothing: a timer in a hidden one would go on for nobody.
    for screen, tab in tabs.items():
        if tab.open:
            st.session_state[_OPEN_KEY] = wording.TABS[screen]
            with tab:
                views[screen]()


def _begin(home: Path) -> None:
    """Before the tabs are drawn: what the dashboard of another home has left goes, and the right tab opens."""
    state = st.session_state
    if state.get(_OWNER_KEY, str(home)) != str(home):
        own = state.pop(_OWN_KEY, frozenset())
        for key in [key for key in state if key in own or str(key).startswith("etl-")]:
            del state[key]
    state[_OWNER_KEY] = str(home)
    # A tab may be chosen only before the tabs are drawn, so a wish from the last run is granted here. Streamlit forgets
    # the open tab while another page of the app is shown.
    wanted = state.pop(_WANTED_KEY, None)
    if wanted is not None:
        state[_TAB_KEY] = wording.TABS[wanted]
    elif _TAB_KEY not in state and _OPEN_KEY in state:
        state[_TAB_KEY] = state[_OPEN_KEY]


def _home_of(home: object) -> Path:
    """The folder that was given, else the default one; raises `UsageError` for what names no folder."""
    if home is None:
        return default_home()
    text = os.fspath(home) if isinstance(home, str | os.PathLike) else home
    if not isinstance(text, str):
        raise UsageError(wording.HOME_NO_PATH.format(kind=type(home).__name__))
    if not text.strip() or "\0" in text:
        raise UsageError(wording.HOME_NO_NAME)
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:  # `~name` of nobody
        raise UsageError(wording.HOME_OF_NOBODY.format(home=spelled(text))) from error


def _made(home: Path) -> Path:
    """The home with its folders; raises `UsageError` where they cannot be made."""
    try:
        for name in ("data", "output", "report"):
            make_folder(home / name, private.folder_mode())
    except OSError as error:
        raise UsageError(wording.HOME_NOT_MADE.format(home=spelled(str(home)), reason=error.strerror)) from error
    return home


def _user_of(user: object) -> str:
    """The name for the audit log; raises `UsageError` for what is none."""
    if not isinstance(user, str):
        raise UsageError(wording.USER_NO_TEXT.format(kind=type(user).__name__))
    if not user.strip() or spelled(user) != user:
        raise UsageError(wording.USER_NO_NAME)
    return user.strip()


def _tell_home(home: Path) -> None:
    """Say once, where the app was started, which home it took by itself."""
    if home not in _TOLD:
        _TOLD.add(home)
        print(wording.HOME_TAKEN.format(home=spelled(str(home))), file=sys.stderr, flush=True)


def _doors(home: Path, user: str) -> Doors:
    """The doors without a console: engine processes are started and stopped from here."""

    def launch(config: RunConfig) -> str:
        run = RunDirectory(home, new_run_id()).create()
        try:
            spawn(config.changed({"language": config.language or spoken()}), run.run_id)
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

    def change_layout(change: LayoutChange) -> None:
        record_change(home, change, user)

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
        change_layout=change_layout,
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
