"""Launch view: pick an input, look at it, check the settings, start the run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch import service
from etl_batch.config import AUTO_LAYOUT
from etl_batch.errors import EtlError
from etl_batch.layouts import load_layouts
from etl_batch.reporting.formatting import NOTHING, counted, file_size, moment, visible
from etl_batch.runs.directory import RunDirectory
from etl_batch.runs.process import config_to_argv
from etl_batch.ui import markup
from etl_batch.ui.doors import Doors, Screen
from etl_batch.ui.launch_form import (
    Checked,
    LaunchValues,
    check,
    found_inputs,
    fresh_values,
    original_name,
    real_path,
    shown_path,
    values_of_run,
)
from etl_batch.ui.markup import Card

TITLE = "Launch"
LEAD = "The first input is picked already: one click runs it. Everything below may be changed before."
NO_INPUT_TITLE = "There is no data yet"
NO_INPUT = "Put a binary, CSV or Parquet file into the folder {folder}, or upload one."
INPUT, INPUT_HELP = "Input", "A file under data/. A folder or a glob such as data/*.csv may be typed in as well."
LAYOUT, LAYOUT_HELP = "Record layout", "How the bytes of a record are read. Automatic: the file's content decides."
LAUNCH = "Launch run"
BROKEN = "Change what is marked below; then the run can be launched."
PREVIEW, PREVIEW_LEAD = "First records", "As they will be read with these settings."
COLUMNS = "Columns"
SETTINGS = "Settings"
CSV, CSV_HELP = "CSV output", "One merged CSV under output/. Empty: no CSV."
PARQUET, PARQUET_HELP = "Parquet output", "One merged Parquet file under output/. Empty: no Parquet."
WORKERS, WORKERS_HELP = "Workers", "Processes that read, clean and write at the same time."
SAMPLE, SAMPLE_HELP = "Sample fraction", "Share of the rows behind the estimates: 0.005 is one row in 200."
STRATUM, STRATUM_HELP = "Stratum", "Column whose values split the rows into groups for the sample."
MEASURES, MEASURES_HELP = "Measures", "Columns whose totals are estimated. None chosen: the automatic choice."
REJECTS, REJECTS_HELP = "Most rejects", "Past this many unreadable records nothing is published. Empty: no limit."
TIMEOUT, TIMEOUT_HELP = "Timeout in seconds", "After so long the run is stopped and nothing is published."
COMMAND = "The same from the command line"
UPLOAD, UPLOAD_LABEL, UPLOAD_BUTTON = "Upload a file", "Binary, CSV or Parquet, straight to disk under data/.", "Upload"
BACKUP = "Exists since {when}; it is kept as a backup when the run replaces it."
AUTOMATIC = "Automatic"
REPEATS = "The settings are those of run {run_id}. Change what you like."
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
MAX_WORKERS = 1024


def show_launch(doors: Doors, *, picked: str | None = None, from_run: str | None = None) -> None:
    """Draw the form. `picked`: base name of an input to begin with; `from_run`: a run to repeat with changes."""
    if doors.launch_refusal:
        markup.notice(doors.launch_refusal, tone="warn")
    start = _start_values(doors, from_run)
    options = _options(doors.home, start)
    if not options:
        markup.notice(NO_INPUT.format(folder=doors.home / "data"), tone="warn", title=NO_INPUT_TITLE)
        _upload(doors, expanded=True)
        return
    if start is not None:
        markup.notice(REPEATS.format(run_id=start.rerun_of))
    chosen, layout, button = _pick(doors, options, picked, start)
    values = start if start is not None and start.input == chosen else fresh_values(doors.home, chosen)
    values = replace(values, layout=layout)
    preview, refusal = _preview(doors.home, values)
    if refusal is not None:
        markup.notice(refusal, tone="bad")
    if preview is not None:
        markup.cards(_source_cards(preview))
    left, right = st.columns([3, 2], gap="medium")
    with right:
        checked = _settings(doors, values, preview or {})
    with left:
        _show_preview(preview)
        _upload(doors)
    _launch_button(button, doors, checked, blocked=refusal is not None)


def _start_values(doors: Doors, from_run: str | None) -> LaunchValues | None:
    if from_run is None:
        return None
    config = RunDirectory(doors.home, from_run).config()
    return values_of_run(doors.home, from_run, config) if config else None


def _options(home: Path, start: LaunchValues | None) -> list[str]:
    """Inputs to choose from, the repeated run's first."""
    files = [shown_path(home, path) for path in service.default_inputs(home)]
    return list(dict.fromkeys(([start.input] if start else []) + files))


