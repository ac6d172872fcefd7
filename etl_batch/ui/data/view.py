"""Data view: every output that runs have written, how it stands now, what is in it, and its backups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.datasets.listing import Output, OutputState, count_backups, known_outputs, outputs_at, parts_in
from etl_batch.datasets.pages import Table
from etl_batch.errors import EtlError
from etl_batch.files.parted import PartFile
from etl_batch.reporting.formatting import counted, file_size, moment, quantity, visible
from etl_batch.runs.history.index import summarise
from etl_batch.runs.history.outputs import Written
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.data import wording
from etl_batch.ui.data.backups import show_backups
from etl_batch.ui.data.checking import show_check
from etl_batch.ui.data.preview import show_preview
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card, Tone
from etl_batch.ui.shared.missing import is_there, show_missing, show_none_of
from etl_batch.ui.shared.run_list import names_of
from etl_batch.ui.shared.summary import download_name
from etl_batch.ui.shared.tables import in_figures

TONES: dict[OutputState, Tone] = {OutputState.OLDER: "info", OutputState.CHANGED: "warn", OutputState.MISSING: "bad"}
SHOWN = 200


def show_data(doors: Doors, chosen_run: str | None = None) -> None:
    """Draw list and details; the first output of `chosen_run` is picked, else the one written last."""
    known = known_outputs(doors.home)
    if not known:
        markup.notice(wording.EMPTY)
        return
    if chosen_run is not None and not _is_shown(doors, chosen_run, known):
        return
    needles = st.text_input(wording.SEARCH, key="data-search", help=wording.SEARCH_HELP).casefold().split()
    known = [item for item in known if all(needle in str(item[0]).casefold() for needle in needles)]
    if chosen_run is not None:
        known.sort(key=lambda item: all(written.run_id != chosen_run for written in item[1]))
    outputs = outputs_at(doors.home, known[:SHOWN])
    if outputs:
        _show_list(outputs, len(known))
    elif not known:
        markup.notice(wording.NONE_FIT, tone="warn")
    outside = min(len(known), SHOWN) - len(outputs)
    if outside:
        markup.notice(wording.OUTSIDE.format(number=quantity(outside)), tone="warn")
    if outputs:
        _show_details(doors, _pick(outputs))


def _is_shown(doors: Doors, run_id: str, known: Sequence[tuple[Path, Sequence[Written]]]) -> bool:
    """Whether a run has an output to show; what is wrong with it is said."""
    if any(written.run_id == run_id for _path, writers in known for written in writers):
        return True
    newest = max(writers[0].run_id for _path, writers in known)
    if is_there(doors.home, run_id):
        show_none_of(doors, Screen.DATA, wording.WROTE_NOTHING.format(run_id=visible(run_id, 80)), newest)
    else:
        show_missing(doors, Screen.DATA, run_id, newest)
    return False


def _show_list(outputs: Sequence[Output], total: int) -> None:
    kept = count_backups(outputs)
    markup.cards(data_cards(outputs, kept))
    st.dataframe(
        in_figures(outputs_table(outputs, kept)),
        hide_index=True,
        height=markup.table_height(len(outputs), 300),
        column_config={
            wording.ROWS: st.column_config.NumberColumn(width=100),
            wording.BACKUPS: st.column_config.NumberColumn(width=80),
        },
    )
    if total > SHOWN:
        st.caption(wording.MORE.format(shown=SHOWN, total=quantity(total)))


def data_cards(outputs: Sequence[Output], kept: Mapping[Path, int]) -> list[Card]:
    """How many files there are, how large, how many are not as they were written, and how many backups."""
    odd = sum(output.state in (OutputState.CHANGED, OutputState.MISSING) for output in outputs)
    size = sum(output.bytes or 0 for output in outputs)
    return [
        Card(wording.OUTPUTS, quantity(len(outputs))),
        Card(wording.SIZE, file_size(size), wording.SIZE_NOTE),
        Card(wording.CHANGED_OR_MISSING, quantity(odd), tone="warn" if odd else "good"),
        Card(wording.BACKUPS, quantity(sum(kept.values()))),
    ]


def outputs_table(outputs: Sequence[Output], kept: Mapping[Path, int]) -> pd.DataFrame:
    """One line an output; rows are those of the run that wrote it."""
    return pd.DataFrame(
        [
            {
                wording.FILE: visible(output.path.name, 80),
                wording.STATE: wording.STATES[output.state],
                wording.ROWS: None if output.maker is None else output.maker.rows,
                wording.SIZE: "" if output.bytes is None else file_size(output.bytes),
                wording.WRITTEN: moment(output.maker.finished_at) if output.maker else "",
                wording.VIEW_RUN: output.maker.run_id if output.maker else "",
                wording.BACKUPS: kept[output.path],
                wording.FOLDER: visible(str(output.path.parent), 120),
            }
            for output in outputs
        ]
    )


def _pick(outputs: Sequence[Output]) -> Output:
    labels = {str(output.path): _label(output) for output in outputs}
    picked = st.selectbox(
        wording.OUTPUT, list(labels), format_func=lambda path: labels.get(path, path), key="data-output"
    )
    return next((output for output in outputs if str(output.path) == picked), outputs[0])


def _label(output: Output) -> str:
    return visible(f"{output.path.name} · {wording.KINDS.get(output.kind, output.kind)} · {output.path.parent}", 110)


def _state_words(state: OutputState) -> str:
    """What is to be said of a file that is not as its newest run wrote it; nothing of the others."""
    return {
        OutputState.OLDER: wording.OLDER,
        OutputState.CHANGED: wording.CHANGED,
        OutputState.MISSING: wording.MISSING,
    }.get(state, "")


def _show_details(doors: Doors, output: Output) -> None:
    markup.section(visible(output.path.name, 80))
    sentence = _state_words(output.state)
    if sentence:
        maker = output.maker.run_id if output.maker else ""
        markup.notice(sentence.format(maker=maker, newest=output.newest.run_id), tone=TONES[output.state])
    markup.show("table.html", pairs=[*facts(output), *_inputs(doors, output)])
    if output.maker is not None:
        _show_links(doors, output, output.maker)
    if output.found is not None:
        show_check(doors, output.path, output.writers, wording.CHECK, key="output")
        _show_rows(doors, output)
    show_backups(doors, output)


def facts(output: Output) -> list[tuple[str, str]]:
    """What is known about the file, as pairs."""
    maker = output.maker
    return [
        (wording.PATH, str(output.path)),
        (wording.SIZE, wording.NOT_KNOWN if output.bytes is None else file_size(output.bytes)),
        (wording.ROWS, quantity(maker.rows) if maker else wording.NOT_KNOWN),
        (wording.WRITTEN, moment(maker.finished_at) if maker else wording.NOT_KNOWN),
        (wording.BY, maker.run_id if maker else wording.NOT_KNOWN),
        (
            wording.NOTED_OF_MANIFEST if output.in_parts else wording.NOTED,
            (maker or output.newest).sha256 or wording.NOT_KNOWN,
        ),
    ]


def _inputs(doors: Doors, output: Output) -> list[tuple[str, str]]:
    """What the run that wrote the file has read, by the names that people know."""
    if output.maker is None:
        return []
    return [(wording.READ_FROM, names_of(summarise(RunDirectory(doors.home, output.maker.run_id))))]


def _show_links(doors: Doors, output: Output, maker: Written) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if doors.file_url is not None:
            name = download_name(output.path, in_parts=output.in_parts)
            label = wording.DOWNLOAD.format(name=name)
            markup.show("link.html", url=doors.file_url(maker.run_id, name), label=label)
        doors.link(wording.TO_RUN, Screen.RUNS, {"run": maker.run_id})


def _show_rows(doors: Doors, output: Output) -> None:
    """The preview; of a folder of parts that of one of them."""
    table, key = _table(doors, output), _key(output)
    if output.in_parts:
        try:
            parts = parts_in(output.path, doors.home).parts
        except EtlError as error:
            markup.notice(error.message, tone="bad")
            return
        labels = {part.name: _part_label(number, part) for number, part in enumerate(parts, 1)}
        name = st.selectbox(
            wording.PART, list(labels), format_func=lambda each: labels.get(each, each), key="data-part"
        )
        part = next((each for each in parts if each.name == name), parts[0])
        table, key = replace(table, path=output.path / part.name, rows=part.rows), f"{key}-{part.name}"
    show_preview(doors, table, key, output.newest.run_id)


def _part_label(number: int, part: PartFile) -> str:
    return wording.PART_LABEL.format(number=number, rows=counted(part.rows, "row"), size=file_size(part.bytes))


def _table(doors: Doors, output: Output) -> Table:
    maker = output.maker
    if maker is None:
        return Table(doors.home, output.path, output.kind)
    record = RunDirectory(doors.home, maker.run_id).metadata()
    types = tuple(column.type for column in record.schema) if record else ()
    return Table(doors.home, output.path, output.kind, maker.rows, types)


def _key(output: Output) -> str:
    """Names the file's present content, so that places in an earlier one are forgotten."""
    found = output.found
    return f"{output.path}-{found.st_ino}-{found.st_mtime_ns}" if found else str(output.path)
