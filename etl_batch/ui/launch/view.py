"""Launch view: pick inputs, look at them, check the settings, start the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch import browsing
from etl_batch.command_line import command_line
from etl_batch.config import RunConfig
from etl_batch.errors import EtlError
from etl_batch.language import spoken
from etl_batch.reading_options import READING
from etl_batch.record.values import JsonObject
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.settings import is_setting, setting
from etl_batch.ui.launch import files as launch_files
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.draft import Origin, current_draft, drop, open_draft
from etl_batch.ui.launch.fields import field_name, layout_field, show_fields, show_problems
from etl_batch.ui.launch.form import (
    Checked,
    LaunchValues,
    check,
    fresh_values,
    reading_options,
    shown_path,
    values_of_config,
)
from etl_batch.ui.launch.presets import choose_preset, every_preset, show_preset_list, show_presets
from etl_batch.ui.launch.preview import estimates, look, show_preview, source_cards
from etl_batch.ui.launch.upload import show_upload
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.doors import Doors, Screen

_ORIGIN_KEY = "launch-origin"


@dataclass(frozen=True, slots=True)
class Start:
    """What the form begins with. `tag` names where it comes from; `values` are None for settings of their own."""

    tag: str
    inputs: tuple[str, ...]
    values: LaunchValues | None = None


def lead(doors: Doors) -> str:
    """The sentence below the title."""
    return wording.LEAD if doors.launch_refusal is None else wording.OPERATOR_LEAD


def show_launch(doors: Doors, *, picked: str | None = None, from_run: str | None = None) -> None:
    """Draw the screen. `picked`: an input under data/ to begin with; `from_run`: a run to repeat with changes."""
    if doors.launch_refusal is not None:
        markup.notice(doors.launch_refusal, tone="info" if doors.presets else "warn")
        if doors.presets is not None:
            show_preset_list(doors, doors.presets)
        return
    typed = open_draft(doors.drafts, Origin(picked, from_run))
    every = every_preset(doors.presets)
    preset = choose_preset(every)
    typed.origin = replace(typed.origin, preset=preset)
    start = _start(doors.home, typed.origin, (preset, every[preset]) if preset else None)
    if st.session_state.get(_ORIGIN_KEY) != start.tag or launch_files.PICKED_KEY not in st.session_state:
        st.session_state[_ORIGIN_KEY] = start.tag
        launch_files.begin_with(start.inputs if typed.inputs is None else typed.inputs)
    if start.values is None and not launch_files.picked() and browsing.first_input(doors.home) is None:
        said = wording.NO_INPUT if doors.upload_url else wording.NO_INPUT_AND_NO_UPLOAD
        markup.notice(
            said.format(folder=doors.home / "data"), tone="warn", title=wording.NO_INPUT_TITLE, whole_paths=True
        )
        show_upload(doors, _take_uploads, expanded=True)
        launch_files.show_browser(doors.home)
        return
    config, aside = _show_form(doors, start, begun=typed.begun)
    if doors.presets is not None:
        with aside:
            show_presets(doors.presets, every, preset, config)


def _start(home: Path, origin: Origin, preset: tuple[str, RunConfig] | None) -> Start:
    """What to begin with: a preset that was chosen, a run to repeat, an input from the address, else the first one."""
    picked, from_run = origin.picked, origin.from_run
    if preset is not None:
        values = values_of_config(home, preset[1].to_json())
        return Start(wording.FROM_PRESET.format(name=preset[0]), values["inputs"], values)
    if from_run is not None:
        config = _config_of(home, from_run)
        if config:
            values = values_of_config(home, config, rerun_of=from_run)
            markup.notice(wording.REPEATS.format(run_id=from_run))
            return Start(wording.FROM_RUN.format(run_id=from_run), values["inputs"], values)
        markup.notice(wording.NO_SUCH_RUN.format(run_id=from_run), tone="warn")
    if picked:
        typed = picked if "/" in picked else f"data/{picked}"
        return Start(wording.FROM_INPUT.format(name=picked), (typed,))
    first = browsing.first_input(home)
    return Start("", () if first is None else (shown_path(home, first),))


def _config_of(home: Path, run_id: str) -> JsonObject | None:
    try:
        config = RunDirectory(home, run_id).config()
    except EtlError:
        return None
    return config.values if config else None


def _take_uploads(names: Sequence[str]) -> None:
    """The files that have just arrived are the input, and the form of somebody who has typed nothing begins with them.

    The name of the last stands in the address then, so that it can be passed on.
    """
    typed = current_draft()
    if typed is not None and typed.untouched:
        st.session_state[_ORIGIN_KEY] = wording.FROM_INPUT.format(name=names[-1])
        st.query_params.clear()
        st.query_params["input"] = names[-1]
        typed.origin = Origin(picked=names[-1])
    launch_files.pick([f"data/{name}" for name in names])


def _show_form(doors: Doors, start: Start, *, begun: bool) -> tuple[RunConfig | None, DeltaGenerator]:
    """The form; returns the configuration it makes, None while something is wrong, and the place beside it.

    `begun`: whether something was typed in it.
    """
    left, middle, right = st.columns([5, 2, 2], vertical_alignment="bottom")
    inputs = launch_files.input_field(doors.home, left)
    values = _values(doors.home, start, inputs)
    values = values.having(layout=layout_field(doors.home, values, start.tag, middle))
    found = launch_files.found(doors.home, inputs, reading_options(doors.home, values))
    preview, refusal = look(doors.home, values, found)
    said, cards = st.container(), st.container()
    if refusal is not None:
        with said:
            markup.notice(refusal, tone="bad")
            if found.problem is None:
                doors.link(wording.FIND_LAYOUT, Screen.LAYOUTS, {"file": shown_path(doors.home, found.files[0])})
    left, aside = st.columns([3, 2], gap="medium")
    with aside:
        # In a place that is always there: what stands behind it would be made anew, and folds would shut.
        with st.container():
            if begun:
                _show_afresh(doors)
        values, places = show_fields(
            doors.home,
            values,
            preview,
            start.tag,
            # Fresh outputs are named after the inputs; those of a run or a preset stay when its inputs change.
            "" if start.values else "|".join(inputs),
        )
        checked = check(values, doors.home, doors.user, found, preview.columns if preview else ())
        show_problems(checked.problems, places)
        _show_command(checked)
    ahead = estimates(doors.home, preview, found, checked.config) if preview and checked.config else None
    if preview is not None:
        with cards:
            markup.cards(source_cards(preview, found, values, ahead))
    with said:
        _show_warnings(checked, ahead.room if ahead else None)
    # Before the preview, whose probe ticks: a click leads to another page, where no tick of this one should arrive.
    _launch_button(right, doors, checked, blocked=refusal is not None)
    with left:
        launch_files.show_browser(doors.home)
        show_upload(doors, _take_uploads)
        show_preview(doors.home, preview, found, values, start.tag)
    return (checked.config if refusal is None else None), aside


def _values(home: Path, start: Start, inputs: tuple[str, ...]) -> LaunchValues:
    """What the fields begin with. The fields that say how to read stand below the preview that needs them already."""
    values = fresh_values(home, inputs or ("",)) if start.values is None else start.values
    held = {name: chosen.meant(chosen.now(field_name(name, start.tag), values[name])) for name in READING}
    return values.having(inputs=inputs, **held)


def _forget() -> None:
    """Forget what was typed and picked: the form begins afresh when it is come back to."""
    drop()
    for key in (_ORIGIN_KEY, launch_files.PICKED_KEY):
        st.session_state.pop(key, None)


def _show_afresh(doors: Doors) -> None:
    """The way back to a form in which nothing was typed, with no run and no input in its address."""
    if st.button(
        wording.AFRESH, key="launch-afresh", type="tertiary", icon=":material/restart_alt:", help=wording.AFRESH_HELP
    ):
        _forget()
        doors.go(Screen.LAUNCH, {})


def _show_command(checked: Checked) -> None:
    if checked.config is not None:
        with st.expander(wording.COMMAND, icon=":material/terminal:"):
            markup.show("folder.html", where=wording.COMMAND_LEAD)
            config = checked.config.changed({"language": checked.config.language or spoken()})  # as it is launched
            st.code(command_line(config), language="bash", wrap_lines=True)


def _show_warnings(checked: Checked, room: str | None) -> None:
    names = [setting(name).label if is_setting(name) else name for name in checked.problems if name != "inputs"]
    if names:
        markup.notice(wording.TO_CHANGE.format(names=", ".join(names)), tone="warn")
    if room is not None:
        markup.notice(room, tone="warn")


def _launch_button(place: DeltaGenerator, doors: Doors, checked: Checked, *, blocked: bool) -> None:
    config = checked.config
    wrong = blocked or config is None
    clicked = place.button(
        wording.LAUNCH,
        type="primary",
        width="stretch",
        disabled=wrong,
        help=wording.BROKEN if wrong else None,
        key="launch-go",
    )
    if not clicked or wrong or config is None:
        return
    try:
        run_id = doors.launch(config)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    _forget()
    doors.go(Screen.LIVE, {"run": run_id})
