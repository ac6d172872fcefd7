"""One reject to its bytes: what is known about it, its record as hex and text, and what stands around it in its file.

The parts of the view follow each other in `PARTS`; a further one, such as replaying the record, is one more function.
"""

from __future__ import annotations

import streamlit as st

from etl_batch.datasets.surroundings import RECORD_BYTES, in_file, shows_bytes, surroundings
from etl_batch.errors import EtlError
from etl_batch.record.run import InputRecord
from etl_batch.reporting.formatting import counted, ordinal, quantity, visible, words
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.hexdump import commands, hex_lines
from etl_batch.runs.record.reject_view import RejectLine
from etl_batch.ui.rejects import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors

DUMP_BYTES, TEXT_CHARACTERS = 1024, 4000


def show_reject(doors: Doors, run: RunDirectory, line: RejectLine) -> None:
    """Draw every part of one reject."""
    record = run.metadata()
    facts = next((each for each in (record.inputs if record else ()) if each.path == line.source), None)
    for part in PARTS:
        part(doors, line, facts)


def _show_facts(_doors: Doors, line: RejectLine, facts: InputRecord | None) -> None:
    markup.section(wording.DETAIL)
    source = line.source
    if facts is not None and facts.original_name:
        source = wording.UPLOADED.format(name=visible(facts.original_name, 120), path=line.source)
    pairs = [
        (wording.REASON, words(line.reason)),
        (wording.FIELD, line.field or ""),
        (wording.WHAT, markup.said(line.detail)),
        (wording.RECORD_SOURCE, source),
        (wording.OFFSET, quantity(line.offset)),
        (wording.NUMBER, ordinal(line.record)),
        (wording.LENGTH, counted(len(in_file(line, facts)), "byte")),
    ]
    markup.show("table.html", pairs=[(name, value) for name, value in pairs if value])


def _show_bytes(_doors: Doors, line: RejectLine, facts: InputRecord | None) -> None:
    markup.section(wording.BYTES, wording.BYTES_LEAD)
    content = in_file(line, facts)
    begin = _part(len(content), line.at)
    # A cell of a Parquet file has no place of its own in the file.
    base = line.offset + begin if shows_bytes(facts) else begin
    markup.show("dump.html", title=wording.BYTES, lines=hex_lines(content[begin : begin + DUMP_BYTES], base))
    if line.is_text:
        markup.section(wording.TEXT)
        text = line.raw[: 4 * TEXT_CHARACTERS].decode("utf-8", "replace")
        markup.show("log.html", title=wording.TEXT, text=visible(text, TEXT_CHARACTERS))


def _part(length: int, at: int) -> int:
    """Which part of a long record to show."""
    if length <= DUMP_BYTES:
        return 0
    begin = int(
        st.number_input(
            wording.PART, 0, length - 1, 0, step=DUMP_BYTES, key=f"reject-part-{at}", help=wording.PART_HELP, width=220
        )
    )
    last = min(begin + DUMP_BYTES, length)
    st.caption(wording.PART_SHOWN.format(first=quantity(begin), last=quantity(last - 1), total=quantity(length)))
    return begin


def _show_source(doors: Doors, line: RejectLine, facts: InputRecord | None) -> None:
    markup.section(wording.AROUND)
    try:
        found = surroundings(doors.home, line, facts)
    except EtlError as error:
        markup.notice(error.message)
        return
    st.caption(wording.AROUND_LEAD)
    whole = found.record_bytes <= RECORD_BYTES
    record = (
        wording.RECORD_RECORD
        if whole
        else wording.RECORD_CUT.format(shown=RECORD_BYTES, total=quantity(found.record_bytes))
    )
    pieces = [
        (wording.BEFORE, found.before, found.begin, "plain"),
        (record, found.record, line.offset, "warn"),
        (wording.AFTER, found.after, found.after_begin, "plain"),
    ]
    shown = [
        {"title": title, "tone": tone, "lines": hex_lines(content, base)}
        for title, content, base, tone in pieces
        if content
    ]
    markup.show("dump_around.html", title=wording.AROUND, pieces=shown)
    st.caption(wording.COMMANDS)
    st.code(commands(line.source, line.offset, found.record_bytes), language="bash", wrap_lines=True)


PARTS = (_show_facts, _show_bytes, _show_source)
