"""Launch view, what is picked: its format, first records, columns, and what a run over it will come to."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch import aside, browsing, previews
from etl_batch.config import RunConfig
from etl_batch.errors import EtlError
from etl_batch.layouts import store_version
from etl_batch.previews import Preview
from etl_batch.reading_options import Declared, ReadingOptions, Suggestion
from etl_batch.reporting.formatting import NOTHING, coarse, coarse_duration, counted, file_size, quantity, visible
from etl_batch.settings import setting
from etl_batch.spelling import few
from etl_batch.stores.url import path_of
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.fields import field_name, sign_name
from etl_batch.ui.launch.form import FoundInputs, LaunchValues, reading_options, shown_path
from etl_batch.ui.launch.outlook import Outlook, outlook, scaled_rows
from etl_batch.ui.launch.probe import show_probe, with_probed_rows
from etl_batch.ui.shared import chosen, markup
from etl_batch.ui.shared.markup import Card

FEW_LOOKED_AT = 4
"""Inputs that are looked at before a run; what a larger number of them holds is judged by these."""


@st.cache_data(max_entries=32, show_spinner=False)
def _cached_preview(
    paths: tuple[bytes, ...],
    home: str,
    options: ReadingOptions,
    changed: tuple[object, ...],  # noqa: ARG001  part of the cache's key: another time, size or layout is another file
) -> Preview:
    first, *more = (path_of(os.fsdecode(path)) for path in paths)
    return aside.call(previews.preview, first, Path(home), options, more=more)


def look(home: Path, values: LaunchValues, found: FoundInputs) -> tuple[Preview | None, str | None]:
    """The preview of the first inputs, or the sentence that says why there is none."""
    if found.problem is not None or not found.files:
        return None, found.problem
    paths = found.files[:FEW_LOOKED_AT]
    options = reading_options(home, values)
    try:
        changed: list[object] = [browsing.state_of(path) for path in paths]
        changed.append(options.struct_config.stat().st_mtime_ns if options.struct_config else store_version(home))
        preview = _cached_preview(tuple(map(os.fsencode, paths)), str(home), options, tuple(changed))
        return with_probed_rows(preview, found), None
    except EtlError as error:
        return None, error.message
    except OSError as error:
        return None, wording.CANNOT_READ.format(name=error.filename, reason=error.strerror)


def estimates(home: Path, preview: Preview, found: FoundInputs, config: RunConfig) -> Outlook:
    """What a run of a configuration will come to."""
    outputs = {"csv": config.output_csv, "parquet": config.output_parquet}
    return outlook(home, preview, found.size(), config.workers, outputs)


def source_cards(preview: Preview, found: FoundInputs, values: LaunchValues, ahead: Outlook | None) -> list[Card]:
    """What is picked and what it will come to, at a glance."""
    how, columns = preview.source.layout or _dialect(preview), counted(len(preview.columns), "column")
    rows = counted(coarse(scaled_rows(preview, found.size())), "row")
    stratum, measures = values["stratum"] or preview.stratum, values["measures"] or preview.measures
    cards = [
        Card(
            wording.CARD_FORMAT,
            preview.source.format,
            visible(wording.FORMAT_NOTE.format(how=how, columns=columns), 80),
            "good",
        ),
        Card(
            wording.CARD_SIZE,
            file_size(found.size()),
            wording.FILES_AND_ROWS.format(files=counted(len(found.files), "file"), rows=rows),
        ),
        Card(
            wording.CARD_STRATUM,
            visible(stratum or NOTHING, 40),
            _why(preview, values["stratum"], wording.PREVIEW_AUTOMATIC),
        ),
        Card(
            wording.CARD_MEASURES,
            visible(", ".join(measures) or NOTHING, 60),
            _why(preview, values["measures"], wording.PREVIEW_AUTOMATIC),
        ),
    ]
    if ahead is not None:
        cards += [
            Card(
                wording.CARD_TIME,
                wording.ABOUT.format(number=coarse_duration(ahead.seconds)),
                wording.TIME_BASIS.format(basis=ahead.basis),
            ),
            Card(
                wording.CARD_OUTPUTS,
                wording.ABOUT.format(number=file_size(coarse(ahead.output_bytes, 2))),
                ahead.where,
            ),
        ]
    return cards


def _dialect(preview: Preview) -> str:
    dialect = preview.source.dialect
    if dialect is None:
        return wording.OWN_TYPES
    return wording.DIALECT.format(
        delimiter=wording.DELIMITERS.get(dialect.delimiter, repr(dialect.delimiter)), encoding=dialect.encoding
    )


def _why(preview: Preview, chosen: object, otherwise: str) -> str:
    if chosen:
        return wording.CHOSEN
    return wording.BY_LAYOUT if preview.by_layout else otherwise


def show_preview(home: Path, preview: Preview | None, found: FoundInputs, values: LaunchValues, tag: str) -> None:
    """What the probe says, the first records, how they are read, and the columns with their types.

    `tag` names where the form's values come from.
    """
    if preview is None:
        return
    show_probe(home, values, found)
    lead = wording.PREVIEW_LEAD
    if len(found.files) > 1:
        name = visible(shown_path(home, preview.source.path), 80)
        lead = wording.PREVIEW_OF.format(name=name, files=counted(len(found.files), "file"))
    markup.section(wording.PREVIEW, lead)
    names = [column.name for column in preview.columns]
    # Rows of odd types would not convert as one column: a preview shows them as they read.
    rows = pd.DataFrame([[_cell(row.get(name)) for name in names] for row in preview.rows], columns=names)
    st.dataframe(rows, hide_index=True, height=markup.table_height(len(rows), 423))
    if preview.reading:
        said = markup.said(" ".join(preview.reading))
        markup.notice(visible(said, 1000), title=wording.HOW_READ)
    for number, suggestion in enumerate(preview.suggestions):
        _show_suggestion(suggestion, tag, number)
    if preview.note:
        markup.notice(preview.note)
    with st.expander(wording.COLUMNS.format(number=quantity(len(names)))):
        types = pd.DataFrame(
            [[column.name, column.type, _role(column.name, preview, values)] for column in preview.columns],
            columns=[*wording.COLUMN_FACTS],
        )
        st.dataframe(types, hide_index=True)


def _show_suggestion(suggestion: Suggestion, tag: str, number: int) -> None:
    """Which columns look like numbers or dates, and a button for each way of reading them so."""
    markup.notice(wording.LOOKS_TYPED.format(names=visible(few(suggestion.names), 200)))
    for place, way in enumerate(suggestion.ways):
        declared = wording.AND.join(
            wording.SET_TO.format(label=setting(name).label.lower(), value=_value_name(value))
            for name, value in way.items()
        )
        st.button(
            wording.DECLARE.format(declared=declared),
            key=f"launch-declare-{number}-{place}",
            on_click=_declare,
            args=(way, tag),
        )


def _value_name(value: str | tuple[str, ...]) -> str:
    shown = "".join(value)
    return shown if len(shown.strip()) == 1 else sign_name(shown)


def _declare(way: Declared, tag: str) -> None:
    """Fill the fields of these settings; what null words are there stay."""
    for name, value in way.items():
        field, held = field_name(name, tag), chosen.now(field_name(name, tag), ())
        chosen.fill(field, value if isinstance(value, str) else (*held, *value))


def _role(name: str, preview: Preview, values: LaunchValues) -> str:
    if name == (values["stratum"] or preview.stratum):
        return wording.AS_STRATUM
    return wording.AS_MEASURE if name in (values["measures"] or preview.measures) else ""


def _cell(value: str | None) -> str:
    return "" if value is None else visible(value, 200)
