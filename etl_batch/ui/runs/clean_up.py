"""Clean-up view: what retention would delete, shown first, and then deleting exactly that."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from etl_batch.errors import EtlError
from etl_batch.reporting.formatting import counted, file_size, visible
from etl_batch.retention import GIGABYTE, Policy, Pruned, PruneKind, PrunePlan
from etl_batch.ui.runs import wording
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.doors import CleanUpDoors

MOST_LEFT = 5
_PLAN, _DONE, _REFUSED = "clean-up-plan", "clean-up-done", "clean-up-refused"
_FIELDS = ("clean-up-days", "clean-up-gb", "clean-up-backup-days", "clean-up-backup-gb")


def show_clean_up(doors: CleanUpDoors, home: Path) -> None:
    """Draw the limits, the list of what they would delete, and the button that deletes it."""
    with st.expander(
        wording.CLEAN_UP_TITLE,
        key="clean-up",
        expanded=any(name in st.session_state for name in (_PLAN, _DONE, _REFUSED)),
    ):
        st.caption(wording.CLEAN_UP_LEAD)
        _show_limits(doors)
        _show_outcome(home)
        plan: PrunePlan | None = st.session_state.get(_PLAN)
        if plan is not None:
            _show_plan(doors, home, plan)


def _show_limits(doors: CleanUpDoors) -> None:
    try:
        policy = doors.policy()
    except EtlError as error:
        markup.notice(error.message, tone="bad")
        return
    columns = st.columns(4, vertical_alignment="bottom")
    values = (policy.keep_days, policy.keep_bytes, policy.keep_backups_days, policy.keep_backups_bytes)
    labels = (
        (wording.RUN_DAYS, 1),
        (wording.RUN_GB, GIGABYTE),
        (wording.BACKUP_DAYS, 1),
        (wording.BACKUP_GB, GIGABYTE),
    )
    for column, key, value, (label, scale) in zip(columns, _FIELDS, values, labels, strict=True):
        column.number_input(
            label,
            min_value=0.0,
            max_value=100_000.0,
            value=value / scale,
            step=1.0,
            format="%g",
            key=key,
            help=wording.DAYS_HELP if scale == 1 else wording.GB_HELP,
            on_change=_forget,
        )
    st.button(wording.SHOW, key="clean-up-show", on_click=_plan, args=(doors,))


def _forget() -> None:
    """Other limits make the list that is shown another one."""
    for name in (_PLAN, _DONE, _REFUSED):
        st.session_state.pop(name, None)


def _plan(doors: CleanUpDoors) -> None:
    _forget()
    try:
        policy = Policy.of(*(st.session_state[key] for key in _FIELDS))
        if policy == Policy():
            st.session_state[_REFUSED] = wording.ALL_NOUGHT
        else:
            st.session_state[_PLAN] = doors.plan(policy)
    except EtlError as error:
        st.session_state[_REFUSED] = error.message


def _prune(doors: CleanUpDoors) -> None:
    """The button's callback: what the list showed is deleted, whatever has become of the limits; the door checks."""
    plan = st.session_state.get(_PLAN)
    _forget()
    try:
        st.session_state[_DONE] = doors.prune(plan or PrunePlan(()))
    except EtlError as error:
        st.session_state[_REFUSED] = error.message


def _show_outcome(home: Path) -> None:
    refused, done = st.session_state.get(_REFUSED), st.session_state.get(_DONE)
    if refused:
        markup.notice(refused, tone="bad")
    if isinstance(done, Pruned):
        markup.notice(
            wording.DONE.format(count=counted(len(done.deleted), "item"), size=file_size(done.bytes)), tone="good"
        )
        for item, why in done.left[:MOST_LEFT]:
            markup.notice(wording.LEFT.format(path=_shown(item.path, home), why=why), tone="warn")


def _show_plan(doors: CleanUpDoors, home: Path, plan: PrunePlan) -> None:
    if not plan.items:
        markup.notice(wording.NOTHING, tone="good")
        return
    counts = {f"{kind}s": counted(plan.count(kind), str(kind)) for kind in PruneKind}
    markup.notice(wording.WOULD.format(**counts, size=file_size(plan.bytes)), tone="warn")
    st.dataframe(
        plan_table(home, plan), hide_index=True, height=markup.table_height(len(plan.items), 300), alt=wording.TABLE
    )
    sure = st.checkbox(wording.SURE, key="clean-up-sure")
    label = wording.DELETE.format(count=counted(len(plan.items), "item"))
    st.button(label, type="primary", key="clean-up-delete", disabled=not sure, on_click=_prune, args=(doors,))


def plan_table(home: Path, plan: PrunePlan) -> pd.DataFrame:
    """One line for each thing that would go."""
    return pd.DataFrame(
        {
            wording.WHAT_COLUMN: [str(item.kind) for item in plan.items],
            wording.WHERE_COLUMN: [_shown(item.path, home) for item in plan.items],
            wording.SIZE_COLUMN: [file_size(item.bytes) for item in plan.items],
            wording.WHY_COLUMN: [item.reason for item in plan.items],
        }
    )


def _shown(path: Path, home: Path) -> str:
    return visible(os.path.relpath(path, home) if path.is_relative_to(home) else str(path), 200)
