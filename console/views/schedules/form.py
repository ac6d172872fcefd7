"""Schedule form: a schedule is added or changed here, and its times are shown before it is saved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from console import cron, presets, schedules
from console.schedules import Missed, Schedule, ScheduleDraft
from console.users import User
from console.views.schedules import wording
from console.views.schedules.times import next_times, viewer_zone
from console.views.shared.acting import attempt, say
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.model import RunStatus
from etl_batch.record.originals import name_of
from etl_batch.record.settings import RunSettings
from etl_batch.reporting.formatting import visible
from etl_batch.runs.history.index import list_runs
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.settings import is_setting, setting
from etl_batch.ui.shared import markup

RUNS_OFFERED = 10
EDIT_KEY = "schedules-edit"
ROUND_KEY = "schedules-round"
PART = "schedules"
"""Where what was done is said."""
Choice = tuple[str, str]
"""Where the configuration comes from: `preset`, `own` or `run`, and its name."""


def show_form(home: Path, *, expanded: bool) -> None:
    """Draw the form: for the schedule that was chosen to be changed, else for a new one."""
    chosen = st.session_state.get(EDIT_KEY)
    try:
        edited = schedules.find(home, chosen) if chosen else None
    except UsageError:
        edited = None  # deleted meanwhile
    if edited is None:
        # Another key after each save: a new form is shut at once, where the old one would shrink under a quick click.
        with st.expander(wording.ADD, expanded=expanded, key=f"schedules-add-{st.session_state.get(ROUND_KEY, 0)}"):
            _fields(home, None)
        return
    markup.section(wording.CHANGE, wording.TAKES_OVER)
    with st.container(border=True):
        _fields(home, edited)


def _times(edited: Schedule | None, key: str) -> tuple[str, str]:
    """When: the cron expression, and the time zone that it is meant in."""
    first, second = st.columns(2)
    expression = first.text_input(
        wording.CRON, edited.cron if edited else wording.FIRST_CRON, key=f"{key}-cron", help=wording.CRON_HELP
    )
    zones = list(dict.fromkeys([*cron.zone_names(), *([edited.zone] if edited else [])]))
    zone = second.selectbox(
        wording.ZONE,
        zones,
        index=_index(zones, edited.zone if edited else _own_zone()),
        key=f"{key}-zone",
        help=wording.ZONE_HELP,
    )
    return expression, zone


def _fields(home: Path, edited: Schedule | None) -> None:
    options = _options(home, edited)
    if not options:
        markup.notice(wording.NOTHING_TO_RUN)
        return
    # After a save the form begins anew; a form for another schedule has fields of its own.
    key = f"schedule-{edited.name if edited else ''}-{st.session_state.get(ROUND_KEY, 0)}"
    left, right = st.columns([3, 2], gap="medium")
    with left:
        name = st.text_input(
            wording.NAME,
            edited.name if edited else "",
            key=f"{key}-name",
            help=wording.NAME_HELP,
            disabled=edited is not None,
        )
        expression, zone = _times(edited, key)
        labels = {option: _label(home, option) for option in options}
        what = st.selectbox(
            wording.FORM_WHAT,
            options,
            format_func=lambda option: labels.get(option, option[1]),
            key=f"{key}-what",
            help=wording.WHAT_HELP,
        )
        missed = st.radio(
            wording.FORM_MISSED,
            list(Missed),
            index=list(Missed).index(edited.missed) if edited else 0,
            format_func=lambda value: wording.FORM_MISSED_WORDS[value],
            horizontal=True,
            key=f"{key}-missed",
            help=wording.MISSED_HELP,
        )
        retries = _retries(edited, key)
    with right:
        good = _preview(expression, zone)
    with st.container(horizontal=True):
        save = st.button(wording.SAVE, type="primary", key="schedule-save", disabled=not good or not name.strip())
        if edited is not None and st.button(wording.CANCEL, key="schedule-keep"):
            _start_anew()
    if save:
        _save(home, edited, lambda: _draft(home, edited, name, expression, zone, what, missed or Missed.SKIP, retries))


def _retries(edited: Schedule | None, key: str) -> int | None:
    """How often its runs are tried again; None while the field is empty."""
    return st.number_input(
        wording.RETRIES,
        min_value=0,
        max_value=setting("retries").bounds.most,
        value=edited.retries if edited else None,
        step=1,
        key=f"{key}-retries",
        help=wording.RETRIES_HELP,
        placeholder=wording.RETRIES_EMPTY,
    )


def _own_zone() -> str:
    zone = viewer_zone()
    return cron.machine_zone() if zone == cron.UTC_NAME else zone


def _index(options: list[str], wanted: str) -> int:
    return options.index(wanted) if wanted in options else 0


def _options(home: Path, edited: Schedule | None) -> list[Choice]:
    """What may be scheduled: what the schedule has now, the presets, and the settings of the newest good runs."""
    rows = [row for row in list_runs(home, RUNS_OFFERED) if row.status is RunStatus.SUCCESS]
    found: list[Choice] = [("preset", name) for name in presets.list_presets(home)]
    found += [("run", row.run_id) for row in rows]
    if edited is not None:
        now: Choice = ("own", "") if edited.preset is None else ("preset", edited.preset)
        found = [now, *(choice for choice in found if choice != now)]
    return found


def _label(home: Path, choice: Choice) -> str:
    kind, name = choice
    if kind == "own":
        return wording.OWN_OPTION
    if kind == "preset":
        return wording.PRESET_OPTION.format(name=visible(name, 64))
    inputs = (RunDirectory(home, name).config() or RunSettings()).inputs
    named = ", ".join(name_of(home, path) for path in inputs)
    return wording.RUN_OPTION.format(run_id=name, inputs=visible(named, 60))


def _preview(expression: str, zone: str) -> bool:
    """The expression in words with its next times, or what is wrong with it; whether it may be saved."""
    now = time.time()
    try:
        cron.check(expression, zone, now)
    except UsageError as error:
        markup.notice(error.message, tone="bad")
        return False
    shown_in = viewer_zone()
    markup.notice(wording.READ_AS.format(words=cron.words(expression), zone=zone), tone="good")
    st.caption(wording.FORM_NEXT.format(zone=shown_in))
    markup.show("table.html", pairs=next_times(expression, zone, shown_in, now))
    return True


def _save(home: Path, edited: Schedule | None, draft: Callable[[], ScheduleDraft]) -> None:
    """Keep the schedule; what is wrong with it is said below the button."""

    def save(user: User | None) -> str:
        saved = (schedules.change if edited else schedules.add)(home, draft(), user)
        return wording.SAVED.format(name=saved.name, words=cron.words(saved.cron), zone=saved.zone)

    if attempt(save, PART):
        _start_anew()
    say(PART)


def _start_anew() -> None:
    st.session_state.pop(EDIT_KEY, None)
    st.session_state[ROUND_KEY] = st.session_state.get(ROUND_KEY, 0) + 1
    st.rerun()


def _draft(
    home: Path,
    edited: Schedule | None,
    name: str,
    expression: str,
    zone: str,
    what: Choice,
    missed: Missed,
    retries: int | None,
) -> ScheduleDraft:
    kind, chosen = what
    if kind == "preset":
        return ScheduleDraft(name, expression, zone, preset=chosen, missed=missed, retries=retries)
    config = _own_config(home, edited, kind, chosen)
    return ScheduleDraft(name, expression, zone, config=config, missed=missed, retries=retries)


def _own_config(home: Path, edited: Schedule | None, kind: str, run_id: str) -> RunConfig | None:
    if kind == "own":
        return edited.config if edited else None
    known = (RunDirectory(home, run_id).config() or RunSettings()).values
    return build_config({name: known[name] for name in known if is_setting(name)} | {"home": home})