def _pick(
    doors: Doors, options: list[str], picked: str | None, start: LaunchValues | None
) -> tuple[str, str, DeltaGenerator]:
    """The row on top: input, layout and the place of the button, which is filled when all else is known."""
    by_name = {Path(option).name: number for number, option in enumerate(options)}
    names = {option: _label(doors.home, option) for option in options}
    left, middle, right = st.columns([5, 2, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        INPUT,
        options,
        index=by_name.get(picked or "", 0),
        format_func=lambda option: names.get(option, option),
        key=f"launch-input-{picked}-{start.rerun_of if start else None}",
        help=INPUT_HELP,
        accept_new_options=True,
    )
    layouts = [AUTO_LAYOUT, *sorted(load_layouts(None))]
    given = start.layout if start else AUTO_LAYOUT
    layout = middle.selectbox(
        LAYOUT,
        layouts,
        index=layouts.index(given) if given in layouts else 0,
        format_func=lambda name: AUTOMATIC if name == AUTO_LAYOUT else name,
        help=LAYOUT_HELP,
    )
    return chosen or options[0], layout, right


def _label(home: Path, option: str) -> str:
    path = real_path(home, option)
    original = original_name(path)
    size = f" ({file_size(path.stat().st_size)})" if path.is_file() else ""
    return visible(f"{original} as {option}" if original else option, 90) + size


@st.cache_data(max_entries=32, show_spinner=False)
def _cached_preview(
    path: str,
    home: str,
    layout: str,
    changed: tuple[int, int],  # noqa: ARG001  part of the cache's key: another time or size is another file
) -> dict[str, Any]:
    return service.preview(Path(path), Path(home), layout)


def _preview(home: Path, values: LaunchValues) -> tuple[dict[str, Any] | None, str | None]:
    """The preview of the first file, or the sentence that says why there is none."""
    try:
        path = found_inputs(values, home)[0]
        found = path.stat()
        return _cached_preview(str(path), str(home), values.layout, (found.st_mtime_ns, found.st_size)), None
    except EtlError as error:
        return None, error.message


def _source_cards(preview: Mapping[str, Any]) -> list[Card]:
    dialect = preview.get("dialect") or {}
    cells = DELIMITERS.get(dialect.get("delimiter", ""), repr(dialect.get("delimiter")))
    how = preview.get("layout") or (f"{cells} between cells, {dialect['encoding']}" if dialect else "")
    measures = ", ".join(preview.get("measures") or ()) or NOTHING
    return [
        Card("Format", str(preview["format"]), visible(how, 60), "good"),
        Card("Size", file_size(preview["size_bytes"]), counted(len(preview["columns"]), "column")),
        Card("Stratum", visible(preview.get("stratum") or NOTHING, 40), "splits the sample"),
        Card("Measures", visible(measures, 60), "totals estimated"),
    ]


def _show_preview(preview: Mapping[str, Any] | None) -> None:
    if preview is None:
        return
    markup.section(PREVIEW, PREVIEW_LEAD)
    names = [column["name"] for column in preview["columns"]]
    # Rows of odd types would not convert as one column: a preview shows them as they read.
    rows = pd.DataFrame([[_cell(row.get(name)) for name in names] for row in preview["rows"]], columns=names)
    st.dataframe(rows, hide_index=True, height=markup.table_height(len(rows), 423))
    if preview.get("note"):
        markup.notice(preview["note"])
    with st.expander(f"{COLUMNS} ({len(names)})"):
        types = pd.DataFrame(preview["columns"])[["name", "type"]]
        st.dataframe(types, hide_index=True, column_config={"name": "Column", "type": "Type"})


def _cell(value: Any) -> str:
    return "" if value is None else visible(str(value), 200)


def _settings(doors: Doors, values: LaunchValues, preview: Mapping[str, Any]) -> Checked:
    """The fields, each with what is wrong with it, and the command line that does the same."""
    markup.section(SETTINGS)
    places: dict[str, DeltaGenerator] = {}
    with st.container(border=True):
        values = _output_fields(doors.home, values, places)
        values = _sample_fields(values, preview, places)
        values = _limit_fields(values, places)
    checked = check(values, doors.home, doors.user)
    for name, problem in checked.problems.items():
        if name == "input":
            continue  # said below the picker already, instead of a preview
        with places.get(name, st.container()):
            markup.notice(problem, tone="bad")
    if checked.config is not None:
        with st.expander(COMMAND):
            command = shlex.join(["python", "etl_batch/etl_core.py", *config_to_argv(checked.config)])
            st.code(command, language="bash", wrap_lines=True)
    return checked


def _key(values: LaunchValues, name: str) -> str:
    """A field's key: another input or another run to repeat brings its own values with it."""
    return f"launch-{name}-{values.rerun_of}-{values.input}"


def _output_fields(home: Path, values: LaunchValues, places: dict[str, DeltaGenerator]) -> LaunchValues:
    typed = {}
    for name, label, words in (("output_csv", CSV, CSV_HELP), ("output_parquet", PARQUET, PARQUET_HELP)):
        typed[name] = st.text_input(label, getattr(values, name), key=_key(values, name), help=words)
        places[name] = st.container()
        target = real_path(home, typed[name])
        if typed[name].strip() and target.is_file():
            when = pd.Timestamp(target.stat().st_mtime, unit="s", tz="UTC").isoformat()
            places[name].caption(BACKUP.format(when=moment(when)))
    return replace(values, **typed)


def _sample_fields(values: LaunchValues, preview: Mapping[str, Any], places: dict[str, DeltaGenerator]) -> LaunchValues:
    names = [column["name"] for column in preview.get("columns", ())]
    left, right = st.columns(2)
    with left:
        workers = st.number_input(
            WORKERS, 1, MAX_WORKERS, min(values.workers, MAX_WORKERS), key=_key(values, "workers"), help=WORKERS_HELP
        )
    with right:
        sample = st.number_input(
            SAMPLE,
            0.0,
            1.0,
            float(values.sample_frac),
            step=0.005,
            format="%.6g",
            key=_key(values, "sample"),
            help=SAMPLE_HELP,
        )
        places["sample_frac"] = st.container()
    strata = list(dict.fromkeys([None, values.stratum, *names]))
    automatic = f"{AUTOMATIC}: {preview['stratum']}" if preview.get("stratum") else AUTOMATIC
    stratum = st.selectbox(
        STRATUM,
        strata,
        index=strata.index(values.stratum),
        format_func=lambda name: automatic if name is None else visible(name, 60),
        key=_key(values, "stratum"),
        help=STRATUM_HELP,
    )
    measures = st.multiselect(
        MEASURES,
        list(dict.fromkeys([*values.measures, *names])),
        default=list(values.measures),
        format_func=lambda name: visible(name, 60),
        key=_key(values, "measures"),
        help=MEASURES_HELP,
        placeholder=visible(", ".join(preview.get("measures") or ()) or AUTOMATIC, 60),
    )
    return replace(values, workers=int(workers), sample_frac=float(sample), stratum=stratum, measures=tuple(measures))


def _limit_fields(values: LaunchValues, places: dict[str, DeltaGenerator]) -> LaunchValues:
    left, right = st.columns(2)
    with left:
        rejects = st.number_input(
            REJECTS,
            0,
            value=values.max_rejects,
            placeholder="no limit",
            key=_key(values, "rejects"),
            help=REJECTS_HELP,
        )
        places["max_rejects"] = st.container()
    with right:
        timeout = st.number_input(
            TIMEOUT, 1, value=int(values.timeout), step=60, key=_key(values, "timeout"), help=TIMEOUT_HELP
        )
        places["timeout"] = st.container()
    return replace(values, max_rejects=None if rejects is None else int(rejects), timeout=float(timeout))


def _launch_button(place: DeltaGenerator, doors: Doors, checked: Checked, *, blocked: bool) -> None:
    config = checked.config
    wrong = blocked or config is None
    clicked = place.button(
        LAUNCH,
        type="primary",
        width="stretch",
        disabled=wrong or doors.launch_refusal is not None,
        help=BROKEN if wrong else doors.launch_refusal,
        key="launch-go",
    )
    if not clicked or config is None:
        return
    try:
        run_id = doors.launch(config)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    doors.go(Screen.LIVE, {"run": run_id})


def _upload(doors: Doors, *, expanded: bool = False) -> None:
    if doors.upload_url is not None and doors.launch_refusal is None:
        with st.expander(UPLOAD, expanded=expanded):
            markup.show("upload.html", action=doors.upload_url, label=UPLOAD_LABEL, button=UPLOAD_BUTTON)
