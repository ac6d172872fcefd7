"""Launch view, the settings: every option of a run as a field, with what is wrong with it beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from etl_batch.model import Allocation, TargetScope
from etl_batch.previews import Preview
from etl_batch.reporting.formatting import moment, visible
from etl_batch.ui.launch.form import LaunchValues, real_path
from etl_batch.ui.shared import markup

SETTINGS, MORE = "Settings", "More settings"
AUTOMATIC = "Automatic"
NO_LIMIT, BY_FRACTION = "no limit", "by the fraction"
BACKUP = "Exists since {when}; it is kept as a backup when the run replaces it."
NAMES = {
    "inputs": "Input",
    "layout": "Record layout",
    "output_csv": "CSV output",
    "output_parquet": "Parquet output",
    "workers": "Workers",
    "sample_frac": "Sample fraction",
    "allocation": "Allocation",
    "target_error": "Error to reach in %",
    "target_per": "Error holds for each",
    "stratum": "Stratum",
    "measures": "Measures",
    "max_rejects": "Most rejects",
    "timeout": "Timeout in seconds",
    "chunk_bytes": "Chunk size in bytes",
    "max_size_gb": "Largest input in GB",
    "retries": "Retries",
    "seed": "Seed",
    "struct_config": "Layout file",
    "report": "Report copy",
    "force_text": "Read as text whatever it looks like",
}
HELP = {
    "output_csv": "One merged CSV under output/. Empty: no CSV.",
    "output_parquet": "One merged Parquet file under output/. Empty: no Parquet.",
    "workers": "Processes that read, clean and write at the same time. The machine's cores are a good number.",
    "sample_frac": "Share of the rows behind the estimates: 0.005 is one row in 200.",
    "allocation": "How the strata share the sample: by the square root of their rows, where the values differ most "
    "(Neyman), or by their rows (proportional).",
    "target_error": "Sample as many rows as make each interval this narrow, such as 1 % of the total. The fraction "
    "then counts for nothing. Empty: the fraction decides.",
    "target_per": "Whether that error is for each measure's total alone, or for the total of every stratum too.",
    "stratum": "Column whose values split the rows into groups for the sample.",
    "measures": "Columns whose totals are estimated. None chosen: the automatic choice.",
    "max_rejects": "Past this many unreadable records nothing is published. Empty: no limit.",
    "timeout": "After so long the run is stopped and nothing is published.",
    "chunk_bytes": "Most input bytes that a worker takes at a time. More than 16,777,216 counts as that.",
    "max_size_gb": "A larger input is refused; 1 GB is 1,000,000,000 bytes. Empty: no limit.",
    "retries": "How often a piece is read again after a passing read error.",
    "seed": "A whole number from 0. The same seed draws the same rows again; another one draws others.",
    "struct_config": "A file of record layouts under the allowed folders, used instead of this home's. Empty: none.",
    "report": "Where the report also goes, under report/ or output/. Empty: report/etl_quantum_report.html.",
    "force_text": "For a text file whose name or first bytes look binary.",
}
MAX_WORKERS, MOST_RETRIES, MOST_WHOLE = 1024, 20, 2**53 - 1
Places = dict[str, DeltaGenerator]


class Fields:
    """The fields over one set of values. `tag` names where the values come from: other values are other fields."""

    def __init__(self, values: LaunchValues, tag: str) -> None:
        self.values, self.tag = values, tag
        self.places: Places = {}

    def _place(self, name: str) -> None:
        self.places[name] = st.container()

    def _key(self, name: str) -> str:
        return f"launch-{name}-{self.tag}"

    def text(self, name: str, tag: str = "") -> str:
        """A field for a line of text."""
        typed = st.text_input(NAMES[name], getattr(self.values, name), key=f"{self._key(name)}{tag}", help=HELP[name])
        self._place(name)
        return str(typed)

    def whole(self, name: str, least: int, most: int = MOST_WHOLE, step: int = 1) -> int | None:
        """A field for a whole number; None when it is empty."""
        given = getattr(self.values, name)
        typed = st.number_input(
            NAMES[name],
            least,
            most,
            None if given is None else min(max(int(given), least), most),
            step=step,
            key=self._key(name),
            help=HELP[name],
            placeholder=NO_LIMIT,
        )
        self._place(name)
        return None if typed is None else int(typed)

    def choice(self, name: str, options: list[str]) -> str:
        """A field for one of a few words."""
        at = options.index(str(getattr(self.values, name)))
        typed = st.selectbox(NAMES[name], options, index=at, key=self._key(name), help=HELP[name])
        self._place(name)
        return typed or options[0]

    def decimal(self, name: str, most: float | None = None, step: float = 0.005, empty: str = NO_LIMIT) -> float | None:
        """A field for a number; None when it is empty."""
        given = getattr(self.values, name)
        typed = st.number_input(
            NAMES[name],
            0.0,
            most,
            None if given is None else float(given),
            step=step,
            format="%.6g",
            key=self._key(name),
            help=HELP[name],
            placeholder=empty,
        )
        self._place(name)
        return None if typed is None else float(typed)


def show_fields(
    home: Path, values: LaunchValues, preview: Preview | None, tag: str, outputs_tag: str
) -> tuple[LaunchValues, Places]:
    """Draw the fields; what they hold now, and a place beside each for what is wrong with it."""
    fields = Fields(values, tag)
    markup.section(SETTINGS)
    with st.container(border=True):
        values = _output_fields(home, values, fields, outputs_tag)
        values = _sample_fields(values, preview, fields, outputs_tag)
        left, right = st.columns(2)
        with left:
            max_rejects = fields.whole("max_rejects", 0)
        with right:
            timeout = fields.decimal("timeout", step=60.0)
        values = replace(values, max_rejects=max_rejects, timeout=0.0 if timeout is None else timeout)
    with st.expander(MORE, icon=":material/tune:"):
        values = _more_fields(values, fields)
    return values, fields.places


def _output_fields(home: Path, values: LaunchValues, fields: Fields, outputs_tag: str) -> LaunchValues:
    typed = {}
    for name in ("output_csv", "output_parquet"):
        typed[name] = fields.text(name, outputs_tag)
        target = real_path(home, typed[name])
        if typed[name].strip() and target.is_file():
            when = pd.Timestamp(target.stat().st_mtime, unit="s", tz="UTC").isoformat()
            fields.places[name].caption(BACKUP.format(when=moment(when)))
    return replace(values, output_csv=typed["output_csv"], output_parquet=typed["output_parquet"])


def _sample_fields(values: LaunchValues, preview: Preview | None, fields: Fields, inputs_tag: str) -> LaunchValues:
    columns = preview.columns if preview else ()
    left, right = st.columns(2)
    with left:
        workers = fields.whole("workers", 1, MAX_WORKERS)
    with right:
        sample = fields.decimal("sample_frac", 1.0)
    strata = list(dict.fromkeys([None, values.stratum, *(column.name for column in columns)]))
    automatic = f"{AUTOMATIC}: {preview.stratum}" if preview and preview.stratum else AUTOMATIC
    stratum = st.selectbox(
        NAMES["stratum"],
        strata,
        index=strata.index(values.stratum),
        format_func=lambda name: visible(automatic if name is None else name, 60),
        key=f"launch-stratum-{fields.tag}{inputs_tag}",
        help=HELP["stratum"],
    )
    fields.places["stratum"] = st.container()
    numeric = [column.name for column in columns if column.measurable]
    measures = st.multiselect(
        NAMES["measures"],
        list(dict.fromkeys([*values.measures, *numeric])),
        default=list(values.measures),
        format_func=lambda name: visible(name, 60),
        key=f"launch-measures-{fields.tag}{inputs_tag}",
        help=HELP["measures"],
        placeholder=visible(", ".join(preview.measures if preview else ()) or AUTOMATIC, 60),
    )
    fields.places["measures"] = st.container()
    return replace(
        values,
        workers=workers or values.workers,
        sample_frac=0.0 if sample is None else sample,
        stratum=stratum,
        measures=tuple(measures),
    )


def _more_fields(values: LaunchValues, fields: Fields) -> LaunchValues:
    left, right = st.columns(2)
    with left:
        target_error = fields.decimal("target_error", 100.0, 0.5, BY_FRACTION)
        allocation = fields.choice("allocation", list(map(str, Allocation)))
        max_size_gb = fields.decimal("max_size_gb", step=1.0)
    with right:
        target_per = fields.choice("target_per", list(map(str, TargetScope)))
        seed = fields.text("seed")
        retries = fields.whole("retries", 0, MOST_RETRIES)
    chunk_bytes = fields.whole("chunk_bytes", 1, step=1 << 20) or values.chunk_bytes
    report, struct_config = fields.text("report"), fields.text("struct_config")
    force_text = st.checkbox(
        NAMES["force_text"], values.force_text, key=f"launch-force-text-{fields.tag}", help=HELP["force_text"]
    )
    return replace(
        values,
        target_error=target_error,
        target_per=target_per,
        allocation=allocation,
        chunk_bytes=chunk_bytes,
        max_size_gb=max_size_gb,
        retries=values.retries if retries is None else retries,
        seed=seed,
        report=report,
        struct_config=struct_config,
        force_text=force_text,
    )


def show_problems(problems: Mapping[str, str], places: Places) -> None:
    """Each problem beside its field; those of the input are told beside the input."""
    for name, problem in problems.items():
        if name != "inputs":
            with places.get(name, st.container()):
                markup.notice(problem, tone="bad")
