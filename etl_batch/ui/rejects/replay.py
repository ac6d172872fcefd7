"""Mend and replay: settings by which the rejects of a run are read again, how many would pass, and the run itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from etl_batch.config import RunConfig
from etl_batch.errors import EtlError
from etl_batch.model import RunStatus
from etl_batch.record.run import RunRecord
from etl_batch.replaying import Outlook, outlook, replay_config
from etl_batch.reporting.formatting import quantity, visible, words
from etl_batch.security.guard import allowed_roots
from etl_batch.settings import setting
from etl_batch.ui.launch.fields import show_some
from etl_batch.ui.launch.form import as_configured, check_declared_files, values_of_config
from etl_batch.ui.rejects import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import Doors, Screen
from etl_batch.ui.shared.markup import Card

_OF_TEXT = ("ragged", "delimiter", "quote", "escape", "encoding", "comment", "decimal", "thousands", "date_order",
            "null_words")  # fmt: skip
_OF_FORMAT = {
    "csv": (*_OF_TEXT, "max_record_bytes"),
    "jsonl": ("decimal", "thousands", "date_order", "null_words", "max_record_bytes"),
    "binary": ("layout", "struct_config"),
}
"""The settings that may help, by the format of an input; a schema and another limit may always."""
_SHOWN_KEY = "replay-outlook"


def show_replay(doors: Doors, run_id: str, record: RunRecord) -> None:
    """Draw the fields and the two buttons; nothing for whoever may not launch a run of their own."""
    if doors.launch_refusal is not None or not record.inputs:
        return
    with st.expander(wording.MEND, icon=":material/replay:"):
        st.caption(wording.MEND_LEAD)
        names = [
            *dict.fromkeys(name for each in record.inputs for name in _OF_FORMAT.get(each.format, ())),
            "schema_file",
            "max_rejects",
        ]
        config = _config(doors.home, run_id, record, names)
        if any(each.layout for each in record.inputs):
            doors.link(wording.TO_LAYOUTS, Screen.LAYOUTS, {})
        if config is not None:
            _show_buttons(doors, config)


def _config(home: Path, run_id: str, record: RunRecord, names: Sequence[str]) -> RunConfig | None:
    """The replay that the fields ask for; None while something is wrong, which is said."""
    tag = f"replay-{run_id}"
    values = show_some(home, values_of_config(home, record.config.values), names, tag)
    append = record.status is RunStatus.SUCCESS and st.checkbox(
        wording.APPEND, key=f"{tag}-append", help=wording.APPEND_HELP
    )
    problems: dict[str, str] = {}
    check_declared_files(values, home, allowed_roots(home), problems)
    if problems:
        markup.notice(" ".join(problems.values()), tone="bad")
        return None
    try:
        changes = {name: as_configured(home, setting(name), values[name]) for name in names}
        return replay_config(home, run_id, {**changes, "append": append})
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return None


def _show_buttons(doors: Doors, config: RunConfig) -> None:
    left, right = st.columns(2)
    asked = left.button(wording.TRY, key="replay-try", width="stretch")
    launched = right.button(wording.REPLAY, type="primary", key="replay-go", width="stretch")
    if launched:
        _launch(doors, config)
    if asked:
        st.session_state.pop(_SHOWN_KEY, None)
        try:
            st.session_state[_SHOWN_KEY] = (config, outlook(config))
        except EtlError as error:
            markup.notice(error.message, tone="bad")
    tried = st.session_state.get(_SHOWN_KEY)
    if tried is not None and tried[0] == config:
        _show_outlook(tried[1])


def _launch(doors: Doors, config: RunConfig) -> None:
    try:
        outlook(config, most=0)  # what would be refused is refused here, and not as a run that fails
        run_id = doors.launch(config)
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    doors.go(Screen.LIVE, {"run": run_id})


def _show_outlook(found: Outlook) -> None:
    """How many would pass, and why the others would not."""
    counts = found.counts
    of = wording.OF_FIRST if found.more else wording.OF_THEM
    cards = [Card(wording.PASS, quantity(counts.passed), of.format(number=quantity(counts.tried)))]
    if counts.skipped:
        cards.append(Card(wording.SKIP, quantity(counts.skipped)))
    cards.append(Card(wording.STAY, quantity(counts.rejected)))
    markup.cards(cards)
    ranked = sorted(found.reasons.items(), key=lambda item: (-item[1], item[0]))
    pairs = [
        (
            wording.LEFT.format(reason=words(name), number=quantity(number)),
            visible(markup.said(found.firsts[name].detail), 200),
        )
        for name, number in ranked
    ]
    if pairs:
        markup.show("table.html", pairs=pairs)
